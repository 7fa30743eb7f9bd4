"""How a camera is named."""

from __future__ import annotations

from pathlib import Path

import pytest

from noseprint.capture.camera import CameraSource, SourceKind, camera_source, without_password
from noseprint.errors import ErrorCode, NoseprintError


@pytest.mark.parametrize(
    ("named", "kind", "place"),
    [
        ("simulated", SourceKind.SIMULATED, ""),
        ("simulated:dog-2", SourceKind.SIMULATED, "dog-2"),
        ("0", SourceKind.DEVICE, "0"),
        (" 12 ", SourceKind.DEVICE, "12"),
        ("/dev/video2", SourceKind.DEVICE, "/dev/video2"),
        ("/dev/v4l/by-id/usb-Cam", SourceKind.DEVICE, "/dev/v4l/by-id/usb-Cam"),
        ("http://10.0.0.2:8080/video", SourceKind.MJPEG, "http://10.0.0.2:8080/video"),
        ("HTTPS://camera/video", SourceKind.MJPEG, "HTTPS://camera/video"),
        ("rtsp://user:word@camera/1", SourceKind.RTSP, "rtsp://user:word@camera/1"),
    ],
)
def test_every_kind_of_source_is_known_by_its_name(named: str, kind: SourceKind, place: str) -> None:
    assert camera_source(named, Path("/nowhere")) == CameraSource(kind, place)


def test_files_and_folders_are_known_by_what_they_are(tmp_path: Path) -> None:
    (tmp_path / "pictures").mkdir()
    (tmp_path / "film.avi").touch()
    assert camera_source("pictures", tmp_path) == CameraSource(SourceKind.FOLDER, str(tmp_path / "pictures"))
    assert camera_source(str(tmp_path / "film.avi"), Path("/")).kind is SourceKind.VIDEO


@pytest.mark.parametrize("named", ["", "  ", "simulated:", "no-such-file.mp4", "ftp://camera/", "http://", "-1"])
def test_anything_else_is_refused_in_words(named: str, tmp_path: Path) -> None:
    with pytest.raises(NoseprintError) as caught:
        camera_source(named, tmp_path)
    assert caught.value.code is ErrorCode.CAMERA_SOURCE_UNKNOWN
    assert "simulated" in caught.value.sentence("en")


def test_a_password_in_an_address_is_not_shown() -> None:
    assert without_password("rtsp://vet:secret@10.0.0.2/1") == "rtsp://10.0.0.2/1"
