"""QR codes before the camera."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np
import pytest
import segno

from noseprint.capture.codes import read_qr

if TYPE_CHECKING:
    from noseprint.capture.camera import Pixels

PET_DID = "did:ethr:besu:0x" + "0123456789abcdef0123456789abcdef01234567"


def picture_of(text: str, side: int, size: tuple[int, int] = (720, 1280), angle: float = 0.0) -> Pixels:
    """A code on white paper, turned, in the middle of a grey picture of (height, width)."""
    rows = np.array([list(row) for row in segno.make_qr(text, error="m").matrix], np.uint8)
    paper = np.pad(255 * (1 - rows), 4, constant_values=255).astype(np.uint8)
    paper = cv2.resize(paper, (side, side), interpolation=cv2.INTER_NEAREST)
    height, width = size
    turn = cv2.getRotationMatrix2D((side / 2, side / 2), angle, 1.0)
    turn[:, 2] += (width - side) / 2, (height - side) / 2
    seen = cv2.warpAffine(paper, turn, (width, height), borderValue=127)
    return np.repeat(seen[:, :, None], 3, axis=2).astype(np.uint8)


@pytest.mark.parametrize("angle", [0.0, 12.0, 90.0])
def test_a_pet_did_is_read_however_the_paper_is_held(angle: float) -> None:
    assert read_qr(picture_of(PET_DID, 400, angle=angle)) == PET_DID


def test_a_large_frame_is_read_as_well() -> None:
    assert read_qr(picture_of(PET_DID, 900, (2160, 3840), 5.0)) == PET_DID


def test_a_nose_is_no_code() -> None:
    noise = np.random.default_rng(7).integers(0, 255, (720, 1280, 3), np.uint8)
    assert read_qr(noise) == ""
    assert read_qr(np.zeros((720, 1280, 3), np.uint8)) == ""
