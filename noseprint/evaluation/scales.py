"""What the scores are called that photos are compared by, where they end, and what they mean as similarities."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from noseprint.matching.similarity import between_knots, similarity

if TYPE_CHECKING:
    from collections.abc import Callable

    from noseprint.embedding.manifest import Calibration, KeypointFusion

_BISECTIONS = 64
_MOST_INLIERS = 1000  # more points than these are not looked for in a photo


@dataclass(frozen=True, slots=True)
class Scale:
    """A kind of score.

    Attributes:
        name: of the score, for people.
        lowest: the least that it can be.
        highest: the greatest.
        similarity: never-falling map from the score to the platform's similarity in [0, 1]; None where there is none.
    """

    name: str
    lowest: float
    highest: float
    similarity: Callable[[float], float] | None = None


INLIERS = Scale("inliers", 0, _MOST_INLIERS)


def cosine_scale(calibration: Calibration) -> Scale:
    """Cosines of a model, and what its manifest says of them."""
    return Scale("cosine", -1.0, 1.0, lambda cosine: float(similarity(cosine, calibration)))


def fused_scale(fusion: KeypointFusion) -> Scale:
    """Cosines with what keypoints add to them, and what the manifest says of both together."""
    knots = fusion.calibration
    return Scale(
        "fused score",
        knots.score[0],
        knots.score[-1],
        lambda score: float(between_knots(score, knots.score, knots.similarity)),
    )


def score_at_similarity(scale: Scale, threshold: float) -> float:
    """The smallest score whose similarity reaches a threshold, by bisection.

    Args:
        scale: with a similarity.
        threshold: the similarity wanted.

    Returns:
        Between the ends of the scale; the next float above its highest, which no score reaches, when even that
        falls short.

    Raises:
        ValueError: for a scale without a similarity.
    """
    if scale.similarity is None:
        raise ValueError(f"{scale.name} have no similarity")
    below, reached = scale.lowest, scale.highest
    if scale.similarity(below) >= threshold:
        return below
    if scale.similarity(reached) < threshold:
        return math.nextafter(reached, math.inf)
    for _ in range(_BISECTIONS):
        middle = (below + reached) / 2
        if scale.similarity(middle) >= threshold:
            reached = middle
        else:
            below = middle
    return reached
