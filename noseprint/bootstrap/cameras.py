"""The camera that the settings name, and what looks at its frames. OpenCV is imported at the first of them."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from noseprint.bootstrap.folders import assets_folder
from noseprint.bootstrap.models import image_limits
from noseprint.errors import ErrorCode, NoseprintError

if TYPE_CHECKING:
    from noseprint.capture.camera import Camera, CameraSource, Picture
    from noseprint.capture.session import CaptureRules
    from noseprint.capture.simulated_camera import SimulatedCamera
    from noseprint.settings import Settings


def open_camera(settings: Settings, source: str = "") -> Camera:
    """A camera, ready for a :class:`noseprint.capture.stream.CameraStream`, which opens it.

    Args:
        settings: name the camera, the resolution and the rate.
        source: another camera than theirs, written as :func:`noseprint.capture.camera.camera_source` says.

    Raises:
        NoseprintError: CAMERA_SOURCE_UNKNOWN, FACE_NOT_INSTALLED.
    """
    from noseprint.capture.camera import Picture, SourceKind, camera_source  # noqa: PLC0415

    if find_spec("cv2") is None:
        raise NoseprintError(ErrorCode.FACE_NOT_INSTALLED, extra="kiosk")
    named = camera_source(source or settings.camera, Path.cwd())
    if named.kind is SourceKind.SIMULATED:
        return simulated_camera(named.place)
    picture = Picture(settings.camera_width, settings.camera_height, settings.camera_rate)
    return _camera(named, picture, settings)


def simulated_camera(dog: str = "") -> SimulatedCamera:
    """The shipped noses before a moving hand; its ``show``, ``trouble`` and scripts are for tours and tests.

    Raises:
        NoseprintError: CAMERA_SOURCE_UNKNOWN when there is no such dog.
    """
    from noseprint.capture.simulated_camera import SimulatedCamera  # noqa: PLC0415

    return SimulatedCamera(assets_folder() / "noses", dog)


def capture_rules(settings: Settings, wanted: int = 5) -> CaptureRules:
    """What a capture needs here: five photos to enrol, one to verify or look up."""
    from noseprint.capture.session import CaptureRules  # noqa: PLC0415

    return CaptureRules(wanted, settings.minimum_photos_camera, settings.minimum_photos_files, settings.minimum_quality)


def _camera(source: CameraSource, picture: Picture, settings: Settings) -> Camera:
    from noseprint.capture.camera import SourceKind  # noqa: PLC0415
    from noseprint.capture.folder_camera import FolderCamera  # noqa: PLC0415
    from noseprint.capture.mjpeg_camera import MjpegCamera  # noqa: PLC0415
    from noseprint.capture.opencv_camera import DeviceCamera, RtspCamera, VideoCamera  # noqa: PLC0415

    match source.kind:
        case SourceKind.MJPEG:
            return MjpegCamera(source.place)
        case SourceKind.RTSP:
            return RtspCamera(source.place)
        case SourceKind.VIDEO:
            return VideoCamera(Path(source.place))
        case SourceKind.FOLDER:
            return FolderCamera(Path(source.place), image_limits(settings))
        case _:
            return DeviceCamera(source.place, picture)
