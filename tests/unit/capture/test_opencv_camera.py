"""Cameras that OpenCV reads, as far as a machine without one can show."""

from __future__ import annotations

import socket
import time
from typing import TYPE_CHECKING

import cv2
import numpy as np
import pytest

from noseprint.capture.camera import Picture
from noseprint.capture.opencv_camera import DeviceCamera, RtspCamera, VideoCamera
from noseprint.capture.pacing import Pacer
from noseprint.errors import ErrorCode, NoseprintError
from tests.support.pictures import QUARTERS, quarters

if TYPE_CHECKING:
    from pathlib import Path

FRAMES = 5


@pytest.fixture
def film(tmp_path: Path) -> Path:
    file = tmp_path / "film.avi"
    writer = cv2.VideoWriter(str(file), cv2.VideoWriter.fourcc(*"MJPG"), 25.0, (64, 48))
    for number in range(FRAMES):
        picture = np.asarray(quarters(64, 48)).copy()
        picture[20:28] = 40 * number
        writer.write(picture[..., ::-1].copy())
    writer.release()
    return file


def immediate() -> Pacer:
    return Pacer(25.0, lambda: 0.0, lambda _: None)


def test_a_film_is_played_in_its_colours_again_and_again(film: Path) -> None:
    camera = VideoCamera(film, immediate())
    camera.open()
    frames = [camera.read() for _ in range(2 * FRAMES + 1)]
    camera.close()
    np.testing.assert_allclose(frames[0].pixels[5, 5], QUARTERS[0], atol=20)
    shades = [float(frame.pixels[24].mean()) for frame in frames]
    assert shades[:FRAMES] == shades[FRAMES : 2 * FRAMES]
    assert shades[0] == shades[-1] < shades[1] < shades[4]
    assert [frame.number for frame in frames] == list(range(1, 2 * FRAMES + 2))


def test_a_film_keeps_its_own_rate(film: Path) -> None:
    camera = VideoCamera(film)
    camera.open()
    first, second = camera.read(), camera.read()
    camera.close()
    assert second.at - first.at == pytest.approx(1 / 25, abs=0.03)


def test_what_is_no_film_is_not_found(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "film.mp4"
    file.write_bytes(b"no film")
    with pytest.raises(NoseprintError) as caught:
        VideoCamera(file).open()
    capfd.readouterr()
    assert caught.value.code is ErrorCode.CAMERA_NOT_FOUND


def test_a_device_that_is_not_there_is_not_found() -> None:
    camera = DeviceCamera("987", Picture())
    with pytest.raises(NoseprintError) as caught:
        camera.open()
    camera.close()
    assert caught.value.code is ErrorCode.CAMERA_NOT_FOUND


def test_a_device_that_is_there_and_cannot_be_opened_is_busy(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "video0"
    file.touch()
    camera = DeviceCamera(str(file), Picture())
    with pytest.raises(NoseprintError) as caught:
        camera.open()
    camera.close()
    capfd.readouterr()
    assert caught.value.code is ErrorCode.CAMERA_BUSY


def test_a_network_camera_that_says_nothing_does_not_hang(capfd: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        camera = RtspCamera(f"rtsp://vet:secret@127.0.0.1:{silent.getsockname()[1]}/1")
        begun = time.monotonic()
        with pytest.raises(NoseprintError) as caught:
            camera.open()
    camera.close()
    capfd.readouterr()
    assert time.monotonic() - begun < 2.5
    assert caught.value.code is ErrorCode.CAMERA_NOT_FOUND
    assert "secret" not in str(caught.value)
