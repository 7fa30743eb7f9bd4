"""Enrolments under way, kept encrypted on the disk: an idle lock or a crash loses nothing of them."""

from __future__ import annotations

import logging
import os
import time
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Final

import msgspec

from noseprint.disk import Disk, disk_errors
from noseprint.errors import ErrorCode, NoseprintError
from noseprint.logs import facts
from noseprint.records.staff import is_staff_id

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from noseprint.vault.vault import Vault

KEPT_FOR: Final = timedelta(days=1)
"""A draft that is older is forgotten: the dog has gone home."""

FieldValue = str | int | float | bool | None
"""What a field of a form may hold."""

_log = logging.getLogger(__name__)

_UNREADABLE: Final = frozenset({ErrorCode.SEALED_DAMAGED, ErrorCode.MASTER_KEY_MISSING})
_SUFFIX: Final = ".draft"
_VERSION: Final = 1


@dataclass(frozen=True, slots=True)
class Draft:
    """What was typed and photographed so far.

    Args:
        fields: the form's fields by names of the screen's own.
        photos: JPEG files.
    """

    fields: dict[str, FieldValue] = field(default_factory=dict)
    photos: tuple[bytes, ...] = ()


class _Document(msgspec.Struct, frozen=True):
    version: int
    draft: Draft


class Drafts:
    """One draft for each operator, in a folder; any thread may use it.

    Args:
        folder: where they lie; it is made when first needed.
        vault: what seals them.
        disk: what writes them.
        clock: the present moment in seconds since 1970, as the files' own times are.
    """

    def __init__(
        self, folder: Path, vault: Vault, disk: Disk | None = None, clock: Callable[[], float] = time.time
    ) -> None:
        self._folder = folder
        self._vault = vault
        self._disk = disk or Disk()
        self._clock = clock

    def keep(self, staff_id: str, draft: Draft) -> None:
        """Keep a draft in the place of an earlier one; it is on the disk when this returns.

        Raises:
            NoseprintError: DISK_FULL, FOLDER_NOT_USABLE; the earlier draft is there still.
            ValueError: for what is no staff id.
        """
        path = self._path(staff_id)
        document = msgspec.msgpack.encode(_Document(_VERSION, draft))
        self._disk.make_folder(self._folder)
        self._disk.write(path, self._vault.seal(document, _context(staff_id)))

    def load(self, staff_id: str) -> Draft | None:
        """The operator's draft; None where there is none, or none of the last day.

        Raises:
            NoseprintError: MASTER_KEY_MISSING, SEALED_DAMAGED (also one of another version), FOLDER_NOT_USABLE.
                ``drop`` is the way on.
            ValueError: for what is no staff id.
        """
        path = self._path(staff_id)
        with disk_errors(self._folder):
            try:
                sealed = None if self._is_old(path) else path.read_bytes()
            except FileNotFoundError:
                sealed = None
        return _draft_in(self._vault.unseal(sealed, _context(staff_id))) if sealed is not None else None

    def drop(self, staff_id: str) -> None:
        """Forget an operator's draft; where there is none it is fine.

        Raises:
            NoseprintError: FOLDER_NOT_USABLE.
            ValueError: for what is no staff id.
        """
        path = self._path(staff_id)
        if self._folder.is_dir():
            self._disk.remove(path)

    def sweep(self) -> int:
        """Remove what is older than a day or cannot be read, also what a killed program did not finish.

        Of a draft that cannot be read the log says why: nobody could go on with it, under any key that is here.

        Returns:
            How many files were removed.

        Raises:
            NoseprintError: FOLDER_NOT_USABLE.
        """
        removed = 0
        with disk_errors(self._folder):
            for path in sorted(self._folder.iterdir()) if self._folder.is_dir() else []:
                with suppress(FileNotFoundError):  # dropped meanwhile
                    if self._is_old(path) or not self._is_readable(path):
                        self._disk.remove(path)
                        removed += 1
        return removed

    def rewrap(self) -> int:
        """Put every draft under the current master key, none any younger by it; sweeps first.

        Returns:
            How many are there.

        Raises:
            NoseprintError: FOLDER_NOT_USABLE, DISK_FULL.
        """
        self.sweep()
        with disk_errors(self._folder):
            paths = sorted(self._folder.glob(f"*{_SUFFIX}"))
            for path in paths:
                written, sealed = path.stat(), path.read_bytes()
                if (rewrapped := self._vault.rewrap(sealed)) != sealed:
                    self._disk.write(path, rewrapped)
                    os.utime(path, ns=(written.st_atime_ns, written.st_mtime_ns))
        return len(paths)

    def _is_readable(self, path: Path) -> bool:
        """Whether a file is a draft that can be gone on with, or none at all."""
        if path.suffix != _SUFFIX or not is_staff_id(path.stem):
            return True
        try:
            self.load(path.stem)
        except NoseprintError as fault:
            if fault.code not in _UNREADABLE:
                raise
            _log.warning("a draft cannot be read, dropped", extra=facts(code=fault.code.value, staff_id=path.stem))
            return False
        return True

    def _is_old(self, path: Path) -> bool:
        # A time that is to come was written by a clock that has been set back since.
        return abs(self._clock() - path.stat().st_mtime) > KEPT_FOR.total_seconds()

    def _path(self, staff_id: str) -> Path:
        if not is_staff_id(staff_id):
            raise ValueError("a draft of no operator")
        return self._folder / f"{staff_id}{_SUFFIX}"


def _draft_in(document: bytes) -> Draft:
    try:
        found = msgspec.msgpack.decode(document, type=_Document)
    except msgspec.DecodeError as fault:
        raise NoseprintError(ErrorCode.SEALED_DAMAGED, "no draft of this version") from fault
    if found.version != _VERSION:
        raise NoseprintError(ErrorCode.SEALED_DAMAGED, f"a draft of version {found.version}")
    return found.draft


def _context(staff_id: str) -> str:
    return f"draft:{staff_id}"
