"""Computes how keypoint evidence is weighed beside a model's cosine, and what the two mean together.

Only impostors decide here too. How many inliers count, and how far, was settled once for all models, on generated
families and simulated retakes of single photographs (docs/decisions/0011).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec
import numpy as np

from noseprint.embedding.manifest import FusedCalibration, KeypointFusion
from noseprint.evaluation.calibration import calibrate
from noseprint.evaluation.comparisons import PhotoPairs
from noseprint.matching.fusion import fused_scores

if TYPE_CHECKING:
    import numpy.typing as npt

    from noseprint.evaluation.calibration import CalibrationKnots

BY_CHANCE: Final = 6
MOST_INLIERS: Final = 22
MOST_PAIRS: Final = 50_000
"""Of more impostor pairs than these, so many are drawn: a match takes some 4 ms of a processor."""

_TYPICAL, _SAME = 1, 3  # of the knots: the impostors' median, and FMR 0.1 %
_DECIMALS = 6


def drawn_impostors(pairs: PhotoPairs, most: int = MOST_PAIRS, seed: int = 0) -> PhotoPairs:
    """The impostor pairs, or ``most`` of them, each as likely as any other: rates over them need no weights."""
    impostors = np.flatnonzero(~pairs.genuine)
    if len(impostors) > most:
        impostors = np.sort(np.random.default_rng(seed).choice(impostors, most, replace=False))
    members = (pairs.rows, pairs.columns, pairs.first, pairs.second)
    return PhotoPairs(pairs.identities, *(member[impostors] for member in members))


def calibrate_fusion(
    impostor_cosines: npt.ArrayLike, impostor_inliers: npt.ArrayLike, knots: CalibrationKnots, source: str
) -> KeypointFusion:
    """Find the weight of an inlier and the map from fused score to similarity (see `calibrate`).

    The weight is the model's own: as many inliers as count at all lift a typical impostor's cosine, their median,
    to the one that means 0.85.

    Args:
        impostor_cosines: (n,) in [-1, 1], n >= 3,000.
        impostor_inliers: (n,) of the same pairs.
        knots: of the cosines alone.
        source: what it is computed from, for people.

    Raises:
        NoseprintError: INVALID_REQUEST as `calibrate`.
    """
    weight = round((knots.score[_SAME] - knots.score[_TYPICAL]) / (MOST_INLIERS - BY_CHANCE), _DECIMALS)
    uncalibrated = KeypointFusion(
        weight=weight,
        by_chance=BY_CHANCE,
        most_inliers=MOST_INLIERS,
        calibration=FusedCalibration(score=(-1.0, 1.0), similarity=(0.0, 1.0)),
    )
    highest = float(fused_scores(1.0, MOST_INLIERS, uncalibrated))
    fused = calibrate(fused_scores(impostor_cosines, impostor_inliers, uncalibrated), highest)
    meaning = FusedCalibration(score=fused.score, similarity=fused.similarity, source=source)
    return msgspec.structs.replace(uncalibrated, calibration=meaning)
