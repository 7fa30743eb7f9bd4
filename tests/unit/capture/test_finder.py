from __future__ import annotations

import hashlib
import io
import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image

from noseprint.capture.finder import FinderManifest, NoseFinder, load_finder, read_finder_manifest
from noseprint.embedding.limits import ImageLimits
from noseprint.errors import ErrorCode, NoseprintError
from tests.support import pictures

if TYPE_CHECKING:
    from noseprint.capture.nose import FoundNose

LIMITS = ImageLimits()
ASSETS = Path(__file__).resolve().parents[3] / "assets"
SHIPPED = ASSETS / "finder" / "nose-finder.onnx"
NOSES = sorted((ASSETS / "noses").glob("*/*.jpg"))
FUR = (150, 120, 90)


class ToldSession:
    """Gives the numbers it was told and keeps what it was shown."""

    def __init__(self, *numbers: float) -> None:
        self.numbers = np.array([numbers], np.float32)
        self.shown = np.zeros(0, np.float32)

    def get_inputs(self) -> list[SimpleNamespace]:
        return [SimpleNamespace(name="picture")]

    def run(self, _: None, inputs: dict[str, np.ndarray]) -> list[np.ndarray]:
        self.shown = inputs["picture"]
        return [self.numbers]


def told(session: ToldSession, confidence: float = 0.5) -> NoseFinder:
    manifest = FinderManifest(
        schema=1, name="told", version="1", file="told.onnx", sha256="0" * 64, side=96, confidence=confidence
    )
    return NoseFinder(session, manifest)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def finder() -> NoseFinder:
    return load_finder(SHIPPED)


