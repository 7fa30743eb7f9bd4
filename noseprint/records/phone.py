"""Telephone numbers in the one spelling by which a guardian is found again."""

from __future__ import annotations

import re

import phonenumbers

from noseprint.errors import ErrorCode, NoseprintError

_HOME = "KR"
# The library lists the blocks of numbers in use; a kiosk without updates must not refuse one that came into use later.
_KOREAN_MOBILE = re.compile(r"\+8210[0-9]{8}")


def normalise_phone(text: str) -> str:
    """Spell a telephone number as E.164; without a country code it is a Korean one.

    Args:
        text: as people write it: ``010-1234-5678``, ``+82 10 1234 5678``, ``02)123-4567``.

    Returns:
        ``+`` and 7 to 15 digits, such as ``+821012345678``; normalising that again changes nothing.

    Raises:
        NoseprintError: INVALID_PHONE_NUMBER when no telephone can have this number.
    """
    try:
        number = phonenumbers.parse(text, _HOME)
    except phonenumbers.NumberParseException:
        raise NoseprintError(ErrorCode.INVALID_PHONE_NUMBER) from None
    spelling = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    if not (phonenumbers.is_valid_number(number) or _KOREAN_MOBILE.fullmatch(spelling)):
        raise NoseprintError(ErrorCode.INVALID_PHONE_NUMBER)
    return spelling


def written_phone(phone: str) -> str:
    """A telephone number as people here dial it: Korean ones without the country code, ``010-1234-5678``.

    Args:
        phone: in E.164.
    """
    number = phonenumbers.parse(phone)
    at_home = number.country_code == phonenumbers.country_code_for_region(_HOME)
    form = phonenumbers.PhoneNumberFormat.NATIONAL if at_home else phonenumbers.PhoneNumberFormat.INTERNATIONAL
    return phonenumbers.format_number(number, form)
