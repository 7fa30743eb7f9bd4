"""How blurred a picture is, and whether more in one direction than across it, from the picture alone.

A picture is compared with what would be left of it if it were blurred once more by a known amount: what is sharp would
lose much of its gradients, what is blurred already loses little. Contrast and light cancel out.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from noseprint.capture.region import PIXELS_PER_SIDE, Grey

Spectrum = npt.NDArray[np.float64]

_DENOISE, _MORE_BLUR = 0.7, 1.5
_DIRECTIONS = np.linspace(0.0, np.pi, 12, endpoint=False)
# Power of the gradients of a plain wall: below it there is nothing whose sharpness shows.
_NO_TEXTURE = 1.0
# Gradients that lose less than this share of their power say nothing of how much more blurred than that a picture is.
_LEAST_LOSS = 0.01
# Rows of beads, whiskers and grooves have a direction of their own.
_OWN_DIRECTION = 1.5


@dataclass(frozen=True, slots=True)
class Sharpness:
    """How wide a point of the nose becomes in the picture.

    Attributes:
        blur: standard deviation of the spot across its longest direction, in % of the nose's shorter side, 0 to
            9.4. The texture's own softness counts too: what is in focus has about 0.3 to 0.9.
        smear: how much longer the spot is than 1.5 times its breadth (skin that is in focus has up to 1.8), as the
            straight path in % of the nose's shorter side that would have made it so; 0 where it is not.
    """

    blur: float
    smear: float


def measure_sharpness(grey: Grey) -> Sharpness:
    """Estimate the spot from the gradients that a further blur would take away, in twelve directions.

    Along a direction, a spot of standard deviation s keeps s^2 / (s^2 + b^2) of the power of the gradients when it is
    blurred once more by b along it (S. Zhuo, T. Sim, Defocus map estimation from a single image, Pattern Recognition
    44(9), 2011, at the ridge of an edge; the exponent of the share is 1/2 for the whole of a lone edge, 3/2 for white
    texture). A path of length p is a spot of standard deviation p / sqrt(12).

    Args:
        grey: (h, w) float32 grey levels, at 160 pixels for the nose's shorter side; h, w of at least 16.
    """
    spots = _spots(grey)
    narrow, wide = float(spots.min()), float(spots.max())
    path = np.sqrt(12.0 * max(wide**2 - (_OWN_DIRECTION * narrow) ** 2, 0.0))
    return Sharpness(100.0 * narrow / PIXELS_PER_SIDE, float(100.0 * path / PIXELS_PER_SIDE))


def _spots(grey: Grey) -> Spectrum:
    """Standard deviation of the spot along each direction, in pixels."""
    height, width = grey.shape
    window = np.outer(np.hanning(height), np.hanning(width))
    power = np.abs(np.fft.rfft2((grey - grey.mean()) * window)) ** 2
    power[:, 0] /= 2.0  # the other columns stand for their mirror images as well
    down, right = np.fft.fftfreq(height)[:, np.newaxis], np.fft.rfftfreq(width)[np.newaxis, :]
    power *= np.exp(-((2.0 * np.pi * _DENOISE) ** 2) * (down**2 + right**2))
    along = (right * np.cos(turn) + down * np.sin(turn) for turn in _DIRECTIONS)
    kept = np.array([_kept(power, (2.0 * np.pi * frequency) ** 2) for frequency in along])
    return _MORE_BLUR * np.sqrt(kept / (1.0 - kept))


def _kept(power: Spectrum, gradient: Spectrum) -> float:
    """Share of the gradients' power that a further blur along their direction would leave."""
    before = float(np.sum(power * gradient))
    after = float(np.sum(power * gradient * np.exp(-(_MORE_BLUR**2) * gradient)))
    return min((after + _NO_TEXTURE) / (before + _NO_TEXTURE), 1.0 - _LEAST_LOSS)


def gaussian(grey: Grey, sigma: float) -> Grey:
    """Blur by a Gaussian of sigma pixels, cut at three; the edge sees the picture mirrored."""
    reach = int(np.ceil(3.0 * sigma))
    weights = np.exp(-0.5 * (np.arange(-reach, reach + 1) / sigma) ** 2)
    weights = (weights / weights.sum()).astype(np.float32)
    return _blurred_down(_blurred_down(grey, weights).T, weights).T


def _blurred_down(grey: Grey, weights: Grey) -> Grey:
    reach = len(weights) // 2
    padded = np.pad(grey, ((reach, reach), (0, 0)), mode="symmetric")
    shifted = (weight * padded[start : start + len(grey)] for start, weight in enumerate(weights))
    return np.asarray(sum(shifted), dtype=np.float32)
