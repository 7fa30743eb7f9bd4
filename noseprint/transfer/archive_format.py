"""An export as bytes, version 1: frames encrypted under a transfer code and signed by the machine that wrote them.

offset  bytes  what
0       3      ``NPX``
3       1      version, 1
4       16     salt
20      16     proof of the code
36      …      frames: 4 bytes of length, then that many of AES-256-GCM, the last 16 of which are the tag

Key and proof are scrypt's (RFC 7914) of the transfer code and the salt. A frame's nonce is its number in 11 bytes and
one that is 1 in the last frame alone, so that no frame can be left out, moved or cut off unseen (the STREAM
construction of Hoang, Reyhanitabar, Rogaway and Vizár, 2015); the first 36 bytes are authenticated with each. Inside,
one byte says what a frame holds: the sender's public key (the first), anything of the writer's, or the Ed25519
signature (the last, RFC 8032) over the SHA-256 of the whole file before it.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, Final

from Crypto.Cipher import AES
from Crypto.Signature import eddsa

from noseprint.errors import ErrorCode, NoseprintError
from noseprint.settings import MIB
from noseprint.transfer.codes import fingerprint_of, understood

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from Crypto.Cipher._mode_gcm import GcmMode
    from Crypto.PublicKey.ECC import EccKey

    from noseprint.settings import Secret
    from noseprint.vault.vault import Vault

    Derive = Callable[[Secret, bytes], tuple[bytes, bytes]]

LONGEST_FRAME: Final = 80 * MIB
"""Longer than the longest photo that the settings allow; a reader never holds more than one."""

_PREFIX: Final = b"NPX\x01"
_SALT_BYTES: Final = 16
_PROOF_BYTES: Final = 16
_KEY_BYTES: Final = 32
_TAG_BYTES: Final = 16
_LENGTH_BYTES: Final = 4
_COUNTER_BYTES: Final = 11
_PUBLIC_KEY_BYTES: Final = 32
_SIGNED: Final = b"noseprint export 1\x00"
_SENDER, _CONTENT, _SIGNATURE = b"K", b"C", b"S"
# A code is random and long enough by itself; 32 MiB and a tenth of a second make guessing it more foolish still.
_N, _R, _P = 1 << 15, 8, 1


@dataclass(frozen=True, slots=True, repr=False)
class Signer:
    """What a machine signs its exports with: a key of its own, the same one as long as its master key is.

    Args:
        vault: whose key this one is derived from.
    """

    vault: Vault

    @property
    def public_key(self) -> bytes:
        """The Ed25519 public key, 32 bytes."""
        raw: bytes = self._key().public_key().export_key(format="raw")
        return raw

    @property
    def fingerprint(self) -> str:
        """What people compare, see ``codes.fingerprint_of``."""
        return fingerprint_of(self.public_key)

    def sign(self, message: bytes) -> bytes:
        """The signature of a message, 64 bytes."""
        return eddsa.new(self._key(), "rfc8032").sign(message)

    def _key(self) -> EccKey:
        return eddsa.import_private_key(self.vault.fingerprint("export-signature", "ed25519"))


def derived(code: Secret, salt: bytes) -> tuple[bytes, bytes]:
    """The key of a transfer code, 32 bytes, and what proves the code before anything is decrypted, 16 bytes."""
    derived = hashlib.scrypt(
        understood(code).encode(), salt=salt, n=_N, r=_R, p=_P, maxmem=64 * MIB, dklen=_KEY_BYTES + _PROOF_BYTES
    )
    return derived[:_KEY_BYTES], derived[_KEY_BYTES:]


class ArchiveWriter:
    """Writes one archive; whoever owns the file sees to its durability.

    Args:
        write: takes the bytes, in order.
        code: what will open it.
        signer: whose it is.
        derive: gives key and proof of the code.
    """

    def __init__(
        self, write: Callable[[bytes], object], code: Secret, signer: Signer, derive: Derive = derived
    ) -> None:
        salt = secrets.token_bytes(_SALT_BYTES)
        self._key, proof = derive(code, salt)
        self._header = _PREFIX + salt + proof
        self._write = write
        self._signer = signer
        self._number = 0
        self._digest = hashlib.sha256()
        self._put(self._header)
        self._put_frame(_SENDER + signer.public_key)

    def add(self, content: bytes) -> None:
        """Write one frame, of at most ``LONGEST_FRAME`` bytes."""
        self._put_frame(_CONTENT + content)

    def finish(self) -> None:
        """Write the signature, without which nobody takes anything from the archive."""
        signature = self._signer.sign(_SIGNED + self._digest.digest())
        self._put_frame(_SIGNATURE + signature, is_last=True)

    def _put_frame(self, content: bytes, *, is_last: bool = False) -> None:
        cipher = _cipher(self._key, self._number, self._header, is_last=is_last)
        encrypted, tag = cipher.encrypt_and_digest(content)
        if len(encrypted) + _TAG_BYTES > LONGEST_FRAME:
            raise ValueError("a frame that no reader takes")
        self._number += 1
        self._put((len(encrypted) + _TAG_BYTES).to_bytes(_LENGTH_BYTES) + encrypted + tag)

    def _put(self, content: bytes) -> None:
        self._digest.update(content)
        self._write(content)


class ArchiveReader:
    """Reads one archive; what it has given is proven only when ``contents`` has come to its end.

    Args:
        path: the file, for errors.
        stream: the file, open at its beginning.
        code: what opens it.
        derive: as when it was written.

    Raises:
        NoseprintError: WRONG_TRANSFER_CODE; ARCHIVE_DAMAGED (``path``) when it is no archive or a damaged one;
            RECORDS_TOO_NEW for a later version.
    """

    def __init__(self, path: Path, stream: IO[bytes], code: Secret, derive: Derive = derived) -> None:
        self._path = path
        self._stream = stream
        self._digest = hashlib.sha256()
        self._number = 0
        self._header = self._read_header()
        self._key, proof = derive(code, self._header[len(_PREFIX) : -_PROOF_BYTES])
        if not hmac.compare_digest(proof, self._header[-_PROOF_BYTES:]):
            raise NoseprintError(ErrorCode.WRONG_TRANSFER_CODE)
        self._head = stream.read(_LENGTH_BYTES)
        kind, self.sender, _ = self._frame()
        if kind != _SENDER or len(self.sender) != _PUBLIC_KEY_BYTES:
            raise self._damaged("no sender")

    def contents(self) -> Iterator[bytes]:
        """What ``ArchiveWriter.add`` was given, in order.

        Raises:
            NoseprintError: ARCHIVE_DAMAGED.
        """
        while True:
            digest = self._digest.digest()
            kind, content, is_last = self._frame()
            if is_last:
                self._require_signed(kind, content, digest)
                return
            if kind != _CONTENT:
                raise self._damaged("a frame in a wrong place")
            yield content

    def _read_header(self) -> bytes:
        header = self._stream.read(len(_PREFIX) + _SALT_BYTES + _PROOF_BYTES)
        if header[:3] != _PREFIX[:3] or len(header) < len(_PREFIX) + _SALT_BYTES + _PROOF_BYTES:
            raise self._damaged("not an export")
        if header[3] > _PREFIX[3]:
            raise NoseprintError(ErrorCode.RECORDS_TOO_NEW, f"export version {header[3]}")
        if header[3] != _PREFIX[3]:
            raise self._damaged("not an export")
        self._digest.update(header)
        return header

    def _frame(self) -> tuple[bytes, bytes, bool]:
        """The next frame: its kind, what it holds, whether it is the last one."""
        length = int.from_bytes(self._head)
        if len(self._head) < _LENGTH_BYTES or not _TAG_BYTES < length <= LONGEST_FRAME:
            raise self._damaged("cut off")
        frame = self._stream.read(length)
        if len(frame) < length:
            raise self._damaged("cut off")
        self._digest.update(self._head + frame)
        self._head = self._stream.read(_LENGTH_BYTES)
        is_last = not self._head
        cipher = _cipher(self._key, self._number, self._header, is_last=is_last)
        try:
            plain = cipher.decrypt_and_verify(frame[:-_TAG_BYTES], frame[-_TAG_BYTES:])
        except ValueError as fault:
            raise self._damaged(f"frame {self._number}") from fault
        self._number += 1
        return plain[:1], plain[1:], is_last

    def _require_signed(self, kind: bytes, signature: bytes, digest: bytes) -> None:
        if kind != _SIGNATURE:
            raise self._damaged("no signature")
        try:
            eddsa.new(eddsa.import_public_key(self.sender), "rfc8032").verify(_SIGNED + digest, signature)
        except ValueError as fault:
            raise self._damaged("its signature") from fault

    def _damaged(self, detail: str) -> NoseprintError:
        return NoseprintError(ErrorCode.ARCHIVE_DAMAGED, detail, path=self._path)


def _cipher(key: bytes, number: int, header: bytes, *, is_last: bool) -> GcmMode:
    nonce = number.to_bytes(_COUNTER_BYTES) + bytes([is_last])
    return AES.new(key, AES.MODE_GCM, nonce=nonce, mac_len=_TAG_BYTES).update(header)
