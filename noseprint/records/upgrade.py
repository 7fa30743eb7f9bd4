"""Keeps an older SQLite database through its migration: a sealed copy beside it, put back where the migration fails.

The copy is sealed because older versions kept names and numbers in plain columns.
"""

from __future__ import annotations

import sqlite3
from contextlib import ExitStack, closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final, Self

from noseprint.disk import PART_PREFIX, Disk, disk_errors, locked
from noseprint.errors import ErrorCode, NoseprintError
from noseprint.records.sqlite_errors import sqlite_errors

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import TracebackType

    from sqlalchemy import Engine

    from noseprint.vault.vault import Vault

COPIES_KEPT: Final = 3

_LOCK: Final = ".noseprint-migrating"
_SUFFIX: Final = ".copy"
_MAGIC: Final = b"noseprint records copy 1\n"
_CHUNK: Final = 8 * 1024 * 1024
_LENGTH_BYTES: Final = 4
# Two bytes of SQLite's file header say that a journal (WAL) belongs to the file; one in memory has none.
_JOURNAL, _WITHOUT_WAL = slice(18, 20), b"\x01\x01"

_Shape = tuple[tuple[object, ...], ...]


class Safeguard:
    """What surrounds a migration, from before its transaction begins until after that has ended.

    Nothing happens on PostgreSQL, which keeps its own backups, or before ``keep_copy``.

    Args:
        engine: the database.
        vault: seals the copy.
        disk: writes it.
        clock: the present moment, which the copy is named by.
    """

    def __init__(
        self,
        engine: Engine,
        vault: Vault,
        disk: Disk | None = None,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._file = _file_of(engine)
        self._vault = vault
        self._disk = disk or Disk()
        self._clock = clock
        self._kept: tuple[Path, _Shape] | None = None
        self._alone = ExitStack()

    def keep_copy(self, version: str) -> None:
        """Copy the database as it is committed, inside the transaction that is going to migrate it.

        The earliest copies beyond ``COPIES_KEPT`` are removed.

        Args:
            version: of the tables now; empty for a new database, of which no copy is made.

        Raises:
            NoseprintError: DISK_FULL, FOLDER_NOT_USABLE, RECORDS_UNAVAILABLE, RECORDS_DAMAGED.
        """
        if self._file is None or not version:
            return
        folder = copies_folder(self._file)
        self._disk.make_folder(folder)
        self._sweep(folder)
        with sqlite_errors(self._file), _reading(self._file) as connection:
            shape, image = _shape(connection), connection.serialize()
        copy = folder / f"{self._clock():%Y%m%dT%H%M%S%fZ}-{version}{_SUFFIX}"
        with self._disk.writing(copy) as file:
            for part in _sealed(image, self._vault):
                self._disk.fill(file, part)
        self._kept = copy, shape
        for old in copies(self._file)[:-COPIES_KEPT]:
            self._disk.remove(old)

    def __enter__(self) -> Self:
        """Be the only one who migrates, until it has ended well or has been undone.

        The database's own lock is free as soon as a migration has failed: another program's, and what it saved
        since, would be lost when the copy is put back.

        Raises:
            NoseprintError: ALREADY_RUNNING when another one takes long, FOLDER_NOT_USABLE.
        """
        if self._file and self._file.parent.is_dir():  # where it is not, SQLite says so
            self._alone.enter_context(locked(self._file.with_name(_LOCK)))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """See to it that a failed migration has changed nothing.

        Raises:
            NoseprintError: RECORDS_NOT_UPGRADED (``path``: the copy) in the place of any other error.
        """
        with self._alone:
            self._undo(error)

    def _undo(self, error: BaseException | None) -> None:
        if self._file is None or self._kept is None or error is None:
            return
        copy, shape = self._kept
        # The transaction has been rolled back by now; a step that ended it by itself is undone here.
        if not _is_as_before(self._file, shape):
            put_back(self._file, read_copy(copy, self._vault))
        if isinstance(error, Exception) and not isinstance(error, NoseprintError):
            # Not chained: a database's message can hold the values of a row, and so a person's data.
            cause = type(getattr(error, "orig", None) or error).__name__
            raise NoseprintError(ErrorCode.RECORDS_NOT_UPGRADED, cause, path=copy) from None

    def _sweep(self, folder: Path) -> None:
        """Remove what killed programs did not finish: nobody else writes here while the database is locked."""
        with disk_errors(folder):
            unfinished = [file for file in folder.iterdir() if file.name.startswith(PART_PREFIX)]
        for file in unfinished:
            self._disk.remove(file)


def copies_folder(file: Path) -> Path:
    """Where the copies of a database lie, beside it."""
    return file.with_name(f"{file.name}.copies")


def copies(file: Path) -> list[Path]:
    """The copies that were made before migrations of a database, the earliest first.

    Raises:
        NoseprintError: FOLDER_NOT_USABLE.
    """
    folder = copies_folder(file)
    with disk_errors(folder):
        return sorted(folder.glob(f"*{_SUFFIX}")) if folder.is_dir() else []


def read_copy(copy: Path, vault: Vault) -> bytes:
    """The database file in a copy.

    Raises:
        NoseprintError: ARCHIVE_DAMAGED (``path``) when it is no copy, cut off or altered; MASTER_KEY_MISSING,
            FILE_NOT_READABLE.
    """
    try:
        content = copy.read_bytes()
    except OSError as fault:
        raise NoseprintError(ErrorCode.FILE_NOT_READABLE, fault.strerror or "", path=copy) from fault
    try:
        return b"".join(_unsealed(content, vault))
    except NoseprintError as error:
        if error.code is not ErrorCode.SEALED_DAMAGED:
            raise
        raise NoseprintError(ErrorCode.ARCHIVE_DAMAGED, "not a whole copy of records", path=copy) from error


def put_back(file: Path, image: bytes) -> None:
    """Make a database what it was, through SQLite, so that programs that have it open see nothing half done.

    Raises:
        NoseprintError: RECORDS_DAMAGED when SQLite cannot, since other programs use the file or it is broken.
    """
    writable = bytearray(image)
    writable[_JOURNAL] = _WITHOUT_WAL
    try:
        with closing(sqlite3.connect(":memory:")) as former, closing(sqlite3.connect(file)) as present:
            former.deserialize(bytes(writable))
            former.backup(present)
    except sqlite3.Error as error:
        detail = f"the former records could not be put back: {type(error).__name__}"
        raise NoseprintError(ErrorCode.RECORDS_DAMAGED, detail) from None


def _file_of(engine: Engine) -> Path | None:
    database = engine.url.database
    in_a_file = engine.dialect.name == "sqlite" and database and database != ":memory:"
    return Path(database) if in_a_file and database else None


@contextmanager
def _reading(file: Path) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(file, isolation_level=None)) as connection:
        connection.execute("BEGIN")
        yield connection


