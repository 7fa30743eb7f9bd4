"""Reaching the database: engines for SQLite and PostgreSQL, the way to the newest tables, and what its errors mean."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.exc import ArgumentError, DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as NoConnectionLeft

from noseprint.errors import ErrorCode, NoseprintError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import URL
    from sqlalchemy.engine.interfaces import DBAPIConnection
    from sqlalchemy.pool import ConnectionPoolEntry

# Seconds that a call waits for another one's transaction, or for the server, before it gives up.
_PATIENCE: Final = {
    "sqlite": {"timeout": "5"},
    "postgresql": {"connect_timeout": "5", "options": "-c lock_timeout=5s"},
}
# A template of 512 numbers fills half a page of the usual 4096 bytes, and no second one fits into the other half.
_PRAGMAS: Final = ("page_size=16384", "journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON")
_WRITES: Final = "noseprint_writes"
_MIGRATION_LOCK: Final = 0x6E6F7365  # any number that no other user of the server's advisory locks takes

# Alembic keeps the migration under way in module globals.
_migrating = threading.Lock()


def connect(address: str) -> Engine:
    """An engine for the database at this URL (``sqlite:///…`` or ``postgresql+psycopg://…``); reaches nothing yet.

    What the URL's query says goes before the waiting times set here.

    Raises:
        NoseprintError: RECORDS_UNAVAILABLE for a URL of another kind, FACE_NOT_INSTALLED without PostgreSQL's driver.
    """
    url = _understood(address)
    patient = url.set(query={**_PATIENCE[url.get_backend_name()], **url.query})
    try:
        engine = create_engine(patient, hide_parameters=True, pool_pre_ping=True)
    except ModuleNotFoundError:
        raise NoseprintError(ErrorCode.FACE_NOT_INSTALLED, extra="postgres") from None
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
    return engine


def writing(engine: Engine) -> Engine:
    """The same engine for transactions that write: on SQLite they take the write lock at once."""
    return engine.execution_options(**{_WRITES: True})


def migrate(engine: Engine) -> None:
    """Bring the tables to the newest version, in one transaction; a second program waits for the first one's.

    Raises:
        NoseprintError: RECORDS_TOO_NEW when the database knows a version that this program does not.
    """
    config = Config()
    # Alembic expands percent signs; a folder's name may contain one.
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
    script = ScriptDirectory.from_config(config)
    with _migrating, writing(engine).begin() as connection:
        _lock_migrations(connection)
        present = set(MigrationContext.configure(connection).get_current_heads())
        if present - {revision.revision for revision in script.walk_revisions()}:
            raise NoseprintError(ErrorCode.RECORDS_TOO_NEW, f"version {', '.join(sorted(present))}")
        if present != set(script.get_heads()):
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
        # A database that can only be read is to be found out now, not by the first enrolment.
        connection.execute(text("UPDATE alembic_version SET version_num = version_num"))


@contextmanager
def database_errors() -> Iterator[None]:
    """Turn what the database refuses into RECORDS_UNAVAILABLE.

    The cause is left out on purpose: its message can hold the values of a row, and so a person's data.
    """
    try:
        yield
    except DBAPIError as error:
        raise NoseprintError(ErrorCode.RECORDS_UNAVAILABLE, _kind(error)) from None
    except NoConnectionLeft:
        raise NoseprintError(ErrorCode.RECORDS_UNAVAILABLE, "all connections are busy") from None


def _understood(address: str) -> URL:
    try:
        url = make_url(address)
    except ArgumentError:
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
    # A transaction that reads first and writes later fails at once when another one wrote in between, without waiting.
    writes = connection.get_execution_options().get(_WRITES, False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _lock_migrations(connection: Connection) -> None:
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _MIGRATION_LOCK})


def _kind(error: DBAPIError) -> str:
    parts = [type(error.orig).__name__]
    parts += [str(code) for name in ("sqlite_errorname", "sqlstate") if (code := getattr(error.orig, name, None))]
    if isinstance(error, OperationalError):  # about the connection, the disk or a lock, never about a value
        parts += str(error.orig).splitlines()[:1]
    return ": ".join(parts)
