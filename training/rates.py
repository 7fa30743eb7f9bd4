"""Error rates of comparisons, in the words of ISO/IEC 19795-1. Numbers in, numbers out."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Scores = NDArray[np.float64]


@dataclass(frozen=True)
class Rates:
    """What a set of genuine and impostor scores says, rates in [0, 1]."""

    eer: float
    fnmr_at_1_percent: float
    fnmr_at_01_percent: float
    separation: float
    """Distance of the two means in pooled deviations (d')."""
    genuine: int
    impostors: int

    def __str__(self) -> str:
        return (
            f"EER {self.eer:.2%}, FNMR {self.fnmr_at_1_percent:.1%} at FMR 1 %, "
            f"{self.fnmr_at_01_percent:.1%} at FMR 0.1 %, "
            f"d' {self.separation:.2f} ({self.genuine} genuine, {self.impostors} impostor pairs)"
        )


def rates(genuine: Scores, impostor: Scores) -> Rates:
    """Return the rates of similarity scores, each (n,) float64, larger meaning more alike."""
    pooled = np.sqrt((genuine.var() + impostor.var()) / 2)
    return Rates(
        eer=equal_error_rate(genuine, impostor),
        fnmr_at_1_percent=fnmr_at(genuine, impostor, 0.01),
        fnmr_at_01_percent=fnmr_at(genuine, impostor, 0.001),
        separation=float((genuine.mean() - impostor.mean()) / pooled),
        genuine=len(genuine),
        impostors=len(impostor),
    )


def fnmr_at(genuine: Scores, impostor: Scores, fmr: float) -> float:
    """Return the share of genuine scores below the threshold that lets at most the given share of impostors pass."""
    allowed = int(fmr * len(impostor))
    threshold = np.sort(impostor)[::-1][allowed]
    return float((genuine <= threshold).mean())


def equal_error_rate(genuine: Scores, impostor: Scores) -> float:
    """Return the rate at which false matches and false non-matches are equally frequent."""
    thresholds = np.unique(np.concatenate([genuine, impostor]))
    fnmr = np.searchsorted(np.sort(genuine), thresholds, side="left") / len(genuine)
    fmr = 1 - np.searchsorted(np.sort(impostor), thresholds, side="left") / len(impostor)
    nearest = int(np.argmin(np.abs(fnmr - fmr)))
    return float((fnmr[nearest] + fmr[nearest]) / 2)


def pair_scores(
    units: NDArray[np.float32], names: list[str], same: dict[str, str] | None = None
) -> tuple[Scores, Scores]:
    """Return the genuine and impostor cosines among unit embeddings (n, dimension) of the named dogs.

    `same` maps a name to that of a dog it may be the same as: such pairs count as neither.
    """
    cosine = units.astype(np.float64) @ units.T.astype(np.float64)
    label = np.array(names)
    perhaps = np.array([(same or {}).get(n, n) for n in names])
    first, second = np.triu_indices(len(names), 1)
    genuine = label[first] == label[second]
    impostor = perhaps[first] != perhaps[second]
    return cosine[first, second][genuine], cosine[first, second][impostor]
