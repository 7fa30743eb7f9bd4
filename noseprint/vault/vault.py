"""Seals content so that only a holder of the master key can read it, and tells where it was changed."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from Crypto.Cipher import AES

from noseprint.errors import ErrorCode, NoseprintError
from noseprint.vault.sealed import DATA_KEY_BYTES, NONCE_BYTES, PREFIX, TAG_BYTES, Sealed, header

if TYPE_CHECKING:
    from noseprint.vault.key_ring import KeyRing, MasterKey

FINGERPRINT_BYTES: Final = 32


class Vault:
    """Envelope encryption: every content under a data key of its own, every data key under the master key.

    A context says what the content is and whose, such as ``photo`` or ``pet:<did>:facts``. It is authenticated,
    not stored: content that is put in another's place does not open. It names a place and never a person,
    because errors show it.

    Any thread may use it.

    Args:
        keys: the master keys.
    """

    def __init__(self, keys: KeyRing) -> None:
        self._keys = keys

    @property
    def keys(self) -> KeyRing:
        """The master keys in use."""
        return self._keys

    def seal(self, plaintext: bytes, context: str) -> bytes:
        """Encrypt content under a fresh data key.

        Args:
            plaintext: the content, of any length.
            context: what ``unseal`` must be given again.

        Returns:
            The bytes that ``noseprint.vault.sealed`` describes, ``OVERHEAD_BYTES`` longer than the content;
            other ones for the same content every time.
        """
        data_key, nonce = secrets.token_bytes(DATA_KEY_BYTES), secrets.token_bytes(NONCE_BYTES)
        content = _encrypted(data_key, nonce, plaintext, _about_content(context))
        wrap_nonce, wrapped = _wrapped(self._keys.current, data_key)
        return Sealed(self._keys.current.key_id, wrap_nonce, wrapped, nonce, content).written()

    def unseal(self, sealed: bytes, context: str) -> bytes:
        """Decrypt what ``seal`` made in the same context.

        Raises:
            NoseprintError: MASTER_KEY_MISSING (``key_id``), or SEALED_DAMAGED when a bit was changed, the end
                is missing, or the context is another one.
        """
        parts = Sealed.parse(sealed)
        plaintext = _content(self._keys.key(parts.key_id), parts, context)
        if plaintext is None:
            raise NoseprintError(ErrorCode.SEALED_DAMAGED, f"in the context {context}")
        return plaintext

    def rewrap(self, sealed: bytes) -> bytes:
        """The same content with its data key under the current master key; the content is not decrypted.

        Returns:
            The very same bytes if they are under the current key already, unchecked.

        Raises:
            NoseprintError: MASTER_KEY_MISSING, or SEALED_DAMAGED when the data key does not open.
        """
        parts = Sealed.parse(sealed)
        current = self._keys.current
        if parts.key_id == current.key_id:
            return sealed
        rewrapped = _rewrapped(self._keys.key(parts.key_id), current, parts)
        if rewrapped is None:
            raise NoseprintError(ErrorCode.SEALED_DAMAGED, "the data key does not open")
        return rewrapped.written()

    def fingerprint(self, purpose: str, text: str) -> bytes:
        """What stands for a text where equal texts must be found without being readable.

        It stays the same when the master key changes, see ``KeyRing``.

        Args:
            purpose: such as ``phone``; equal texts of two purposes have unlike fingerprints.
            text: in its one normal form.

        Returns:
            HMAC-SHA256, 32 bytes.
        """
        # The length keeps `ab` + `c` and `a` + `bc` apart.
        named = purpose.encode()
        message = len(named).to_bytes(4, "big") + named + text.encode()
        return hmac.digest(self._keys.oldest.fingerprinting, message, hashlib.sha256)

    def __repr__(self) -> str:
        return f"Vault({self._keys!r})"


# What fails below returns None and raises nothing: the traceback of an error keeps the variables of its
# frames, and these are keys and plaintext.


def _content(master: MasterKey, parts: Sealed, context: str) -> bytes | None:
    data_key = _unwrapped(master, parts)
    if data_key is None:
        return None
    return _decrypted(data_key, parts.nonce, parts.content, _about_content(context))


def _rewrapped(former: MasterKey, current: MasterKey, parts: Sealed) -> Sealed | None:
    data_key = _unwrapped(former, parts)
    if data_key is None:
        return None
    wrap_nonce, wrapped = _wrapped(current, data_key)
    return replace(parts, key_id=current.key_id, wrap_nonce=wrap_nonce, wrapped_key=wrapped)


def _wrapped(master: MasterKey, data_key: bytes) -> tuple[bytes, bytes]:
    # Random nonces are good for 2^32 data keys under one master key (NIST SP 800-38D, 8.3).
    nonce = secrets.token_bytes(NONCE_BYTES)
    return nonce, _encrypted(master.wrapping, nonce, data_key, header(master.key_id))


def _unwrapped(master: MasterKey, parts: Sealed) -> bytes | None:
    return _decrypted(master.wrapping, parts.wrap_nonce, parts.wrapped_key, header(master.key_id))


def _about_content(context: str) -> bytes:
    return PREFIX + context.encode()


def _encrypted(key: bytes, nonce: bytes, plaintext: bytes, authenticated: bytes) -> bytes:
    cipher = AES.new(key, AES.MODE_GCM, nonce=nonce, mac_len=TAG_BYTES).update(authenticated)
    content, tag = cipher.encrypt_and_digest(plaintext)
    return content + tag


def _decrypted(key: bytes, nonce: bytes, encrypted: bytes, authenticated: bytes) -> bytes | None:
    cipher = AES.new(key, AES.MODE_GCM, nonce=nonce, mac_len=TAG_BYTES).update(authenticated)
    try:
        return cipher.decrypt_and_verify(encrypted[:-TAG_BYTES], encrypted[-TAG_BYTES:])
    except ValueError:
        return None
