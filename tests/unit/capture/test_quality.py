from __future__ import annotations

import io
import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from noseprint.capture.nose import FoundNose, NoseBox
from noseprint.capture.quality import GROUPS, LIMITS, Flaw, Quality, assess, assess_frame
from noseprint.embedding.limits import ImageLimits
from noseprint.errors import ErrorCode, NoseprintError
from noseprint.evaluation.degrade import Degradation, degrade
from tests.support import pictures

NOSES = sorted((Path(__file__).resolve().parents[3] / "assets" / "noses").glob("*/01.jpg"))
STRAIGHT = FoundNose(NoseBox(0.5, 0.5, 1.0, 1.0), confidence=1.0, roll=0.0, turn=0.0)
RUIN = [
    (Degradation.BLUR, 4.0, Flaw.BLURRED),
    (Degradation.MOTION, 25.0, Flaw.SMEARED),
    (Degradation.DARKNESS, 8.0, Flaw.DARK),
    (Degradation.OVEREXPOSURE, 7.0, Flaw.OVEREXPOSED),
    (Degradation.GLARE, 40.0, Flaw.GLARING),
    (Degradation.VEIL, 97.0, Flaw.FLAT),
    (Degradation.SIZE, 20.0, Flaw.SMALL),
]


def quality_of(picture: Image.Image, nose: FoundNose | None = None) -> Quality:
    return assess(pictures.png(picture, compress_level=0), ImageLimits(), nose)


@pytest.fixture(params=NOSES, ids=lambda file: file.parent.name)
def nose(request: pytest.FixtureRequest) -> Image.Image:
    return Image.open(io.BytesIO(request.param.read_bytes())).convert("RGB")


class TestNose:
    def test_is_good_as_it_is(self, nose: Image.Image) -> None:
        assert quality_of(nose).score > 90

    def test_is_as_good_after_a_strangers_contrast_stretching(self, nose: Image.Image) -> None:
        levels = np.asarray(nose.convert("L").resize((236, 236)))
        ranks = np.searchsorted(np.sort(levels, axis=None), levels) / levels.size
        assert quality_of(Image.fromarray((20 + 210 * ranks).astype(np.uint8))).score > 80

    @pytest.mark.parametrize(("way", "strength", "flaw"), RUIN)
    def test_is_worthless_once_ruined_and_says_why(
        self, nose: Image.Image, way: Degradation, strength: float, flaw: Flaw
    ) -> None:
        quality = quality_of(degrade(nose, way, strength, seed=2))
        assert quality.score < 20
        assert flaw in quality.flaws

    @pytest.mark.parametrize(("way", "strength", "flaw"), RUIN)
    def test_gets_worse_step_by_step(self, nose: Image.Image, way: Degradation, strength: float, flaw: Flaw) -> None:
        steps = [strength * share for share in ((4.0, 2.0, 1.0) if flaw is Flaw.SMALL else (0.25, 0.5, 1.0))]
        scores = [quality_of(degrade(nose, way, step, seed=2)).score for step in steps]
        assert scores == sorted(scores, reverse=True)


class TestPose:
    def test_is_judged_where_a_nose_was_found(self) -> None:
        picture = pictures.noise(300, 300)
        assert quality_of(picture, replace(STRAIGHT, roll=-90.0)).flaws[0] is Flaw.ROLLED
        assert quality_of(picture, replace(STRAIGHT, turn=60.0)).flaws[0] is Flaw.TURNED
        assert not {Flaw.ROLLED, Flaw.TURNED} & set(quality_of(picture, STRAIGHT).flaws)

    def test_is_not_judged_without_a_found_nose(self) -> None:
        assert math.isnan(quality_of(pictures.noise(300, 300)).value(Flaw.ROLLED))

    def test_counts_the_same_to_the_left_and_to_the_right(self) -> None:
        left, right = (quality_of(pictures.noise(200, 200), replace(STRAIGHT, roll=roll)) for roll in (-20.0, 20.0))
        assert left == right


