from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import numpy as np
import pytest

from noseprint.embedding.manifest import ModelIdentity, sha256_of
from noseprint.embedding.model import find_manifest, load_model
from noseprint.errors import ErrorCode, NoseprintError
from tests.support import tiny_models
from tests.support.tiny_models import write_manifest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

MATCHING = "[input]\nsize = 16\n[output]\ndimension = 8\n"


def refusal(file: Path, **options: object) -> str:
    with pytest.raises(NoseprintError) as caught:
        load_model(file, **options)  # type: ignore[arg-type]
    assert caught.value.code is ErrorCode.MODEL_FILE_INVALID
    return caught.value.sentence("en")


def photo_of(seed: int, shape: tuple[int, ...] = (1, 3, 16, 16)) -> np.ndarray:
    return np.random.default_rng(seed).random(shape, dtype=np.float32)


class TestManifestOfAModel:
    def test_is_the_one_beside_it(self, tiny: Path) -> None:
        write_manifest(tiny, MATCHING, name="beside")
        assert load_model(tiny).identity == ModelIdentity("beside", sha256_of(tiny))

    def test_is_else_the_known_one_with_its_checksum(self, tiny: Path, tmp_path: Path) -> None:
        known = tmp_path / "known"
        known.mkdir()
        write_manifest(tiny, MATCHING, file=known / "a.toml", name="other", sha256="0" * 64)
        write_manifest(tiny, MATCHING, file=known / "b.toml", name="known")
        assert load_model(tiny, known=known).manifest.name == "known"

    def test_beside_it_goes_before_the_known_one(self, tiny: Path, tmp_path: Path) -> None:
        known = tmp_path / "known"
        known.mkdir()
        write_manifest(tiny, MATCHING, file=known / "a.toml", name="known")
        write_manifest(tiny, MATCHING, name="beside")
        assert load_model(tiny, known=known).manifest.name == "beside"

    @pytest.mark.parametrize("known", [None, "empty", "absent"])
    def test_is_none_where_nobody_wrote_one(self, tiny: Path, tmp_path: Path, known: str | None) -> None:
        (tmp_path / "empty").mkdir()
        assert find_manifest(tiny, tmp_path / known if known else None) is None

    def test_with_another_checksum_refuses_the_model(self, tiny: Path) -> None:
        write_manifest(tiny, MATCHING, sha256="0" * 64)
        assert "SHA-256" in refusal(tiny)

    def test_that_is_broken_refuses_the_model(self, tiny: Path) -> None:
        write_manifest(tiny, "[input]\nsice = 3\n")
        assert "sice" in refusal(tiny)

    @pytest.mark.parametrize(
        "wrong",
        [
            "[input]\nsize = 24\n[output]\ndimension = 8\n",
            "[input]\nsize = 16\nchannels = 1\n[output]\ndimension = 8\n",
            "[input]\nsize = 16\nlayout = 'NHWC'\n[output]\ndimension = 8\n",
            "[input]\nsize = 16\n[output]\ndimension = 9\n",
        ],
    )
    def test_that_does_not_fit_the_model_refuses_it_at_start(self, tiny: Path, wrong: str) -> None:
        write_manifest(tiny, wrong)
        assert "does not do what its manifest says" in refusal(tiny)


class TestModelWithoutManifest:
    @pytest.mark.parametrize("layout", ["NCHW", "NHWC"])
    @pytest.mark.parametrize("channels", [1, 3])
    @pytest.mark.parametrize("batch", [1, "batch"])
    def test_is_described_by_its_shapes(self, tmp_path: Path, layout: str, channels: int, batch: int | str) -> None:
        file = tiny_models.linear_model(tmp_path / "any.onnx", 24, channels, layout, 12, batch=batch)
        manifest = load_model(file).manifest
        assert (manifest.input.layout, manifest.input.channels, manifest.input.size) == (layout, channels, 24)
        assert manifest.output.dimension == 12
        assert (manifest.name, manifest.file, manifest.sha256) == ("any", "any.onnx", sha256_of(file))

    @pytest.mark.parametrize("unit", [False, True])
    def test_is_normalised_unless_it_does_so_itself(self, tmp_path: Path, unit: bool) -> None:
        model = load_model(tiny_models.linear_model(tmp_path / "any.onnx", unit=unit))
        assert model.manifest.output.normalise is not unit
        assert np.linalg.norm(model.run(photo_of(1))) == pytest.approx(1.0, abs=1e-6)

    def test_of_open_size_is_documented_size_unless_told(self, tmp_path: Path) -> None:
        file = tiny_models.pooled_model(tmp_path / "open.onnx", ["n", 3, "h", "w"])
        assert load_model(file).manifest.input.shape == (1, 3, 224, 224)
        assert load_model(file, size=64).manifest.input.shape == (1, 3, 64, 64)

    def test_of_open_channels_is_rgb_unless_told(self, tmp_path: Path) -> None:
        rgb = tiny_models.pooled_model(tmp_path / "rgb.onnx", ["n", "c", 32, 32], channels=3)
        grey = tiny_models.pooled_model(tmp_path / "grey.onnx", ["n", None, 32, 32], channels=1)
        assert load_model(rgb).manifest.input.shape == (1, 3, 32, 32)
        assert load_model(grey, channels=1).manifest.input.shape == (1, 1, 32, 32)

    def test_does_not_let_itself_be_told_what_it_knows(self, tiny: Path) -> None:
        assert load_model(tiny, size=96, channels=1).manifest.input.shape == (1, 3, 16, 16)

    @pytest.mark.parametrize("shape", [[1, 3, 32, 24], [4, 3, 32, 32], [1, 4, 32, 32]])
    def test_that_eats_no_square_photo_is_refused(self, tmp_path: Path, shape: list[int]) -> None:
        assert "refuses an input" in refusal(tiny_models.pooled_model(tmp_path / "odd.onnx", shape, channels=shape[1]))

    def test_of_another_rank_is_refused(self, tmp_path: Path) -> None:
        assert "2 axes" in refusal(tiny_models.wrong_rank_model(tmp_path / "flat.onnx"))

    def test_of_no_input_is_refused(self, tmp_path: Path) -> None:
        assert "no input" in refusal(tiny_models.model_without_input(tmp_path / "blind.onnx"))

    def test_of_texts_is_refused(self, tmp_path: Path) -> None:
        assert "refuses" in refusal(tiny_models.model_of_texts(tmp_path / "texts.onnx"))

    @pytest.mark.parametrize("vector", [[0.0, 0.0], [float("nan"), 1.0], [float("inf"), 1.0]])
    def test_that_gives_no_direction_is_refused_at_start(self, tmp_path: Path, vector: list[float]) -> None:
        assert "without direction" in refusal(tiny_models.constant_model(tmp_path / "dead.onnx", vector))


