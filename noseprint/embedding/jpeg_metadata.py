"""A JPEG without what it tells besides its picture: where, when, with what and by whom it was taken.

Works on the segments of the file (ITU-T T.81, annex B) and decodes nothing.
"""

from __future__ import annotations

import re
from itertools import takewhile
from typing import TYPE_CHECKING, Final, NamedTuple

from noseprint.embedding import exif
from noseprint.errors import ErrorCode, NoseprintError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_START: Final = b"\xff\xd8"
_END, _SCAN, _COMMENT = 0xD9, 0xDA, 0xFE
_APP0, _APP1, _APP2, _APP14 = 0xE0, 0xE1, 0xE2, 0xEE
_APPLICATION: Final = range(_APP0, _APP0 + 16)
_WITHOUT_CONTENT: Final = (0xD8, _END)
# Frames, tables and scans: what a decoder makes the pixels of.
_PICTURE: Final = frozenset({*range(0xC0, 0xD0), _END, *range(_SCAN, _APP0)})

# Padding, stuffed zeroes, TEM and restarts carry nothing; between segments a decoder steps over them.
_MARKER: Final = re.compile(rb"\xff+[^\x00\x01\xd0-\xd7\xff]")
# Within a scan only these end it: libjpeg goes on behind restarts and behind numbers that are no marker.
_SCAN_END: Final = re.compile(rb"\xff+[\xc0-\xcf\xd8-\xfe]")

_JFIF, _JFIF_LENGTH = b"JFIF\x00", 14
_ADOBE, _ADOBE_LENGTH = b"Adobe", 12
_ICC: Final = b"ICC_PROFILE\x00"
_TURNED: Final = range(2, 9)


class _Segment(NamedTuple):
    """A marker, what stands in its segment, and the entropy-coded data that follow it, if it begins a scan."""

    kind: int
    content: bytes = b""
    scan: bytes = b""

    def written(self) -> bytes:
        marker = bytes([0xFF, self.kind])
        if self.kind in _WITHOUT_CONTENT:
            return marker
        return marker + (len(self.content) + 2).to_bytes(2) + self.content + self.scan

    @property
    def is_exif(self) -> bool:
        return self.kind == _APP1 and self.content.startswith(exif.HEADER)


def without_metadata(jpeg: bytes) -> bytes:
    """The same picture, to the pixel and which way up it is, in a file that tells nothing else.

    Left out are EXIF and XMP blocks, thumbnails, comments, what programs and makers add, and whatever follows the
    picture's end. Kept, since they say how the pixels look, are JFIF's and Adobe's headers, colour profiles, and
    an EXIF orientation that turns the picture. Nothing is encoded again: tables and scans stay byte for byte, and
    a file that tells nothing comes back as it is.

    Raises:
        NoseprintError: INVALID_IMAGE when the bytes are no whole JPEG.
    """
    segments = list(_segments(jpeg)) if jpeg.startswith(_START) else []
    if not _are_whole(segments):
        raise NoseprintError(ErrorCode.INVALID_IMAGE, "truncated")
    orientation = _orientation(segments)
    kept = [_START]
    for segment in segments:
        if segment.is_exif:
            kept.append(orientation)
            orientation = b""
        else:
            kept.append(_kept(segment))
    return b"".join(kept)


def has_end(jpeg: bytes) -> bool:
    """Whether the first picture in a JPEG file, thumbnails aside, has a scan and an end."""
    return _are_whole(list(_segments(jpeg)))


def _segments(jpeg: bytes) -> Iterator[_Segment]:
    """Those from the file's start to the first picture's end, as far as they are whole."""
    at = len(_START)
    while marker := _MARKER.search(jpeg, at):
        kind, start = jpeg[marker.end() - 1], marker.end()
        if kind in _WITHOUT_CONTENT:
            yield _Segment(kind)
            if kind == _END:
                return
            at = start
            continue
        end = start + max(int.from_bytes(jpeg[start : start + 2]), 2)
        if end > len(jpeg):
            return
        at = _end_of_scan(jpeg, end) if kind == _SCAN else end
        yield _Segment(kind, jpeg[start + 2 : end], jpeg[end:at])


def _end_of_scan(jpeg: bytes, start: int) -> int:
    found = _SCAN_END.search(jpeg, start)
    return found.start() if found else len(jpeg)


def _are_whole(segments: list[_Segment]) -> bool:
    return bool(segments) and segments[-1].kind == _END and any(segment.kind == _SCAN for segment in segments)


def _orientation(segments: Iterable[_Segment]) -> bytes:
    """A segment with nothing but the orientation; nothing where the picture is upright.

    Decoders look at what stands before the first scan, and take several EXIF blocks for one.
    """
    head = takewhile(lambda segment: segment.kind != _SCAN, segments)
    block = b"".join(segment.content.removeprefix(exif.HEADER) for segment in head if segment.is_exif)
    value = exif.orientation(block)
    return _Segment(_APP1, exif.orientation_block(value)).written() if value in _TURNED else b""


def _kept(segment: _Segment) -> bytes:
    """What may stay of a segment; of the headers only the fields that a decoder reads."""
    kind, content, _ = segment
    if kind in _PICTURE or (kind == _APP2 and content.startswith(_ICC)):
        return segment.written()
    if kind == _APP0 and content.startswith(_JFIF) and len(content) >= _JFIF_LENGTH:
        without_thumbnail = content[: _JFIF_LENGTH - 2] + b"\x00\x00"
        return _Segment(kind, without_thumbnail).written()
    if kind == _APP14 and content.startswith(_ADOBE) and len(content) >= _ADOBE_LENGTH:
        return _Segment(kind, content[:_ADOBE_LENGTH]).written()
    if kind in _APPLICATION or kind == _COMMENT:
        return b""
    raise NoseprintError(ErrorCode.INVALID_IMAGE, f"marker {kind:#x} in a JPEG")
