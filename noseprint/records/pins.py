"""PINs: which ones are taken, and how they are kept so that nobody who has the database can find them out.

A PIN of four digits is one of ten thousand, and no function is slow enough to hide it from whoever may try them
all. So what is kept is scrypt's answer hashed once more under a key that is not in the database.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
import secrets
import unicodedata
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from noseprint.errors import ErrorCode, NoseprintError

if TYPE_CHECKING:
    from collections.abc import Callable

    KeyedHash = Callable[[str], bytes]

_FORM: Final = re.compile(r"[0-9]{4,12}")
# A walk down the keypad's middle, both ways, and the number that sounds like "angel" in Korean.
_GUESSED_FIRST: Final = frozenset({"2580", "0852", "1004"})
_KEPT: Final = re.compile(r"\$scrypt\$ln=(\d+),r=(\d+),p=(\d+)\$([A-Za-z0-9+/=]+)\$([A-Za-z0-9+/=]+)")
_SALT_BYTES: Final = 16
_HASH_BYTES: Final = 32
_BLOCK_BYTES: Final = 128  # per unit of r, by RFC 7914


@dataclass(frozen=True, slots=True)
class Cost:
    """What scrypt (RFC 7914) is to cost: N as its logarithm to base 2, the block size r, the parallelism p."""

    log2_n: int
    r: int
    p: int

    @property
    def most_memory(self) -> int:
        """Bytes that the computation may take: what it needs, and a little for the library's own."""
        return _BLOCK_BYTES * self.r * ((1 << self.log2_n) + self.p) + (1 << 20)


OWASP: Final = Cost(14, 8, 5)
"""One of the five settings, alike in strength, of the OWASP Password Storage Cheat Sheet: 16 MiB."""


def require_strong(pin: str) -> str:
    """The PIN's digits, full-width ones made narrow.

    Raises:
        NoseprintError: WEAK_PIN when it is not 4 to 12 digits, or one of those that are guessed first: all digits
            alike or each one step on (1111, 1234, 9876, 1357), a part repeated (1212), digits in pairs (1122).
    """
    digits = _narrow(pin)
    if not _FORM.fullmatch(digits) or _is_guessed_first(digits):
        raise NoseprintError(ErrorCode.WEAK_PIN)
    return digits


def keep(pin: str, keyed_hash: KeyedHash, cost: Cost = OWASP) -> str:
    """What is to be kept of a PIN: scrypt's parameters, a salt of its own, and the hash.

    Args:
        pin: its digits.
        keyed_hash: hashes a text under a key that is not kept beside the PIN; 32 bytes.
        cost: what scrypt is to cost.
    """
    salt = secrets.token_bytes(_SALT_BYTES)
    return _text(cost, salt, _hash(_narrow(pin), salt, cost, keyed_hash))


def matches(pin: str, kept: str, keyed_hash: KeyedHash) -> bool:
    """Whether the PIN is the one of which this was kept; takes as long either way.

    Raises:
        NoseprintError: RECORDS_DAMAGED when nothing that ``keep`` made was given.
    """
    found = _KEPT.fullmatch(kept)
    if not found:
        raise NoseprintError(ErrorCode.RECORDS_DAMAGED, "the hash of a PIN")
    cost = Cost(*map(int, found.group(1, 2, 3)))
    try:
        salt, expected = (base64.b64decode(part) for part in found.group(4, 5))
        given = _hash(_narrow(pin), salt, cost, keyed_hash)
    except (binascii.Error, ValueError, OverflowError):  # the latter two for parameters that scrypt does not take
        raise NoseprintError(ErrorCode.RECORDS_DAMAGED, "the hash of a PIN") from None
    return hmac.compare_digest(given, expected)


def decoy(cost: Cost = OWASP) -> str:
    """What no PIN matches and what takes as long as any other to find that out."""
    return _text(cost, bytes(_SALT_BYTES), bytes(_HASH_BYTES))


def _narrow(pin: str) -> str:
    return unicodedata.normalize("NFKC", pin)


def _is_guessed_first(digits: str) -> bool:
    steps = {(int(later) - int(earlier)) % 10 for earlier, later in pairwise(digits)}
    in_pairs = len(digits) % 2 == 0 and digits[::2] == digits[1::2]
    repeated = digits in (digits + digits)[1:-1]
    return len(steps) == 1 or in_pairs or repeated or digits in _GUESSED_FIRST


def _hash(pin: str, salt: bytes, cost: Cost, keyed_hash: KeyedHash) -> bytes:
    slow = hashlib.scrypt(
        pin.encode("utf-8", "replace"),
        salt=salt,
        n=1 << cost.log2_n,
        r=cost.r,
        p=cost.p,
        maxmem=cost.most_memory,
        dklen=_HASH_BYTES,
    )
    return keyed_hash(slow.hex())


def _text(cost: Cost, salt: bytes, digest: bytes) -> str:
    salt_text, digest_text = (base64.b64encode(part).decode() for part in (salt, digest))
    return f"$scrypt$ln={cost.log2_n},r={cost.r},p={cost.p}${salt_text}${digest_text}"
