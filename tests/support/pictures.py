"""Picture files of every kind, made in memory, with pixels that a test can foretell."""

from __future__ import annotations

import io
import struct
import zlib
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image

if TYPE_CHECKING:
    from collections.abc import Callable

QUARTERS = ((200, 30, 30), (30, 200, 30), (30, 30, 200), (220, 220, 40))
"""Red, green, blue, yellow: top left, top right, bottom left, bottom right of :func:`quarters`."""

_PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_PNG_GREY, _PNG_RGB = 0, 2
_ADAM7 = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2))
_ORIENTATION = 0x0112

# How a camera stores an upright picture when it writes each EXIF orientation.
_STORED = {
    1: None,
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_90,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_270,
}


def quarters(width: int = 64, height: int = 48) -> Image.Image:
    """An RGB picture of four coloured quarters."""
    picture = Image.new("RGB", (width, height))
    half_width, half_height = width // 2, height // 2
    for place, colour in enumerate(QUARTERS):
        left, top = place % 2 * half_width, place // 2 * half_height
        picture.paste(colour, (left, top, left + half_width, top + half_height))
    return picture


def noise(width: int = 64, height: int = 48, seed: int = 1) -> Image.Image:
    """An RGB picture of seeded noise, the hardest to compress and to scale."""
    rng = np.random.default_rng(seed)
    return Image.fromarray(rng.integers(0, 256, (height, width, 3), dtype=np.uint8))


def gradient(width: int = 64, height: int = 48) -> Image.Image:
    """An RGB picture whose red rises to the right and whose green rises downwards."""
    red = np.broadcast_to(np.linspace(0, 255, width), (height, width))
    green = np.broadcast_to(np.linspace(0, 255, height)[:, np.newaxis], (height, width))
    return Image.fromarray(np.stack([red, green, np.full_like(red, 90.0)], axis=2).astype(np.uint8))


def encoded(picture: Image.Image, form: str, **options: Any) -> bytes:  # noqa: ANN401 (Pillow's own options)
    """A picture as the bytes of a file."""
    stream = io.BytesIO()
    picture.save(stream, form, **options)
    return stream.getvalue()


def jpeg(picture: Image.Image | None = None, **options: Any) -> bytes:  # noqa: ANN401
    """A JPEG, of :func:`quarters` unless told otherwise, at a quality that keeps flat colours."""
    return encoded(picture or quarters(), "JPEG", **{"quality": 95, "subsampling": 0} | options)


def png(picture: Image.Image | None = None, **options: Any) -> bytes:  # noqa: ANN401
    """A PNG, of :func:`quarters` unless told otherwise."""
    return encoded(picture or quarters(), "PNG", **options)


def turned(form: str, orientation: int) -> bytes:
    """The quarters as a camera in that EXIF orientation writes them; upright once the tag is obeyed."""
    turn = _STORED[orientation]
    stored = quarters() if turn is None else quarters().transpose(turn)
    return encoded(stored, form, exif=exif(orientation).tobytes(), **{"quality": 95} if form == "JPEG" else {})


def exif(orientation: int) -> Image.Exif:
    """An EXIF block that holds an orientation."""
    block = Image.Exif()
    block[_ORIENTATION] = orientation
    return block


def exif_entry(order: str, tag: int, kind: int, payload: bytes, *, entries: int = 1, directory: int = 8) -> bytes:
    """An EXIF block of one entry, written by hand so that it may lie.

    Args:
        order: ``<`` (Intel) or ``>`` (Motorola).
        tag: the entry's tag.
        kind: its TIFF type.
        payload: its value, at most four bytes.
        entries: how many entries the directory claims.
        directory: where it claims to begin.
    """
    head = b"II*\x00" if order == "<" else b"MM\x00*"
    entry = struct.pack(f"{order}HHI", tag, kind, 1) + payload.ljust(4, b"\x00")
    return b"Exif\x00\x00" + head + struct.pack(f"{order}IH", directory, entries) + entry


def png_chunk(name: bytes, content: bytes) -> bytes:
    """One PNG chunk with its length and its checksum."""
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))


def raw_png(
    width: int,
    height: int,
    bits: int,
    colour_type: int,
    rows: bytes,
    *,
    before_data: tuple[bytes, ...] = (),
    adam7: bool = False,
) -> bytes:
    """A PNG written by hand, for depths that Pillow does not write.

    Args:
        width: in pixels.
        height: in pixels.
        bits: of one sample.
        colour_type: PNG's own number.
        rows: all rows, each begun by its filter byte.
        before_data: chunks between header and data, such as transparency.
        adam7: whether the rows are those of an interlaced picture's seven passes.
    """
    header = struct.pack(">IIBBBBB", width, height, bits, colour_type, 0, 0, int(adam7))
    data = png_chunk(b"IDAT", zlib.compress(rows))
    return _PNG_SIGNATURE + b"".join([png_chunk(b"IHDR", header), *before_data, data, png_chunk(b"IEND", b"")])


