"""Does quality foretell errors? FNMR while the comparisons of worst quality are discarded.

The error-versus-discard characteristic (EDC) of ISO/IEC 29794-1, after P. Grother and E. Tabassi, "Performance of
biometric quality measures", IEEE TPAMI 29(4), 2007, who call it error versus reject.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from noseprint.errors import ErrorCode, NoseprintError

if TYPE_CHECKING:
    from collections.abc import Sequence

Floats = npt.NDArray[np.float64]

DISCARDS = (0.0, 0.01, 0.02, 0.05, 0.10, 0.15, 0.20, 0.30)


@dataclass(frozen=True, slots=True, eq=False)
class DiscardCurve:
    """FNMR at a fixed threshold after discarding, one number per share discarded.

    Attributes:
        discards: (k,) float64, shares of the genuine comparisons discarded, in [0, 1).
        fnmr: (k,) float64, in [0, 1], of the comparisons left.
        best: (k,) float64, in [0, 1], what a quality that knew every false non-match would leave.
        kept_above: (k,) float64, the pair quality of the worst comparison that is still kept.
    """

    discards: Floats
    fnmr: Floats
    best: Floats
    kept_above: Floats


def pair_quality(first: npt.ArrayLike, second: npt.ArrayLike) -> Floats:
    """The quality of a comparison is that of its worse photo (Grother and Tabassi, 2007, H = min).

    Args:
        first: (p,) numbers, higher is better.
        second: (p,) numbers.

    Returns:
        (p,) float64.
    """
    return np.minimum(np.asarray(first, dtype=np.float64), np.asarray(second, dtype=np.float64))


def error_versus_discard(
    genuine: npt.ArrayLike, qualities: npt.ArrayLike, threshold: float, discards: Sequence[float] = DISCARDS
) -> DiscardCurve:
    """FNMR at one threshold while the worst x of the genuine comparisons are discarded.

    Comparisons of equal quality are discarded in equal parts, so the order they are given in does not matter and
    a quality that says nothing leaves FNMR as it is.

    Args:
        genuine: (p,) genuine scores, p >= 1; a false non-match is a score below the threshold.
        qualities: (p,) their pair qualities, higher is better (see `pair_quality`).
        threshold: of the scores, fixed beforehand, for instance at FMR 0.1 %.
        discards: k shares in [0, 1).

    Raises:
        NoseprintError: INVALID_REQUEST when there is no score, the shapes disagree, a number is not finite or a
            share is outside [0, 1).
    """
    scores, pairs = np.asarray(genuine, dtype=np.float64), np.asarray(qualities, dtype=np.float64)
    shares = np.asarray(discards, dtype=np.float64)
    _require_comparisons(scores, pairs, shares)
    levels, level_of, counts = np.unique(pairs, return_inverse=True, return_counts=True)
    misses = np.bincount(level_of, weights=scores < threshold)
    below, missed_below = (np.concatenate([[0.0], np.cumsum(values)]) for values in (counts, misses))
    gone = shares * len(scores)
    missed_left = missed_below[-1] - np.interp(gone, below, missed_below)
    left = len(scores) - gone
    return DiscardCurve(
        shares,
        np.clip(missed_left / left, 0.0, 1.0),
        np.clip((missed_below[-1] - gone) / left, 0.0, 1.0),
        levels[np.searchsorted(below[1:], gone, side="right")],
    )


def area_under(curve: DiscardCurve) -> float:
    """Mean FNMR over the shares discarded, by the trapezium rule: the lower, the better the quality foretells errors.

    Raises:
        NoseprintError: INVALID_REQUEST unless the curve has two shares or more, ascending.
    """
    if len(curve.discards) < 2 or not (np.diff(curve.discards) > 0).all():  # noqa: PLR2004
        raise NoseprintError(ErrorCode.INVALID_REQUEST, "an area needs two ascending shares or more")
    return float(np.trapezoid(curve.fnmr, curve.discards) / (curve.discards[-1] - curve.discards[0]))


def _require_comparisons(scores: Floats, qualities: Floats, shares: Floats) -> None:
    if scores.ndim != 1 or not scores.size or scores.shape != qualities.shape:
        problem = f"scores of shape {scores.shape} with qualities of shape {qualities.shape}"
        raise NoseprintError(ErrorCode.INVALID_REQUEST, problem)
    if not (np.isfinite(scores).all() and np.isfinite(qualities).all()):
        raise NoseprintError(ErrorCode.INVALID_REQUEST, "a score or a quality is not finite")
    if not ((shares >= 0.0) & (shares < 1.0)).all():
        raise NoseprintError(ErrorCode.INVALID_REQUEST, "a share to discard is not in [0, 1)")
