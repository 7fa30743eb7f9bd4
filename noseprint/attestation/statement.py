"""What a clinic states about a verification at a change of guardian, and the one way in which it is written down.

The form is canonical JSON (RFC 8785: keys sorted, no white space; there are no fractions in it), so that everybody
signs and checks the same bytes. No name and no telephone number is in it, see ``guardian_mark``.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from datetime import datetime, timedelta
from typing import Annotated, Final, Literal

import msgspec

from noseprint.plain import in_utc

LIFETIME: Final = timedelta(minutes=10)
"""For so long after the verification its result counts."""

NONCE_BYTES: Final = 16
PUBLIC_KEY_BYTES: Final = 32

_MARK_BYTES: Final = 16
# One of the settings of the OWASP Password Storage Cheat Sheet: 16 MiB and some 0.1 s for each number that is tried.
_N, _R, _P = 1 << 14, 8, 5
_SCRYPT_MEMORY: Final = 64 * 1024 * 1024
_MOMENT: Final = "%Y-%m-%dT%H:%M:%SZ"

_Sha256 = Annotated[str, msgspec.Meta(pattern=r"^[0-9a-f]{64}\Z")]
_PetDid = Annotated[str, msgspec.Meta(pattern=r"^did:[a-z0-9]{1,32}:[a-z0-9]{1,32}:0x([0-9a-f]{40}|[0-9a-f]{64})\Z")]
_Moment = Annotated[str, msgspec.Meta(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z\Z")]
_Bytes16 = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9_-]{22}\Z")]
_Bytes32 = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9_-]{43}\Z")]


class Statement(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One verification, as it is signed.

    Attributes:
        type: what this is; the number grows when a field changes.
        pet: the Pet DID that the dog was said to have.
        verdict: what was answered.
        approved: why a second person let it pass; None where nobody was asked.
        similarity: calibrated, ``0.0000`` to ``1.0000``.
        image: SHA-256 of the probe as it is stored.
        model: SHA-256 of the model's file.
        guardian_from: the mark of who gives the pet away; None where the records hold nobody.
        guardian_to: the mark of who takes it; None where nobody was named.
        time: when the probe was compared, in UTC.
        expires: ``LIFETIME`` later.
        nonce: 16 random bytes in base64url. Who takes results should take each only once.
        key: the public key that signs, 32 bytes in base64url.
    """

    type: Literal["noseprint-verification/1"] = "noseprint-verification/1"
    pet: _PetDid
    verdict: Literal["same", "review", "different"]
    approved: Literal["too_few_good_frames", "review_band"] | None
    similarity: Annotated[str, msgspec.Meta(pattern=r"^(0\.[0-9]{4}|1\.0000)\Z")]
    image: _Sha256
    model: _Sha256
    guardian_from: _Bytes16 | None
    guardian_to: _Bytes16 | None
    time: _Moment
    expires: _Moment
    nonce: _Bytes16
    key: _Bytes32

    @property
    def valid(self) -> tuple[datetime, datetime]:
        """From when to when it counts, in UTC.

        Raises:
            ValueError: for a moment that no calendar has.
        """
        return _read_moment(self.time), _read_moment(self.expires)

    def names_guardian(self, phone: str) -> Literal["from", "to"] | None:
        """Whether a telephone number is that of who gives the pet away or of who takes it.

        Args:
            phone: in E.164.
        """
        mark = guardian_mark(phone, self.nonce)
        if mark == self.guardian_from:
            return "from"
        return "to" if mark == self.guardian_to else None


def canonical(value: object) -> bytes:
    """The one form of a document."""
    return msgspec.json.encode(value, order="sorted")


def guardian_mark(phone: str, nonce: str) -> str:
    """What stands for a guardian in a statement: who has the number can check it, nobody reads the number off.

    scrypt (RFC 7914) of the number, salted by the statement's nonce, so that two statements do not show that they are
    about one guardian. Telephone numbers are few: trying all 10^8 takes months of a processor, not for ever.

    Args:
        phone: in E.164, such as ``+821012345678``.
        nonce: of the statement.

    Returns:
        16 bytes in base64url, 22 characters.
    """
    mark = hashlib.scrypt(
        phone.encode(), salt=nonce.encode(), n=_N, r=_R, p=_P, maxmem=_SCRYPT_MEMORY, dklen=_MARK_BYTES
    )
    return written_bytes(mark)


def written_moment(moment: datetime) -> str:
    """A moment in UTC, to the second."""
    return in_utc(moment).strftime(_MOMENT)


def written_bytes(content: bytes) -> str:
    """Bytes in base64url (RFC 4648) without padding."""
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def read_bytes(text: str) -> bytes:
    """What ``written_bytes`` wrote, in its one spelling.

    Raises:
        ValueError: for anything else.
    """
    if not re.fullmatch(r"[A-Za-z0-9_-]*", text):
        raise ValueError("not base64url")
    try:
        content = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except binascii.Error as fault:
        raise ValueError("not base64url") from fault
    if written_bytes(content) != text:
        raise ValueError("another spelling")
    return content


def _read_moment(text: str) -> datetime:
    return datetime.fromisoformat(text)
