"""Keypoint evidence for every pair of a crew; needs OpenCV."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from noseprint.matching.keypoints import Keypoints, extract, match

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from noseprint.embedding.limits import ImageLimits
    from noseprint.evaluation.comparisons import PhotoPairs

_WORKERS = 4


def keypoints_of(photos: Iterable[bytes], limits: ImageLimits) -> Iterator[Keypoints]:
    """Find the points of photos several at a time, in their order.

    Raises:
        NoseprintError: INVALID_IMAGE, INVALID_IMAGE_FORMAT or IMAGE_TOO_LARGE.
    """
    with ThreadPoolExecutor(_WORKERS, thread_name_prefix="keypoints") as pool:
        yield from pool.map(lambda photo: extract(photo, limits), photos)


def inliers_of(pairs: PhotoPairs, keypoints: Sequence[Keypoints]) -> Iterator[int]:
    """Count the inliers of every pair, several at a time, in their order.

    Args:
        pairs: of the crew.
        keypoints: one per photo of the crew.
    """
    with ThreadPoolExecutor(_WORKERS, thread_name_prefix="match") as pool:
        yield from pool.map(
            lambda row, column: match(keypoints[row], keypoints[column]).inliers,
            pairs.rows.tolist(),
            pairs.columns.tolist(),
        )
