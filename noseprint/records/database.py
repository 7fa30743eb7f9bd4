"""Reaching the database: engines for SQLite and PostgreSQL, the way to the newest tables, and what its errors mean."""

from __future__ import annotations

import logging
import sqlite3
import threading
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeAlias

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError, OperationalError
from sqlalchemy.exc import TimeoutError as NoConnectionLeft

from noseprint.errors import ErrorCode, NoseprintError
from noseprint.logs import facts
from noseprint.records import key_register
from noseprint.records.upgrade import Safeguard

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy.engine.interfaces import DBAPIConnection, ExceptionContext
    from sqlalchemy.pool import ConnectionPoolEntry

    from noseprint.vault.vault import Vault

Address: TypeAlias = URL | str
"""Where a database is: what ``sqlite_url`` and ``postgresql_url`` make, or a URL as text."""

# Seconds that a call waits for another one's transaction, or for the server, before it gives up.
_PATIENCE: Final = {
    "sqlite": {"timeout": "5"},
    "postgresql": {"connect_timeout": "5", "options": "-c lock_timeout=5s"},
}
# A template of 512 numbers fills half a page of the usual 4096 bytes, and no second one fits into the other half.
# What was removed or sealed is overwritten, and no temporary file ever holds it.
_PRAGMAS: Final = (
    "page_size=16384",
    "journal_mode=WAL",
    "synchronous=FULL",
    "foreign_keys=ON",
    "secure_delete=ON",
    "temp_store=MEMORY",
)
_WRITES: Final = "noseprint_writes"
_BARE: Final = "noseprint_without_transaction"
# SQLite's user_version: an older database was converted, and its file is still to be written anew.
_CLEAN, _HAS_REMAINS = 0, 1
_SQLITE_DAMAGE: Final = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})
# The index of the journal is a file too, and the first one to be made longer when records are opened.
_SQLITE_NO_ROOM: Final = frozenset({sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR_SHMSIZE})
_PRIMARY_CODE: Final = 0xFF  # SQLite's extended codes say in their upper bits where they come from
_MIGRATION_LOCK: Final = 0x6E6F7365  # any number that no other user of the server's advisory locks takes

_log = logging.getLogger(__name__)
# Alembic keeps the migration under way in module globals.
_migrating = threading.Lock()


def sqlite_url(file: Path) -> URL:
    """The address of the records in a file, whatever characters its path has."""
    return URL.create("sqlite", database=str(file))


def postgresql_url(host: str, port: int, username: str, password: str, database: str) -> URL:
    """The address of the records on a PostgreSQL server; shown as text, it hides the password."""
    return URL.create("postgresql+psycopg", username, password, host, port, database)


def connect(address: Address) -> Engine:
    """An engine for the database at this address; reaches nothing yet.

    What a URL's query says goes before the waiting times set here.

    Raises:
        NoseprintError: RECORDS_UNAVAILABLE for a URL of another kind, FACE_NOT_INSTALLED without PostgreSQL's driver.
    """
    url = _understood(address)
    patient = url.set(query={**_PATIENCE[url.get_backend_name()], **url.query})
    try:
        engine = create_engine(patient, hide_parameters=True, pool_pre_ping=True)
    except NoSuchModuleError:
        raise NoseprintError(ErrorCode.RECORDS_UNAVAILABLE, f"no support for {url.drivername}") from None
    except ModuleNotFoundError:
        raise NoseprintError(ErrorCode.FACE_NOT_INSTALLED, extra="postgres") from None
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        event.listen(engine, "handle_error", _full_disk)
    return engine


def writing(engine: Engine) -> Engine:
    """The same engine for transactions that write: on SQLite they take the write lock at once."""
    return engine.execution_options(**{_WRITES: True})


def keys_in_use(address: Address) -> set[str]:
    """The ids of the master keys without which the database at this address cannot be used; none for a new one.

    Raises:
        NoseprintError: the codes of ``connect``, RECORDS_UNAVAILABLE, RECORDS_DAMAGED.
    """
    engine = connect(address)
    try:
        with database_errors(), engine.connect() as connection:
            return key_register.key_ids(connection)
    finally:
        engine.dispose()


def migrate(engine: Engine, vault: Vault) -> None:
    """Bring the tables to the newest version, in one transaction; a second program waits for the first one's.

    Args:
        engine: the database.
        vault: seals what older versions kept in plain columns.

    Raises:
        NoseprintError: RECORDS_TOO_NEW when the database knows a version that this program does not,
            MASTER_KEY_MISSING when it was used with a key that the vault does not have, RECORDS_NOT_UPGRADED when
            the way fails, DISK_FULL or FOLDER_NOT_USABLE when no copy can be kept before it. Nothing is changed then.
    """
    config = Config()
    # Alembic expands percent signs; a folder's name may contain one.
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
    script = ScriptDirectory.from_config(config)
    with _migrating:
        with Safeguard(engine, vault) as safeguard, writing(engine).begin() as connection:
            _lock_migrations(connection)
            present = set(MigrationContext.configure(connection).get_current_heads())
            if present - {revision.revision for revision in script.walk_revisions()}:
                raise NoseprintError(ErrorCode.RECORDS_TOO_NEW, f"version {', '.join(sorted(present))}")
            key_register.require_keys(connection, vault.keys)
            earlier = key_register.key_ids(connection)
            if present != set(script.get_heads()):
                safeguard.keep_copy("-".join(sorted(present)))
                config.attributes.update(connection=connection, vault=vault)
                command.upgrade(config, "head")
                _note_remains(connection, converted=bool(present))
            key_register.register(connection, vault.keys, earlier)
            # A database that can only be read is to be found out now, not by the first enrolment.
            connection.execute(text("UPDATE alembic_version SET version_num = version_num"))
        _remove_remains(engine)


