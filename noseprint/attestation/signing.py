"""Signing statements, and checking those of others (Ed25519, RFC 8032)."""

from __future__ import annotations

import base64
import hashlib
import secrets
from datetime import timedelta
from typing import TYPE_CHECKING, Final

import msgspec
from Crypto.Signature import eddsa

from noseprint.attestation.statement import (
    PUBLIC_KEY_BYTES,
    Statement,
    canonical,
    read_bytes,
    written_bytes,
)
from noseprint.errors import ErrorCode, NoseprintError

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from Crypto.PublicKey.ECC import EccKey

SEED_BYTES: Final = 32
LONGEST: Final = 4096
"""Characters of the longest text that is looked at; a signed statement has some 700."""

_SIGNED: Final = b"noseprint verification 1\x00"
# Clocks of two computers differ; what seems to come from the future by no more than this was signed just now.
_CLOCKS_DIFFER: Final = timedelta(minutes=2)
_SIGNATURE_BYTES: Final = 64
_FINGERPRINT_BYTES: Final = 10
_GROUP: Final = 4


class SignedStatement(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A statement and the signature over its canonical form."""

    statement: Statement
    signature: str

    @property
    def compact(self) -> str:
        """All of it in one line of ASCII, for a QR code in byte mode."""
        return canonical(self).decode()

    @property
    def document(self) -> bytes:
        """The same as a file for people to look into."""
        return msgspec.json.format(canonical(self), indent=2) + b"\n"

    @property
    def sha256(self) -> str:
        """The checksum of the statement's canonical form, by which the audit trail names it."""
        return hashlib.sha256(canonical(self.statement)).hexdigest()


class SigningKey:
    """What a clinic signs with.

    Args:
        seed: 32 random bytes, the private key of RFC 8032.
    """

    def __init__(self, seed: bytes) -> None:
        self._key: EccKey = eddsa.import_private_key(seed)

    @property
    def public_key(self) -> bytes:
        """What others check with, 32 bytes."""
        raw: bytes = self._key.public_key().export_key(format="raw")
        return raw

    def sign(self, statement: Statement) -> SignedStatement:
        """Sign a statement that names this key.

        Raises:
            ValueError: when it names another.
        """
        if statement.key != written_bytes(self.public_key):
            raise ValueError("a statement that names another key")
        signature = eddsa.new(self._key, "rfc8032").sign(_SIGNED + canonical(statement))
        return SignedStatement(statement, written_bytes(signature))

    def __repr__(self) -> str:
        return f"SigningKey({fingerprint_of(self.public_key)})"


def new_seed() -> bytes:
    """A new private key from the operating system's randomness."""
    return secrets.token_bytes(SEED_BYTES)


def fingerprint_of(public_key: bytes) -> str:
    """What people compare: 80 bits of a public key's SHA-256, in four groups of four characters."""
    characters = base64.b32encode(hashlib.sha256(public_key).digest()[:_FINGERPRINT_BYTES]).decode()
    return "-".join(characters[at : at + _GROUP] for at in range(0, len(characters), _GROUP))


def read_public_key(text: str) -> bytes:
    """A public key as people pass it on: 32 bytes in base64url.

    Raises:
        NoseprintError: INVALID_REQUEST.
    """
    try:
        key = read_bytes(text.strip())
    except ValueError:
        key = b""
    if len(key) != PUBLIC_KEY_BYTES:
        raise NoseprintError(ErrorCode.INVALID_REQUEST, "a public key is 32 bytes in base64url")
    return key


def check(signed: str | bytes, now: datetime, trusted: Collection[bytes]) -> Statement:
    """What a clinic states, once signature, signer and time are proven.

    Args:
        signed: the compact form or the file.
        now: the present moment, with a time zone.
        trusted: the public keys of the clinics that are known here.

    Raises:
        NoseprintError: RESULT_ALTERED when it is none, or not as it was signed; RESULT_OF_UNKNOWN_CLINIC
            (``signer``: the fingerprint); RESULT_NOT_VALID_NOW (``since``, ``until``).
    """
    found = _parsed(signed)
    statement = found.statement
    public_key = _proven_signer(found)
    if public_key not in trusted:
        raise NoseprintError(ErrorCode.RESULT_OF_UNKNOWN_CLINIC, signer=fingerprint_of(public_key))
    since, until = statement.valid
    if not since - _CLOCKS_DIFFER <= now < until:
        raise NoseprintError(ErrorCode.RESULT_NOT_VALID_NOW, since=statement.time, until=statement.expires)
    return statement


def _parsed(signed: str | bytes) -> SignedStatement:
    if len(signed) > LONGEST:
        raise _altered("too long")
    try:
        found = msgspec.json.decode(signed, type=SignedStatement)
        _ = found.statement.valid
    except (msgspec.DecodeError, ValueError) as fault:  # ValueError: no UTF-8, or a moment that is none
        raise _altered("not a signed result") from fault
    return found


def _proven_signer(found: SignedStatement) -> bytes:
    try:
        public_key, signature = read_bytes(found.statement.key), read_bytes(found.signature)
        verifier = eddsa.new(eddsa.import_public_key(public_key), "rfc8032")
        if len(signature) != _SIGNATURE_BYTES:
            raise _altered("the signature's length")
        verifier.verify(_SIGNED + canonical(found.statement), signature)
    except ValueError as fault:
        raise _altered("the signature") from fault
    return public_key


def _altered(detail: str) -> NoseprintError:
    return NoseprintError(ErrorCode.RESULT_ALTERED, detail)
