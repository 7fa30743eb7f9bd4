"""From a decoded photo to the tensor that a model eats, as its manifest says."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
from PIL import Image

from noseprint.embedding.image import open_photo

if TYPE_CHECKING:
    from noseprint.embedding.limits import ImageLimits
    from noseprint.embedding.manifest import ModelInput

Tensor = npt.NDArray[np.float32]

_FILTERS = {
    "lanczos": Image.Resampling.LANCZOS,
    "bicubic": Image.Resampling.BICUBIC,
    "bilinear": Image.Resampling.BILINEAR,
    "box": Image.Resampling.BOX,
}


def photo_to_tensor(photo: bytes, spec: ModelInput, limits: ImageLimits) -> Tensor:
    """Turn the bytes of a photo into a model's input.

    Returns:
        float32 of ``spec.shape``, values within ``spec.range``.

    Raises:
        NoseprintError: as :func:`noseprint.embedding.image.open_photo`.
    """
    least_side = int(spec.scaled_decoding * spec.size / spec.crop)
    picture = open_photo(photo, limits, grey=spec.channels == 1, least_side=least_side)
    square = picture.resize(
        (spec.size, spec.size), _FILTERS[spec.resampling], box=_central_box(picture.size, spec.crop)
    )
    return _as_tensor(square, spec)


def _central_box(size: tuple[int, int], share: float) -> tuple[float, float, float, float]:
    width, height = size
    margin_x, margin_y = width * (1 - share) / 2, height * (1 - share) / 2
    return (margin_x, margin_y, width - margin_x, height - margin_y)


def _as_tensor(square: Image.Image, spec: ModelInput) -> Tensor:
    low, high = spec.range
    # Divided, not multiplied by the inverse: half of the grey levels would differ in their last bit.
    values = np.asarray(square, dtype=np.float32) / np.float32(255.0) * np.float32(high - low) + np.float32(low)
    height_width_channels = values.reshape(spec.size, spec.size, spec.channels)
    if spec.layout == "NCHW":
        height_width_channels = height_width_channels.transpose(2, 0, 1)
    return np.ascontiguousarray(height_width_channels[np.newaxis])
