"""MJPEG over HTTP, from a real socket."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

import numpy as np
import pytest

from noseprint.capture.mjpeg_camera import MjpegCamera
from noseprint.errors import ErrorCode, NoseprintError
from tests.support.mjpeg_server import MjpegServer
from tests.support.pictures import QUARTERS, jpeg, quarters

if TYPE_CHECKING:
    from collections.abc import Iterator

PICTURE = jpeg(quarters(64, 48))


@pytest.fixture(params=[True, False], ids=["parts say their length", "parts do not"])
def server(request: pytest.FixtureRequest) -> Iterator[MjpegServer]:
    with MjpegServer([PICTURE], says_length=request.param) as server:
        yield server


def read_on(camera: MjpegCamera) -> None:
    """Read what is still on its way, and beyond."""
    for _ in range(20):
        camera.read()


def test_frames_are_upright_rgb_and_counted(server: MjpegServer) -> None:
    camera = MjpegCamera(server.address)
    camera.open()
    frames = [camera.read() for _ in range(3)]
    camera.close()
    assert [frame.number for frame in frames] == [1, 2, 3]
    assert frames[0].size == (64, 48)
    np.testing.assert_allclose(frames[0].pixels[10, 10], QUARTERS[0], atol=6)


def test_a_picture_that_cannot_be_read_is_passed_over() -> None:
    broken = b"\xff\xd8\xff" + b"broken" + b"\xff\xd9"
    with MjpegServer([broken, PICTURE]) as server:
        camera = MjpegCamera(server.address)
        camera.open()
        assert [camera.read().size for _ in range(2)] == [(64, 48)] * 2
        camera.close()


def test_a_thumbnail_within_a_picture_does_not_end_it() -> None:
    thumbnail = jpeg(quarters(16, 16))
    segment = b"\xff\xe1" + (len(thumbnail) + 2).to_bytes(2, "big") + thumbnail
    with MjpegServer([PICTURE[:2] + segment + PICTURE[2:]]) as server:
        camera = MjpegCamera(server.address)
        camera.open()
        assert camera.read().size == (64, 48)
        camera.close()


def test_silence_is_noticed_in_time(server: MjpegServer) -> None:
    camera = MjpegCamera(server.address, timeout_s=0.2)
    camera.open()
    camera.read()
    server.jpegs = ()
    with pytest.raises(NoseprintError) as caught:
        read_on(camera)
    camera.close()
    assert caught.value.code is ErrorCode.CAMERA_LOST


def test_who_hangs_up_is_lost_and_found_again(server: MjpegServer) -> None:
    camera = MjpegCamera(server.address)
    camera.open()
    server.unplug()
    with pytest.raises(NoseprintError) as caught:
        read_on(camera)
    camera.close()
    assert caught.value.code is ErrorCode.CAMERA_LOST
    with pytest.raises(NoseprintError) as caught:
        camera.open()
    assert caught.value.code is ErrorCode.CAMERA_NOT_FOUND
    server.plug_in()
    camera.open()
    assert camera.read().number == 1
    camera.close()


@pytest.mark.parametrize(
    ("status", "code"),
    [
        ("401 Unauthorized", ErrorCode.CAMERA_NOT_ALLOWED),
        ("503 Service Unavailable", ErrorCode.CAMERA_BUSY),
        ("404 Not Found", ErrorCode.CAMERA_NOT_FOUND),
    ],
)
def test_a_refusal_is_told_apart(status: str, code: ErrorCode) -> None:
    with MjpegServer(head=f"HTTP/1.0 {status}\r\n\r\n".encode()) as server:
        camera = MjpegCamera(server.address.replace("//", "//vet:secret@"))
        with pytest.raises(NoseprintError) as caught:
            camera.open()
    assert caught.value.code is code
    assert "secret" not in str(caught.value)


def test_the_password_in_the_address_is_sent_and_not_asked_for_in_the_path(server: MjpegServer) -> None:
    camera = MjpegCamera(server.address.replace("//", "//vet:p%40ss@") + "?size=full")
    camera.open()
    camera.close()
    request = server.requests[0].decode()
    assert request.startswith("GET /video?size=full ")
    assert "Basic " + base64.b64encode(b"vet:p@ss").decode() in request


@pytest.mark.parametrize("address", ["http://127.0.0.1:1/", "http://127.0.0.1:no-port/", "http://[::1/"])
def test_an_address_that_nobody_answers_at_is_not_found(address: str) -> None:
    with pytest.raises(NoseprintError) as caught:
        MjpegCamera(address).open()
    assert caught.value.code is ErrorCode.CAMERA_NOT_FOUND
