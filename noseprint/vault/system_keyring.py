"""The operating system's keyring as a place for the master keys; needs the library ``keyring``."""

from __future__ import annotations

import sys
from typing import Final

import keyring  # type: ignore[import-not-found, unused-ignore]
from keyring.errors import KeyringError  # type: ignore[import-not-found, unused-ignore]

from noseprint.settings import Secret

# What the keyrings themselves raise; the library hands it through.
if sys.platform == "win32":
    from win32ctypes.pywin32.pywintypes import (
        error as BackendError,  # noqa: N812
    )
elif sys.platform == "linux":
    from secretstorage.exceptions import (  # type: ignore[import-not-found, unused-ignore]
        SecretStorageException as BackendError,
    )

SERVICE: Final = "noseprint"
ENTRY: Final = "master-keys"


class SystemKeyring:
    """Keys in the keyring of whoever is logged in: Windows' credential store, or Linux' Secret Service.

    A keyring that is not there, is locked, or fails counts as one that keeps nothing.
    """

    place = "the keyring of the operating system"

    def read(self) -> Secret | None:
        """See ``KeyStore.read``."""
        try:
            kept = keyring.get_password(SERVICE, ENTRY)
        except (KeyringError, BackendError, OSError):
            return None
        return Secret(kept) if kept else None

    def keep(self, keys: Secret) -> bool:
        """See ``KeyStore.keep``."""
        try:
            keyring.set_password(SERVICE, ENTRY, keys.reveal())
        except (KeyringError, BackendError, OSError):
            return False
        return True
