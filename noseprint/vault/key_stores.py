"""The places where master keys are kept: the environment, a file, the operating system's keyring."""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING, Final, Protocol

from noseprint.disk import Disk
from noseprint.errors import ErrorCode, NoseprintError
from noseprint.settings import Secret

if TYPE_CHECKING:
    from pathlib import Path

KEYS_ENTRY: Final = "master-keys"
BESIDE_ENTRY: Final = "master-keys-beside"

_CHECK_MODE: Final = os.name != "nt"  # Windows guards a profile's folders by access lists; its modes say nothing
_OTHERS: Final = stat.S_IRWXG | stat.S_IRWXO


class KeyStore(Protocol):
    """A place for the master keys, in the text form of ``KeyRing``."""

    @property
    def place(self) -> str:
        """What people call it, such as the path of a file."""
        ...

    def read(self) -> Secret | None:
        """What is kept there, or None where nothing is, or where this place cannot be reached.

        Raises:
            NoseprintError: SETTINGS_INVALID or FILE_NOT_READABLE when a person must mend the place.
        """
        ...

    def keep(self, keys: Secret) -> bool:
        """Keep the keys in place of earlier ones, durably; False where this place keeps nothing.

        Raises:
            NoseprintError: DISK_FULL or FOLDER_NOT_USABLE.
        """
        ...


class KeysInEnvironment:
    """Keys that whoever starts the program hands over; the program cannot change them.

    Args:
        keys: the value of the environment variable.
    """

    place = "NOSEPRINT_MASTER_KEY"

    def __init__(self, keys: Secret) -> None:
        self._keys = keys

    def read(self) -> Secret | None:
        """See ``KeyStore.read``."""
        return self._keys or None

    def keep(self, keys: Secret) -> bool:  # noqa: ARG002 - nothing is kept here
        """See ``KeyStore.keep``."""
        return False


class Entries(Protocol):
    """Texts under names in a place that may fail, or not give back what it was given; None and False say so."""

    def read(self, name: str) -> Secret | None:
        """What is kept under the name."""
        ...

    def write(self, name: str, text: Secret) -> bool:
        """Keep a text under the name, in place of an earlier one."""
        ...

    def remove(self, name: str) -> None:
        """Take the name away; an absent one is fine."""
        ...


class KeysInEntries:
    """Keys in the operating system's keyring, where one entry alone is written at a time and nothing is a file.

    New keys, the former ones with them, are put beside the present ones and read back before they take their place:
    at every moment one of the two entries is whole.

    Args:
        entries: the keyring.
        place: see ``KeyStore.place``.
    """

    def __init__(self, entries: Entries, place: str) -> None:
        self._entries = entries
        self.place = place

    def read(self) -> Secret | None:
        """See ``KeyStore.read``; of a change that was broken off, the keys beside where the present ones are gone."""
        return self._entries.read(KEYS_ENTRY) or self._entries.read(BESIDE_ENTRY)

    def keep(self, keys: Secret) -> bool:
        """See ``KeyStore.keep``; where it fails, the former keys are there still."""
        former = self.read()
        if not self._proven(BESIDE_ENTRY, keys):
            return False
        is_kept = self._proven(KEYS_ENTRY, keys)
        if is_kept or self._is_put_back(former):
            self._entries.remove(BESIDE_ENTRY)  # else they are all that is whole
        return is_kept

    def _is_put_back(self, former: Secret | None) -> bool:
        if former:
            return self._proven(KEYS_ENTRY, former)
        self._entries.remove(KEYS_ENTRY)
        return True

    def _proven(self, name: str, keys: Secret) -> bool:
        if not self._entries.write(name, keys):
            return False
        kept = self._entries.read(name)
        return kept is not None and kept.reveal() == keys.reveal()


class KeyFile:
    """Keys in a file that its owner alone may read.

    Args:
        path: the file.
        disk: what writes it.
    """

    def __init__(self, path: Path, disk: Disk | None = None) -> None:
        self._path = path
        self._disk = disk or Disk()

    @property
    def place(self) -> str:
        """See ``KeyStore.place``."""
        return str(self._path)

    def read(self) -> Secret | None:
        """See ``KeyStore.read``; a file that others may read is refused, since they may have copied the keys.

        Raises:
            NoseprintError: SETTINGS_INVALID, or FILE_NOT_READABLE (``path``).
        """
        try:
            with self._path.open("rb") as file:
                self._require_private(os.fstat(file.fileno()).st_mode)
                # Whatever is no key is told by the one who reads the ring.
                return Secret(file.read().decode("ascii", "replace"))
        except FileNotFoundError:
            return None
        except OSError as fault:
            raise NoseprintError(ErrorCode.FILE_NOT_READABLE, fault.strerror or "", path=self._path) from fault

    def keep(self, keys: Secret) -> bool:
        """See ``KeyStore.keep``."""
        self._disk.make_folder(self._path.parent)
        self._disk.write(self._path, keys.reveal().encode("ascii"))
        return True

    def _require_private(self, mode: int) -> None:
        if _CHECK_MODE and mode & _OTHERS:
            problem = f"master_key_file: {self._path} is open to others; run `chmod 600` on it"
            raise NoseprintError(ErrorCode.SETTINGS_INVALID, problem=problem)
