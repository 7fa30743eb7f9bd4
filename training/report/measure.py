"""Measures all that the report is about, in the order in which it is told."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from noseprint.evaluation.intervals import CONFIDENCE, zero_error_upper_bound
from noseprint.matching.similarity import least_cosine
from training.report import gallery
from training.report.acquiring import as_taken_in, present
from training.report.bench import model_key
from training.report.conditions import UNDEGRADED, discard_curves, worsen
from training.report.crowd import populations
from training.report.error_rates import measure_trial
from training.report.figures import Bound, Data, Figures, Fusion, Model
from training.report.finding import measure_finder
from training.report.look_up import look_up
from training.report.photographs import ENROLLED_SETS, SINGLES_SETS, Crew, read_crew, retaken
from training.report.speed import measure_speed, processor
from training.report.templates import Sightings, verify_templates

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from noseprint.embedding.embedder import ModelEmbedder
    from noseprint.evaluation.error_rates import DetCurve
    from noseprint.settings import Settings
    from training.report.bench import Bench
    from training.report.figures import System, Trial
    from training.report.gallery import GeneratedDogs
    from training.report.use_figures import Acquisition, Finder

WHOLE = "photos"
_RATES_TO_PROVE = (0.02, 0.005, 0.001)


@dataclass(frozen=True, slots=True)
class Extent:
    """How much is generated: dogs of the gallery, strangers to it, retakes; and how many processes photograph dogs."""

    gallery: int
    strangers: int
    retakes: int
    workers: int


@dataclass(frozen=True, slots=True)
class Result:
    """The figures, and the curves to draw: DET curves on photographs and on retakes."""

    figures: Figures
    det_of_photographs: dict[System, DetCurve]
    det_of_retakes: dict[System, DetCurve]


@dataclass(frozen=True, slots=True)
class Material:
    """The close-ups: identity folders `enrolled` and `singles`."""

    enrolled: Crew
    singles: Crew

    @classmethod
    def read(cls, folder: Path, bench: Bench) -> Material:
        """Read the photographs.

        Raises:
            NoseprintError: FOLDER_NOT_USABLE.
        """
        return cls(read_crew(folder / "enrolled", bench.limits), read_crew(folder / "singles", bench.limits))

    @property
    def everyone(self) -> Crew:
        """All close-ups, the enrolled dogs' first."""
        return self.enrolled + self.singles


def measure(folder: Path, bench: Bench, extent: Extent) -> Result:
    """Measure everything.

    Raises:
        NoseprintError: FOLDER_NOT_USABLE when photographs are missing; any code of a model.
    """
    material = Material.read(folder, bench)
    everyone, count = material.everyone, len(material.enrolled)
    generated, strangers = _generated(bench, extent).split(extent.gallery)
    again = [retaken(everyone, seed, bench.limits) for seed in range(extent.retakes)]
    scores, retake_scores = bench.score(everyone), [bench.score(crew) for crew in again]
    sightings = Sightings.of(everyone, scores, bench)
    retake_sightings = [Sightings.of(crew, each, bench) for crew, each in zip(again, retake_scores, strict=True)]
    photographs = measure_trial(bench, [scores.within(count)], 0)
    retakes = measure_trial(bench, [take.within(count) for take in retake_scores], extent.retakes)
    worse = list(worsen(sightings, bench))
    figures = Figures(
        model=_model(bench.embedder, bench.settings),
        reference=_model(bench.reference, bench.settings) if bench.reference else None,
        fusion=_fusion(bench.embedder, bench.settings),
        data=_data(material, len(generated), len(strangers)),
        photographs=photographs.trial,
        retakes=retakes.trial,
        all_photographs=measure_trial(bench, [scores], 0).trial,
        all_retakes=measure_trial(bench, retake_scores, extent.retakes).trial,
        taken_in=_taken_in(everyone, bench),
        templates=verify_templates(sightings, bench),
        populations=tuple(populations(sightings.vectors, generated.first, bench)),
        acquisition=tuple(_acquisitions(material, bench)),
        look_up=look_up(sightings, retake_sightings, (generated, strangers), bench),
        conditions=tuple(each.figures(bench) for each in worse if each.grade != UNDEGRADED),
        undegraded=next(each.figures(bench) for each in worse if each.grade == UNDEGRADED),
        discards=tuple(
            discard_curves(
                [take.within(count) for take in retake_scores],
                [np.asarray(each.qualities[:count]) for each in retake_sightings],
                worse,
                bench,
            )
        ),
        finder=_finder(folder / WHOLE, bench),
        speed=tuple(measure_speed(material.enrolled, bench)),
        processor=processor(),
        bounds=tuple(_bounds(material, extent)),
        to_prove=tuple(_to_prove()),
        same=bench.settings.same_similarity,
        review=bench.settings.review_similarity,
        minimum_quality=bench.settings.minimum_quality,
    )
    return Result(figures, photographs.curves, retakes.curves)