class TestBrokenFile:
    @pytest.mark.parametrize("content", [b"", b"no model", bytes(1000)])
    def test_is_refused(self, tmp_path: Path, content: bytes) -> None:
        file = tmp_path / "broken.onnx"
        file.write_bytes(content)
        assert "broken.onnx" in refusal(file)

    def test_that_was_cut_is_refused(self, tiny: Path) -> None:
        tiny.write_bytes(tiny.read_bytes()[:-100])
        assert "tiny.onnx" in refusal(tiny)

    def test_that_is_not_there_is_refused(self, tmp_path: Path) -> None:
        assert "absent.onnx" in refusal(tmp_path / "absent.onnx")


class TestVector:
    def test_is_what_the_matrix_says(self, tmp_path: Path) -> None:
        weights = np.random.default_rng(3).normal(size=(768, 8)).astype(np.float32)
        model = load_model(tiny_models.linear_model(tmp_path / "tiny.onnx", weights=weights))
        expected = photo_of(1).reshape(-1).astype(np.float64) @ weights
        vector = model.run(photo_of(1))
        assert vector.shape == (8,)
        assert vector.dtype == np.float32
        assert vector == pytest.approx(expected / np.linalg.norm(expected), abs=1e-5)

    def test_is_left_alone_where_the_manifest_says_so(self, tiny: Path) -> None:
        normalised = load_model(tiny).run(photo_of(1))
        write_manifest(tiny, MATCHING + "normalise = false\n")
        raw = load_model(tiny).run(photo_of(1))
        assert np.linalg.norm(raw) > 2
        assert raw / np.linalg.norm(raw) == pytest.approx(normalised, abs=1e-6)

    @pytest.mark.parametrize("scale", [1e-40, 1e-30, 1e30, 3e38])
    def test_has_unit_length_even_from_extreme_numbers(self, tmp_path: Path, scale: float) -> None:
        model = load_model(tiny_models.constant_model(tmp_path / "extreme.onnx", [scale] * 4))
        assert model.run(photo_of(1)) == pytest.approx([0.5] * 4, abs=1e-3)

    def test_has_the_same_bits_from_many_threads(self, tiny: Path) -> None:
        model = load_model(tiny)
        alone = [model.run(photo_of(seed)).tobytes() for seed in range(8)]
        with ThreadPoolExecutor(16) as pool:
            together = list(pool.map(lambda n: model.run(photo_of(n % 8)).tobytes(), range(400)))
        assert together == [alone[n % 8] for n in range(400)]

    def test_has_the_same_bits_after_loading_again(self, tiny: Path) -> None:
        assert load_model(tiny).run(photo_of(1)).tobytes() == load_model(tiny).run(photo_of(1)).tobytes()

    @pytest.mark.parametrize(
        "tensor", [np.zeros((1, 3, 8, 8), np.float32), np.zeros((1, 3, 16, 16)), np.zeros(3, np.float32)]
    )
    def test_of_a_wrong_tensor_is_an_inference_error(self, tiny: Path, tensor: np.ndarray) -> None:
        with pytest.raises(NoseprintError) as caught:
            load_model(tiny).run(tensor)
        assert caught.value.code is ErrorCode.INFERENCE_ERROR

    @pytest.mark.parametrize(
        "make", [lambda: np.zeros((1, 3, 16, 16), np.float32), lambda: np.full((1, 3, 16, 16), np.nan, np.float32)]
    )
    def test_without_direction_is_an_inference_error(self, tiny: Path, make: Callable[[], np.ndarray]) -> None:
        with pytest.raises(NoseprintError, match="without direction") as caught:
            load_model(tiny).run(make())
        assert caught.value.code is ErrorCode.INFERENCE_ERROR
