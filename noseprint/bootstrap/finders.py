"""What finds something in a photo: the points that two photos share, and the nose."""

from __future__ import annotations

import os
import threading
from importlib.util import find_spec
from typing import TYPE_CHECKING

from noseprint.bootstrap.folders import assets_folder
from noseprint.bootstrap.models import image_limits

if TYPE_CHECKING:
    from noseprint.capture.finder import NoseFinder
    from noseprint.embedding.limits import ImageLimits
    from noseprint.matching.keypoints import KeypointEvidence, Keypoints
    from noseprint.settings import Settings


class KeypointFinder:
    """Finds the points that photos share; OpenCV is imported at the first of them, for many servers never see one.

    At most ``slots`` photos are looked at at once, as many as there are processors by default: each takes up to 40 MB.
    """

    def __init__(self, limits: ImageLimits, slots: int = 0) -> None:
        self._limits = limits
        self._slots = threading.BoundedSemaphore(slots or os.cpu_count() or 1)

    def extract(self, photo: bytes) -> Keypoints:
        """The points of a photo, as :func:`noseprint.matching.keypoints.extract`."""
        from noseprint.matching import keypoints  # noqa: PLC0415

        with self._slots:
            return keypoints.extract(photo, self._limits)

    def match(self, one: Keypoints, other: Keypoints) -> KeypointEvidence:
        """The points that two photos share, as :func:`noseprint.matching.keypoints.match`."""
        from noseprint.matching import keypoints  # noqa: PLC0415

        with self._slots:
            return keypoints.match(one, other)


def keypoint_finder(settings: Settings) -> KeypointFinder | None:
    """What finds shared points; None where OpenCV is not installed, and vectors alone decide."""
    return KeypointFinder(image_limits(settings), settings.inference_slots) if find_spec("cv2") else None


def nose_finder() -> NoseFinder:
    """What finds noses in photos and camera frames.

    Raises:
        NoseprintError: MODEL_FILE_INVALID.
    """
    from noseprint.capture.finder import load_finder  # noqa: PLC0415

    return load_finder(assets_folder() / "finder" / "nose-finder.onnx")