def grey_16(values: np.ndarray, transparent: int | None = None) -> bytes:
    """A 16-bit grey PNG, one of its values perhaps transparent."""
    rows = b"".join(b"\x00" + row.astype(">u2").tobytes() for row in values)
    extra = () if transparent is None else (png_chunk(b"tRNS", struct.pack(">H", transparent)),)
    return raw_png(values.shape[1], values.shape[0], 16, _PNG_GREY, rows, before_data=extra)


def rgb_16(values: np.ndarray) -> bytes:
    """A 16-bit RGB PNG."""
    rows = b"".join(b"\x00" + row.astype(">u2").tobytes() for row in values)
    return raw_png(values.shape[1], values.shape[0], 16, _PNG_RGB, rows)


def interlaced(picture: Image.Image) -> bytes:
    """An RGB picture as an interlaced PNG (Adam7)."""
    pixels = np.asarray(picture)
    passes = [pixels[top::down, left::right] for left, top, right, down in _ADAM7]
    rows = b"".join(b"\x00" + row.tobytes() for part in passes for row in part if row.size)
    return raw_png(picture.width, picture.height, 8, _PNG_RGB, rows, adam7=True)


def huge_png(side: int = 100_000) -> bytes:
    """A small, whole PNG whose header claims a side that no memory holds."""
    return raw_png(side, side, 8, _PNG_RGB, b"\x00" * 64)


def huge_jpeg(width: int = 65_000, height: int = 65_000) -> bytes:
    """A small, whole JPEG whose header claims (almost) the largest size that the format can."""
    whole = bytearray(jpeg())
    start = whole.index(b"\xff\xc0")
    whole[start + 5 : start + 9] = struct.pack(">HH", height, width)
    return bytes(whole)


def palette(*, transparent: bool) -> bytes:
    """A palette PNG of the quarters, its red perhaps transparent."""
    flat = quarters().quantize(4)
    if not transparent:
        return png(flat)
    return png(flat, transparency=flat.getpixel((0, 0)))


def translucent(form: str = "RGBA") -> bytes:
    """A PNG whose left half is opaque black, and whose right half is black that nobody sees."""
    picture = Image.new("RGBA", (64, 48), (0, 0, 0, 255))
    picture.paste((0, 0, 0, 0), (32, 0, 64, 48))
    return png(picture.convert(form))


def with_film(photo: bytes, film: bytes) -> bytes:
    """A photo as some telephones write it: a film (any bytes) follows the picture."""
    return photo + film


def other_formats() -> dict[str, bytes]:
    """The quarters in formats that are no business of ours, by name."""
    made = {form: encoded(quarters(), form) for form in ("GIF", "BMP", "WEBP", "TIFF", "ICO")}
    made["TIFF, Motorola"] = b"MM\x00*" + made["TIFF"][4:]
    made["HEIC"] = b"\x00\x00\x00\x18ftypheic" + b"\x00" * 64
    made["AVIF"] = b"\x00\x00\x00\x1cftypavif" + b"\x00" * 64
    made["JPEG 2000"] = b"\x00\x00\x00\x0cjP  \r\n\x87\n" + b"\x00" * 64
    made["Photoshop"] = b"8BPS\x00\x01" + b"\x00" * 64
    return made


KINDS: dict[str, Callable[[], bytes]] = {
    "JPEG": jpeg,
    "JPEG, grey": lambda: jpeg(quarters().convert("L")),
    "JPEG, CMYK": lambda: jpeg(quarters().convert("CMYK")),
    "JPEG, progressive": lambda: jpeg(progressive=True),
    "JPEG, subsampled": lambda: jpeg(subsampling=2),
    "JPEG, restart markers": lambda: jpeg(restart_marker_blocks=2),
    "JPEG, RGB without transform": lambda: jpeg(keep_rgb=True),
    "JPEG, with EXIF": lambda: jpeg(exif=exif(1).tobytes()),
    "MPO": lambda: encoded(quarters(), "MPO", save_all=True, append_images=[noise()], quality=95, subsampling=0),
    "PNG": png,
    "PNG, grey": lambda: png(quarters().convert("L")),
    "PNG, grey and alpha": lambda: png(quarters().convert("LA")),
    "PNG, RGBA": lambda: png(quarters().convert("RGBA")),
    "PNG, palette": lambda: palette(transparent=False),
    "PNG, palette with transparency": lambda: palette(transparent=True),
    "PNG, 1 bit": lambda: png(quarters().convert("1")),
    "PNG, 16-bit grey": lambda: grey_16(np.asarray(quarters().convert("L")).astype(np.uint16) * 257),
    "PNG, 16-bit RGB": lambda: rgb_16(np.asarray(quarters()).astype(np.uint16) * 257),
    "PNG, interlaced": lambda: interlaced(quarters()),
}
"""A maker for each kind of picture that must be readable."""
