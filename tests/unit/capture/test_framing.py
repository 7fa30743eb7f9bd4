from __future__ import annotations

import io
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from noseprint.capture.framing import Advice, CropBox, advise, nose_crop, nose_for_storage
from noseprint.capture.nose import FoundNose, NoseBox
from noseprint.embedding.image import jpeg_for_storage
from noseprint.embedding.limits import ImageLimits
from noseprint.errors import ErrorCode, NoseprintError

LIMITS = ImageLimits()
FRAME = (1280, 720)
SHARE = st.floats(0.0, 1.0)


def nose(
    x: float = 0.5, y: float = 0.5, width: float = 0.45, height: float = 0.6, *, roll: float = 0.0, turn: float = 0.0
) -> FoundNose:
    return FoundNose(NoseBox(x, y, width, height), 0.9, roll, turn)


def half_red(size: tuple[int, int] = (800, 600), orientation: int = 1, quality: int = 90) -> bytes:
    """Red left of the middle, blue right of it, with the place where it was taken."""
    picture = Image.new("RGB", size, "blue")
    picture.paste("red", (0, 0, size[0] // 2, size[1]))
    told = Image.Exif()
    told[0x0112], told[0x010E] = orientation, "at home"
    file = io.BytesIO()
    picture.save(file, "JPEG", quality=quality, exif=told)
    return file.getvalue()


class TestAdvice:
    def test_begins_with_a_nose(self) -> None:
        assert advise(None, FRAME) is Advice.NO_NOSE

    def test_says_hold_when_all_is_well(self) -> None:
        assert advise(nose(), FRAME) is Advice.HOLD

    @pytest.mark.parametrize(
        ("found", "advice"),
        [
            (nose(0.2), Advice.LEFT),
            (nose(0.8), Advice.RIGHT),
            (nose(y=0.2, width=0.2, height=0.3), Advice.UP),
            (nose(y=0.8, width=0.2, height=0.3), Advice.DOWN),
            (nose(width=0.2, height=0.25), Advice.CLOSER),
            (nose(width=0.7, height=0.99), Advice.FARTHER),
            (nose(width=0.99, height=0.7), Advice.FARTHER),
            (nose(roll=30.0), Advice.STRAIGHTEN),
            (nose(roll=-30.0), Advice.STRAIGHTEN),
            (nose(turn=40.0), Advice.TURN),
        ],
    )
    def test_names_what_is_wrong(self, found: FoundNose, advice: Advice) -> None:
        assert advise(found, FRAME) is advice

    def test_asks_for_the_middle_before_it_asks_to_come_closer(self) -> None:
        assert advise(nose(0.1, width=0.1, height=0.1), FRAME) is Advice.LEFT

    def test_asks_to_come_closer_where_the_camera_is_too_coarse(self) -> None:
        assert advise(nose(), (320, 180)) is Advice.CLOSER

    @given(SHARE, SHARE, SHARE, SHARE, st.floats(-90, 90), st.floats(0, 90))
    def test_mirrors_with_the_picture(
        self, x: float, y: float, width: float, height: float, roll: float, turn: float
    ) -> None:
        mirrored = {Advice.LEFT: Advice.RIGHT, Advice.RIGHT: Advice.LEFT}
        advice = advise(nose(x, y, width, height, roll=roll, turn=turn), FRAME)
        # A whisker from a threshold, 1 - x may fall on its other side.
        if math.isclose(abs(x - 0.5), 0.14, abs_tol=1e-9) or math.isclose(abs(x - 0.5), abs(y - 0.5), abs_tol=1e-9):
            return
        assert advise(nose(1 - x, y, width, height, roll=-roll, turn=turn), FRAME) is mirrored.get(advice, advice)


class TestCrop:
    def test_is_the_nose_with_its_margin(self) -> None:
        assert nose_crop(nose(0.5, 0.5, 0.25, 0.5), (1000, 800)) == CropBox(355, 168, 645, 632)

    def test_ends_where_the_picture_ends(self) -> None:
        assert nose_crop(nose(0.1, 0.9, 0.2, 0.2), (1000, 800)) == CropBox(0, 627, 216, 800)

    def test_leaves_a_tight_picture_alone(self) -> None:
        assert nose_crop(nose(width=0.95, height=0.95), FRAME) is None

    def test_leaves_a_box_without_extent_alone(self) -> None:
        assert nose_crop(nose(width=0.0, height=0.0), FRAME) is None

    @given(SHARE, SHARE, SHARE, SHARE, st.integers(1, 4000), st.integers(1, 4000))
    def test_lies_within_the_picture_wherever_the_nose_is(
        self, x: float, y: float, width: float, height: float, across: int, down: int
    ) -> None:
        crop = nose_crop(nose(x, y, width, height), (across, down))
        if crop is not None:
            assert 0 <= crop.left < crop.right <= across
            assert 0 <= crop.top < crop.bottom <= down


class TestStorage:
    def test_keeps_a_tight_photo_s_encoded_picture(self) -> None:
        photo = half_red()
        stored = nose_for_storage(photo, nose(width=0.95, height=0.95), LIMITS)
        assert stored == (jpeg_for_storage(photo, LIMITS), None)

    def test_cuts_the_nose_out_and_tells_nothing_else(self) -> None:
        stored = nose_for_storage(half_red(), nose(0.25, 0.5, 0.25, 0.5), LIMITS)
        assert stored.box is not None
        picture = Image.open(io.BytesIO(stored.jpeg))
        assert picture.size == (stored.box.right - stored.box.left, stored.box.bottom - stored.box.top)
        assert b"at home" not in stored.jpeg
        assert not picture.getexif()
        red, _, blue = picture.getpixel((picture.width // 2, picture.height // 2))
        assert red > 240
        assert blue < 15

    def test_cuts_out_of_the_upright_picture(self) -> None:
        """Turned by a quarter, the red half lies on top."""
        stored = nose_for_storage(half_red(orientation=6), nose(0.5, 0.2, 0.3, 0.2), LIMITS)
        picture = Image.open(io.BytesIO(stored.jpeg))
        assert stored.box == CropBox(196, 67, 404, 253)
        assert picture.getpixel((5, 5))[0] > 240

    def test_gives_the_same_bytes_every_time(self) -> None:
        found = nose(0.5, 0.5, 0.3, 0.3)
        assert nose_for_storage(half_red(), found, LIMITS) == nose_for_storage(half_red(), found, LIMITS)

    def test_refuses_what_is_no_photo(self) -> None:
        with pytest.raises(NoseprintError) as caught:
            nose_for_storage(b"no photo", nose(), LIMITS)
        assert caught.value.code is ErrorCode.INVALID_IMAGE
