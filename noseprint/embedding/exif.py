"""The one thing that a photo's EXIF block tells about its pixels: which way up they are."""

from __future__ import annotations

import struct
from typing import Final

HEADER: Final = b"Exif\x00\x00"
"""What an EXIF block begins with inside a JPEG."""

_ORIENTATION = 0x0112
_SHORT = 3
_INTEGERS = {1: "B", _SHORT: "H", 4: "I"}
_BYTE_ORDERS = {b"II*\x00": "<", b"MM\x00*": ">"}


def orientation(block: bytes) -> int:
    """The orientation that an EXIF block claims, 1 (upright) where it has none or is broken.

    Read here, because Pillow's reader warns of broken blocks and raises whatever their values provoke; the pixels
    are still good.

    Args:
        block: with or without ``HEADER``.

    Returns:
        Any integer; 2 to 8 are those that turn or mirror a picture.
    """
    tiff = block.removeprefix(HEADER)
    order = _BYTE_ORDERS.get(tiff[:4])
    try:
        return _first_integer(tiff, order, _ORIENTATION) if order else 1
    except struct.error:
        return 1


def orientation_block(value: int) -> bytes:
    """The smallest EXIF block, with ``HEADER``, that claims this orientation and tells nothing else."""
    return HEADER + struct.pack(">4sIHHHIHHI", b"MM\x00*", 8, 1, _ORIENTATION, _SHORT, 1, value, 0, 0)


def _first_integer(tiff: bytes, order: str, wanted: int) -> int:
    """The integer under a tag of a TIFF block's first directory; 1 where there is none (TIFF 6.0, section 2)."""
    (directory,) = struct.unpack_from(f"{order}I", tiff, 4)
    (entries,) = struct.unpack_from(f"{order}H", tiff, directory)
    for at in range(directory + 2, directory + 2 + 12 * entries, 12):
        tag, kind = struct.unpack_from(f"{order}HH", tiff, at)
        if tag == wanted and kind in _INTEGERS:
            return int(struct.unpack_from(order + _INTEGERS[kind], tiff, at + 8)[0])
    return 1
