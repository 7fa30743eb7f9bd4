"""Matching error rates and verdicts of every system, on photographs and on their retakes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

import numpy as np

from noseprint.evaluation.comparisons import Comparisons, ComparisonSet
from noseprint.evaluation.error_rates import equal_error_rate, fnmr_at_fmr, rank
from noseprint.evaluation.report import Evaluation, evaluate_comparisons
from noseprint.evaluation.scales import INLIERS, Scale, cosine_scale, fused_scale
from noseprint.matching.similarity import between_knots, similarity
from training.report.figures import OperatingPoint, Rate, SystemRates, Trial
from training.report.verdict_figures import Verdicts

if TYPE_CHECKING:
    import numpy.typing as npt

    from noseprint.embedding.embedder import ModelEmbedder
    from noseprint.evaluation.error_rates import DetCurve
    from noseprint.evaluation.figures import Rate as MeasuredRate
    from training.report.bench import Bench, Floats, PairScores
    from training.report.figures import System

_MEAN_TARGETS = (0.01, 0.001)

ToSimilarity = Callable[["npt.ArrayLike"], "Floats"]
Known = TypeVar("Known")


@dataclass(frozen=True, slots=True)
class Measured:
    """A trial and the DET curves of its systems."""

    trial: Trial
    curves: dict[System, DetCurve]


@dataclass(frozen=True, slots=True)
class Subject:
    """A system under test, where it has left its scores, and what they mean."""

    system: System
    scale: Scale
    scores: Callable[[PairScores], npt.NDArray[np.generic] | None]
    similarity: ToSimilarity | None = None


def measure_trial(bench: Bench, takes: Sequence[PairScores], retakes: int) -> Measured:
    """Pool the comparisons of a crew over its takes and measure every system.

    Args:
        bench: with the systems.
        takes: the crew's scores, once for the photographs, or once for each retake.
        retakes: how many retakes these are; 0 for the photographs themselves.
    """
    rates, curves = [], {}
    for subject in subjects(bench):
        comparisons = pooled(takes, subject)
        evaluation = evaluate_comparisons(comparisons, subject.scale, photos=len(takes[0].labels) * len(takes))
        rates.append(_system_rates(bench, subject, comparisons, evaluation))
        if evaluation.det is not None:
            curves[subject.system] = evaluation.det
    crew = pooled(takes, next(subjects(bench)))
    trial = Trial(
        retakes=retakes,
        photographs=len(takes[0].labels),
        identities=len(crew.identities),
        genuine_identities=crew.genuine.identity_count(),
        genuine=len(crew.genuine),
        impostor=len(crew.impostor),
        systems=tuple(rates),
        mean_of_retakes=_mean_of(takes, bench) if retakes else None,
    )
    return Measured(trial, curves)


def count_verdicts(similarities: npt.ArrayLike, same: float, review: float) -> Verdicts:
    """Count the verdicts that similarities get."""
    values = np.asarray(similarities, dtype=np.float64)
    at_least_review, at_least_same = int((values >= review).sum()), int((values >= same).sum())
    return Verdicts(comparisons=values.size, same=at_least_same, review=at_least_review - at_least_same)


def subjects(bench: Bench) -> Iterator[Subject]:
    """The systems that there are on the bench, our model first."""
    manifest = bench.embedder.manifest
    scale = cosine_scale(manifest.calibration)
    yield Subject("embedder", scale, lambda pairs: pairs.cosines, cosine_map(bench.embedder))
    if bench.reference is not None:
        scale = cosine_scale(bench.reference.manifest.calibration)
        yield Subject("reference", scale, lambda pairs: pairs.reference, cosine_map(bench.reference))
    yield Subject("keypoints", INLIERS, lambda pairs: pairs.inliers)
    if (fusion := manifest.keypoints) is not None:
        knots = fusion.calibration
        yield Subject(
            "fused",
            fused_scale(fusion),
            lambda pairs: pairs.fused,
            lambda scores: between_knots(scores, knots.score, knots.similarity),
        )


def cosine_map(embedder: ModelEmbedder) -> ToSimilarity:
    """What a model's cosines mean."""
    calibration = embedder.manifest.calibration
    return lambda cosines: similarity(cosines, calibration)


def pooled(takes: Sequence[PairScores], subject: Subject) -> ComparisonSet:
    """The comparisons of several takes of one crew together; a dog stays one identity in all of them."""
    sets = [take.pairs.scored(_known(subject.scores(take))) for take in takes]
    genuine, impostor = [each.genuine for each in sets], [each.impostor for each in sets]
    return ComparisonSet(sets[0].identities, _together(genuine), _together(impostor))


def _together(parts: Sequence[Comparisons]) -> Comparisons:
    return Comparisons(
        np.concatenate([part.scores for part in parts]),
        np.concatenate([part.first for part in parts]),
        np.concatenate([part.second for part in parts]),
    )


def _system_rates(bench: Bench, subject: Subject, comparisons: ComparisonSet, evaluation: Evaluation) -> SystemRates:
    same, review = bench.settings.same_similarity, bench.settings.review_similarity
    to_similarity = subject.similarity
    genuine, impostor = (
        count_verdicts(to_similarity(side.scores), same, review) if to_similarity else None
        for side in (comparisons.genuine, comparisons.impostor)
    )
    return SystemRates(
        system=subject.system,
        eer=_rate(evaluation.eer.eer),
        fnmr_at_fmr=tuple(
            OperatingPoint(target_fmr=point.target_fmr, threshold=_known(point.threshold), fnmr=_rate(point.fnmr))
            for point in evaluation.fnmr_at_fmr
        ),
        least_genuine=float(comparisons.genuine.scores.min()),
        greatest_impostor=float(comparisons.impostor.scores.max()),
        genuine=genuine,
        impostor=impostor,
    )


def _rate(measured: MeasuredRate | None) -> Rate:
    rate = _known(measured)
    if rate.interval is None:
        return Rate(value=rate.value)
    return Rate(value=rate.value, lower=rate.interval.lower, upper=rate.interval.upper, method=rate.interval.method)


def _known(value: Known | None) -> Known:
    if value is None:
        raise ValueError("the photographs leave a rate unmeasured: two dogs with two photographs each are needed")
    return value


def _mean_of(takes: Sequence[PairScores], bench: Bench) -> tuple[float, float, float]:
    """EER, FNMR at FMR 1 % and at 0.1 % of our model, each take by itself, as means."""
    embedder = next(subjects(bench))
    rows = []
    for take in takes:
        comparisons = pooled([take], embedder)
        genuine, impostor = rank(comparisons.genuine.scores), rank(comparisons.impostor.scores)
        fnmr = [fnmr_at_fmr(genuine, impostor, target).fnmr for target in _MEAN_TARGETS]
        rows.append([equal_error_rate(genuine, impostor).rate, *fnmr])
    eer, at_one, at_tenth = np.mean(rows, axis=0).tolist()
    return eer, at_one, at_tenth
