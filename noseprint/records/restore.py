"""A backup brought back: all of it or nothing, in the place of a data folder that is kept beside it."""

from __future__ import annotations

import hashlib
import os
import shutil
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import IO, TYPE_CHECKING, Final

from noseprint.disk import INSTANCE_LOCK, PART_PREFIX, Disk, disk_errors, exclusive, locked
from noseprint.errors import ErrorCode, NoseprintError
from noseprint.records import backup as backups

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator
    from datetime import datetime

    from noseprint.records.backup import Manifest

_PIECE: Final = 1024 * 1024
# What the backup brings itself, and what belongs to the programs that had the former folder open.
_OF_PROGRAMS: Final = ".noseprint-"
_DATABASE_FILES: Final = tuple(f"{backups.DATABASE}{suffix}" for suffix in ("", "-wal", "-shm", "-journal"))
_REPLACED: Final = (*_DATABASE_FILES, backups.SPOOL, f"{_OF_PROGRAMS}*")


@dataclass(frozen=True, slots=True)
class Restored:
    """A data folder as it was backed up.

    Attributes:
        manifest: what the backup said.
        sha256: of the backup.
        former: where the former data folder is kept; None where there was none.
    """

    manifest: Manifest
    sha256: str
    former: Path | None


def restore(
    backup: Path,
    data_dir: Path,
    require_keys: Callable[[Collection[str]], object],
    now: datetime,
    disk: Disk | None = None,
) -> Restored:
    """Put a backup in the place of the records and contents of a data folder.

    The new folder is made beside the old one and takes its place at the end, by renaming. What no backup holds,
    such as settings, models and the local object store, is carried over from the former folder. Killed at any
    moment, it has happened wholly or not at all, once ``finish_interrupted`` has run.

    Args:
        backup: the file.
        data_dir: the folder, in use by nobody; need not be there.
        require_keys: raises MASTER_KEY_MISSING when one of these master keys is not at hand.
        now: the present moment, by which the former folder is named.
        disk: what writes.

    Raises:
        NoseprintError: ARCHIVE_DAMAGED, FILE_NOT_READABLE, RECORDS_TOO_NEW, RECORDS_DAMAGED, MASTER_KEY_MISSING,
            ALREADY_RUNNING, DISK_FULL, FOLDER_NOT_USABLE. Nothing is changed then.
    """
    disk = disk or Disk()
    backup, data_dir = backup.absolute(), data_dir.absolute()
    finish_interrupted(data_dir, disk)
    manifest = backups.check(backup)
    require_keys(manifest.key_ids)
    disk.make_folder(data_dir)
    with _alone_in(data_dir) as held:
        _prepare(backup, manifest, data_dir, disk)
        if os.name == "nt":
            # It renames no folder with an open file in it: not one with locks, nor one that anyone has come into since.
            held.close()
        former = _exchange(data_dir, now, disk)
    return Restored(manifest, backups.checksum(backup), former)


def finish_interrupted(data_dir: Path, disk: Disk | None = None) -> bool:
    """Put the restored folder in its place where a restore was killed after it had moved the former one away.

    To be called before a data folder that is missing is made anew.

    Returns:
        Whether it was so.

    Raises:
        NoseprintError: FOLDER_NOT_USABLE.
    """
    ready = _ready(data_dir)
    if data_dir.exists() or not ready.is_dir():
        return False
    _put_in_place(data_dir, disk or Disk())
    return True


@contextmanager
def _alone_in(data_dir: Path) -> Iterator[ExitStack]:
    """Hold every lock that a program may have taken in a data folder, such as the sync worker's."""
    with ExitStack() as held:
        held.enter_context(exclusive(data_dir))
        for lock in sorted(data_dir.glob(f"{_OF_PROGRAMS}*")):
            if lock.is_file() and lock.name != INSTANCE_LOCK and not lock.name.startswith(PART_PREFIX):
                held.enter_context(locked(lock, wait_s=0.0))
        yield held


