"""The keyring of Windows as a place for the master keys; the library ``keyring`` is installed there alone."""

from __future__ import annotations

from contextlib import suppress
from typing import Final

import keyring  # type: ignore[import-not-found, unused-ignore]
from keyring.errors import KeyringError  # type: ignore[import-not-found, unused-ignore]
from win32ctypes.pywin32.pywintypes import (  # type: ignore[import-not-found, unused-ignore]
    error as BackendError,  # noqa: N812 - what Windows' keyring itself raises; the library hands it through
)

from noseprint.settings import Secret

SERVICE: Final = "noseprint"
PLACE: Final = "the keyring of the operating system"

_FAILURES: Final = (KeyringError, BackendError, OSError)


class KeyringEntries:
    """Entries of whoever is logged in; a keyring that is not there, is locked, or fails counts as one without any."""

    def read(self, name: str) -> Secret | None:
        """See ``Entries.read``."""
        try:
            kept = keyring.get_password(SERVICE, name)
        except _FAILURES:
            return None
        return Secret(kept) if kept else None

    def write(self, name: str, text: Secret) -> bool:
        """See ``Entries.write``."""
        try:
            keyring.set_password(SERVICE, name, text.reveal())
        except _FAILURES:
            return False
        return True

    def remove(self, name: str) -> None:
        """See ``Entries.remove``."""
        with suppress(*_FAILURES):
            keyring.delete_password(SERVICE, name)