def frame_with(nose: Image.Image, x: int, y: int, width: int, roll: float = 0.0) -> np.ndarray:
    """A camera's frame of fur, blurred towards its rim, with a generated nose whose middle is at (x, y)."""
    rng = np.random.default_rng(5)
    ground = np.clip(np.array(FUR) + rng.normal(0, 12, (720, 1280, 1)), 0, 255).astype(np.uint8)
    frame = Image.fromarray(ground)
    height = round(width * nose.height / nose.width)
    small = nose.resize((width, height), Image.Resampling.BOX).rotate(-roll, Image.Resampling.BICUBIC)
    across, down = np.meshgrid(np.linspace(-1, 1, width), np.linspace(-1, 1, height))
    cover = np.clip((1.0 - np.hypot(across, down)) * 12, 0, 1) * 255
    frame.paste(small, (x - width // 2, y - height // 2), Image.fromarray(cover.astype(np.uint8)))
    return np.asarray(frame)


class TestGeometry:
    def test_box_is_in_shares_of_the_picture_not_of_the_square(self) -> None:
        """A 2 : 1 picture takes the square's middle half: from a quarter to three quarters of its height."""
        found = told(ToldSession(0.9, 0.25, 0.25, 0.75, 0.5, 0.5, 0.5, 20)).find(np.zeros((100, 200, 3), np.uint8))
        assert found is not None
        box = found.box
        assert (box.centre_x, box.width) == pytest.approx((0.5, 0.5))
        assert (box.centre_y, box.height) == pytest.approx((0.25, 0.5))
        assert (found.roll, found.turn) == pytest.approx((45, 20))

    def test_box_ends_where_the_picture_ends(self) -> None:
        found = told(ToldSession(0.9, -0.5, -0.5, 1.5, 1.5, 0, 1, -3)).find(np.zeros((300, 200), np.uint8))
        assert found is not None
        assert (found.box.centre_x, found.box.centre_y, found.box.width, found.box.height) == (0.5, 0.5, 1.0, 1.0)
        assert found.turn == 0

    @pytest.mark.parametrize("size", [(1, 1), (5000, 1), (1, 5000), (1280, 720), (720, 1280)])
    def test_picture_of_any_shape_lies_centred_between_grey_bars(self, size: tuple[int, int]) -> None:
        session = ToldSession(0.9, 0, 0, 1, 1, 0, 1, 0)
        told(session).find(np.full((size[1], size[0], 3), 255, np.uint8))
        shown = session.shown[0, 0]
        assert shown.shape == (96, 96)
        assert np.array_equal(shown, shown[::-1, ::-1])
        assert set(np.unique(shown)) <= {np.float32(128 / 255), np.float32(1)}

    def test_less_confidence_than_the_manifest_asks_for_is_no_nose(self) -> None:
        picture = np.zeros((10, 10, 3), np.uint8)
        assert told(ToldSession(0.49, 0, 0, 1, 1, 0, 1, 0)).find(picture) is None
        assert told(ToldSession(0.51, 0, 0, 1, 1, 0, 1, 0)).find(picture) is not None

    @pytest.mark.parametrize("numbers", [(0.9,), (float("nan"), 0, 0, 1, 1, 0, 1, 0)])
    def test_numbers_that_are_none_are_an_error(self, numbers: tuple[float, ...]) -> None:
        with pytest.raises(NoseprintError) as caught:
            told(ToldSession(*numbers)).find(np.zeros((10, 10, 3), np.uint8))
        assert caught.value.code is ErrorCode.INFERENCE_ERROR


class Looks:
    """A session that answers its looks in turn."""

    def __init__(self, *answers: tuple[float, ...]) -> None:
        self.answers = [np.array([answer], np.float32) for answer in answers]

    def get_inputs(self) -> list[SimpleNamespace]:
        return [SimpleNamespace(name="picture")]

    def run(self, _: None, _inputs: dict[str, np.ndarray]) -> list[np.ndarray]:
        return [self.answers.pop(0)]


class TestSecondLook:
    def test_goes_to_the_nose_of_a_wide_photo_and_counts(self) -> None:
        session = Looks((0.4, 0.4, 0.4, 0.6, 0.6, 0, 1, 20), (0.9, 0.25, 0.25, 0.75, 0.75, 0, 1, 5))
        found = told(session).look_at_photo(pictures.jpeg(pictures.noise(400, 400)), LIMITS)  # type: ignore[arg-type]
        assert (found.confidence, found.turn) == pytest.approx((0.9, 5.0))
        assert (found.box.centre_x, found.box.centre_y) == pytest.approx((0.5, 0.5))
        assert (found.box.width, found.box.height) == pytest.approx((0.2, 0.2), abs=0.005)

    def test_is_spared_where_no_nose_is_to_be_expected(self) -> None:
        session = Looks((0.1, 0.4, 0.4, 0.6, 0.6, 0, 1, 20))
        assert told(session).find_in_photo(pictures.jpeg(pictures.noise(400, 400)), LIMITS) is None  # type: ignore[arg-type]

    def test_is_spared_where_the_nose_fills_the_photo(self) -> None:
        session = Looks((0.9, 0.1, 0.1, 0.9, 0.9, 0, 1, 20))
        assert told(session).find_in_photo(pictures.jpeg(pictures.noise(400, 400)), LIMITS) is not None  # type: ignore[arg-type]


def test_a_manifest_that_refuses_more_than_it_finds_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "f.toml"
    text = SHIPPED.with_suffix(".toml").read_text("utf-8").replace("refusal = 0.5", "refusal = 0.9")
    file.write_text(text, "utf-8")
    with pytest.raises(NoseprintError) as caught:
        read_finder_manifest(file)
    assert caught.value.code is ErrorCode.MODEL_FILE_INVALID


class TestShippedFinder:
    def test_finds_generated_noses_that_fill_the_photo(self, finder: NoseFinder) -> None:
        found = [finder.find_in_photo(file.read_bytes(), LIMITS) for file in NOSES]
        boxes = [nose.box for nose in found if nose is not None]
        assert len(boxes) == len(NOSES)
        assert all(box.width * box.height > 0.6 for box in boxes)

    @pytest.mark.parametrize(("x", "y", "width"), [(640, 360, 500), (300, 250, 330), (950, 480, 330)])
    def test_says_where_in_the_frame_the_nose_is(self, finder: NoseFinder, x: int, y: int, width: int) -> None:
        found = finder.find(frame_with(Image.open(NOSES[0]), x, y, width))
        assert found is not None
        assert (found.box.centre_x * 1280, found.box.centre_y * 720) == pytest.approx((x, y), abs=0.15 * width)
        assert found.box.width * 1280 == pytest.approx(width, rel=0.25)

    def test_rolls_with_the_picture(self, finder: NoseFinder) -> None:
        nose = Image.open(NOSES[0])
        rolls = [finder.look(Image.fromarray(frame_with(nose, 640, 360, 450, roll))).roll for roll in (-25, 0, 25)]
        assert rolls[0] < rolls[1] < rolls[2]

    @pytest.mark.parametrize("level", [0, 60, 128, 255])
    def test_finds_none_in_a_plain_frame(self, finder: NoseFinder, level: int) -> None:
        assert finder.find(np.full((720, 1280, 3), level, np.uint8)) is None
        assert finder.find(np.full((720, 1280), level, np.uint8)) is None

    def test_finds_none_in_noise_stripes_and_checks(self, finder: NoseFinder) -> None:
        y, x = np.mgrid[:720, :1280]
        patterns = [np.sin(x / 3) * np.sin(y / 4), np.sin(x / 30), np.sign(np.sin(x / 40) * np.sin(y / 40))]
        patterns += [np.random.default_rng(n).normal(0, 0.4, (720, 1280)) for n in range(3)]
        frames = [np.clip(128 + 100 * pattern, 0, 255).astype(np.uint8) for pattern in patterns]
        assert [finder.find(frame) for frame in frames] == [None] * len(frames)

    def test_says_the_same_of_a_frame_and_of_its_file(self, finder: NoseFinder) -> None:
        picture = Image.open(NOSES[3]).convert("RGB")
        assert finder.find(np.asarray(picture)) == finder.find_in_photo(pictures.png(picture), LIMITS)

    def test_says_where_the_nose_is_in_the_upright_picture(self, finder: NoseFinder) -> None:
        frame = Image.fromarray(frame_with(Image.open(NOSES[0]), 300, 250, 330))
        told_turned, file = Image.Exif(), io.BytesIO()
        told_turned[0x0112] = 6
        frame.transpose(Image.Transpose.ROTATE_90).save(file, "JPEG", quality=95, exif=told_turned)
        found = finder.find_in_photo(file.getvalue(), LIMITS)
        assert found is not None
        assert (found.box.centre_x, found.box.centre_y) == pytest.approx((300 / 1280, 250 / 720), abs=0.05)

    def test_gives_the_same_answer_from_several_threads(self, finder: NoseFinder) -> None:
        frame = frame_with(Image.open(NOSES[0]), 640, 360, 500)
        with ThreadPoolExecutor(4) as workers:
            answers: set[FoundNose | None] = set(workers.map(finder.find, [frame] * 12))
        assert len(answers) == 1

    def test_refuses_what_is_no_photo(self, finder: NoseFinder) -> None:
        with pytest.raises(NoseprintError) as caught:
            finder.find_in_photo(b"no photo", LIMITS)
        assert caught.value.code is ErrorCode.INVALID_IMAGE


class TestManifest:
    def test_of_the_shipped_finder_tells_what_it_was_taught_on_and_what_was_measured(self) -> None:
        card = read_finder_manifest(SHIPPED.with_suffix(".toml")).card
        assert {"data", "training", "measured", "threshold", "license"} <= set(card)

    def test_must_be_there(self, tmp_path: Path) -> None:
        shutil.copy(SHIPPED, tmp_path)
        with pytest.raises(NoseprintError) as caught:
            load_finder(tmp_path / SHIPPED.name)
        assert caught.value.code is ErrorCode.MODEL_FILE_INVALID

    def test_refuses_another_file(self, tmp_path: Path) -> None:
        shutil.copy(SHIPPED.with_suffix(".toml"), tmp_path)
        (tmp_path / SHIPPED.name).write_bytes(SHIPPED.read_bytes() + b"\0")
        with pytest.raises(NoseprintError, match="SHA-256"):
            load_finder(tmp_path / SHIPPED.name)

    def test_refuses_a_side_that_the_model_does_not_take(self, tmp_path: Path) -> None:
        shutil.copy(SHIPPED, tmp_path)
        digest = hashlib.sha256(SHIPPED.read_bytes()).hexdigest()
        text = f'schema = 1\nname = "x"\nversion = "1"\nfile = "x"\nsha256 = "{digest}"\nside = 64\nconfidence = 0.5\n'
        (tmp_path / "nose-finder.toml").write_text(text, "utf-8")
        with pytest.raises(NoseprintError, match="does not do what its manifest says"):
            load_finder(tmp_path / SHIPPED.name)
