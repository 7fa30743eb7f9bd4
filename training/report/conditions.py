"""What blur, darkness, glare, size, turning and compression do to genuine similarity; whether quality foretells it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from noseprint.capture import finder, framing, intake, quality, region, sharpness
from noseprint.evaluation import degrade
from noseprint.evaluation.degrade import GRADES, Degradation, degraded_jpeg
from noseprint.evaluation.discard import area_under, error_versus_discard, pair_quality
from training.report.bench import model_key
from training.report.error_rates import cosine_map
from training.report.photographs import may_be_one_dog
from training.report.use_figures import Condition, Discard
from training.report.work import source_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import Literal

    from numpy.typing import NDArray

    from noseprint.embedding.limits import ImageLimits
    from training.report.bench import Bench, Floats, PairScores
    from training.report.photographs import Crew
    from training.report.templates import Sightings

_JUDGES = (degrade, finder, framing, intake, quality, region, sharpness)
_SPREAD = 10  # percentile of the genuine similarities that is shown beside their median


@dataclass(frozen=True, slots=True)
class Grade:
    """A degradation at one strength; UNDEGRADED leaves a photograph as it is."""

    degradation: Degradation | None = None
    strength: float = 0.0

    @property
    def name(self) -> str:
        """Of the degradation."""
        return self.degradation.value if self.degradation else "none"

    @property
    def unit(self) -> str:
        """Of the strength."""
        return GRADES[self.degradation].unit if self.degradation else ""

    def apply(self, photo: bytes, seed: int, limits: ImageLimits) -> bytes:
        """The file of the worse photograph."""
        if self.degradation is None:
            return photo
        return degraded_jpeg(photo, self.degradation, self.strength, limits=limits, seed=seed)


UNDEGRADED = Grade()


@dataclass(frozen=True, slots=True, eq=False)
class Worsened:
    """Photographs of repeated dogs made worse in one way, compared with the photographs as they were.

    Attributes:
        genuine: similarities to the dog's other photographs.
        pair_qualities: of those comparisons, the worse photograph's.
        impostor: similarities to other dogs' photographs.
        qualities: of the worse photographs, 0 to 100.
    """

    grade: Grade
    genuine: Floats
    pair_qualities: Floats
    impostor: Floats
    qualities: Floats

    def figures(self, bench: Bench) -> Condition:
        """These comparisons in figures."""
        settings = bench.settings
        return Condition(
            degradation=self.grade.name,
            unit=self.grade.unit,
            strength=self.grade.strength,
            comparisons=len(self.genuine),
            median_similarity=float(np.median(self.genuine)),
            lower_similarity=float(np.percentile(self.genuine, _SPREAD)),
            different=float((self.genuine < settings.review_similarity).mean()),
            not_same=float((self.genuine < settings.same_similarity).mean()),
            false_matches=int((self.impostor >= settings.same_similarity).sum()),
            impostors=len(self.impostor),
            median_quality=float(np.median(self.qualities)),
            refused=float((self.qualities < settings.minimum_quality).mean()),
        )


def worsen(sightings: Sightings, bench: Bench) -> Iterator[Worsened]:
    """Compare photographs as they are, then under every degradation at every strength."""
    grades = [UNDEGRADED, *(Grade(kind, strength) for kind in Degradation for strength in GRADES[kind].strengths)]
    step = bench.progress("degradations", len(grades))
    for grade in grades:
        yield _compared(grade, sightings, bench)
        step()


def discard_curves(
    retakes: Sequence[PairScores], qualities: Sequence[Floats], worse: Sequence[Worsened], bench: Bench
) -> Iterator[Discard]:
    """FNMR at the `same` threshold while the comparisons of worst quality are discarded.

    Args:
        retakes: scores of each retake.
        qualities: of each retake's photographs, 0 to 100.
        worse: every degradation.
        bench: with the threshold.
    """
    to_similarity = cosine_map(bench.embedder)
    similarities, pairs = [], []
    for take, judged in zip(retakes, qualities, strict=True):
        genuine = take.pairs.genuine
        similarities.append(to_similarity(take.cosines[genuine]))
        pairs.append(pair_quality(judged[take.pairs.rows[genuine]], judged[take.pairs.columns[genuine]]))
    threshold = bench.settings.same_similarity
    yield _curve("retakes", np.concatenate(similarities), np.concatenate(pairs), threshold)
    yield _curve(
        "worse photographs",
        np.concatenate([each.genuine for each in worse]),
        np.concatenate([each.pair_qualities for each in worse]),
        threshold,
    )


def _compared(grade: Grade, sightings: Sightings, bench: Bench) -> Worsened:
    labels = sightings.crew.labels
    repeated = [place for place, label in enumerate(labels) if labels.count(label) > 1]
    ingredients: list[str | bytes] = [model_key(bench.embedder), sightings.crew.fingerprint(), repr(grade)]
    ingredients += map(source_of, _JUDGES)
    ingredients.append(bench.finder.manifest.sha256 if bench.finder else "no finder")
    judged = bench.work.remember("condition", ingredients, lambda: _judge(grade, sightings.crew, repeated, bench))
    qualities, vectors = judged[:, 0], judged[:, 1:].astype(np.float32)
    similarities = cosine_map(bench.embedder)(vectors @ sightings.vectors.T)
    genuine, impostor = _kinds(labels, repeated)
    pair_qualities = pair_quality(qualities[:, None], np.asarray(sightings.qualities)[None, :])
    return Worsened(grade, similarities[genuine], pair_qualities[genuine], similarities[impostor], qualities)


def _judge(grade: Grade, crew: Crew, repeated: Sequence[int], bench: Bench) -> Floats:
    """The quality and the vector of each worse photograph, float64 (n, 1 + d)."""
    contents = crew.contents
    with ThreadPoolExecutor(2, thread_name_prefix="degrade") as pool:
        photos = list(pool.map(lambda place: grade.apply(contents[place], place, bench.limits), repeated))
    return np.column_stack([bench.qualities(photos), bench.embed(photos)])


def _kinds(labels: Sequence[str], repeated: Sequence[int]) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Which of the comparisons of repeated dogs' photographs with all are genuine, and which impostor."""
    one = np.array([[labels[row] == label for label in labels] for row in repeated])
    itself = np.array(repeated)[:, None] == np.arange(len(labels))[None, :]
    other = np.array([[not may_be_one_dog(labels[row], label) for label in labels] for row in repeated])
    return one & ~itself, other


def _curve(
    of: Literal["retakes", "worse photographs"], genuine: Floats, qualities: Floats, threshold: float
) -> Discard:
    curve = error_versus_discard(genuine, qualities, threshold)
    return Discard(
        of=of,
        comparisons=len(genuine),
        similarity=threshold,
        discards=tuple(curve.discards.tolist()),
        fnmr=tuple(curve.fnmr.tolist()),
        best=tuple(curve.best.tolist()),
        area=area_under(curve),
        area_without_quality=float(curve.fnmr[0]),
    )
