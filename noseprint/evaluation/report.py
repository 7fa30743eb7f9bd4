"""One evaluation of one kind of score on one set of photos: all figures, as data, as JSON and as a table."""

from __future__ import annotations

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
from noseprint.evaluation.scales import Scale, score_at_similarity

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    import numpy as np
    import numpy.typing as npt

TARGET_FMRS = (0.01, 0.001, 0.0001)
SIMILARITY_THRESHOLDS = (0.50, 0.70, 0.85)


@dataclass(frozen=True, slots=True)
class EerFigure:
    """The equal error rate and the score where it is reached; None where it cannot be measured."""

    threshold: float | None
    eer: Rate | None


@dataclass(frozen=True, slots=True)
class FnmrFigure:
    """FNMR at the smallest threshold of the score with FMR <= target; None where it cannot be measured."""

    target_fmr: float
    threshold: float | None
    fmr: float | None
    fnmr: Rate | None


@dataclass(frozen=True, slots=True)
class SimilarityFigure:
    """FMR and FNMR where a match is a similarity at or above a threshold, and the score that this means."""

    similarity: float
    threshold: float
    fmr: Rate | None
    fnmr: Rate | None


@dataclass(frozen=True, slots=True)
class Evaluation:
    """All figures of one evaluation.

    Attributes:
        score: what was compared by, for instance "cosine".
        identities: identities with at least one photo that could be compared.
        photos: photos presented, failures included.
        failures_to_acquire: photos of which no vector could be made (ISO/IEC 19795-1, FTA).
        genuine_comparisons: pairs of photos of one identity.
        impostor_comparisons: pairs of photos of two identities, doubtful ones left out.
        genuine_identities: identities with at least two vectors; they alone speak for FNMR.
        confidence: of every interval.
        eer: equal error rate.
        fnmr_at_fmr: FNMR at FMR 1 %, 0.1 % and 0.01 %.
        at_similarity: both rates at similarity 0.50, 0.70 and 0.85; none for a score that has no similarity.
        remarks: what could not be measured, or proves little, and why.
        det: the DET curve; None where it cannot be measured.
    """

    score: str
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


@dataclass(frozen=True, slots=True)
class Resampling:
    """The bootstrap's draws and the seed of them; no draws leave its intervals out."""

    draws: int = DEFAULT_RESAMPLES
    seed: int = 0


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
    return evaluate_comparisons(
        compare_all(vectors, labels, may_be_one_dog),
        Scale("cosine", -1.0, 1.0, similarity),
        photos=len(labels) + failures_to_acquire,
        failures_to_acquire=failures_to_acquire,
        resampling=Resampling(resamples, seed),
    )


def evaluate_comparisons(
    comparisons: ComparisonSet,
    scale: Scale,
    *,
    photos: int,
    failures_to_acquire: int = 0,
    resampling: Resampling = Resampling(),
) -> Evaluation:
    """Measure any score of pairs of photos.

    Args:
        comparisons: every pair with its score.
        scale: what the score means.
        photos: photos presented, failures included.
        failures_to_acquire: how many of them could not be compared.
        resampling: of the intervals.
    """
    thresholds = [score_at_similarity(scale, wanted) for wanted in SIMILARITY_THRESHOLDS] if scale.similarity else []
    rates = measure_rates(
        comparisons,
        target_fmrs=TARGET_FMRS,
        thresholds=thresholds,
        resamples=resampling.draws,
        seed=resampling.seed,
    )
    genuine, impostor = figures.ranked(comparisons.genuine), figures.ranked(comparisons.impostor)
    sides = (genuine, impostor) if genuine and impostor else None
    return Evaluation(
        score=scale.name,
        identities=len(comparisons.identities),
        photos=photos,
        failures_to_acquire=failures_to_acquire,
        genuine_comparisons=len(comparisons.genuine),
        impostor_comparisons=len(comparisons.impostor),
        genuine_identities=comparisons.genuine.identity_count(),
        confidence=CONFIDENCE,
        eer=EerFigure(equal_error_rate(*sides).threshold if sides else None, rates[figures.EER]),
        fnmr_at_fmr=tuple(_fnmr_figure(target, sides, rates) for target in TARGET_FMRS),
        at_similarity=tuple(
            SimilarityFigure(wanted, score, rates[Figure("FMR", score)], rates[Figure("FNMR", score)])
            for wanted, score in zip(SIMILARITY_THRESHOLDS, thresholds, strict=False)
        ),
        remarks=tuple(_remarks(comparisons)),
        det=det_curve(*sides) if sides else None,
    )


def as_json(evaluation: Evaluation) -> dict[str, object]:
    """The evaluation as JSON data: rates in [0, 1], null where not measurable; without the DET curve."""
    data = asdict(replace(evaluation, det=None), dict_factory=_json_object)
    del data["det"]
    return data


def as_rows(evaluation: Evaluation) -> tuple[tuple[str, str, str], ...]:
    """The evaluation as a table of (figure, value, 95 % interval), rates in percent."""
    return (*_counts(evaluation), *rate_rows(evaluation))


def rate_rows(evaluation: Evaluation) -> tuple[tuple[str, str, str], ...]:
    """The same table without the counts."""
    return tuple(_rates(evaluation))


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


def _counts(evaluation: Evaluation) -> Iterator[tuple[str, str, str]]:
    yield "Identities", f"{evaluation.identities:,}", ""
    yield "Identities with two photos or more", f"{evaluation.genuine_identities:,}", ""
    yield "Photos", f"{evaluation.photos:,}", ""
    yield "Failures to acquire", f"{evaluation.failures_to_acquire:,}", ""
    yield "Genuine comparisons", f"{evaluation.genuine_comparisons:,}", ""
    yield "Impostor comparisons", f"{evaluation.impostor_comparisons:,}", ""


def _rates(evaluation: Evaluation) -> Iterator[tuple[str, str, str]]:
    score = evaluation.score
    yield _row("EER", evaluation.eer.eer, score, evaluation.eer.threshold)
    for point in evaluation.fnmr_at_fmr:
        yield _row(f"FNMR at FMR {_percent(point.target_fmr)}", point.fnmr, score, point.threshold)
    for figure in evaluation.at_similarity:
        yield _row(f"FMR at similarity {figure.similarity:.2f}", figure.fmr, score, figure.threshold)
        yield _row(f"FNMR at similarity {figure.similarity:.2f}", figure.fnmr, score, figure.threshold)


def _row(name: str, rate: Rate | None, score: str, threshold: float | None) -> tuple[str, str, str]:
    label = name if threshold is None else f"{name} ({score} {threshold:.4f})"
    if rate is None:
        return label, "not measurable", ""
    if rate.interval is None:
        return label, _percent(rate.value), ""
    return label, _percent(rate.value), f"{_percent(rate.interval.lower)} to {_percent(rate.interval.upper)}"


def _percent(rate: float) -> str:
    return f"{100 * rate:.3g} %"