def _prepare(backup: Path, manifest: Manifest, data_dir: Path, disk: Disk) -> None:
    """Make the whole new folder beside the present one, on the disk before it gets the name that says it is ready."""
    unfinished, ready = data_dir.with_name(f".{data_dir.name}.restoring"), _ready(data_dir)
    with disk_errors(data_dir.parent):
        shutil.rmtree(unfinished, ignore_errors=True)
        shutil.rmtree(ready, ignore_errors=True)
    disk.make_folder(unfinished)
    try:
        _unpack(backup, manifest, unfinished, disk)
        _require_usable(unfinished / backups.DATABASE, manifest)
        _carry_over(data_dir, unfinished, disk)
        _rename(unfinished, ready, disk)
    except BaseException:
        shutil.rmtree(unfinished, ignore_errors=True)
        raise


def _unpack(backup: Path, manifest: Manifest, folder: Path, disk: Disk) -> None:
    disk.make_folder(folder / backups.SPOOL)
    with backups.archive_errors(backup):
        for name, content in backups.members(backup):
            if name != backups.MANIFEST and _unpacked(content, folder / name, disk) != manifest.files.get(name):
                raise backups.damaged(backup, "changed while it was read")


def _unpacked(content: IO[bytes], path: Path, disk: Disk) -> str:
    """Write a file, and give its checksum."""
    digest = hashlib.sha256()
    with disk.writing(path) as file:
        while piece := content.read(_PIECE):
            digest.update(piece)
            disk.fill(file, piece)
    return digest.hexdigest()


def _require_usable(database: Path, manifest: Manifest) -> None:
    version = backups.version_of(database)
    if version != manifest.version:
        raise NoseprintError(ErrorCode.RECORDS_DAMAGED, f"version {version}")
    if version not in _known_versions():
        raise NoseprintError(ErrorCode.RECORDS_TOO_NEW, f"version {version}")


def _known_versions() -> set[str]:
    steps = Path(__file__).parent / "migrations" / "versions"
    return {step.name.partition("_")[0] for step in steps.glob("[0-9]*_*.py")}


def _carry_over(former: Path, folder: Path, disk: Disk) -> None:
    with disk_errors(folder):
        shutil.copytree(
            former,
            folder,
            copy_function=partial(_link_or_copy, disk),
            ignore=_only_at_the_top(former),
            dirs_exist_ok=True,
            symlinks=True,
        )
        for place, _, _ in os.walk(folder):
            disk.flush_folder(Path(place))


def _only_at_the_top(former: Path) -> Callable[[str, list[str]], set[str]]:
    replaced = shutil.ignore_patterns(*_REPLACED)

    def ignored(folder: str, names: list[str]) -> set[str]:
        return replaced(folder, names) if Path(folder) == former else set()

    return ignored


def _link_or_copy(disk: Disk, source: str, target: str) -> str:
    """Give a file a second name; where the file system knows none, copy it.

    What a person edits in place is copied: else the former folder's would change with it.
    """
    if Path(source).suffix != ".toml":
        try:
            os.link(source, target)
        except OSError:
            pass
        else:
            return target
    with Path(source).open("rb") as former, disk.writing(Path(target)) as file:
        while piece := former.read(_PIECE):
            disk.fill(file, piece)
    shutil.copystat(source, target)
    return target


def _exchange(data_dir: Path, now: datetime, disk: Disk) -> Path | None:
    former = data_dir.with_name(f"{data_dir.name}.before-restore-{now:%Y%m%dT%H%M%S%fZ}")
    was_empty = all(entry.name.startswith(_OF_PROGRAMS) for entry in data_dir.iterdir())
    _rename(data_dir, former, disk)
    _put_in_place(data_dir, disk)
    if not was_empty:
        return former
    shutil.rmtree(former, ignore_errors=True)
    return None


def _put_in_place(data_dir: Path, disk: Disk) -> None:
    """Give the restored folder its name, unless a program that started at this moment has done so."""
    ready = _ready(data_dir)
    try:
        _rename(ready, data_dir, disk)
    except NoseprintError:
        if ready.exists() or not data_dir.is_dir():
            raise


def _rename(folder: Path, name: Path, disk: Disk) -> None:
    with disk_errors(name.parent):
        disk.rename(folder, name)
        disk.flush_folder(name.parent)


def _ready(data_dir: Path) -> Path:
    return data_dir.with_name(f".{data_dir.name}.restored")
