"""A backup of one machine's records in one file: the database as of one moment, and the contents that it mentions.

The file is a tar archive: ``records.db``, sealed contents under ``spool/``, and last ``backup.json`` with a checksum
of each. What is personal in it is sealed, and the master key is never in it.
"""

from __future__ import annotations

import hashlib
import io
import os
import shutil
import sqlite3
import tarfile
import tempfile
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import IO, TYPE_CHECKING, Final

import msgspec

from noseprint.disk import PART_PREFIX, Disk, disk_errors, locked
from noseprint.errors import ErrorCode, NoseprintError
from noseprint.records.sqlite_errors import sqlite_errors

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator
    from contextlib import AbstractContextManager

DATABASE: Final = "records.db"
SPOOL: Final = "spool"
MANIFEST: Final = "backup.json"
FORMAT: Final = 1

_LOCK: Final = ".noseprint-backup"
_SNAPSHOT: Final = f"{PART_PREFIX}backup-"
_PIECE: Final = 1024 * 1024
_LONGEST_MANIFEST: Final = 256 * 1024 * 1024
_PATIENCE_S: Final = 5.0


class Manifest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a backup says of itself.

    Attributes:
        format: ``FORMAT``.
        made_at: when, in UTC.
        version: of the tables.
        key_ids: the master keys that it can be read with, newest first.
        files: the SHA-256 of every other file in it, by its name.
    """

    format: int
    made_at: datetime
    version: str
    key_ids: tuple[str, ...]
    files: dict[str, str]


@dataclass(frozen=True, slots=True)
class Backup:
    """A backup that was written and read back.

    Attributes:
        sha256: of the file.
        size: of the file in bytes.
        manifest: what is in it.
        lost: spool names that the records mention and the spool does not have, so that no backup can.
    """

    sha256: str
    size: int
    manifest: Manifest
    lost: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Source:
    """What is backed up.

    Attributes:
        database: the file of the records.
        spool: the folder of the sealed contents, which need not be there.
        changing: keeps others from changing the spool while it lasts, see ``Spool.changing``.
        key_ids: the master keys in use, newest first.
    """

    database: Path
    spool: Path
    changing: Callable[[], AbstractContextManager[None]]
    key_ids: tuple[str, ...]


def back_up(source: Source, target: Path, now: datetime, disk: Disk | None = None) -> Backup:
    """Write a backup while other programs go on writing; an earlier file is replaced once this one has proven itself.

    Raises:
        NoseprintError: RECORDS_DAMAGED when the database is not whole, so that there is nothing sound to keep;
            RECORDS_UNAVAILABLE, DISK_FULL, FOLDER_NOT_USABLE, ALREADY_RUNNING for two at once.
    """
    with _snapshot(source.database) as snapshot, (disk or Disk()).writing(target) as file:
        lost = _fill(file, source, snapshot, now)
        file.flush()
        written = Path(file.name)
        manifest = check(written)
        return Backup(checksum(written), written.stat().st_size, manifest, tuple(sorted(lost)))


def check(backup: Path) -> Manifest:
    """Read a backup through, and compare every byte with its checksums.

    Raises:
        NoseprintError: ARCHIVE_DAMAGED (``path``), RECORDS_TOO_NEW for a later format, FILE_NOT_READABLE.
    """
    found: dict[str, str] = {}
    with archive_errors(backup):
        for name, content in members(backup):
            if name == MANIFEST:
                return _proven(_manifest(content.read(_LONGEST_MANIFEST), backup), found, backup)
            found[name] = _digest(content)
    raise damaged(backup, "no manifest")


def members(backup: Path) -> Iterator[tuple[str, IO[bytes]]]:
    """The files in a backup with their contents, the manifest last; nothing is proven. For use in ``archive_errors``.

    Raises:
        NoseprintError: ARCHIVE_DAMAGED (``path``).
    """
    with tarfile.open(backup, "r:") as archive:
        for member in archive:
            content = archive.extractfile(member) if member.isreg() and not member.issparse() else None
            if content is None or not _is_ours(member.name):
                raise damaged(backup, "a file that belongs to no backup")
            yield member.name, content


@contextmanager
def archive_errors(backup: Path) -> Iterator[None]:
    """Turn what goes wrong while a backup is read into errors that people know.

    Raises:
        NoseprintError: ARCHIVE_DAMAGED or FILE_NOT_READABLE (``path``).
    """
    try:
        yield
    except tarfile.TarError as fault:
        raise damaged(backup, type(fault).__name__) from fault
    except OSError as fault:
        raise NoseprintError(ErrorCode.FILE_NOT_READABLE, fault.strerror or "", path=backup) from fault


def version_of(database: Path) -> str:
    """The version of the tables in a database that nobody else uses, once all of it has been proven whole.

    Raises:
        NoseprintError: RECORDS_DAMAGED.
    """
    with _database(database) as connection:
        if connection.execute("PRAGMA integrity_check").fetchall() != [("ok",)]:
            raise NoseprintError(ErrorCode.RECORDS_DAMAGED, "integrity check")
        return str(connection.execute("SELECT version_num FROM alembic_version").fetchone()[0])


@contextmanager
def _snapshot(database: Path) -> Iterator[Path]:
    """A folder of its own for copies of the database; what an earlier backup left when it was killed is removed."""
    with locked(database.with_name(_LOCK), wait_s=0.0):
        with disk_errors(database.parent):
            for left in database.parent.glob(f"{_SNAPSHOT}*"):
                shutil.rmtree(left, ignore_errors=True)
            folder = tempfile.TemporaryDirectory(prefix=_SNAPSHOT, dir=database.parent)
        with folder as path:
            yield Path(path) / DATABASE


def _fill(file: IO[bytes], source: Source, snapshot: Path, now: datetime) -> set[str]:
    """Write the archive; say which contents are lost.

    A content may be dropped after the copy that mentions it was made, because it was uploaded and has expired.
    Only then is all of it done again while the spool stands still: what was lost before stays lost.
    """
    missing = _write(file, source, snapshot, now)
    if not missing:
        return missing
    with source.changing():
        if _are_lost(missing, source):
            return missing
        file.seek(0)
        file.truncate()
        return _write(file, source, snapshot, now)


def _are_lost(missing: set[str], source: Source) -> bool:
    """Whether all of them are mentioned still, so that nobody dropped them, and none has come back."""
    return missing <= set(_mentioned(source.database)) and not any((source.spool / name).exists() for name in missing)


def _write(file: IO[bytes], source: Source, snapshot: Path, now: datetime) -> set[str]:
    _copy(source.database, snapshot)
    version = version_of(snapshot)
    files: dict[str, str] = {}
    missing: set[str] = set()
    with tarfile.open(fileobj=file, mode="w", format=tarfile.PAX_FORMAT) as archive:
        files[DATABASE] = _add(archive, DATABASE, snapshot, now)
        for name in _mentioned(snapshot):
            try:
                files[f"{SPOOL}/{name}"] = _add(archive, f"{SPOOL}/{name}", source.spool / name, now)
            except FileNotFoundError:
                missing.add(name)
        manifest = msgspec.json.encode(Manifest(FORMAT, now, version, source.key_ids, files))
        archive.addfile(_header(MANIFEST, len(manifest), now), io.BytesIO(manifest))
    return missing


def _copy(database: Path, snapshot: Path) -> None:
    """Copy a database through SQLite, in one step and so as of one moment; writers need not stop."""
    snapshot.unlink(missing_ok=True)
    with _database(database) as live, closing(sqlite3.connect(snapshot)) as copy:
        live.backup(copy)
        # One file, without a journal beside it.
        copy.execute("PRAGMA journal_mode=DELETE")


@contextmanager
def _database(file: Path) -> Iterator[sqlite3.Connection]:
    with sqlite_errors(file), closing(sqlite3.connect(file, timeout=_PATIENCE_S)) as connection:
        yield connection


def _mentioned(snapshot: Path) -> list[str]:
    with _database(snapshot) as connection:
        names = connection.execute("SELECT DISTINCT spool_name FROM outbox_entries WHERE kept ORDER BY spool_name")
        return [name for (name,) in names]


def _add(archive: tarfile.TarFile, name: str, path: Path, now: datetime) -> str:
    """Add a file, and give its checksum."""
    with path.open("rb") as content:
        hashed = _Hashed(content)
        archive.addfile(_header(name, os.fstat(content.fileno()).st_size, now), hashed)
        return hashed.digest.hexdigest()


def _header(name: str, size: int, now: datetime) -> tarfile.TarInfo:
    header = tarfile.TarInfo(name)
    header.size, header.mode, header.mtime = size, 0o600, int(now.timestamp())
    return header


class _Hashed(io.BufferedIOBase):
    """A stream that keeps the SHA-256 of what was read from it."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream
        self.digest = hashlib.sha256()

    def read(self, size: int | None = -1, /) -> bytes:
        """Read as the stream does."""
        content = self._stream.read(-1 if size is None else size)
        self.digest.update(content)
        return content


