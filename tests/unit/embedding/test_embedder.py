from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from noseprint.embedding.embedder import LoadingEmbedder, ModelEmbedder
from noseprint.embedding.limits import ImageLimits
from noseprint.embedding.model import load_model
from noseprint.embedding.preprocess import photo_to_tensor
from noseprint.errors import ErrorCode, NoseprintError
from tests.support import pictures

if TYPE_CHECKING:
    from pathlib import Path

    import numpy as np

    from noseprint.embedding.embedder import Embedder

LIMITS = ImageLimits()
PHOTOS = [pictures.jpeg(pictures.noise(seed=seed)) for seed in range(6)]


@pytest.fixture
def embedder(tiny: Path) -> ModelEmbedder:
    return ModelEmbedder(load_model(tiny), LIMITS, slots=2)


class TestModelEmbedder:
    def test_decodes_prepares_and_runs(self, embedder: ModelEmbedder, tiny: Path) -> None:
        tensor = photo_to_tensor(PHOTOS[0], embedder.manifest.input, LIMITS)
        assert embedder.embed(PHOTOS[0]).tobytes() == load_model(tiny).run(tensor).tobytes()

    def test_says_which_model_it_uses(self, embedder: ModelEmbedder) -> None:
        assert embedder.identity.name == embedder.manifest.name == "tiny"
        assert embedder.identity.sha256 == embedder.manifest.sha256

    @pytest.mark.parametrize("slots", [0, 1, 16])
    def test_gives_the_same_bits_from_many_threads(self, tiny: Path, slots: int) -> None:
        embedder = ModelEmbedder(load_model(tiny), LIMITS, slots)
        alone = [embedder.embed(photo).tobytes() for photo in PHOTOS]
        with ThreadPoolExecutor(16) as pool:
            together = list(pool.map(lambda n: embedder.embed(PHOTOS[n % 6]).tobytes(), range(180)))
        assert together == [alone[n % 6] for n in range(180)]

    def test_tells_photos_apart(self, embedder: ModelEmbedder) -> None:
        assert len({embedder.embed(photo).tobytes() for photo in PHOTOS}) == len(PHOTOS)

    @pytest.mark.parametrize(
        ("photo", "code"),
        [
            (b"nothing", ErrorCode.INVALID_IMAGE),
            (b"GIF89a", ErrorCode.INVALID_IMAGE_FORMAT),
            (pictures.huge_png(), ErrorCode.IMAGE_TOO_LARGE),
        ],
    )
    def test_refuses_what_is_no_photo_and_goes_on(self, embedder: ModelEmbedder, photo: bytes, code: ErrorCode) -> None:
        for _ in range(5):  # more often than there are slots: a refusal gives its slot back
            with pytest.raises(NoseprintError) as caught:
                embedder.embed(photo)
            assert caught.value.code is code
        assert embedder.embed(PHOTOS[0]).size == 8

    def test_of_a_black_photo_is_an_inference_error_for_a_model_without_bias(self, embedder: ModelEmbedder) -> None:
        black = pictures.png(pictures.Image.new("RGB", (20, 20)))
        with pytest.raises(NoseprintError) as caught:
            embedder.embed(black)
        assert caught.value.code is ErrorCode.INFERENCE_ERROR

    def test_decodes_no_more_photos_at_once_than_it_has_slots(
        self, tiny: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        inside, most, gate = [0], [0], threading.Lock()
        together = threading.Barrier(2)

        def watched(*arguments: object) -> np.ndarray:
            with gate:
                inside[0] += 1
                most[0] = max(most[0], inside[0])
            together.wait(timeout=30)
            with gate:
                inside[0] -= 1
            return photo_to_tensor(*arguments)  # type: ignore[arg-type]

        monkeypatch.setattr("noseprint.embedding.preprocess.photo_to_tensor", watched)
        embedder = ModelEmbedder(load_model(tiny), LIMITS, slots=2)
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(embedder.embed, [PHOTOS[0]] * 8))
        assert most[0] == 2


class TestLoadingEmbedder:
    def started(self, load: object) -> LoadingEmbedder:
        """A loading embedder whose load has ended, well or badly."""
        ended = threading.Event()

        def loading() -> Embedder:
            try:
                return load()  # type: ignore[operator, no-any-return]
            finally:
                ended.set()

        loading_embedder = LoadingEmbedder(loading)
        loading_embedder.start()
        assert ended.wait(30)
        for thread in threading.enumerate():
            if thread.name == "model-loader":
                thread.join(30)
        return loading_embedder

    def test_is_not_loaded_before_it_starts(self, embedder: ModelEmbedder) -> None:
        loading = LoadingEmbedder(lambda: embedder)
        assert not loading.ready
        self.assert_not_loaded(loading)

    def test_is_not_loaded_while_it_loads(self, embedder: ModelEmbedder) -> None:
        go_on, ready = threading.Event(), threading.Event()

        def slowly() -> ModelEmbedder:
            go_on.wait(30)
            return embedder

        loading = LoadingEmbedder(slowly)
        loading.start(ready.set)
        assert not loading.ready
        self.assert_not_loaded(loading)
        go_on.set()
        assert ready.wait(30)
        assert loading.ready

    def test_is_the_loaded_embedder_once_it_has_loaded(self, embedder: ModelEmbedder) -> None:
        loading = self.started(lambda: embedder)
        assert loading.ready
        assert loading.embed(PHOTOS[0]).tobytes() == embedder.embed(PHOTOS[0]).tobytes()
        assert loading.manifest is embedder.manifest
        assert loading.identity == embedder.identity

    def test_passes_on_why_a_photo_is_refused(self, embedder: ModelEmbedder) -> None:
        with pytest.raises(NoseprintError) as caught:
            self.started(lambda: embedder).embed(b"nothing")
        assert caught.value.code is ErrorCode.INVALID_IMAGE

    def test_is_not_loaded_after_a_failed_load_and_says_why(self) -> None:
        def badly() -> Embedder:
            raise NoseprintError(ErrorCode.MODEL_FILE_INVALID, problem="tiny.onnx: broken")

        loading = self.started(badly)
        assert not loading.ready
        self.assert_not_loaded(loading, "tiny.onnx: broken")

    def test_is_not_loaded_after_an_unforeseen_failure_either(self) -> None:
        def badly() -> Embedder:
            raise MemoryError

        loading = self.started(badly)
        assert not loading.ready
        self.assert_not_loaded(loading, "MemoryError")

    def test_announces_nothing_after_a_failed_load(self) -> None:
        said: list[str] = []

        def badly() -> Embedder:
            raise NoseprintError(ErrorCode.MODEL_FILE_INVALID, problem="broken")

        loading = LoadingEmbedder(badly)
        loading._run(lambda: said.append("ready"))
        assert not said

    def assert_not_loaded(self, loading: LoadingEmbedder, why: str = "still loading") -> None:
        for use in (lambda: loading.embed(PHOTOS[0]), lambda: loading.manifest, lambda: loading.identity):
            with pytest.raises(NoseprintError, match=why) as caught:
                use()
            assert caught.value.code is ErrorCode.MODEL_NOT_LOADED
            assert caught.value.retryable
