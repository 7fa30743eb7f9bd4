"""Makes a photo worse in one way and by a known amount, to measure what quality costs in errors.

Blur, light and glare act on linear light, as a lens and a sensor do. Every degradation of a photo with the same
strength and seed gives the same pixels.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
from PIL import Image

from noseprint.embedding.image import open_photo
from noseprint.errors import ErrorCode, NoseprintError

if TYPE_CHECKING:
    from noseprint.embedding.limits import ImageLimits

Array = npt.NDArray[np.float32]
Places = npt.NDArray[np.float64]
# What share of the contrast passes at frequencies down (height, 1) and to the right (1, width), cycles a pixel.
Transfer = Callable[[Array, Array], Array]

# A display's curve; sRGB's own has a short straight piece near black that does not matter here.
_GAMMA = 2.2
# A telephone's pixel: electrons at white, and the noise of reading them out (J. Nakamura, Image Sensors and Signal
# Processing for Digital Still Cameras, 2006, gives 5,000 to 10,000 and a few).
_FULL_WELL, _READ_NOISE = 6000.0, 4.0
# Height of the dome in half widths of the nose: the middle of what generated noses have (training/anatomy).
_DOME = 0.65
_GLARE_CELLS, _GLARE_EDGE = 6, 0.15
_STORED_QUALITY = 95


class Degradation(StrEnum):
    """One way in which a photo is worse; :data:`GRADES` has the unit of each one's strength."""

    BLUR = "blur"
    MOTION = "motion"
    DARKNESS = "darkness"
    OVEREXPOSURE = "overexposure"
    VEIL = "veil"
    GLARE = "glare"
    SIZE = "size"
    TURN = "turn"
    ROLL = "roll"
    COMPRESSION = "compression"


@dataclass(frozen=True, slots=True)
class Grades:
    """What a degradation's strength means, strengths from hardly any to far too much, and the highest there is."""

    unit: str
    strengths: tuple[float, ...]
    highest: float


GRADES = {
    Degradation.BLUR: Grades("% of the shorter side (standard deviation)", (0.25, 0.5, 0.75, 1.0, 1.5, 2.0, 3.0), 25.0),
    Degradation.MOTION: Grades("% of the shorter side (path)", (1.0, 2.0, 3.0, 4.0, 6.0, 8.0, 12.0, 18.0), 50.0),
    Degradation.DARKNESS: Grades("stops less light", (1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0), 30.0),
    Degradation.OVEREXPOSURE: Grades("stops more light", (1.0, 2.0, 3.0, 4.0, 5.0, 6.0), 30.0),
    Degradation.VEIL: Grades("% stray light", (30.0, 50.0, 70.0, 80.0, 90.0, 95.0), 100.0),
    Degradation.GLARE: Grades("% of the area", (5.0, 10.0, 20.0, 30.0, 40.0, 60.0), 100.0),
    Degradation.SIZE: Grades("pixels, shorter side", (240.0, 160.0, 112.0, 80.0, 56.0, 40.0, 28.0, 20.0), 10000.0),
    Degradation.TURN: Grades("degrees to the side", (10.0, 20.0, 30.0, 40.0, 50.0, 60.0), 80.0),
    Degradation.ROLL: Grades("degrees clockwise", (5.0, 10.0, 15.0, 20.0, 30.0, 45.0), 360.0),
    Degradation.COMPRESSION: Grades("JPEG quality", (80.0, 60.0, 40.0, 20.0, 10.0, 5.0), 100.0),
}


def degraded_jpeg(
    photo: bytes, degradation: Degradation, strength: float, *, limits: ImageLimits, seed: int = 0
) -> bytes:
    """The file of a worse photo: JPEG at quality 95, or at ``strength`` for COMPRESSION.

    Args:
        photo: a whole JPEG or PNG file.
        degradation: in which way.
        strength: how much, in the unit of `GRADES`.
        limits: of the photo.
        seed: of the direction of motion, the places of glare and the sensor's noise.

    Raises:
        NoseprintError: as `degrade` and :func:`noseprint.embedding.image.open_photo`.
    """
    worse = degrade(open_photo(photo, limits), degradation, strength, seed=seed)
    return _jpeg(worse, round(strength) if degradation is Degradation.COMPRESSION else _STORED_QUALITY)


