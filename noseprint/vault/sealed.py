"""The bytes of sealed content, version 1: laid out and taken apart, nothing encrypted or decrypted.

offset  bytes  what
0       3      ``NPS``
3       1      version, 1
4       8      id of the master key
12      12     nonce of the wrapped data key
24      32     data key, encrypted by the master key (AES-256-GCM); bytes 0 to 11 are authenticated with it
56      16     its tag
72      12     nonce of the content
84      n      content, encrypted by the data key (AES-256-GCM); bytes 0 to 3 and the context are
               authenticated with it, what depends on the master key is not
84 + n  16     its tag
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from noseprint.errors import ErrorCode, NoseprintError
from noseprint.vault.key_ring import KEY_ID_BYTES

PREFIX: Final = b"NPS\x01"
NONCE_BYTES: Final = 12
DATA_KEY_BYTES: Final = 32
TAG_BYTES: Final = 16

HEADER_BYTES: Final = len(PREFIX) + KEY_ID_BYTES
"""How many bytes of sealed content ``key_id_of`` wants."""

_WRAP_NONCE_END: Final = HEADER_BYTES + NONCE_BYTES
_WRAPPED_END: Final = _WRAP_NONCE_END + DATA_KEY_BYTES + TAG_BYTES
_NONCE_END: Final = _WRAPPED_END + NONCE_BYTES

OVERHEAD_BYTES: Final = _NONCE_END + TAG_BYTES
"""How much longer sealed content is than the content."""


@dataclass(frozen=True, slots=True)
class Sealed:
    """Sealed content in its parts; nothing in it is secret, nothing is proven either.

    Attributes:
        key_id: the master key's, 16 hexadecimal digits.
        wrap_nonce: 12 bytes.
        wrapped_key: 48 bytes, the encrypted data key and its tag.
        nonce: 12 bytes.
        content: the encrypted content and its tag, at least 16 bytes.
    """

    key_id: str
    wrap_nonce: bytes
    wrapped_key: bytes
    nonce: bytes
    content: bytes

    @classmethod
    def parse(cls, sealed: bytes) -> Sealed:
        """Take the bytes apart.

        Raises:
            NoseprintError: SEALED_DAMAGED when they are too short or not of this version.
        """
        if not sealed.startswith(PREFIX) or len(sealed) < OVERHEAD_BYTES:
            raise NoseprintError(ErrorCode.SEALED_DAMAGED, "not sealed content of version 1")
        return cls(
            key_id=sealed[len(PREFIX) : HEADER_BYTES].hex(),
            wrap_nonce=sealed[HEADER_BYTES:_WRAP_NONCE_END],
            wrapped_key=sealed[_WRAP_NONCE_END:_WRAPPED_END],
            nonce=sealed[_WRAPPED_END:_NONCE_END],
            content=sealed[_NONCE_END:],
        )

    def written(self) -> bytes:
        """The bytes again."""
        return b"".join((header(self.key_id), self.wrap_nonce, self.wrapped_key, self.nonce, self.content))


def header(key_id: str) -> bytes:
    """The beginning of everything that is sealed under a master key, ``HEADER_BYTES`` long."""
    return PREFIX + bytes.fromhex(key_id)


def key_id_of(sealed: bytes) -> str:
    """The id of the master key that content was sealed under; its header is enough.

    Raises:
        NoseprintError: SEALED_DAMAGED when the bytes are no sealed content of this version.
    """
    if not sealed.startswith(PREFIX) or len(sealed) < HEADER_BYTES:
        raise NoseprintError(ErrorCode.SEALED_DAMAGED, "not sealed content of version 1")
    return sealed[len(PREFIX) : HEADER_BYTES].hex()