class TestFrame:
    def test_is_judged_as_a_photo_of_it_would_be(self, nose: Image.Image) -> None:
        grey = nose.convert("L")
        assert assess_frame(np.asarray(grey), STRAIGHT) == quality_of(grey, STRAIGHT)

    def test_that_moved_says_so(self, nose: Image.Image) -> None:
        grey = np.asarray(nose.convert("L"))
        assert assess_frame(grey, moved=0.0).flaws == assess_frame(grey).flaws
        assert assess_frame(grey, moved=20.0).flaws[0] is Flaw.MOVING
        assert assess_frame(grey, moved=20.0).score == 0.0

    def test_is_judged_at_the_nose_alone(self, nose: Image.Image) -> None:
        frame = np.full((480, 640), 255, dtype=np.uint8)
        frame[100:340, 300:540] = np.asarray(nose.convert("L").resize((240, 240)))
        box = NoseBox(420 / 640, 220 / 480, 240 / 640, 240 / 480)
        alone, in_frame = quality_of(nose.resize((240, 240))), assess_frame(frame, replace(STRAIGHT, box=box))
        assert in_frame.value(Flaw.DARK) == pytest.approx(alone.value(Flaw.DARK), abs=2)
        assert in_frame.value(Flaw.SMALL) == pytest.approx(240)


class TestScore:
    @settings(max_examples=25)
    @given(st.integers(1, 400), st.integers(1, 400), st.integers(0, 255), st.integers(0, 255), st.integers(0, 9))
    def test_is_bounded_whatever_the_picture(self, width: int, height: int, low: int, high: int, seed: int) -> None:
        rng = np.random.default_rng(seed)
        pixels = rng.integers(min(low, high), max(low, high) + 1, (height, width), dtype=np.uint8)
        quality = quality_of(Image.fromarray(pixels), STRAIGHT)
        assert 0.0 <= quality.score <= 100.0
        assert all(0.0 <= part.score <= 100.0 and math.isfinite(part.value) for part in quality.components)
        assert quality.value(Flaw.SMALL) == min(width, height)
        assert len(set(quality.flaws)) == len(quality.flaws)

    @pytest.mark.parametrize("level", [0, 1, 90, 250, 255])
    def test_of_a_plain_wall_is_nought(self, level: int) -> None:
        quality = quality_of(Image.new("L", (300, 300), level))
        assert quality.score == 0.0
        assert {Flaw.BLURRED, Flaw.FLAT} <= set(quality.flaws)

    def test_names_the_worst_flaw_first(self) -> None:
        quality = quality_of(pictures.noise(45, 45), replace(STRAIGHT, turn=60.0))
        assert quality.flaws == (Flaw.TURNED, Flaw.SMALL)

    def test_counts_a_harm_once_that_two_components_see(self) -> None:
        part = {part.flaw: part.score for part in quality_of(pictures.noise(40, 40)).components}
        assert quality_of(pictures.noise(40, 40), replace(STRAIGHT, turn=20.0)).score == pytest.approx(
            part[Flaw.SMALL] * LIMITS[Flaw.TURNED].score(20.0) / 100
        )

    def test_has_a_place_for_every_flaw(self) -> None:
        assert sorted(flaw for group in GROUPS for flaw in group) == sorted(Flaw) == sorted(LIMITS)

    def test_is_the_same_whichever_way_the_photo_lies(self) -> None:
        upright = pictures.gradient(300, 300)
        turned = assess(pictures.png(upright.rotate(90), exif=pictures.exif(6).tobytes()), ImageLimits())
        assert turned == quality_of(upright)

    def test_is_hardly_changed_by_scaled_decoding(self) -> None:
        large = Image.open(NOSES[0]).convert("RGB").resize((1600, 1600), Image.Resampling.BICUBIC)
        scaled, whole = assess(pictures.jpeg(large), ImageLimits()), quality_of(large)
        for flaw in (Flaw.BLURRED, Flaw.DARK, Flaw.FLAT):
            assert scaled.value(flaw) == pytest.approx(whole.value(flaw), rel=0.1)


class TestLimits:
    @pytest.mark.parametrize("flaw", Flaw)
    def test_span_the_whole_scale(self, flaw: Flaw) -> None:
        limits = LIMITS[flaw]
        middle = (limits.harmless + limits.worthless) / 2
        assert limits.score(limits.harmless) == 100.0
        assert limits.score(limits.worthless) == 0.0
        assert limits.score(middle) == pytest.approx(50.0)

    def test_of_real_photographs_refuse_none_that_a_person_would_keep(self, shared: Path) -> None:
        files = sorted((shared / "noses" / "enrolled").glob("*/*.jpg"))
        assert files
        assert all(assess(file.read_bytes(), ImageLimits()).score >= 5 for file in files)


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
        assess(photo, ImageLimits())
    assert caught.value.code is code
