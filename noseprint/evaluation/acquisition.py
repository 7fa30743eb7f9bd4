"""From identity folders to labelled vectors; what cannot become a vector is counted, not hidden."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import numpy.typing as npt

from noseprint.errors import ErrorCode, NoseprintError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from noseprint.embedding.embedder import Embedder
    from noseprint.embedding.model import Vector
    from noseprint.evaluation.identity_folders import IdentityPhoto

_WORKERS = 4


class Acquired(NamedTuple):
    """A photo and its vector (float32, (d,)), or why it has none."""

    photo: IdentityPhoto
    vector: Vector | None
    fault: NoseprintError | None = None


class LabelledVectors(NamedTuple):
    """The vectors (float32, (n, d)) of the photos that gave one, their identities and files; how many gave none."""

    vectors: npt.NDArray[np.float32]
    labels: list[str]
    paths: list[Path]
    failures: int


def acquire(photos: Iterable[IdentityPhoto], embedder: Embedder) -> Iterator[Acquired]:
    """Embed photos several at a time, in their order.

    Raises:
        NoseprintError: MODEL_NOT_LOADED; a broken or missing photo raises nothing but is a failure to acquire.
    """
    with ThreadPoolExecutor(_WORKERS, thread_name_prefix="acquire") as pool:
        yield from pool.map(lambda photo: _acquire_one(photo, embedder), photos)


def label(acquired: Iterable[Acquired]) -> LabelledVectors:
    """Gather acquired photos for an evaluation.

    Raises:
        NoseprintError: INVALID_IMAGE when no photo at all gave a vector.
    """
    found = list(acquired)
    good = [(item.vector, item.photo) for item in found if item.vector is not None]
    if not good:
        raise NoseprintError(ErrorCode.INVALID_IMAGE, f"none of {len(found)} photos can be embedded")
    vectors = np.stack([vector for vector, _ in good])
    labels, paths = [photo.identity for _, photo in good], [photo.path for _, photo in good]
    return LabelledVectors(vectors, labels, paths, len(found) - len(good))


def _acquire_one(photo: IdentityPhoto, embedder: Embedder) -> Acquired:
    try:
        return Acquired(photo, embedder.embed(photo.path.read_bytes()))
    except OSError as fault:
        unreadable = NoseprintError(ErrorCode.FILE_NOT_READABLE, fault.strerror or "", path=photo.path)
        return Acquired(photo, None, unreadable)
    except NoseprintError as fault:
        if fault.code is ErrorCode.MODEL_NOT_LOADED:
            raise
        return Acquired(photo, None, fault)
