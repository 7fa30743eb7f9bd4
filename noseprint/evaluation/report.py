"""One evaluation of one model on one set of photos: all figures, as data, as JSON and as a table."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass, field, replace
from typing import TYPE_CHECKING

from noseprint.evaluation import figures
from noseprint.evaluation.comparisons import ComparisonSet, compare_all
from noseprint.evaluation.error_rates import (
    DetCurve,
    RankedScores,
    det_curve,
    equal_error_rate,
    fnmr_at_fmr,
)
from noseprint.evaluation.figures import Figure, Rate, Rates, measure_rates
from noseprint.evaluation.intervals import CONFIDENCE, DEFAULT_RESAMPLES, FEWEST_IDENTITIES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    import numpy as np
    import numpy.typing as npt

TARGET_FMRS = (0.01, 0.001, 0.0001)
SIMILARITY_THRESHOLDS = (0.50, 0.70, 0.85)

_BISECTIONS = 64


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
    """FMR and FNMR where a match is a similarity at or above a threshold, and the cosine that this means."""

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
        similarity: never-falling map from a cosine in [-1, 1] to a similarity in [0, 1].
        failures_to_acquire: how many more photos gave no vector.
        may_be_one_dog: pairs of identities whose comparisons are left out.
        resamples: draws of the bootstrap; 0 leaves its intervals out. Its time grows with the comparisons.
        seed: of the bootstrap.

    Raises:
        NoseprintError: INVALID_REQUEST as in `compare_all`.
    """
    comparisons = compare_all(vectors, labels, may_be_one_dog)
    cosines = [cosine_at_similarity(similarity, threshold) for threshold in SIMILARITY_THRESHOLDS]
    rates = measure_rates(comparisons, target_fmrs=TARGET_FMRS, thresholds=cosines, resamples=resamples, seed=seed)
    genuine, impostor = figures.ranked(comparisons.genuine), figures.ranked(comparisons.impostor)
    sides = (genuine, impostor) if genuine and impostor else None
    return Evaluation(
        identities=len(comparisons.identities),
        photos=len(labels) + failures_to_acquire,
        failures_to_acquire=failures_to_acquire,
        genuine_comparisons=len(comparisons.genuine),
        impostor_comparisons=len(comparisons.impostor),
        genuine_identities=comparisons.genuine.identity_count(),
        confidence=CONFIDENCE,
        eer=EerFigure(equal_error_rate(*sides).threshold if sides else None, rates[figures.EER]),
        fnmr_at_fmr=tuple(_fnmr_figure(target, sides, rates) for target in TARGET_FMRS),
        at_similarity=tuple(
            SimilarityFigure(threshold, cosine, rates[Figure("FMR", cosine)], rates[Figure("FNMR", cosine)])
            for threshold, cosine in zip(SIMILARITY_THRESHOLDS, cosines, strict=True)
        ),
        remarks=tuple(_remarks(comparisons)),
        det=det_curve(*sides) if sides else None,
    )


def cosine_at_similarity(similarity: Callable[[float], float], threshold: float) -> float:
    """The smallest cosine whose similarity reaches a threshold, by bisection.

    Args:
        similarity: never-falling map from a cosine in [-1, 1].
        threshold: the similarity wanted.

    Returns:
        In [-1, 1]; the next float above 1, which no cosine reaches, when even cosine 1 falls short.
    """
    below, reached = -1.0, 1.0
    if similarity(below) >= threshold:
        return below
    if similarity(reached) < threshold:
        return math.nextafter(reached, math.inf)
    for _ in range(_BISECTIONS):
        middle = (below + reached) / 2
        if similarity(middle) >= threshold:
            reached = middle
        else:
            below = middle
    return reached


def as_json(evaluation: Evaluation) -> dict[str, object]:
    """The evaluation as JSON data: rates in [0, 1], null where not measurable; without the DET curve."""
    data = asdict(replace(evaluation, det=None), dict_factory=_json_object)
    del data["det"]
    return data


def as_rows(evaluation: Evaluation) -> tuple[tuple[str, str, str], ...]:
    """The evaluation as a table of (figure, value, 95 % interval), rates in percent."""
    return tuple(_rows(evaluation))


def _fnmr_figure(target: float, sides: tuple[RankedScores, RankedScores] | None, rates: Rates) -> FnmrFigure:
    if sides is None:
        return FnmrFigure(target, None, None, None)
    point = fnmr_at_fmr(*sides, target)
    return FnmrFigure(target, point.threshold, point.fmr, rates[Figure("FNMR at FMR", target)])


def _remarks(comparisons: ComparisonSet) -> Iterator[str]:
    dogs, crowd = comparisons.genuine.identity_count(), len(comparisons.impostor)
    if not dogs:
        yield "No identity has two photos: FNMR and EER cannot be measured."
    elif dogs < FEWEST_IDENTITIES:
        yield f"Only {dogs} with two photos or more: too few identities for an interval of FNMR."
    if not crowd:
        yield "Fewer than two identities: FMR and EER cannot be measured."
    for target in TARGET_FMRS:
        if 0 < crowd * target < 1:
            yield f"{crowd:,} impostor comparisons: FMR {_percent(target)} means that none of them matches."


def _json_object(items: list[tuple[str, object]]) -> dict[str, object]:
    return {key: list(value) if isinstance(value, tuple) else value for key, value in items}


def _rows(evaluation: Evaluation) -> Iterator[tuple[str, str, str]]:
    yield "Identities", f"{evaluation.identities:,}", ""
    yield "Identities with two photos or more", f"{evaluation.genuine_identities:,}", ""
    yield "Photos", f"{evaluation.photos:,}", ""
    yield "Failures to acquire", f"{evaluation.failures_to_acquire:,}", ""
    yield "Genuine comparisons", f"{evaluation.genuine_comparisons:,}", ""
    yield "Impostor comparisons", f"{evaluation.impostor_comparisons:,}", ""
    yield _row("EER", evaluation.eer.eer, evaluation.eer.cosine)
    for point in evaluation.fnmr_at_fmr:
        yield _row(f"FNMR at FMR {_percent(point.target_fmr)}", point.fnmr, point.cosine)
    for figure in evaluation.at_similarity:
        yield _row(f"FMR at similarity {figure.similarity:.2f}", figure.fmr, figure.cosine)
        yield _row(f"FNMR at similarity {figure.similarity:.2f}", figure.fnmr, figure.cosine)


def _row(name: str, rate: Rate | None, cosine: float | None) -> tuple[str, str, str]:
    label = name if cosine is None else f"{name} (cosine {cosine:.4f})"
    if rate is None:
        return label, "not measurable", ""
    if rate.interval is None:
        return label, _percent(rate.value), ""
    return label, _percent(rate.value), f"{_percent(rate.interval.lower)} to {_percent(rate.interval.upper)}"


def _percent(rate: float) -> str:
    return f"{100 * rate:.3g} %"
