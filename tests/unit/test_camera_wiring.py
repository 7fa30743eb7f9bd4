"""The camera that the settings name."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from noseprint.bootstrap import capture_rules, open_camera, simulated_camera
from noseprint.capture.folder_camera import FolderCamera
from noseprint.capture.mjpeg_camera import MjpegCamera
from noseprint.capture.opencv_camera import DeviceCamera, RtspCamera, VideoCamera
from noseprint.capture.simulated_camera import SimulatedCamera
from noseprint.errors import ErrorCode, NoseprintError
from noseprint.settings import Settings

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("source", "kind"),
    [
        ("", DeviceCamera),
        ("simulated:dog-3", SimulatedCamera),
        ("http://camera/video", MjpegCamera),
        ("rtsp://camera/1", RtspCamera),
        ("film.avi", VideoCamera),
        ("pictures", FolderCamera),
    ],
)
def test_each_source_gets_its_camera(source: str, kind: type, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "film.avi").touch()
    (tmp_path / "pictures").mkdir()
    assert isinstance(open_camera(Settings(data_dir=tmp_path), source), kind)


def test_the_settings_name_the_camera_where_nobody_names_another(tmp_path: Path) -> None:
    assert isinstance(open_camera(Settings(data_dir=tmp_path, camera="simulated")), SimulatedCamera)


def test_an_unknown_source_is_refused_before_anything_is_opened(tmp_path: Path) -> None:
    for source in ("nothing-here", "simulated:cat-1"):
        with pytest.raises(NoseprintError) as caught:
            open_camera(Settings(data_dir=tmp_path), source)
        assert caught.value.code is ErrorCode.CAMERA_SOURCE_UNKNOWN


def test_the_simulated_camera_shows_the_shipped_noses() -> None:
    assert len(simulated_camera().dogs) == 6


def test_the_settings_say_how_many_photos_and_how_good() -> None:
    rules = capture_rules(Settings(minimum_photos_camera=4, minimum_photos_files=1, minimum_quality=40.0), wanted=7)
    assert (rules.wanted, rules.minimum, rules.minimum_from_files, rules.minimum_quality) == (7, 4, 1, 40.0)
