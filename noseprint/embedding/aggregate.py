"""Several photos of one nose become one template."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from noseprint.errors import ErrorCode, NoseprintError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from noseprint.embedding.model import Vector


@dataclass(frozen=True, slots=True)
class Sample:
    """One photo on its way into a template: its bytes, its vector (float32, (d,)), its quality (0 to 100)."""

    photo: bytes
    vector: Vector
    quality: float


@dataclass(frozen=True, slots=True)
class Aggregate:
    """A template (float32, (d,), unit length) and the samples in it, best first; outliers apart."""

    template: Vector
    samples: tuple[Sample, ...]
    outliers: tuple[Sample, ...]

    @property
    def quality(self) -> float:
        """The mean quality of the samples in the template, 0 to 100."""
        return float(np.mean([sample.quality for sample in self.samples]))


def aggregate(samples: Sequence[Sample], *, minimum: int, outlier_cosine: float) -> Aggregate:
    """Combine samples into a template: the quality-weighted mean of unit vectors, at unit length again.

    The sample farthest from the template is dropped and the template computed again, as long as that
    sample's cosine is below ``outlier_cosine``: one strange photo must not drag the mean to itself.

    Raises:
        NoseprintError: TOO_FEW_PHOTOS when fewer than ``minimum`` are given, PHOTOS_DISAGREE when fewer
            agree with each other.
    """
    if len(samples) < minimum:
        raise NoseprintError(ErrorCode.TOO_FEW_PHOTOS, usable=len(samples), needed=minimum)
    kept = sorted(samples, key=lambda sample: -sample.quality)
    outliers: list[Sample] = []
    while len(kept) >= minimum:
        template = _weighted_mean(kept)
        cosines = _unit_rows(kept) @ template
        farthest = int(np.argmin(cosines))
        if cosines[farthest] >= outlier_cosine and template.any():
            return Aggregate(template.astype(np.float32), tuple(kept), tuple(outliers))
        outliers.append(kept.pop(farthest))
    raise NoseprintError(ErrorCode.PHOTOS_DISAGREE, f"{len(kept)} agree, {minimum} needed")


def _unit_rows(samples: Sequence[Sample]) -> npt.NDArray[np.float64]:
    rows = np.stack([sample.vector for sample in samples]).astype(np.float64)
    unit: npt.NDArray[np.float64] = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    return unit


def _weighted_mean(samples: Sequence[Sample]) -> npt.NDArray[np.float64]:
    # One point of quality is the least weight: photos of quality nought still count, equally.
    weights = np.array([max(sample.quality, 1.0) for sample in samples])
    mean: npt.NDArray[np.float64] = weights @ _unit_rows(samples)
    length = float(np.linalg.norm(mean))
    # Opposite vectors have no mean direction: leave it zero, which is no template.
    return mean / length if length > 0 else mean
