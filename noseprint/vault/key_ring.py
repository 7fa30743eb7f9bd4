"""The master keys in memory: one that seals, former ones that still unseal. Where they are kept is ``key_stores``'."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass
from typing import Final

from noseprint.errors import ErrorCode, NoseprintError
from noseprint.settings import Secret

MASTER_KEY_BYTES: Final = 32
KEY_ID_BYTES: Final = 8

_BETWEEN_KEYS: Final = re.compile(r"[\s,]+")


@dataclass(frozen=True, slots=True, repr=False)
class MasterKey:
    """One master key, as the keys that are derived from it; the key itself encrypts nothing.

    Attributes:
        key_id: 16 hexadecimal digits that name the key and tell nothing about it.
        wrapping: 32 bytes, wraps data keys.
        fingerprinting: 32 bytes, keys fingerprints.
        written: the key in base64.
    """

    key_id: str
    wrapping: bytes
    fingerprinting: bytes
    written: Secret

    @classmethod
    def of(cls, secret: bytes) -> MasterKey:
        """Derive everything from 32 random bytes (HMAC-SHA256 as the pseudorandom function, NIST SP 800-108r1)."""
        return cls(
            key_id=_derived(secret, b"id")[:KEY_ID_BYTES].hex(),
            wrapping=_derived(secret, b"wrap"),
            fingerprinting=_derived(secret, b"fingerprint"),
            written=Secret(base64.b64encode(secret).decode()),
        )

    def __repr__(self) -> str:
        return f"MasterKey({self.key_id})"


class KeyRing:
    """The master keys of one installation, newest first.

    The first one seals. The last one, the oldest, makes the fingerprints, so that they stay what they are when
    keys change: it must never be taken out.

    Args:
        keys: at least one.
    """

    __slots__ = ("_keys",)

    def __init__(self, *keys: MasterKey) -> None:
        if not keys:
            raise ValueError("a ring without a key")
        self._keys = keys

    @classmethod
    def generate(cls) -> KeyRing:
        """A ring of one new key from the operating system's randomness."""
        return cls(_new_key())

    @classmethod
    def parse(cls, text: Secret, source: str) -> KeyRing:
        """Read what ``written`` wrote, or a person: keys of 32 bytes in base64, apart by commas or white space.

        Args:
            text: the keys, newest first.
            source: what to call their place in the error.

        Raises:
            NoseprintError: SETTINGS_INVALID naming the source when it holds anything else.
        """
        found = [_decoded(part) for part in _BETWEEN_KEYS.split(text.reveal()) if part]
        keys = [key for key in found if key]
        if not keys or len(keys) != len(found):
            problem = f"{source}: a master key is {MASTER_KEY_BYTES} bytes in base64"
            raise NoseprintError(ErrorCode.SETTINGS_INVALID, problem=problem)
        return cls(*keys)

    def written(self) -> Secret:
        """The whole ring as text, one key a line."""
        return Secret("".join(f"{key.written.reveal()}\n" for key in self._keys))

    def rotated(self) -> KeyRing:
        """A ring with a new current key, in which all of these are former ones."""
        return KeyRing(_new_key(), *self._keys)

    @property
    def current(self) -> MasterKey:
        """The key that seals."""
        return self._keys[0]

    @property
    def oldest(self) -> MasterKey:
        """The key that makes fingerprints."""
        return self._keys[-1]

    @property
    def key_ids(self) -> tuple[str, ...]:
        """The names of the keys, newest first."""
        return tuple(key.key_id for key in self._keys)

    def key(self, key_id: str) -> MasterKey:
        """The key of this name.

        Raises:
            NoseprintError: MASTER_KEY_MISSING (``key_id``).
        """
        for key in self._keys:
            if key.key_id == key_id:
                return key
        raise NoseprintError(ErrorCode.MASTER_KEY_MISSING, f"known here: {', '.join(self.key_ids)}", key_id=key_id)

    def __repr__(self) -> str:
        return f"KeyRing({', '.join(self.key_ids)})"


def _new_key() -> MasterKey:
    return MasterKey.of(secrets.token_bytes(MASTER_KEY_BYTES))


def _derived(secret: bytes, purpose: bytes) -> bytes:
    return hmac.digest(secret, b"noseprint/1/" + purpose, hashlib.sha256)


def _decoded(part: str) -> MasterKey | None:
    # Returned, not raised: an error's traceback would keep the text.
    try:
        secret = base64.b64decode(part, validate=True)
    except (binascii.Error, ValueError):
        return None
    return MasterKey.of(secret) if len(secret) == MASTER_KEY_BYTES else None