def degrade(picture: Image.Image, degradation: Degradation, strength: float, *, seed: int = 0) -> Image.Image:
    """Make a picture worse; SIZE makes it smaller, TURN narrower.

    Args:
        picture: mode RGB.
        degradation: in which way.
        strength: how much, in the unit of `GRADES`; above zero.
        seed: of the direction of motion, the places of glare and the sensor's noise.

    Returns:
        A new RGB picture. COMPRESSION returns what a decoder makes of the JPEG file.

    Raises:
        NoseprintError: INVALID_REQUEST for a strength that is not above zero, or above the highest in `GRADES`.
    """
    _require_strength(degradation, strength)
    return _WAYS[degradation](picture, strength, np.random.default_rng(seed))


def _require_strength(degradation: Degradation, strength: float) -> None:
    if not 0.0 < strength <= GRADES[degradation].highest:
        raise NoseprintError(ErrorCode.INVALID_REQUEST, f"{degradation} cannot be {strength:g}")


def _blurred(picture: Image.Image, sigma_percent: float, _rng: np.random.Generator) -> Image.Image:
    share = sigma_percent / 100.0
    return _through_lens(picture, _defocus(share * min(picture.size)), reach=4.0 * share)


def _moved(picture: Image.Image, path_percent: float, rng: np.random.Generator) -> Image.Image:
    share, angle = path_percent / 100.0, float(rng.uniform(0.0, np.pi))
    return _through_lens(picture, _straight_path(share * min(picture.size), angle), reach=share)


def _darkened(picture: Image.Image, stops: float, rng: np.random.Generator) -> Image.Image:
    return _picture(_counted(_light(picture) * np.float32(2.0**-stops), rng))


def _overexposed(picture: Image.Image, stops: float, _rng: np.random.Generator) -> Image.Image:
    return _picture(_light(picture) * np.float32(2.0**stops))


def _veiled(picture: Image.Image, stray_percent: float, rng: np.random.Generator) -> Image.Image:
    """As through a lens that was breathed on: part of the light is spread evenly over the picture."""
    light, stray = _light(picture), np.float32(stray_percent / 100.0)
    return _picture(_counted(light + stray * (light.mean(axis=(0, 1)) - light), rng))


def _glaring(picture: Image.Image, area_percent: float, rng: np.random.Generator) -> Image.Image:
    """White blots with soft edges over a share of the area, where a smooth random field is highest."""
    coarse = Image.fromarray(rng.standard_normal((_GLARE_CELLS, _GLARE_CELLS), dtype=np.float32))
    field = np.asarray(coarse.resize(picture.size, Image.Resampling.BICUBIC))
    above = (field - np.quantile(field, 1.0 - area_percent / 100.0)) / _GLARE_EDGE
    opacity = np.clip(above + 0.5, 0.0, 1.0).astype(np.float32)[:, :, np.newaxis]
    light = _light(picture)
    return _picture(light + opacity * (1.0 - light))


def _shrunk(picture: Image.Image, side: float, _rng: np.random.Generator) -> Image.Image:
    """Shrunk to a shorter side in pixels; a picture that is smaller already stays as it is."""
    share = min(side / min(picture.size), 1.0)
    size = (max(round(picture.width * share), 1), max(round(picture.height * share), 1))
    return picture.resize(size, Image.Resampling.LANCZOS)


def _turned(picture: Image.Image, degrees: float, _rng: np.random.Generator) -> Image.Image:
    """A dome turned about its vertical axis, seen from afar and framed as narrowly as it looks then.

    A place u to the right of the middle, z nearer to the camera, is seen at x = u cos t + z sin t: the side that
    turns away is pressed together, and what lies behind the dome is gone.
    """
    pixels, angle = np.asarray(picture.convert("RGB"), dtype=np.float32), np.radians(degrees)
    across = np.linspace(-1.0, 1.0, picture.width)
    down = np.linspace(-1.0, 1.0, picture.height)
    farthest = float(_seen_at(across, _dome(across, 0.0), angle)[-1])
    seen = np.linspace(-np.cos(angle), farthest, max(round(picture.width * (np.cos(angle) + farthest) / 2.0), 1))
    rows = [
        _turned_row(row, across, _dome(across, height), angle, seen) for row, height in zip(pixels, down, strict=True)
    ]
    return Image.fromarray(np.clip(np.stack(rows) + 0.5, 0, 255).astype(np.uint8))


def _dome(across: Places, down: float) -> Places:
    """How far a nose stands out, in half widths, where the edges of its box are -1 and 1."""
    return np.asarray(_DOME * np.maximum(1.0 - across**2 - down**2, 0.0), dtype=np.float64)


