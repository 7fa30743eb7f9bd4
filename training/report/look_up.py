"""Look-up among thousands of dogs by the clinic's rule: nearest by their vectors, weighed again by shared points."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from noseprint.evaluation.error_rates import rank, threshold_at_fmr
from noseprint.matching import keypoints
from noseprint.matching.keypoints import extract, match
from training.report.photographs import Crew, Photograph, may_be_one_dog
from training.report.templates import PHOTOGRAPHS_IN_TEMPLATE, Sightings, enrol, repeated_dogs, similarities
from training.report.use_figures import Identification, LookUp, Strangers
from training.report.work import source_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import Literal

    from numpy.typing import NDArray

    from training.report.bench import Bench, Floats, Vectors
    from training.report.gallery import GeneratedDogs
    from training.report.templates import Templates

TARGET_FPIRS = (0.01, 0.001)
_CANDIDATES = 5  # as many as the clinic weighs
_STRANGER_RETAKES = 2  # of all, for weighing the candidates of a probe takes half a second
_KEPT_POINTS = 300  # dogs; each takes 1.5 MB


@dataclass(frozen=True, slots=True, eq=False)
class Candidates:
    """The nearest dogs of each probe, nearest first.

    Attributes:
        cosines: float64 (n, 5), of the templates.
        inliers: int32 (n, 5), the most points shared with one of the dog's photographs.
    """

    cosines: NDArray[np.float64]
    inliers: NDArray[np.int32]

    def similarities(self, bench: Bench) -> Floats:
        """What the clinic makes of them, (n, 5)."""
        return similarities(self.cosines, self.inliers, bench)


class Gallery:
    """Templates of generated dogs, and of each real dog one."""

    def __init__(self, generated: GeneratedDogs, photographs: Sightings, bench: Bench) -> None:
        self.identities = photographs.crew.identities
        self.generated = generated
        self._photographs = photographs
        self._bench = bench
        real = [_first_template(photographs, identity, bench) for identity in self.identities]
        self._templates = np.vstack([generated.templates, *real])
        self._points = lru_cache(_KEPT_POINTS)(self._points_of)

    def nearest(self, crew: Crew, vectors: Vectors) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
        """The cosines of the nearest dogs of each probe and which they are, (n, 5); not those that may be its own."""
        cosines = (vectors @ self._templates.T).astype(np.float64)
        for place, label in enumerate(crew.labels):
            own = [index for index, name in enumerate(self.identities) if may_be_one_dog(label, name)]
            cosines[place, len(self.generated) + np.array(own, np.int64)] = -1.0
        dogs = np.argsort(-cosines, axis=1, kind="stable")[:, :_CANDIDATES]
        return np.take_along_axis(cosines, dogs, axis=1), dogs

    def candidates(self, crew: Crew, vectors: Vectors) -> Candidates:
        """The nearest dogs of each probe, and the points that their photographs share with it."""
        cosines, dogs = self.nearest(crew, vectors)
        return Candidates(cosines, self._inliers(crew, dogs))

    def _inliers(self, crew: Crew, dogs: NDArray[np.int64]) -> NDArray[np.int32]:
        if self._bench.embedder.manifest.keypoints is None:
            return np.zeros(dogs.shape, np.int32)
        ingredients: list[str | bytes] = [source_of(keypoints), dogs.astype("<i8").tobytes(), crew.fingerprint()]
        ingredients += [self.generated.name, self._photographs.crew.fingerprint()]
        return self._bench.work.remember("candidates", ingredients, lambda: self._weigh(crew, dogs))

    def _weigh(self, crew: Crew, dogs: NDArray[np.int64]) -> NDArray[np.int32]:
        step = self._bench.progress("searches weighed by keypoints", len(crew))
        rows = []
        with ThreadPoolExecutor(2, thread_name_prefix="weigh") as pool:
            for row in pool.map(self._weigh_one, crew.contents, dogs.tolist()):
                rows.append(row)
                step()
        return np.array(rows, np.int32)

    def _weigh_one(self, photo: bytes, dogs: list[int]) -> list[int]:
        points = extract(photo, self._bench.limits)
        return [max(match(points, each).inliers for each in self._points(dog)) for dog in dogs]

    def _points_of(self, dog: int) -> tuple[keypoints.Keypoints, ...]:
        return tuple(extract(photo, self._bench.limits) for photo in self._photos_of(dog))

    def _photos_of(self, dog: int) -> list[bytes]:
        if dog < len(self.generated):
            return self.generated.photos_of(dog)
        crew = self._photographs.crew
        places = crew.of(self.identities[dog - len(self.generated)])[:PHOTOGRAPHS_IN_TEMPLATE]
        return [crew.photographs[place].content for place in places]


@dataclass(frozen=True, slots=True)
class Rule:
    """When the clinic names a dog: it reaches `same` and leads the next one by the margin."""

    bench: Bench
    thresholds: tuple[float, float]

    def names(self, best: NDArray[np.float64], second: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Whether the first of two similarities is enough, and leads enough."""
        settings = self.bench.settings
        named: NDArray[np.bool_] = (best >= settings.same_similarity) & (best - second >= settings.look_up_margin)
        return named

    def named_strangers(self, candidates: Candidates) -> int:
        """How many of the searches for strangers name a dog."""
        ordered = -np.sort(-candidates.similarities(self.bench), axis=1)
        return int(self.names(ordered[:, 0], ordered[:, 1]).sum())

    def shares(self, own: Candidates, others: Candidates) -> NDArray[np.float64]:
        """Of one probe's searches, one for each template of its own dog: the figures of `Identification`, (6,).

        Args:
            own: (1, t), the templates of the probe's own dog.
            others: (1, 5), the nearest other dogs.
        """
        cosines, alike, rivals = own.cosines[0], own.similarities(self.bench)[0], others.similarities(self.bench)[0]
        first = cosines > others.cosines[0, 0]
        missed = [~first | (cosines < threshold) for threshold in self.thresholds]
        # Only the nearest by their vectors are candidates at all; a listed one takes the place of the last.
        listed = cosines > others.cosines[0, -1]
        with_own, without = -np.sort(-rivals[:-1]), -np.sort(-rivals)
        best, second = (np.where(listed, with_own[place], without[place]) for place in (0, 1))
        beaten = np.where(listed, alike, -1.0)
        right = listed & self.names(alike, best)
        wrong = (beaten < best) & self.names(best, np.maximum(beaten, second))
        return np.array([np.mean(each) for each in (first, *missed, listed & (alike > best), right, wrong)])


