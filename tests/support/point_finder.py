"""A finder of shared points that knows how many a photo shares with any other: the real one's methods, no pixels."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import numpy as np

from noseprint.errors import ErrorCode, NoseprintError
from noseprint.matching.keypoints import KeypointEvidence

if TYPE_CHECKING:
    from collections.abc import Mapping

    from noseprint.matching.keypoints import Keypoints


class SharesPoints:
    """Finds between two photos as many shared points as the one that shares fewer says.

    Args:
        inliers: of each photo; None cannot be decoded, and a photo that is not named shares with all others what
            these say.
    """

    def __init__(self, inliers: Mapping[bytes, int | None]) -> None:
        self._inliers = inliers
        self.looked_at: list[bytes] = []

    def extract(self, photo: bytes) -> Keypoints:
        """The photo itself, as a token."""
        self.looked_at.append(photo)
        if photo in self._inliers and self._inliers[photo] is None:
            raise NoseprintError(ErrorCode.INVALID_IMAGE, "no picture")
        return cast("Keypoints", photo)

    def match(self, one: Keypoints, other: Keypoints) -> KeypointEvidence:
        """As many points as were told."""
        told = [self._inliers[photo] for photo in (cast("bytes", one), cast("bytes", other)) if photo in self._inliers]
        inliers = min(count for count in told if count is not None)
        points = np.zeros((inliers, 2), np.float32)
        return KeypointEvidence(inliers, inliers, 0.25, points, points)
