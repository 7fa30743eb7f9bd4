"""From the bytes of a JPEG or PNG file to upright RGB or grey pixels, within limits.

Only the bytes decide what a file is; limits are checked before any pixel is decoded.
"""

from __future__ import annotations

import io
import struct
import warnings
import zlib
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image
from PIL.JpegImagePlugin import JpegImageFile
from PIL.PngImagePlugin import PngImageFile

from noseprint.embedding import exif, jpeg_metadata
from noseprint.errors import ErrorCode, NoseprintError

if TYPE_CHECKING:
    from noseprint.embedding.limits import ImageLimits

_JPEG = b"\xff\xd8\xff"
_PNG = b"\x89PNG\r\n\x1a\n"
_OTHER_PICTURES = (b"GIF8", b"BM", b"II*\x00", b"MM\x00*", b"\x00\x00\x00\x0cjP  ", b"\x00\x00\x01\x00", b"8BPS")
_LONGEST_JPEG_SIDE = 65_500  # libjpeg's
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
# Pillow warns of a broken animation in a PNG and shows its still picture; an error only where warnings are errors.
warnings.filterwarnings("ignore", "Invalid APNG", UserWarning)
_DECODER_FAULTS = (
    UserWarning,
    OSError,
    SyntaxError,
    ValueError,
    EOFError,
    IndexError,
    TypeError,
    AssertionError,
    struct.error,
    zlib.error,
)


class _JpegFile(JpegImageFile):
    """Pillow's reader without its search for the resolution, which warns of broken EXIF blocks."""

    def _read_dpi_from_exif(self) -> None:
        return


def open_photo(photo: bytes, limits: ImageLimits, *, grey: bool = False, least_side: int = 0) -> Image.Image:
    """Decode a photo.

    Args:
        photo: the whole JPEG or PNG file.
        limits: checked before decoding.
        grey: decode to mode L instead of RGB.
        least_side: let the JPEG decoder halve, quarter or eighth the picture (its scaled inverse
            DCT) as long as its shorter side keeps this many pixels; 0 decodes in full.

    Returns:
        The picture with its EXIF orientation applied, mode RGB or L. Transparent pixels lie on white.

    Raises:
        NoseprintError: INVALID_IMAGE, INVALID_IMAGE_FORMAT or IMAGE_TOO_LARGE.
    """
    _require_length(photo, limits)
    _require_whole(photo)
    try:
        picture = _JpegFile(io.BytesIO(photo)) if photo.startswith(_JPEG) else PngImageFile(io.BytesIO(photo))
        _require_size(picture.size, limits)
        if least_side and isinstance(picture, JpegImageFile):
            _decode_scaled(picture, least_side, grey=grey)
        picture.load()
        return _upright(_plain(picture, "L" if grey else "RGB"), exif.orientation(picture.info.get("exif", b"")))
    except _DECODER_FAULTS as fault:
        raise NoseprintError(ErrorCode.INVALID_IMAGE, f"{type(fault).__name__} while decoding") from fault


def jpeg_for_storage(photo: bytes, limits: ImageLimits) -> bytes:
    """The JPEG bytes under which a photo is stored: the picture alone, nothing of who took it, where and when.

    A JPEG keeps its encoded picture byte for byte; a PNG is encoded once, upright, at quality 95.

    Raises:
        NoseprintError: INVALID_IMAGE, INVALID_IMAGE_FORMAT or IMAGE_TOO_LARGE. A JPEG's pixels are not looked at.
    """
    _require_length(photo, limits)
    if photo.startswith(_JPEG):
        return jpeg_metadata.without_metadata(photo)
    return encode_jpeg(open_photo(photo, limits))


def encode_jpeg(picture: Image.Image) -> bytes:
    """Encode a picture, mode RGB or L, as it is stored: quality 95, colours as fine as brightness, nothing told.

    Raises:
        NoseprintError: IMAGE_TOO_LARGE.
    """
    if max(picture.size) > _LONGEST_JPEG_SIDE:
        raise NoseprintError(ErrorCode.IMAGE_TOO_LARGE, f"{picture.width} x {picture.height} pixels")
    picture.info.clear()  # of which Pillow would write a comment into the JPEG
    encoded = io.BytesIO()
    picture.save(encoded, "JPEG", quality=95, subsampling=0)
    return encoded.getvalue()


def _require_length(photo: bytes, limits: ImageLimits) -> None:
    if len(photo) > limits.max_bytes:
        raise NoseprintError(ErrorCode.IMAGE_TOO_LARGE, f"{len(photo)} bytes")


def _require_whole(photo: bytes) -> None:
    """Refuse what is not a picture, is another kind of picture, or lost its end on the way."""
    if photo.startswith(_JPEG):
        # What follows the picture (a film, in some telephones' photos) may hold the two bytes of a scan as well.
        whole = photo.rfind(b"\xff\xd9") > photo.rfind(b"\xff\xda") >= 0 or jpeg_metadata.has_end(photo)
    elif photo.startswith(_PNG):
        whole = b"IEND" in photo
    elif _is_other_picture(photo):
        raise NoseprintError(ErrorCode.INVALID_IMAGE_FORMAT)
    else:
        raise NoseprintError(ErrorCode.INVALID_IMAGE, "no picture")
    if not whole:
        raise NoseprintError(ErrorCode.INVALID_IMAGE, "truncated")


def _is_other_picture(photo: bytes) -> bool:
    webp = photo[:4] == b"RIFF" and photo[8:12] == b"WEBP"
    heic_or_avif = photo[4:8] == b"ftyp"
    return webp or heic_or_avif or photo.startswith(_OTHER_PICTURES)


def _require_size(size: tuple[int, int], limits: ImageLimits) -> None:
    width, height = size
    if width * height > limits.max_pixels:
        raise NoseprintError(ErrorCode.IMAGE_TOO_LARGE, f"{width} x {height} pixels")


def _decode_scaled(picture: JpegImageFile, least_side: int, *, grey: bool) -> None:
    """Ask libjpeg for its smallest scale that keeps ``least_side``; luma alone where grey is wanted."""
    width, height = picture.size
    scale = min(width, height) // least_side
    mode = "L" if grey and picture.mode == "RGB" else None
    picture.draft(mode, (width // max(scale, 1), height // max(scale, 1)))


def _upright(picture: Image.Image, orientation: int) -> Image.Image:
    turn = _TURNS.get(orientation)
    return picture if turn is None else picture.transpose(turn)


def _plain(picture: Image.Image, mode: str) -> Image.Image:
    """Any of Pillow's modes as RGB or L, 16-bit grey scaled rather than clipped, transparency on white."""
    if picture.mode == mode and not picture.has_transparency_data:
        return picture
    if picture.mode.startswith("I"):
        values = np.asarray(picture).astype(np.uint32)
        eight_bits = (values >> 8).clip(0, 255).astype(np.uint8)
        eight_bits[values == picture.info.get("transparency", -1)] = 255
        picture = Image.fromarray(eight_bits)
    if picture.has_transparency_data:
        transparent = picture.convert("RGBA")
        white = Image.new("RGBA", transparent.size, "white")
        picture = Image.alpha_composite(white, transparent)
    return picture.convert(mode)