def look_up(
    photographs: Sightings, retakes: Sequence[Sightings], generated: tuple[GeneratedDogs, GeneratedDogs], bench: Bench
) -> LookUp:
    """Search a gallery of generated and real dogs for dogs that are in it, and for dogs that are not.

    Args:
        photographs: of all real dogs.
        retakes: the same photographs taken again, once in each.
        generated: dogs of the gallery, and strangers to it.
        bench: with model and rules.
    """
    enrolled, strangers = generated
    gallery = Gallery(enrolled, photographs, bench)
    greatest = np.concatenate([gallery.nearest(each.crew, each.vectors)[0][:, 0] for each in (photographs, *retakes)])
    at_one, at_tenth = (threshold_at_fmr(rank(greatest), target) for target in TARGET_FPIRS)
    rule = Rule(bench, (at_one, at_tenth))
    foreign = gallery.candidates(photographs.crew, photographs.vectors)
    return LookUp(
        gallery_generated=len(enrolled),
        gallery_real=len(gallery.identities),
        candidates=_CANDIDATES,
        thresholds_at_fpir=rule.thresholds,
        impostor_probes=len(greatest),
        margin=bench.settings.look_up_margin,
        identification=(
            *_by_photographs(photographs, foreign, rule),
            *_by_retakes(photographs, retakes, gallery, rule),
        ),
        strangers=tuple(_strangers(foreign, retakes[:_STRANGER_RETAKES], strangers, gallery, rule)),
    )


def _strangers(
    foreign: Candidates, retakes: Sequence[Sightings], generated: GeneratedDogs, gallery: Gallery, rule: Rule
) -> Iterator[Strangers]:
    """Searches for dogs whose templates are left out, or were never in."""
    yield _named("photographs", [foreign], rule)
    yield _named("retakes", [gallery.candidates(each.crew, each.vectors) for each in retakes], rule)
    if len(generated):
        crew = Crew(
            tuple(Photograph(f"generated {dog}", "1", generated.photos_of(dog)[0]) for dog in range(len(generated)))
        )
        yield _named("generated", [gallery.candidates(crew, generated.first)], rule)


