"""What the points that two photos share are worth beside the cosine of their vectors.

It counts and weighs; which points two photos share is found elsewhere, and OpenCV is not needed here.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from enum import StrEnum
from itertools import islice
from typing import TYPE_CHECKING, Final, Protocol

import numpy as np
import numpy.typing as npt

from noseprint.errors import ErrorCode, NoseprintError
from noseprint.logs import facts
from noseprint.matching.similarity import between_knots

if TYPE_CHECKING:
    from collections.abc import Iterable

    from noseprint.embedding.manifest import KeypointFusion
    from noseprint.matching.keypoints import KeypointEvidence, Keypoints

MOST_PHOTOS: Final = 5
"""So many photos of an enrolment are compared with a probe, at most."""

_log = logging.getLogger(__name__)


class PointFinder(Protocol):
    """Finds the points of photos and which of them two photos share (`noseprint.matching.keypoints`)."""

    def extract(self, photo: bytes) -> Keypoints:
        """The points of a JPEG or PNG file; raises NoseprintError with the image codes."""
        ...

    def match(self, one: Keypoints, other: Keypoints) -> KeypointEvidence:
        """The points that two photos share."""
        ...


class Unweighed(StrEnum):
    """Why a similarity rests on the vectors alone."""

    NOT_CALIBRATED = "not_calibrated"
    NOT_INSTALLED = "not_installed"
    NO_PHOTO = "no_photo"
    STORE_UNREACHABLE = "store_unreachable"


@dataclass(frozen=True, slots=True)
class Evidence:
    """What a probe shares with the enrolment photo that it agrees with best.

    Attributes:
        similarity: what cosine and inliers mean together, 0 to 1.
        inliers: points that both photos share.
        spread: 0 to 1, the share of the photo that they cover.
        photo: which of the enrolment photos, from 1.
    """

    similarity: float
    inliers: int
    spread: float
    photo: int


def fused_scores(cosines: npt.ArrayLike, inliers: npt.ArrayLike, fusion: KeypointFusion) -> npt.NDArray[np.float64]:
    """Cosine plus what the inliers add: shared points only ever raise a score, and only so far.

    Args:
        cosines: of any shape, -1 to 1.
        inliers: of the same pairs, at least 0.
        fusion: from the model's manifest.

    Returns:
        float64 of that shape, from -1; it falls neither as cosines nor as inliers rise.
    """
    counted = np.clip(np.asarray(inliers, np.float64), fusion.by_chance, fusion.most_inliers) - fusion.by_chance
    scores: npt.NDArray[np.float64] = np.asarray(cosines, np.float64) + fusion.weight * counted
    return scores


def fused_similarity(cosines: npt.ArrayLike, inliers: npt.ArrayLike, fusion: KeypointFusion) -> npt.NDArray[np.float64]:
    """The platform's similarity (0 to 1) by cosine and inliers together; arguments as those of `fused_scores`."""
    knots = fusion.calibration
    return between_knots(fused_scores(cosines, inliers, fusion), knots.score, knots.similarity)


class Weigher:
    """Weighs what one probe shares with any number of enrolments.

    Args:
        probe: a JPEG or PNG file; its points are looked for once, when they are first needed.
        finder: None where OpenCV is not installed.
        fusion: from the model's manifest; None where it has none.
    """

    def __init__(self, probe: bytes, finder: PointFinder | None, fusion: KeypointFusion | None) -> None:
        self._probe = probe
        self._finder = finder
        self._fusion = fusion
        self._points: Keypoints | None = None
        self._store_is_gone = False

    def weigh(self, cosine: float, photos: Iterable[bytes]) -> Evidence | Unweighed:
        """Find the enrolment photo that shares most points with the probe.

        The first ``MOST_PHOTOS`` are compared, up to the first that shares as many points as count at all. A
        photo that cannot be fetched or decoded only costs what it might have added; after the store could not be
        reached no other is asked for, since each might wait as long.

        Args:
            cosine: of the probe's vector and the enrolled one.
            photos: of the enrolment, fetched one by one.

        Raises:
            NoseprintError: INVALID_IMAGE, INVALID_IMAGE_FORMAT or IMAGE_TOO_LARGE of the probe.
        """
        if self._fusion is None:
            return Unweighed.NOT_CALIBRATED
        if self._finder is None:
            return Unweighed.NOT_INSTALLED
        if self._store_is_gone:
            return Unweighed.STORE_UNREACHABLE
        best: Evidence | None = None
        if self._points is None:
            self._points = self._finder.extract(self._probe)
        try:
            for number, photo in enumerate(islice(photos, MOST_PHOTOS), start=1):
                shared = _shared(self._finder, self._points, photo)
                if shared and (best is None or shared.inliers > best.inliers):
                    alike = float(fused_similarity(cosine, shared.inliers, self._fusion))
                    best = Evidence(alike, shared.inliers, shared.spread, number)
                if best and best.inliers >= self._fusion.most_inliers:
                    break
        except NoseprintError as fault:
            _log.warning("enrolment photo not fetched", extra=facts(code=fault.code.value))
            self._store_is_gone = fault.code is ErrorCode.STORAGE_CONNECTION_ERROR
            return best or (Unweighed.STORE_UNREACHABLE if self._store_is_gone else Unweighed.NO_PHOTO)
        return best or Unweighed.NO_PHOTO


def _shared(finder: PointFinder, of_probe: Keypoints, photo: bytes) -> KeypointEvidence | None:
    """What a probe shares with an enrolment photo; None where that cannot be decoded."""
    try:
        return finder.match(finder.extract(photo), of_probe)
    except NoseprintError as fault:
        _log.warning("enrolment photo not decoded", extra=facts(code=fault.code.value))
        return None