def _generated(bench: Bench, extent: Extent) -> GeneratedDogs:
    total = extent.gallery + extent.strangers
    step = bench.progress("generated dogs", total)
    folders = []
    for folder in gallery.write_photographs(bench.work, total, extent.workers):
        folders.append(folder)
        step()
    step = bench.progress("blocks of generated dogs embedded", math.ceil(total / gallery.BLOCK))
    blocks = []
    for block in gallery.embed_photographs(bench.work, folders, model_key(bench.embedder), bench.embed):
        blocks.append(block)
        step()
    return gallery.GeneratedDogs(tuple(folders), np.concatenate(blocks))


def _taken_in(crew: Crew, bench: Bench) -> Trial | None:
    """All photographs as the clinic takes them in; nothing new where it has no finder to cut noses out with."""
    return measure_trial(bench, [bench.score(as_taken_in(crew, bench))], 0).trial if bench.finder else None


def _finder(folder: Path, bench: Bench) -> Finder | None:
    return measure_finder(bench.finder, folder) if bench.finder and folder.is_dir() else None


def _acquisitions(material: Material, bench: Bench) -> Iterator[Acquisition]:
    yield present("enrolled", material.enrolled, bench)
    yield present("singles", material.singles, bench)


def _model(embedder: ModelEmbedder, settings: Settings) -> Model:
    manifest = embedder.manifest
    return Model(
        name=manifest.name,
        sha256=manifest.sha256,
        cosine_at_review=least_cosine(settings.review_similarity, manifest.calibration),
        cosine_at_same=least_cosine(settings.same_similarity, manifest.calibration),
        calibrated_by=manifest.calibration.source,
        card=manifest.card,
    )


def _fusion(embedder: ModelEmbedder, settings: Settings) -> Fusion | None:
    fusion = embedder.manifest.keypoints
    if fusion is None:
        return None
    knots = fusion.calibration
    review, same = np.interp((settings.review_similarity, settings.same_similarity), knots.similarity, knots.score)
    return Fusion(
        weight=fusion.weight,
        by_chance=fusion.by_chance,
        most_inliers=fusion.most_inliers,
        score_at_review=float(review),
        score_at_same=float(same),
        calibrated_by=knots.source,
    )


def _data(material: Material, generated: int, strangers: int) -> Data:
    enrolled = material.enrolled
    counts = [len(enrolled.of(identity)) for identity in enrolled.identities]
    return Data(
        enrolled_set=ENROLLED_SETS.get(enrolled.fingerprint()),
        singles_set=SINGLES_SETS.get(material.singles.fingerprint()),
        enrolled_photographs=len(enrolled),
        enrolled_dogs=len(enrolled.identities),
        photographs_of_repeated_dogs=tuple(count for count in counts if count > 1),
        singles=len(material.singles),
        generated_dogs=generated,
        photographs_of_generated_dog=gallery.SITTING.photos,
        side_of_generated_photograph=gallery.SITTING.size,
        strangers=strangers,
        refused=material.everyone.refused,
    )


def _bounds(material: Material, extent: Extent) -> Iterator[Bound]:
    """What no error at all would prove, for the independent trials that there are: dogs, or pairs that share no dog."""
    enrolled, everyone = material.enrolled, material.everyone
    trials = {
        "FNMR, dogs with several photographs": sum(len(enrolled.of(dog)) > 1 for dog in enrolled.identities),
        "FMR, pairs of enrolled dogs": len(enrolled.identities) // 2,
        "FMR, pairs of all real dogs": len(everyone.identities) // 2,
        "FMR, pairs of a real and a generated dog": len(everyone.identities),
        "FMR, pairs of generated dogs": extent.gallery // 2,
    }
    for of, count in trials.items():
        yield Bound(of=of, trials=count, bound=zero_error_upper_bound(count))


def _to_prove() -> Iterator[Bound]:
    """How many dogs without any error would prove a rate, at 95 %."""
    for rate in _RATES_TO_PROVE:
        yield Bound(of="dogs", trials=math.ceil(math.log(1 - CONFIDENCE) / math.log1p(-rate)), bound=rate)
