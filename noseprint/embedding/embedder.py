"""Image bytes to vector, the one function that screens, command line and server share."""

from __future__ import annotations

import os
import threading
from concurrent.futures import Future
from importlib import import_module
from typing import TYPE_CHECKING, Protocol

from noseprint.errors import ErrorCode, NoseprintError

if TYPE_CHECKING:
    from collections.abc import Callable

    from noseprint.embedding.limits import ImageLimits
    from noseprint.embedding.manifest import ModelIdentity, ModelManifest
    from noseprint.embedding.model import OnnxModel, Vector


class Embedder(Protocol):
    """What turns photos into vectors."""

    @property
    def manifest(self) -> ModelManifest:
        """The model in use."""
        ...

    @property
    def identity(self) -> ModelIdentity:
        """The model in use, as vectors carry it."""
        ...

    def embed(self, photo: bytes) -> Vector:
        """The vector of one JPEG or PNG file."""
        ...


class ModelEmbedder:
    """Embeds with a loaded model.

    At most ``slots`` photos are decoded at once: more threads than processors only cost memory (a
    12-megapixel photo is 36 MB of pixels), and waiting callers are served as fast.
    """

    def __init__(self, model: OnnxModel, limits: ImageLimits, slots: int = 0) -> None:
        self._model = model
        self._limits = limits
        self._slots = threading.BoundedSemaphore(slots or os.cpu_count() or 1)

    @property
    def manifest(self) -> ModelManifest:
        """The model in use."""
        return self._model.manifest

    @property
    def identity(self) -> ModelIdentity:
        """The model in use, as vectors carry it."""
        return self._model.identity

    def embed(self, photo: bytes) -> Vector:
        """Compute the vector of one photo; the same bytes always give the same bits.

        Args:
            photo: a whole JPEG or PNG file.

        Returns:
            float32 of shape (dimension,).

        Raises:
            NoseprintError: INVALID_IMAGE, INVALID_IMAGE_FORMAT, IMAGE_TOO_LARGE or INFERENCE_ERROR.
        """
        # Pillow takes as long to import as a small model to load: a server is ready before it is needed.
        from noseprint.embedding.preprocess import photo_to_tensor  # noqa: PLC0415

        with self._slots:
            return self._model.run(photo_to_tensor(photo, self._model.manifest.input, self._limits))


class LoadingEmbedder:
    """An embedder that loads in the background; until it is there, every use is MODEL_NOT_LOADED.

    Args:
        load: makes the real embedder; if it raises, every use is MODEL_NOT_LOADED with the reason.
    """

    def __init__(self, load: Callable[[], Embedder]) -> None:
        self._loaded: Future[Embedder] = Future()
        self._load = load

    def start(self, when_ready: Callable[[], None] = lambda: None) -> None:
        """Begin loading, once, on a thread of its own.

        Args:
            when_ready: called on that thread after a successful load.
        """
        # No daemon: a process that ends in the middle of ONNX Runtime's loading is aborted by it.
        threading.Thread(target=self._run, args=(when_ready,), name="model-loader").start()

    def _run(self, when_ready: Callable[[], None]) -> None:
        try:
            self._loaded.set_result(self._load())
        except Exception as fault:  # noqa: BLE001 (whatever it was, users must not wait for ever)
            self._loaded.set_exception(fault)
        else:
            when_ready()
            import_module("noseprint.embedding.preprocess")  # so that the first photo need not wait for it

    @property
    def ready(self) -> bool:
        """Whether photos can be embedded now."""
        return self._loaded.done() and self._loaded.exception() is None

    @property
    def manifest(self) -> ModelManifest:
        """The model in use."""
        return self._embedder().manifest

    @property
    def identity(self) -> ModelIdentity:
        """The model in use, as vectors carry it."""
        return self._embedder().identity

    def embed(self, photo: bytes) -> Vector:
        """Compute the vector of one photo, as :meth:`ModelEmbedder.embed`."""
        return self._embedder().embed(photo)

    def _embedder(self) -> Embedder:
        if not self._loaded.done():
            raise NoseprintError(ErrorCode.MODEL_NOT_LOADED, "still loading")
        fault = self._loaded.exception()
        if fault is not None:
            detail = str(fault) if isinstance(fault, NoseprintError) else type(fault).__name__
            raise NoseprintError(ErrorCode.MODEL_NOT_LOADED, detail) from fault
        return self._loaded.result()