def _shape(connection: sqlite3.Connection) -> _Shape:
    """What a migration changes: the tables and their version."""
    tables = connection.execute("SELECT type, name, sql FROM sqlite_master ORDER BY type, name").fetchall()
    return (*tables, *connection.execute("SELECT version_num FROM alembic_version").fetchall())


def _is_as_before(file: Path, shape: _Shape) -> bool:
    try:
        with _reading(file) as connection:
            return _shape(connection) == shape
    except sqlite3.Error:
        return False


def _sealed(image: bytes, vault: Vault) -> Iterator[bytes]:
    yield _MAGIC
    starts = range(0, len(image), _CHUNK)
    for index, start in enumerate(starts):
        sealed = vault.seal(image[start : start + _CHUNK], _context(index, is_last=index == len(starts) - 1))
        yield len(sealed).to_bytes(_LENGTH_BYTES) + sealed


def _unsealed(content: bytes, vault: Vault) -> Iterator[bytes]:
    if not content.startswith(_MAGIC) or len(content) == len(_MAGIC):
        raise NoseprintError(ErrorCode.SEALED_DAMAGED, "not a copy of records")
    at, index = len(_MAGIC), 0
    while at < len(content):
        start = at + _LENGTH_BYTES
        at = start + int.from_bytes(content[start - _LENGTH_BYTES : start])
        yield vault.unseal(content[start:at], _context(index, is_last=at >= len(content)))
        index += 1


def _context(index: int, *, is_last: bool) -> str:
    # The number keeps the parts in order, and the last one says so: neither a missing nor a moved part goes unseen.
    return f"records-copy:{index}:{'last' if is_last else 'more'}"
