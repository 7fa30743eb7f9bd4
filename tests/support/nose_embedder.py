"""An embedder that knows the generated dogs by heart: the real one's methods, vectors that a test can reason about."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from noseprint.embedding.manifest import Calibration, ModelIdentity, ModelManifest, ModelOutput
from noseprint.errors import ErrorCode, NoseprintError

if TYPE_CHECKING:
    from pathlib import Path

    from noseprint.embedding.model import Vector

DIMENSION = 8


class KnowsDogsByHeart:
    """Gives photos of dog ``n`` vectors around axis ``n``, about cosine 0.98 to each other.

    Args:
        noses: the folder of generated dogs.
        model: the name that its vectors carry; another name means another model.
    """

    def __init__(self, noses: Path, model: str = "by-heart") -> None:
        self.identity = ModelIdentity(model, model.encode().hex().ljust(64, "0")[:64])
        self.manifest = ModelManifest(
            schema=1,
            name=model,
            version="1",
            file="none.onnx",
            sha256=self.identity.sha256,
            output=ModelOutput(dimension=DIMENSION),
            calibration=Calibration(cosine=(-1.0, 0.0, 1.0), similarity=(0.0, 0.0, 1.0)),
        )
        self._vectors = {
            photo.read_bytes(): _vector(int(photo.parent.name[-1]), int(photo.stem))
            for photo in sorted(noses.glob("dog-?/*.jpg"))
        }

    def learn(self, photo: bytes, vector: Vector) -> None:
        """Give one more photo a vector."""
        self._vectors[photo] = vector

    def embed(self, photo: bytes) -> Vector:
        """The vector of a photo that was learnt."""
        if photo not in self._vectors:
            raise NoseprintError(ErrorCode.INVALID_IMAGE, "not learnt")
        return self._vectors[photo]


def _vector(dog: int, photo: int) -> Vector:
    vector = np.random.default_rng([dog, photo]).normal(0.0, 0.05, DIMENSION)
    vector[dog - 1] += 1.0
    return (vector / np.linalg.norm(vector)).astype(np.float32)
