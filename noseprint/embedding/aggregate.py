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


Rows = npt.NDArray[np.float64]


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

    The sample that agrees least with the others is left out as long as its cosine to their mean is below
    ``outlier_cosine``: one strange photo must not drag the mean to itself. It is compared with the mean of
    the *others*, for a mean that holds the sample itself is never far from it (two photos of two dogs lie
    at cosine 0.71 from their common mean, whatever they show).

    Raises:
        NoseprintError: TOO_FEW_PHOTOS when fewer than ``minimum`` are given, PHOTOS_DISAGREE when fewer
            agree with each other.
    """
    if len(samples) < minimum:
        raise NoseprintError(ErrorCode.TOO_FEW_PHOTOS, usable=len(samples), needed=minimum, why="")
    kept = sorted(samples, key=lambda sample: -sample.quality)
    outliers: list[Sample] = []
    while len(kept) >= minimum:
        rows = _weighted_rows(kept)
        agreement = _cosines_to_the_others(rows)
        # Two photos agree equally little with each other, but for rounding: the worse one goes.
        strangest = min(range(len(kept)), key=lambda n: (round(float(agreement[n]), 9), kept[n].quality))
        template = _unit(rows.sum(axis=0))
        if agreement[strangest] >= outlier_cosine and template.any():
            return Aggregate(template.astype(np.float32), tuple(kept), tuple(outliers))
        outliers.append(kept.pop(strangest))
    raise NoseprintError(ErrorCode.PHOTOS_DISAGREE, f"{len(kept)} agree, {minimum} needed")


def _weighted_rows(samples: Sequence[Sample]) -> Rows:
    """Unit vectors times their quality; one point is the least weight, so that quality nought still counts."""
    return np.stack([_unit(sample.vector.astype(np.float64)) * max(sample.quality, 1.0) for sample in samples])


def _cosines_to_the_others(rows: Rows) -> Rows:
    """The cosine of each row to the sum of all other rows; 1 for a row that is alone."""
    if len(rows) == 1:
        return np.ones(1)
    others = rows.sum(axis=0) - rows
    return np.array([float(_unit(row) @ _unit(rest)) for row, rest in zip(rows, others, strict=True)])


def _unit(vector: Rows) -> Rows:
    # Opposite vectors cancel out and have no common direction; zero then agrees with nothing.
    length = float(np.linalg.norm(vector))
    unit: Rows = vector / length if length > 0 else vector
    return unit
