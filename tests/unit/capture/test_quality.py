from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageEnhance, ImageFilter

from noseprint.capture.quality import Flaw, Quality, assess
from noseprint.embedding.limits import ImageLimits
from noseprint.errors import ErrorCode, NoseprintError
from tests.support import pictures

LIMITS = ImageLimits()
NOSES = sorted((Path(__file__).resolve().parents[3] / "assets" / "noses").glob("*/01.jpg"))


def quality_of(picture: Image.Image) -> Quality:
    return assess(pictures.png(picture, compress_level=0), LIMITS)


@pytest.fixture(params=NOSES, ids=lambda file: file.parent.name)
def nose(request: pytest.FixtureRequest) -> Image.Image:
    return Image.open(io.BytesIO(request.param.read_bytes())).convert("RGB")


class TestNose:
    def test_is_usable_as_it_is(self, nose: Image.Image) -> None:
        assert quality_of(nose).score > 50

    def test_gets_worse_and_blurred_the_more_it_is_blurred(self, nose: Image.Image) -> None:
        grades = [
            nose,
            *(nose.filter(ImageFilter.GaussianBlur(min(nose.size) * share)) for share in (0.005, 0.01, 0.03)),
        ]
        judged = [quality_of(picture) for picture in grades]
        sharpness = [quality.sharpness for quality in judged]
        assert sharpness == sorted(sharpness, reverse=True)
        assert judged[-1].score < 0.2 * judged[0].score
        assert judged[-1].flaws[0] is Flaw.BLURRED

    def test_gets_worse_and_dark_the_more_it_is_darkened(self, nose: Image.Image) -> None:
        judged = [quality_of(ImageEnhance.Brightness(nose).enhance(share)) for share in (1.0, 0.3, 0.1, 0.03)]
        assert [quality.brightness for quality in judged] == sorted((q.brightness for q in judged), reverse=True)
        assert judged[-1].score < 0.1 * judged[0].score
        assert Flaw.DARK in judged[-1].flaws

    def test_gets_worse_and_small_the_more_it_is_shrunk(self, nose: Image.Image) -> None:
        judged = [quality_of(nose.resize((side, side))) for side in (300, 150, 90, 50)]
        assert [quality.side for quality in judged] == [300, 150, 90, 50]
        assert Flaw.SMALL not in judged[0].flaws
        assert all(Flaw.SMALL in quality.flaws for quality in judged[1:])
        assert judged[-1].score == 0.0
        assert judged[2].score < judged[0].score

    def test_gets_worse_and_flat_the_more_contrast_it_loses(self, nose: Image.Image) -> None:
        judged = [quality_of(ImageEnhance.Contrast(nose).enhance(share)) for share in (1.0, 0.3, 0.05)]
        assert [quality.contrast for quality in judged] == sorted((q.contrast for q in judged), reverse=True)
        assert Flaw.FLAT in judged[-1].flaws
        assert judged[-1].score < 0.2 * judged[0].score

    def test_gets_worse_and_glaring_the_more_light_it_gets(self, nose: Image.Image) -> None:
        lit = nose.copy()
        lit.paste("white", (0, 0, nose.width, nose.height // 2))
        judged = quality_of(lit)
        assert judged.clipped == pytest.approx(0.5, abs=0.05)
        assert judged.flaws[0] is Flaw.GLARING
        assert judged.score < 0.2 * quality_of(nose).score


class TestScore:
    @given(st.integers(1, 400), st.integers(1, 400), st.integers(0, 255), st.integers(0, 255), st.integers(0, 9))
    def test_is_bounded_whatever_the_picture(self, width: int, height: int, low: int, high: int, seed: int) -> None:
        rng = np.random.default_rng(seed)
        pixels = rng.integers(min(low, high), max(low, high) + 1, (height, width), dtype=np.uint8)
        quality = quality_of(Image.fromarray(pixels))
        assert 0.0 <= quality.score <= 100.0
        assert 0.0 <= quality.brightness <= 255.0
        assert 0.0 <= quality.clipped <= 1.0
        assert quality.contrast >= 0.0
        assert quality.sharpness >= 0.0
        assert quality.side == min(width, height)
        assert len(set(quality.flaws)) == len(quality.flaws)

    @given(st.integers(0, 255))
    def test_of_a_plain_wall_is_nought(self, level: int) -> None:
        quality = quality_of(Image.new("L", (300, 300), level))
        assert quality.score == 0.0
        assert {Flaw.BLURRED, Flaw.FLAT} <= set(quality.flaws)

    def test_is_full_where_there_is_no_flaw(self) -> None:
        pixels = np.random.default_rng(1).integers(60, 200, (256, 256), dtype=np.uint8)
        quality = quality_of(Image.fromarray(pixels).resize((512, 512), Image.Resampling.NEAREST))
        assert quality.score == 100.0
        assert quality.flaws == ()

    def test_names_the_worst_flaw_first(self) -> None:
        small_and_black = quality_of(Image.new("L", (150, 150), 0))
        assert small_and_black.flaws[-1] is Flaw.SMALL
        assert set(small_and_black.flaws) == {Flaw.BLURRED, Flaw.DARK, Flaw.FLAT, Flaw.SMALL}

    def test_looks_at_the_middle_only(self) -> None:
        middle = pictures.noise(200, 200)
        wide = Image.new("RGB", (600, 286), "white")
        wide.paste(middle, (200, 43))
        assert quality_of(wide).clipped < 0.05

    def test_is_the_same_whichever_way_the_photo_lies(self) -> None:
        upright = pictures.gradient(300, 300)
        turned = assess(pictures.png(upright.rotate(90), exif=pictures.exif(6).tobytes()), LIMITS)
        assert turned == quality_of(upright)

    def test_is_hardly_changed_by_scaled_decoding(self) -> None:
        file = NOSES[0]
        large = Image.open(file).convert("RGB").resize((1600, 1600), Image.Resampling.BICUBIC)
        scaled, whole = assess(pictures.jpeg(large), LIMITS), quality_of(large)
        assert scaled.sharpness == pytest.approx(whole.sharpness, rel=0.1)
        assert scaled.brightness == pytest.approx(whole.brightness, abs=2)
        assert scaled.contrast == pytest.approx(whole.contrast, abs=2)


@pytest.mark.parametrize(
    ("photo", "code"),
    [
        (b"nothing", ErrorCode.INVALID_IMAGE),
        (b"GIF89a", ErrorCode.INVALID_IMAGE_FORMAT),
        (pictures.huge_jpeg(), ErrorCode.IMAGE_TOO_LARGE),
    ],
)
def test_what_is_no_photo_is_refused(photo: bytes, code: ErrorCode) -> None:
    with pytest.raises(NoseprintError) as caught:
        assess(photo, LIMITS)
    assert caught.value.code is code
