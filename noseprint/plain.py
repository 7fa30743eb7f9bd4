"""Rules about plain values that every room needs; stands on nothing but the standard library."""

from __future__ import annotations

import unicodedata
from datetime import UTC
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from datetime import datetime

# Control characters, lone surrogates (no UTF-8 form), and the line breaks that only Unicode knows.
_UNFIT: Final = frozenset({"Cc", "Cs", "Zl", "Zp"})


def is_plain(text: str) -> bool:
    """Whether the text is one line without control characters that can be written as UTF-8."""
    if text.isascii():  # as nearly every key is; asking about each character is twenty times as slow
        return text.isprintable()
    return not any(unicodedata.category(character) in _UNFIT for character in text)


def in_utc(moment: datetime) -> datetime:
    """The same moment in UTC.

    Raises:
        ValueError: when it has no time zone, so that nobody knows which moment it is.
    """
    if moment.utcoffset() is None:
        raise ValueError("a moment without a time zone")
    return moment.astimezone(UTC)