def _is_ours(name: str) -> bool:
    folder, _, file = name.rpartition("/")
    is_content = folder == SPOOL and len(file) == hashlib.sha256().digest_size * 2 and file.isalnum()
    return name in {DATABASE, MANIFEST} or is_content


def _manifest(content: bytes, backup: Path) -> Manifest:
    try:
        manifest = msgspec.json.decode(content, type=Manifest)
    except (msgspec.MsgspecError, UnicodeDecodeError) as fault:
        raise damaged(backup, "its manifest cannot be read") from fault
    if manifest.format > FORMAT:
        raise NoseprintError(ErrorCode.RECORDS_TOO_NEW, f"backup format {manifest.format}")
    return manifest


def _proven(manifest: Manifest, found: dict[str, str], backup: Path) -> Manifest:
    if found != manifest.files or DATABASE not in found:
        raise damaged(backup, _difference(found.items(), manifest.files.items()))
    return manifest


def _difference(found: Collection[tuple[str, str]], listed: Collection[tuple[str, str]]) -> str:
    return f"not as listed: {min(set(found) ^ set(listed), default=('',))[0]}"


def _digest(content: IO[bytes]) -> str:
    digest = hashlib.sha256()
    while piece := content.read(_PIECE):
        digest.update(piece)
    return digest.hexdigest()


def checksum(path: Path) -> str:
    """The SHA-256 of a file, in hexadecimal digits."""
    with path.open("rb") as file:
        return _digest(file)


def damaged(backup: Path, detail: str) -> NoseprintError:
    """The error for a file that is no whole backup."""
    return NoseprintError(ErrorCode.ARCHIVE_DAMAGED, detail, path=backup)