def _named(
    kind: Literal["photographs", "retakes", "generated"], searches: Sequence[Candidates], rule: Rule
) -> Strangers:
    return Strangers(
        kind=kind,
        probes=sum(len(each.cosines) for each in searches),
        named=sum(rule.named_strangers(each) for each in searches),
        greatest=float(max(each.cosines[:, 0].max() for each in searches)),
    )


def _by_photographs(photographs: Sightings, foreign: Candidates, rule: Rule) -> Iterator[Identification]:
    """Dogs of several photographs: every photograph, against every template of three others."""
    dogs = list(repeated_dogs(photographs, rule.bench))
    rows = []
    for templates in dogs:
        for place in photographs.crew.of(templates.identity):
            apart = templates.without(place)
            if apart.any():
                own = _own(photographs.vectors[place], templates, place, photographs)
                others = Candidates(foreign.cosines[[place]], foreign.inliers[[place]])
                rows.append(rule.shares(Candidates(own.cosines[:, apart], own.inliers[:, apart]), others))
    if rows:
        yield _identification("photographs", rows, dogs)


def _by_retakes(
    photographs: Sightings, retakes: Sequence[Sightings], gallery: Gallery, rule: Rule
) -> Iterator[Identification]:
    """Dogs of one photograph: enrolled from three retakes of it, searched for with the others."""
    labels = photographs.crew.labels
    singles = [place for place, label in enumerate(labels) if labels.count(label) == 1]
    probes = retakes[PHOTOGRAPHS_IN_TEMPLATE:]
    if not singles or not probes:
        return
    foreign = [gallery.candidates(_only(each.crew, singles), each.vectors[singles]) for each in probes]
    rows, dogs = [], []
    for number, place in enumerate(singles):
        again = _retakes_of(place, retakes, rule.bench)
        templates = enrol(again, labels[place], rule.bench, range(PHOTOGRAPHS_IN_TEMPLATE))
        dogs.append(templates)
        for turn, candidates in enumerate(foreign, start=PHOTOGRAPHS_IN_TEMPLATE):
            own = _own(again.vectors[turn], templates, turn, again)
            others = Candidates(candidates.cosines[[number]], candidates.inliers[[number]])
            if own.cosines.size:
                rows.append(rule.shares(own, others))
    if rows:
        yield _identification("retakes", rows, dogs)


def _own(vector: Vectors, templates: Templates, place: int, sightings: Sightings) -> Candidates:
    """A probe against the templates of its own dog, (1, t)."""
    cosines = (templates.vectors @ vector).astype(np.float64)
    return Candidates(cosines[None], templates.shared_with(place, sightings)[None])


def _identification(
    kind: Literal["photographs", "retakes"], rows: Sequence[NDArray[np.float64]], dogs: Sequence[Templates]
) -> Identification:
    rank_1, at_one, at_tenth, weighed, right, wrong = np.mean(rows, axis=0).tolist()
    return Identification(
        kind=kind,
        probes=len(rows),
        dogs=len(dogs),
        templates=sum(len(dog.vectors) for dog in dogs),
        not_enrolled=sum(dog.not_enrolled for dog in dogs),
        rank_1=rank_1,
        fnir_at_fpir=(at_one, at_tenth),
        rank_1_weighed=weighed,
        named_right=right,
        named_wrong=wrong,
    )


def _first_template(sightings: Sightings, identity: str, bench: Bench) -> Vectors:
    """The template of a dog's first three photographs; of the first one where there are fewer, or they disagree."""
    places = sightings.crew.of(identity)[:PHOTOGRAPHS_IN_TEMPLATE]
    vectors = enrol(sightings, identity, bench, places).vectors
    first: Vectors = vectors[0] if len(vectors) else sightings.vectors[places[0]]
    return first


def _only(crew: Crew, places: Sequence[int]) -> Crew:
    return Crew(tuple(crew.photographs[place] for place in places))


def _retakes_of(place: int, retakes: Sequence[Sightings], bench: Bench) -> Sightings:
    """One photograph's retakes as sightings of their own."""
    crew = Crew(tuple(each.crew.photographs[place] for each in retakes))
    return Sightings.of(crew, bench.score(crew), bench)