@contextmanager
def database_errors() -> Iterator[None]:
    """Turn what the database refuses into RECORDS_UNAVAILABLE, or RECORDS_DAMAGED where its file is broken.

    A disk without room is DISK_FULL already: the engines of ``connect`` know which one.

    The cause is left out on purpose: its message can hold the values of a row, and so a person's data.
    """
    try:
        yield
    except DBAPIError as error:
        code = ErrorCode.RECORDS_DAMAGED if _is_damage(error) else ErrorCode.RECORDS_UNAVAILABLE
        raise NoseprintError(code, _kind(error)) from None
    except NoConnectionLeft:
        raise NoseprintError(ErrorCode.RECORDS_UNAVAILABLE, "all connections are busy") from None


def _understood(address: Address) -> URL:
    try:
        url = make_url(address)
    except (ArgumentError, ValueError):  # the latter for a port that is none, in a password with a slash perhaps
        raise NoseprintError(ErrorCode.RECORDS_UNAVAILABLE, "the URL cannot be understood") from None
    if url.get_backend_name() not in _PATIENCE:
        raise NoseprintError(ErrorCode.RECORDS_UNAVAILABLE, f"no support for {url.get_backend_name()}")
    return url


def _prepare_sqlite(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
    # Without this the driver begins and commits by rules of its own, and not at all around CREATE TABLE.
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in _PRAGMAS:
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    if connection.get_execution_options().get(_BARE, False):
        return
    # A transaction that reads first and writes later fails at once when another one wrote in between, without waiting.
    writes = connection.get_execution_options().get(_WRITES, False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _full_disk(context: ExceptionContext) -> NoseprintError | None:
    """What is raised in the place of SQLite's own error where the disk has no room; None for any other error."""
    error = context.original_exception
    if context.engine is None or getattr(error, "sqlite_errorcode", None) not in _SQLITE_NO_ROOM:
        return None
    return NoseprintError(ErrorCode.DISK_FULL, path=Path(context.engine.url.database or "").parent)


def _note_remains(connection: Connection, *, converted: bool) -> None:
    """Note, in the conversion's own transaction, that the file still holds pages of what was converted."""
    if converted and connection.dialect.name == "sqlite":
        connection.exec_driver_sql(f"PRAGMA user_version = {_HAS_REMAINS}")


def _remove_remains(engine: Engine) -> None:
    """Write a converted file anew and empty its journal: what was plain is in neither then.

    A program that is killed before does it at its next start, and so does one that finds another program reading or
    the disk full: the conversion itself is committed. PostgreSQL has done it in the conversion.
    """
    if engine.dialect.name != "sqlite":
        return
    try:
        _write_anew(engine)
    except (OperationalError, NoseprintError) as error:
        _log.warning("the records' file is written anew at the next start", extra=facts(reason=type(error).__name__))


def _write_anew(engine: Engine) -> None:
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT", **{_BARE: True}) as connection:
        if connection.exec_driver_sql("PRAGMA user_version").scalar_one() != _HAS_REMAINS:
            return
        connection.exec_driver_sql("VACUUM")
        busy = connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").one()[0]
        if not busy:  # else another program reads on; whoever starts next tries again
            connection.exec_driver_sql(f"PRAGMA user_version = {_CLEAN}")


def _lock_migrations(connection: Connection) -> None:
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _MIGRATION_LOCK})


def _is_damage(error: DBAPIError) -> bool:
    if not isinstance(error.orig, sqlite3.Error):
        return False
    return _is_unreadable_text(error) or _primary_code(error.orig) in _SQLITE_DAMAGE


def _primary_code(error: sqlite3.Error) -> int | None:
    code: int | None = getattr(error, "sqlite_errorcode", None)
    return None if code is None else code & _PRIMARY_CODE


def _is_unreadable_text(error: DBAPIError) -> bool:
    # The driver's own complaint of text that is not UTF-8, the only OperationalError to which SQLite has no code.
    return isinstance(error.orig, sqlite3.OperationalError) and not hasattr(error.orig, "sqlite_errorcode")


def _kind(error: DBAPIError) -> str:
    parts = [type(error.orig).__name__]
    parts += [str(code) for name in ("sqlite_errorname", "sqlstate") if (code := getattr(error.orig, name, None))]
    # About the connection, the disk or a lock, and so about no value; but for text that cannot be read.
    if isinstance(error, OperationalError) and not _is_unreadable_text(error):
        parts += str(error.orig).splitlines()[:1]
    return ": ".join(parts)
