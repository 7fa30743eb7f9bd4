"""One evaluation of one model on one set of photos: all figures, as data, as JSON and as a table."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt

from noseprint.errors import ErrorCode, NoseprintError
from noseprint.evaluation import error_rates
from noseprint.evaluation.comparisons import Comparisons, ComparisonSet, compare_all
from noseprint.evaluation.error_rates import DetCurve, Floats, RankedScores
from noseprint.evaluation.intervals import (
    CONFIDENCE,
    DEFAULT_RESAMPLES,
    FEWEST_IDENTITIES,
    Interval,
    interval,
    resample_identities,
)

TARGET_FMRS = (0.01, 0.001, 0.0001)
SIMILARITY_THRESHOLDS = (0.50, 0.70, 0.85)

_BISECTIONS = 64


@dataclass(frozen=True, slots=True)
class Rate:
    """A rate in [0, 1] and its 95 % confidence interval over identities (None where too few identities)."""

    value: float
    interval: Interval | None


@dataclass(frozen=True, slots=True)
class EerFigure:
    """The equal error rate and the cosine where it is reached; None where it cannot be measured."""

    cosine: float | None
    eer: Rate | None


@dataclass(frozen=True, slots=True)
class FnmrFigure:
    """FNMR at the smallest cosine threshold with FMR <= target; None where it cannot be measured."""

    target_fmr: float
    cosine: float | None
    fmr: float | None
    fnmr: Rate | None


@dataclass(frozen=True, slots=True)
class SimilarityFigure:
    """FMR and FNMR when a match is a similarity at or above a threshold, and the cosine that this means."""

    similarity: float
    cosine: float
    fmr: Rate | None
    fnmr: Rate | None


@dataclass(frozen=True, slots=True)
class Evaluation:
    """All figures of one evaluation.

    Attributes:
        identities: identities with at least one vector.
        photos: photos presented, failures included.
        failures_to_acquire: photos of which no vector could be made (ISO/IEC 19795-1, FTA).
        genuine_comparisons: pairs of photos of one identity.
        impostor_comparisons: pairs of photos of two identities, doubtful ones left out.
        genuine_identities: identities with at least two vectors; they alone speak for FNMR.
        confidence: of every interval.
        eer: equal error rate.
        fnmr_at_fmr: FNMR at FMR 1 %, 0.1 % and 0.01 %.
        at_similarity: both rates at similarity 0.50, 0.70 and 0.85.
        remarks: what could not be measured, or proves little, and why.
        det: the DET curve; None where it cannot be measured.
    """

    identities: int
    photos: int
    failures_to_acquire: int
    genuine_comparisons: int
    impostor_comparisons: int
    genuine_identities: int
    confidence: float
    eer: EerFigure
    fnmr_at_fmr: tuple[FnmrFigure, ...]
    at_similarity: tuple[SimilarityFigure, ...]
    remarks: tuple[str, ...]
    det: DetCurve | None = field(compare=False, repr=False)


def evaluate(  # noqa: PLR0913 - each of them changes what the figures mean
    vectors: npt.NDArray[np.floating],
    labels: Sequence[str],
    similarity: Callable[[float], float],
    *,
    failures_to_acquire: int = 0,
    may_be_one_dog: Iterable[tuple[str, str]] = (),
    resamples: int = DEFAULT_RESAMPLES,
    seed: int = 0,
) -> Evaluation:
    """Measure a model by comparing every photo with every other.

    Args:
        vectors: (n, d) floats, one row per photo that gave a vector.
        labels: n identity names.
        similarity: never-falling map from cosine in [-1, 1] to similarity in [0, 1].
        failures_to_acquire: how many more photos gave no vector.
        may_be_one_dog: pairs of identities whose comparisons are left out.
        resamples: draws of the bootstrap; 0 leaves its intervals out. Its time is the number of comparisons
            times this (about half a minute for 2,000 photos and 1,000 draws).
        seed: of the bootstrap.

    Raises:
        NoseprintError: INVALID_REQUEST as in `compare_all`, or when the similarity falls.
    """
    comparisons = compare_all(vectors, labels, may_be_one_dog)
    measurement = _Measurement(comparisons, _cosine_thresholds(similarity))
    resampled = resample_identities(comparisons, measurement.figures, resamples=resamples, seed=seed)
    figures = measurement.with_intervals(resampled)
    return Evaluation(
        identities=len(comparisons.identities),
        photos=len(labels) + failures_to_acquire,
        failures_to_acquire=failures_to_acquire,
        genuine_comparisons=len(comparisons.genuine),
        impostor_comparisons=len(comparisons.impostor),
        genuine_identities=comparisons.genuine.identity_count(),
        confidence=CONFIDENCE,
        eer=measurement.eer(next(figures)),
        fnmr_at_fmr=tuple(measurement.at_target(target, next(figures)) for target in TARGET_FMRS),
        at_similarity=tuple(
            SimilarityFigure(threshold, cosine, next(figures), next(figures))
            for threshold, cosine in zip(SIMILARITY_THRESHOLDS, measurement.cosines, strict=True)
        ),
        remarks=tuple(_remarks(comparisons)),
        det=measurement.det(),
    )
