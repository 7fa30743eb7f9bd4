"""What happens to the light behind the lens: blur, exposure, noise, sharpening, contrast stretching, JPEG."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

Photo = NDArray[np.uint8]
Light = NDArray[np.float32]


@dataclass(frozen=True)
class Processing:
    """How one photograph was taken and treated. Lengths are shares of the picture's side."""

    defocus: float
    motion: float
    motion_angle: float
    exposure: float
    gamma: float
    noise: float
    smoothing: float
    sharpening: float
    stretch_clip: float
    stretch_tiles: int
    quality: int
    seed: int

    @classmethod
    def draw(cls, rng: np.random.Generator, spread: float = 1.0) -> Processing:
        """Draw a treatment; `spread` 1 covers careless photographs and heavy editing, 0.3 a good camera in a clinic."""
        stretched = rng.random() < 0.45 and spread > 0.5
        return cls(
            defocus=float(np.exp(rng.uniform(np.log(0.0008), np.log(0.009))) * spread),
            motion=float(rng.uniform(0.005, 0.03) * spread) if rng.random() < 0.15 * spread else 0.0,
            motion_angle=float(rng.uniform(0, np.pi)),
            exposure=float(np.clip(rng.normal(0.27, 0.1 * spread), 0.08, 0.6)),
            gamma=float(np.exp(rng.normal(0, 0.15 * spread))),
            noise=float(rng.exponential(0.012) * spread),
            smoothing=float(rng.uniform(0.002, 0.008)) if rng.random() < 0.25 and spread > 0.5 else 0.0,
            sharpening=float(rng.uniform(0.3, 2.5)) if rng.random() < 0.4 and spread > 0.5 else 0.0,
            stretch_clip=float(rng.uniform(1.5, 8)) if stretched else 0.0,
            stretch_tiles=int(rng.integers(3, 9)),
            quality=int(rng.integers(40, 97)) if spread > 0.5 else 97,
            seed=int(rng.integers(2**31)),
        )


def develop(light: Light, processing: Processing) -> Photo:
    """Turn linear light, (size, size, channels) float32, into an 8-bit picture of the same shape (JPEG included)."""
    rng = np.random.default_rng(processing.seed)
    size = light.shape[0]
    light = _expose(_blur(light, processing), processing.exposure)
    # A camera's curve: the square root is close to sRGB's, and the rest is the photographer's taste.
    value = np.sqrt(light) if processing.gamma == 1 else np.power(light, np.float32(0.5 * processing.gamma))
    if processing.noise > 0.001:
        value = value + np.float32(processing.noise) * _grain(rng, value.shape)
    value = _touch_up(value, processing, size)
    photo = np.asarray(np.clip(value * 255 + 0.5, 0, 255), dtype=np.uint8)
    if processing.stretch_clip:
        photo = stretch(photo, processing.stretch_clip, processing.stretch_tiles)
    return recompress(photo, processing.quality)


def _blur(light: Light, processing: Processing) -> Light:
    size = light.shape[0]
    sigma = processing.defocus * size
    if sigma > 0.25:
        light = _as_planes(cv2.GaussianBlur(light, (0, 0), sigma), light)
    length = round(processing.motion * size)
    if length >= 2:
        kernel = np.zeros((length, length), np.float32)
        reach = np.array([np.cos(processing.motion_angle), np.sin(processing.motion_angle)]) * length / 2
        middle = (length - 1) / 2
        start, end = (tuple(round(middle + s * r) for r in reach) for s in (-1, 1))
        cv2.line(kernel, start, end, 1.0)
        light = _as_planes(cv2.filter2D(light, -1, kernel / kernel.sum()), light)
    return light


def _expose(light: Light, target: float) -> Light:
    """Scale so that the middle of the picture has the given mean after the camera's curve, and clip at white."""
    size = light.shape[0]
    middle = light[size // 5 : -size // 5, size // 6 : -size // 6]
    gain = np.float32(target * target / max(float(middle.mean()), 1e-4))
    return np.asarray(np.clip(light * gain, 0, 1), dtype=np.float32)


def _grain(rng: np.random.Generator, shape: tuple[int, ...]) -> Light:
    """Sensor noise; a fresh draw of half the rows, mirrored into place, is as good to the eye and half the work."""
    half = rng.standard_normal((shape[0] // 2 + 1, *shape[1:]), dtype=np.float32)
    return np.concatenate([half, -half[:, ::-1]])[: shape[0]]


def _touch_up(value: Light, processing: Processing, size: int) -> Light:
    """A phone's noise suppression and sharpening."""
    if processing.smoothing:
        value = _as_planes(cv2.GaussianBlur(value, (0, 0), max(processing.smoothing * size, 0.4)), value)
    if processing.sharpening:
        soft = _as_planes(cv2.GaussianBlur(value, (0, 0), size * 0.008), value)
        value = value + np.float32(processing.sharpening) * (value - soft)
    return value


def stretch(photo: Photo, clip: float, tiles: int) -> Photo:
    """Stretch local contrast (CLAHE; K. Zuiderveld, Graphics Gems IV, 1994) of a grey or RGB picture's lightness."""
    equaliser = cv2.createCLAHE(clip, (tiles, tiles))
    if photo.shape[2] == 1:
        return np.asarray(equaliser.apply(photo[:, :, 0])[:, :, None], dtype=np.uint8)
    lab = cv2.cvtColor(photo, cv2.COLOR_RGB2LAB)
    lab[:, :, 0] = equaliser.apply(lab[:, :, 0])
    return np.asarray(cv2.cvtColor(lab, cv2.COLOR_LAB2RGB), dtype=np.uint8)


def recompress(photo: Photo, quality: int) -> Photo:
    """Send a grey or RGB picture once through JPEG at the given quality."""
    return decode_jpeg(encode_jpeg(photo, quality), photo.shape[2])


def encode_jpeg(photo: Photo, quality: int) -> bytes:
    """Return a grey or RGB picture as JPEG bytes."""
    ordered = photo if photo.shape[2] == 1 else np.ascontiguousarray(photo[:, :, ::-1])
    done, data = cv2.imencode(".jpg", ordered, [cv2.IMWRITE_JPEG_QUALITY, quality])
    if not done:
        raise ValueError("the picture could not be encoded as JPEG")
    return data.tobytes()


def decode_jpeg(data: bytes, channels: int) -> Photo:
    """Return JPEG bytes as a (height, width, channels) picture, RGB for three channels."""
    flag = cv2.IMREAD_GRAYSCALE if channels == 1 else cv2.IMREAD_COLOR
    photo = cv2.imdecode(np.frombuffer(data, np.uint8), flag)
    if photo is None:
        raise ValueError("the bytes are no JPEG picture")
    return np.asarray(photo[:, :, None] if channels == 1 else photo[:, :, ::-1], dtype=np.uint8)


def _as_planes(result: NDArray[np.generic], like: Light) -> Light:
    """OpenCV drops a last axis of one; put it back."""
    return np.asarray(result, dtype=np.float32).reshape(like.shape)
