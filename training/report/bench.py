"""What compares, and everything that it has computed already: vectors and shared points, kept in the work folder."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from noseprint.capture.intake import take_in
from noseprint.embedding.limits import ImageLimits
from noseprint.evaluation.comparisons import pair_photos
from noseprint.evaluation.keypoint_scores import inliers_of, keypoints_of
from noseprint.matching import keypoints
from noseprint.matching.fusion import fused_scores
from training.report.photographs import MAY_BE_ONE_DOG
from training.report.work import digest, source_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from noseprint.capture.finder import NoseFinder
    from noseprint.embedding.embedder import ModelEmbedder
    from noseprint.evaluation.comparisons import PhotoPairs
    from noseprint.settings import Settings
    from training.report.photographs import Crew
    from training.report.work import Work

Vectors = npt.NDArray[np.float32]
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class PairScores:
    """Every pair of a crew with what each system gives it, (p,) each; None where a system takes no part."""

    labels: tuple[str, ...]
    pairs: PhotoPairs
    cosines: Floats
    inliers: npt.NDArray[np.int32]
    reference: Floats | None
    fused: Floats | None

    def within(self, count: int) -> PairScores:
        """The pairs among the first photographs of the crew, so many."""
        labels, kept = self.labels[:count], self.pairs.columns < count
        return PairScores(
            labels,
            pair_photos(labels, MAY_BE_ONE_DOG),
            self.cosines[kept],
            self.inliers[kept],
            None if self.reference is None else self.reference[kept],
            None if self.fused is None else self.fused[kept],
        )


@dataclass(frozen=True, slots=True)
class Bench:
    """The systems under test and the folder of what they computed.

    Attributes:
        embedder: our model; its manifest says how keypoints are weighed beside it.
        reference: the model to compare with, if any.
        finder: of noses, if any.
        settings: the thresholds, rules and limits in force.
        work: where vectors and inliers are kept.
        progress: shows how far a long computation is.
    """

    embedder: ModelEmbedder
    reference: ModelEmbedder | None
    finder: NoseFinder | None
    settings: Settings
    work: Work
    progress: Callable[[str, int], Callable[[], None]]

    @property
    def limits(self) -> ImageLimits:
        """The largest photograph that is taken."""
        return ImageLimits(self.settings.max_image_bytes, self.settings.max_image_pixels)

    def embed(self, photos: Sequence[bytes], embedder: ModelEmbedder | None = None) -> Vectors:
        """The vectors of files, float32 (n, d), each of unit length."""
        embed = (embedder or self.embedder).embed
        with ThreadPoolExecutor(2, thread_name_prefix="embed") as pool:
            vectors = np.stack(list(pool.map(embed, photos)))
        return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), dtype=np.float32)

    def qualities(self, photos: Sequence[bytes]) -> Floats:
        """The quality of files as the clinic takes them in, float64 (n,), 0 to 100; 0 where no nose is to be seen."""
        taken = (take_in(photo, self.limits, self.finder) for photo in photos)
        return np.array([each.quality.score if each.shows_nose else 0.0 for each in taken])

    def vectors(self, crew: Crew, embedder: ModelEmbedder | None = None) -> Vectors:
        """The vectors of a crew, in its order, float32 (n, d)."""
        model = embedder or self.embedder
        ingredients = [model_key(model), crew.fingerprint()]
        return self.work.remember("vectors", ingredients, lambda: self.embed(crew.contents, model))

    def inliers(self, crew: Crew) -> npt.NDArray[np.int32]:
        """How many points each pair of a crew shares, int32 (p,)."""
        ingredients: tuple[str | bytes, ...] = (source_of(keypoints), crew.fingerprint())
        return self.work.remember("inliers", ingredients, lambda: self._count_inliers(crew))

    def score(self, crew: Crew) -> PairScores:
        """Compare all photographs of a crew with each other, by every system."""
        pairs, inliers = crew.pairs(), self.inliers(crew)
        cosines = pairs.cosines(self.vectors(crew))
        fusion = self.embedder.manifest.keypoints
        return PairScores(
            tuple(crew.labels),
            pairs,
            cosines,
            inliers,
            pairs.cosines(self.vectors(crew, self.reference)) if self.reference else None,
            fused_scores(cosines, inliers, fusion) if fusion else None,
        )

    def _count_inliers(self, crew: Crew) -> npt.NDArray[np.int32]:
        pairs = crew.pairs()
        points = list(keypoints_of(crew.contents, self.limits))
        step = self.progress("pairs by keypoints", len(pairs))
        counts = np.zeros(len(pairs), np.int32)
        for place, inliers in enumerate(inliers_of(pairs, points)):
            counts[place] = inliers
            step()
        return counts


def model_key(embedder: ModelEmbedder) -> str:
    """What a result of a model depends on: its file and how photographs are prepared for it."""
    manifest = embedder.manifest
    return digest([manifest.sha256, repr(manifest.input), repr(manifest.output)])
