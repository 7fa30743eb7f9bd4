"""Codes that people read out to each other: what opens an export, and what a machine's key is known by."""

from __future__ import annotations

import re
import secrets
import unicodedata
from typing import Final

from noseprint.attestation.signing import fingerprint_of
from noseprint.settings import Secret

__all__ = ["fingerprint_of", "new_code", "same_fingerprint", "understood"]

_ALPHABET: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford's: none looks like another
_LOOK_ALIKES: Final = str.maketrans("OIL", "011")
_CODE_LENGTH: Final = 24
_GROUP: Final = 4
_SEPARATORS: Final = re.compile(r"[\s\-\u2010-\u2015]")


def new_code() -> Secret:
    """A transfer code of 120 random bits, in six groups of four characters."""
    return Secret(_in_groups("".join(secrets.choice(_ALPHABET) for _ in range(_CODE_LENGTH))))


def understood(code: Secret) -> str:
    """A transfer code as it was meant, however it was typed: 24 characters if it is one."""
    typed = _SEPARATORS.sub("", unicodedata.normalize("NFKC", code.reveal())).upper()
    return typed.translate(_LOOK_ALIKES)


def same_fingerprint(typed: str, fingerprint: str) -> bool:
    """Whether a person typed this fingerprint, with or without what stands between the groups."""
    return _SEPARATORS.sub("", typed).upper() == _SEPARATORS.sub("", fingerprint)


def _in_groups(characters: str) -> str:
    return "-".join(characters[at : at + _GROUP] for at in range(0, len(characters), _GROUP))
