"""A folder of pictures as a camera."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image

from noseprint.capture.folder_camera import FolderCamera
from noseprint.capture.pacing import Pacer
from noseprint.embedding.limits import ImageLimits
from noseprint.errors import ErrorCode, NoseprintError
from tests.support.pictures import jpeg, png

if TYPE_CHECKING:
    from pathlib import Path

EACH = 30


def camera(folder: Path) -> FolderCamera:
    return FolderCamera(folder, ImageLimits(), Pacer(15.0, lambda: 0.0, lambda _: None))


def test_each_picture_is_shown_for_a_while_in_the_order_of_the_names(tmp_path: Path) -> None:
    (tmp_path / "b.png").write_bytes(png(Image.new("RGB", (8, 8), (0, 0, 255))))
    (tmp_path / "a.JPG").write_bytes(jpeg(Image.new("RGB", (8, 8), (255, 0, 0))))
    (tmp_path / "notes.txt").touch()
    folder = camera(tmp_path)
    folder.open()
    shades = [folder.read().pixels[0, 0] for _ in range(2 * EACH + 1)]
    folder.close()
    np.testing.assert_allclose(shades[0], (255, 0, 0), atol=3)
    np.testing.assert_array_equal(shades[EACH - 1], shades[0])
    np.testing.assert_array_equal(shades[EACH], (0, 0, 255))
    np.testing.assert_array_equal(shades[2 * EACH], shades[0])


def test_a_folder_without_pictures_is_no_camera(tmp_path: Path) -> None:
    with pytest.raises(NoseprintError) as caught:
        camera(tmp_path).open()
    assert caught.value.code is ErrorCode.CAMERA_NOT_FOUND


def test_a_picture_that_cannot_be_read_is_named_to_maintainers(tmp_path: Path) -> None:
    (tmp_path / "a.jpg").write_bytes(b"nothing")
    folder = camera(tmp_path)
    folder.open()
    with pytest.raises(NoseprintError, match=r"a\.jpg") as caught:
        folder.read()
    assert caught.value.code is ErrorCode.CAMERA_LOST
