"""Content that waits to be uploaded: encrypted files named by what they hold. Who mentions them is not known here."""

from __future__ import annotations

import hashlib
import re
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Final

from noseprint.disk import PART_PREFIX, Disk, disk_errors, locked
from noseprint.errors import ErrorCode, NoseprintError
from noseprint.vault.sealed import HEADER_BYTES, key_id_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from pathlib import Path

    from noseprint.vault.vault import Vault

_NAME: Final = re.compile(r"[0-9a-f]{64}")
_LOCK: Final = ".noseprint-changing"
_OWNER: Final = ".noseprint-of"


class Spool:
    """A folder of sealed files, each named by a keyed fingerprint of its content.

    The same content is kept once, so a name may be mentioned by several owners, and adding, mentioning and
    dropping must not cross each other: do these inside ``changing``.

    Any thread may use it; several processes may share the folder.

    Args:
        folder: where the files lie; it is made when first needed.
        vault: what seals them.
        disk: what writes them.
    """

    def __init__(self, folder: Path, vault: Vault, disk: Disk | None = None) -> None:
        self._folder = folder
        self._vault = vault
        self._disk = disk or Disk()

    @contextmanager
    def changing(self) -> Iterator[None]:
        """Be the only one, of all threads and processes, that changes the spool while the block runs.

        Hold it from the first ``put`` to the commit of what mentions it, and from asking what is mentioned to
        ``drop`` or ``sweep``. Enter it before a transaction is begun, never inside one; it is not reentrant.

        Raises:
            NoseprintError: ALREADY_RUNNING when others do not finish for long, DISK_FULL, FOLDER_NOT_USABLE.
        """
        self._disk.make_folder(self._folder)
        with locked(self._folder / _LOCK):
            yield

    def put(self, content: bytes) -> str:
        """Keep content; it is on the disk when this returns.

        Returns:
            Its name, 64 hexadecimal digits: the same for the same content.

        Raises:
            NoseprintError: DISK_FULL or FOLDER_NOT_USABLE.
        """
        name = self._name_of(content)
        self._disk.make_folder(self._folder)
        if self._holds(name, content):
            # Whoever wrote it may have died before its name was safe.
            with disk_errors(self._folder):
                self._disk.flush_folder(self._folder)
        else:
            self._disk.write(self._folder / name, self._vault.seal(content, _context(name)))
        return name

    def read(self, name: str) -> bytes:
        """The content of a name.

        Raises:
            NoseprintError: OBJECT_NOT_FOUND (``key``: the name), FOLDER_NOT_USABLE, MASTER_KEY_MISSING, or
                SEALED_DAMAGED, also when the file of another content lies under the name.
        """
        return self._vault.unseal(self._sealed(name), _context(name))

    def drop(self, name: str) -> None:
        """Remove a content for good; an absent one is fine.

        Raises:
            NoseprintError: FOLDER_NOT_USABLE.
        """
        if _NAME.fullmatch(name):
            self._disk.remove(self._folder / name)

    def names(self) -> list[str]:
        """The names of all contents, sorted.

        Raises:
            NoseprintError: FOLDER_NOT_USABLE.
        """
        return sorted(file.name for file in _files(self._folder) if _NAME.fullmatch(file.name))

    def owner(self) -> str | None:
        """Whose contents these are, as ``belong_to`` was told; None where it never was.

        Raises:
            NoseprintError: FOLDER_NOT_USABLE.
        """
        with disk_errors(self._folder):
            try:
                return (self._folder / _OWNER).read_text("utf-8", "replace")
            except FileNotFoundError:
                return None

    def belong_to(self, owner: str) -> None:
        """Note whose contents these are; to be called inside ``changing``.

        Raises:
            NoseprintError: DISK_FULL, FOLDER_NOT_USABLE.
        """
        self._disk.write(self._folder / _OWNER, owner.encode())

    def sweep(self, mentioned: Collection[str]) -> int:
        """Remove what nobody mentions, and what a killed process did not finish.

        Args:
            mentioned: the names to keep; something that answers ``in`` quickly.

        Returns:
            How many files were removed.

        Raises:
            NoseprintError: FOLDER_NOT_USABLE.
        """
        left = [file for file in _files(self._folder) if _is_ours(file.name) and file.name not in mentioned]
        with disk_errors(self._folder):
            for file in left:
                with suppress(FileNotFoundError):
                    self._disk.unlink(file)
            if left:
                self._disk.flush_folder(self._folder)
        return len(left)

    def rewrap(self, name: str) -> None:
        """Put a content under the current master key, see ``Vault.rewrap``; to be called inside ``changing``.

        Raises:
            NoseprintError: the codes of ``read``, DISK_FULL.
        """
        sealed = self._sealed(name)
        rewrapped = self._vault.rewrap(sealed)
        if rewrapped != sealed:
            self._disk.write(self._folder / name, rewrapped)

    def _holds(self, name: str, content: bytes) -> bool:
        """Whether the content can be read back; whatever is wrong with its file, the one at hand mends it."""
        try:
            return self.read(name) == content
        except NoseprintError:
            return False

    def _sealed(self, name: str) -> bytes:
        if not _NAME.fullmatch(name):
            raise NoseprintError(ErrorCode.OBJECT_NOT_FOUND, "no name of the spool", key=name)
        with disk_errors(self._folder):
            try:
                return (self._folder / name).read_bytes()
            except FileNotFoundError as fault:
                raise NoseprintError(ErrorCode.OBJECT_NOT_FOUND, "not in the spool", key=name) from fault

    def _name_of(self, content: bytes) -> str:
        # Keyed: a bare hash would tell anyone who has a photo that its dog is a patient here.
        return self._vault.fingerprint("content", hashlib.sha256(content).hexdigest()).hex()


def keys_in_use(folder: Path) -> set[str]:
    """The id of a master key that content of a spool is sealed under; empty where the spool is.

    One content is looked at, not all: enough to tell a lost key from a first start, see ``MasterKeys.open``.

    Raises:
        NoseprintError: FOLDER_NOT_USABLE.
    """
    for file in _files(folder):
        if _NAME.fullmatch(file.name):
            with disk_errors(folder), suppress(NoseprintError, FileNotFoundError), file.open("rb") as stream:
                return {key_id_of(stream.read(HEADER_BYTES))}
    return set()


def _files(folder: Path) -> Iterator[Path]:
    with disk_errors(folder):
        try:
            yield from folder.iterdir()
        except FileNotFoundError:
            return


def _context(name: str) -> str:
    return f"spool:{name}"


def _is_ours(name: str) -> bool:
    return bool(_NAME.fullmatch(name)) or name.startswith(PART_PREFIX)