def _turned_row(row: Array, across: Places, depth: Places, angle: float, seen: Places) -> Places:
    source = np.interp(seen, _seen_at(across, depth, angle), across)
    return np.stack([np.interp(source, across, channel) for channel in row.T], axis=1)


def _seen_at(across: Places, depth: Places, angle: float) -> Places:
    """Where each place is seen; one that would be seen left of one before it is hidden behind that one."""
    return np.asarray(np.maximum.accumulate(across * np.cos(angle) + depth * np.sin(angle)), dtype=np.float64)


def _rolled(picture: Image.Image, degrees: float, _rng: np.random.Generator) -> Image.Image:
    """Turned clockwise about the middle; what comes in from outside is the picture mirrored at its edges."""
    width, height = picture.size
    mirrored = np.pad(np.asarray(picture.convert("RGB")), ((height, height), (width, width), (0, 0)), mode="symmetric")
    turned = Image.fromarray(mirrored).rotate(-degrees, Image.Resampling.BICUBIC)
    return turned.crop((width, height, 2 * width, 2 * height))


def _compressed(picture: Image.Image, quality: float, _rng: np.random.Generator) -> Image.Image:
    return Image.open(io.BytesIO(_jpeg(picture, round(quality)))).convert("RGB")


_WAYS: dict[Degradation, Callable[[Image.Image, float, np.random.Generator], Image.Image]] = {
    Degradation.BLUR: _blurred,
    Degradation.MOTION: _moved,
    Degradation.DARKNESS: _darkened,
    Degradation.OVEREXPOSURE: _overexposed,
    Degradation.VEIL: _veiled,
    Degradation.GLARE: _glaring,
    Degradation.SIZE: _shrunk,
    Degradation.TURN: _turned,
    Degradation.ROLL: _rolled,
    Degradation.COMPRESSION: _compressed,
}


def _light(picture: Image.Image) -> Array:
    """Linear light, (height, width, 3) float32, 1 is white."""
    return (np.asarray(picture.convert("RGB"), dtype=np.float32) / np.float32(255.0)) ** np.float32(_GAMMA)


def _picture(light: Array) -> Image.Image:
    values = np.clip(light, 0.0, 1.0) ** np.float32(1.0 / _GAMMA)
    return Image.fromarray((values * 255.0 + 0.5).astype(np.uint8))


def _counted(light: Array, rng: np.random.Generator) -> Array:
    """As the sensor counts it: electrons that come by chance, and the noise of reading them out."""
    electrons = light * np.float32(_FULL_WELL)
    noise = rng.standard_normal(electrons.shape, dtype=np.float32) * np.sqrt(electrons + np.float32(_READ_NOISE**2))
    return np.asarray((electrons + noise) / np.float32(_FULL_WELL), dtype=np.float32)


def _through_lens(picture: Image.Image, transfer: Transfer, reach: float) -> Image.Image:
    """Filter by a transfer function of the frequencies; edges see the mirrored picture, ``reach`` shorter sides far."""
    margin = min(int(reach * min(picture.size)) + 1, min(picture.size) - 1)
    light = np.pad(_light(picture), ((margin, margin), (margin, margin), (0, 0)), mode="reflect")
    height, width = light.shape[:2]
    down, right = np.fft.fftfreq(height)[:, np.newaxis], np.fft.rfftfreq(width)[np.newaxis, :]
    passed = transfer(down.astype(np.float32), right.astype(np.float32))[:, :, np.newaxis]
    filtered = np.fft.irfft2(np.fft.rfft2(light, axes=(0, 1)) * passed, s=(height, width), axes=(0, 1))
    return _picture(filtered[margin : height - margin, margin : width - margin].astype(np.float32))


def _defocus(sigma: float) -> Transfer:
    """The transfer function of a Gaussian spot, sigma in pixels."""
    return lambda down, right: np.exp(np.float32(-2.0 * (np.pi * sigma) ** 2) * (down**2 + right**2))


def _straight_path(length: float, angle: float) -> Transfer:
    """The transfer function of an even movement while the shutter is open, length in pixels, angle in radians."""
    across, along = np.float32(length * np.cos(angle)), np.float32(length * np.sin(angle))
    return lambda down, right: np.asarray(np.sinc(across * right + along * down), dtype=np.float32)


def _jpeg(picture: Image.Image, quality: int) -> bytes:
    stream = io.BytesIO()
    picture.save(stream, "JPEG", quality=quality, subsampling=0)
    return stream.getvalue()
