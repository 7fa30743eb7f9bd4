"""What a field of the records may hold; each check gives the value as it is to be kept."""

from __future__ import annotations

import math
import re
import unicodedata
from typing import Final

from noseprint.errors import ErrorCode, NoseprintError, Words
from noseprint.plain import is_plain

LABEL_LENGTH: Final = 300

_SEPARATORS: Final = re.compile(r"[\s.()+\-\u2010-\u2015]")
_MICROCHIP: Final = re.compile(r"[0-9]{15}")


def tidy(text: str) -> str:
    """The text without white space around it, composed (NFC), so that Hangul has one spelling."""
    return unicodedata.normalize("NFC", text).strip()


def fact_text(fact: Words, text: str, shortest: int, longest: int) -> str:
    """What a person typed about a pet or its guardian, tidied.

    Args:
        fact: what it is called; the Korean word with its particle.
        text: what was typed.
        shortest: characters.
        longest: characters.

    Raises:
        NoseprintError: INVALID_PET_FACT naming the fact when it is not plain or not of that many characters.
    """
    text = tidy(text)
    if not (shortest <= len(text) <= longest and is_plain(text)):
        korean = f"{fact.ko} {shortest}자부터 {longest}자까지(줄 바꿈이나 제어 문자 없이)"
        raise invalid_fact(Words(korean, f"{fact.en} {shortest} to {longest} characters, no control characters"))
    return text


def invalid_fact(fact: Words) -> NoseprintError:
    """The error for a fact that cannot be, which says what can; it never repeats what was typed."""
    return NoseprintError(ErrorCode.INVALID_PET_FACT, fact=fact)


def microchip(text: str) -> str:
    """The 15 digits of a microchip number (ISO 11784) without anything between them.

    Raises:
        NoseprintError: INVALID_MICROCHIP when anything else than 15 digits is left.
    """
    digits = without_separators(text)
    if not _MICROCHIP.fullmatch(digits):
        raise NoseprintError(ErrorCode.INVALID_MICROCHIP)
    return digits


def without_separators(text: str) -> str:
    """A number as people write it, full-width digits made narrow (NFKC), without what stands between them."""
    return _SEPARATORS.sub("", unicodedata.normalize("NFKC", text))


def label(field: str, text: str) -> str:
    """A name that is no fact about a pet (an operator, the version of a text), tidied: 1 to 300 characters.

    Raises:
        NoseprintError: INVALID_REQUEST with the field's name as its detail.
    """
    return identifier(field, tidy(text))


def identifier(field: str, text: str) -> str:
    """A Pet DID or an object's key exactly as it is: 1 to 300 characters.

    Raises:
        NoseprintError: INVALID_REQUEST with the field's name as its detail.
    """
    if not (0 < len(text) <= LABEL_LENGTH and is_plain(text)):
        raise NoseprintError(ErrorCode.INVALID_REQUEST, field)
    return text


def finite(measure: float) -> float:
    """The measure as Python's own float, since a NumPy scalar means nothing to a database driver.

    Raises:
        ValueError: when it is infinite or not a number.
    """
    if not math.isfinite(measure):
        raise ValueError("a measure that is not finite")
    return float(measure)
