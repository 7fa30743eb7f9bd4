"""How far a nose moved between two frames of a camera."""

from __future__ import annotations

import numpy as np

from noseprint.capture.region import PIXELS_PER_SIDE, Grey
from noseprint.errors import ErrorCode, NoseprintError

# Noise and JPEG blocks live at the high frequencies and do not move with the nose.
_SOFTNESS = 1.5


def movement(before: Grey, after: Grey) -> float:
    """Find by phase correlation how far the content of a region moved to the next frame.

    The peak of the correlation is found between the pixels by a parabola (C. Kuglin, D. Hines, The phase correlation
    image alignment method, 1975).

    Args:
        before: (h, w) float32, the region of one frame (`JudgedRegion.grey`).
        after: (h, w) float32, the same place in the next frame.

    Returns:
        The distance in % of the nose's shorter side, 0 or more. Above about 25 it means no more than "far".

    Raises:
        NoseprintError: INVALID_REQUEST when the shapes differ.
    """
    if before.shape != after.shape:
        raise NoseprintError(ErrorCode.INVALID_REQUEST, f"frames of {before.shape} and {after.shape} pixels")
    correlation = _phase_correlation(before, after)
    row, column = divmod(int(np.argmax(correlation)), correlation.shape[1])
    down = _peak(correlation[:, column], row)
    right = _peak(correlation[row], column)
    return float(100.0 * np.hypot(down, right) / PIXELS_PER_SIDE)


def _phase_correlation(before: Grey, after: Grey) -> Grey:
    height, width = before.shape
    window = np.outer(np.hanning(height), np.hanning(width)).astype(np.float32)
    one, other = (np.fft.rfft2((frame - frame.mean()) * window) for frame in (before, after))
    cross = one.conj() * other
    down, right = np.fft.fftfreq(height)[:, np.newaxis], np.fft.rfftfreq(width)[np.newaxis, :]
    trusted = np.exp(-2.0 * (np.pi * _SOFTNESS) ** 2 * (down**2 + right**2))
    return np.asarray(np.fft.irfft2(trusted * cross / np.maximum(np.abs(cross), 1e-6), s=before.shape), np.float32)


def _peak(line: Grey, place: int) -> float:
    """The signed place of the peak, to a share of a pixel, on a line whose ends meet."""
    length = len(line)
    left, middle, right = (float(line[(place + step) % length]) for step in (-1, 0, 1))
    bend = left - 2.0 * middle + right
    signed = place - length if place > length // 2 else place
    return signed + (0.5 * (left - right) / bend if bend < 0.0 else 0.0)
