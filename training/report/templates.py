"""Enrolment and verification as the clinic does them: templates of several photographs, and the points they share."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np

from noseprint.embedding.aggregate import Sample, aggregate
from noseprint.errors import NoseprintError
from noseprint.matching.fusion import fused_similarity
from noseprint.matching.similarity import least_cosine
from training.report.error_rates import cosine_map, count_verdicts
from training.report.photographs import OTHER_SESSION, may_be_one_dog
from training.report.use_figures import TemplateVerdicts

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from typing import Literal

    import numpy.typing as npt

    from training.report.bench import Bench, Floats, PairScores, Vectors
    from training.report.photographs import Crew

PHOTOGRAPHS_IN_TEMPLATE = 3


@dataclass(frozen=True, slots=True, eq=False)
class Sightings:
    """Photographs of dogs with what is known of each, all in one order.

    Attributes:
        crew: the photographs.
        vectors: float32 (n, d), unit length.
        qualities: 0 to 100.
        shared: int32 (n, n), the points that two photographs share; 0 where they were not compared.
    """

    crew: Crew
    vectors: Vectors
    qualities: Sequence[float]
    shared: npt.NDArray[np.int32]

    @classmethod
    def of(cls, crew: Crew, scores: PairScores, bench: Bench) -> Sightings:
        """Gather what the bench knows of a crew."""
        shared = np.zeros((len(crew), len(crew)), np.int32)
        shared[scores.pairs.rows, scores.pairs.columns] = scores.inliers
        return cls(crew, bench.vectors(crew), bench.qualities(crew.contents).tolist(), shared + shared.T)


@dataclass(frozen=True, slots=True, eq=False)
class Templates:
    """What a dog can be enrolled with: every choice of three of its photographs.

    Attributes:
        identity: whose.
        members: places in the crew of the photographs of each template.
        vectors: float32 (t, d), unit length.
        not_enrolled: choices that the clinic refuses, for the photographs disagree.
    """

    identity: str
    members: tuple[tuple[int, ...], ...]
    vectors: Vectors
    not_enrolled: int

    def shared_with(self, place: int, sightings: Sightings) -> npt.NDArray[np.int32]:
        """The most points that a photograph shares with a photograph of each template, int32 (t,)."""
        return np.array([sightings.shared[place, members].max() for members in self.members], np.int32)

    def without(self, place: int) -> npt.NDArray[np.bool_]:
        """Which templates a photograph has no part in, (t,)."""
        return np.array([place not in members for members in self.members], np.bool_)


@dataclass(slots=True)
class _Tally:
    """Cosines of photographs to templates, and the points that they share."""

    cosines: list[float]
    inliers: list[int]

    def add(self, cosines: npt.NDArray[np.floating], inliers: npt.NDArray[np.int32]) -> None:
        self.cosines += cosines.tolist()
        self.inliers += inliers.tolist()


def enrol(sightings: Sightings, identity: str, bench: Bench, among: Iterable[int] | None = None) -> Templates:
    """Make every template that three photographs of a dog can give; the product's own rule combines them."""
    places = sightings.crew.of(identity) if among is None else sorted(among)
    cut = least_cosine(bench.settings.outlier_similarity, bench.embedder.manifest.calibration)
    minimum = min(bench.settings.minimum_photos_files, PHOTOGRAPHS_IN_TEMPLATE)
    members, vectors, refused = [], [], 0
    for chosen in combinations(places, PHOTOGRAPHS_IN_TEMPLATE):
        samples = [Sample(b"", sightings.vectors[place], sightings.qualities[place]) for place in chosen]
        try:
            vectors.append(aggregate(samples, minimum=minimum, outlier_cosine=cut).template)
        except NoseprintError:
            refused += 1
        else:
            members.append(chosen)
    dimension = sightings.vectors.shape[1]
    return Templates(identity, tuple(members), np.reshape(vectors, (-1, dimension)).astype(np.float32), refused)


def repeated_dogs(sightings: Sightings, bench: Bench) -> Iterator[Templates]:
    """Dogs with at least one photograph more than a template takes."""
    for identity in sightings.crew.identities:
        if len(sightings.crew.of(identity)) > PHOTOGRAPHS_IN_TEMPLATE:
            yield enrol(sightings, identity, bench)


def similarities(cosines: npt.ArrayLike, inliers: npt.ArrayLike, bench: Bench) -> Floats:
    """What the clinic makes of cosines and shared points: both together where the manifest weighs them."""
    fusion = bench.embedder.manifest.keypoints
    return fused_similarity(cosines, inliers, fusion) if fusion else cosine_map(bench.embedder)(cosines)


def verify_templates(sightings: Sightings, bench: Bench) -> tuple[TemplateVerdicts, ...]:
    """Verify photographs against every template of three others, against those of other dogs, and across sessions."""
    genuine, impostor, other_session = _Tally([], []), _Tally([], []), _Tally([], [])
    for templates in repeated_dogs(sightings, bench):
        cosines = sightings.vectors @ templates.vectors.T
        for place, label in enumerate(sightings.crew.labels):
            shared = templates.shared_with(place, sightings)
            if label == templates.identity:
                apart = templates.without(place)
                genuine.add(cosines[place][apart], shared[apart])
            elif not may_be_one_dog(label, templates.identity):
                impostor.add(cosines[place], shared)
    for templates, probes in _sessions(sightings, bench):
        for place in probes:
            other_session.add(templates.vectors @ sightings.vectors[place], templates.shared_with(place, sightings))
    found = []
    if genuine.cosines:
        found.append(_verdicts("genuine", genuine, bench))
    if impostor.cosines:
        found.append(_verdicts("impostor", impostor, bench))
    if other_session.cosines:
        found.append(_verdicts("other session", other_session, bench))
    return tuple(found)


def _sessions(sightings: Sightings, bench: Bench) -> Iterator[tuple[Templates, list[int]]]:
    """Templates from one session of a dog, and its photographs of another."""
    for identity, names in OTHER_SESSION.items():
        places = sightings.crew.of(identity)
        probes = [place for place in places if sightings.crew.photographs[place].name in names]
        if probes and len(places) - len(probes) >= PHOTOGRAPHS_IN_TEMPLATE:
            yield enrol(sightings, identity, bench, set(places) - set(probes)), probes


def _verdicts(kind: Literal["genuine", "impostor", "other session"], tally: _Tally, bench: Bench) -> TemplateVerdicts:
    same, review = bench.settings.same_similarity, bench.settings.review_similarity
    alone, fused = cosine_map(bench.embedder)(tally.cosines), similarities(tally.cosines, tally.inliers, bench)
    return TemplateVerdicts(
        kind=kind,
        embedder=count_verdicts(alone, same, review),
        fused=count_verdicts(fused, same, review) if bench.embedder.manifest.keypoints else None,
        least_similarity=float(fused.min()),
        greatest_similarity=float(fused.max()),
    )
