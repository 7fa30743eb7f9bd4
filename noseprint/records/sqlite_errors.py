"""What SQLite's own errors mean, where a file is opened past SQLAlchemy."""

from __future__ import annotations

import sqlite3
from contextlib import contextmanager
from typing import TYPE_CHECKING

from noseprint.errors import ErrorCode, NoseprintError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@contextmanager
def sqlite_errors(file: Path) -> Iterator[None]:
    """Give SQLite's errors about a database file the codes that people know.

    The cause is left out on purpose: its message can hold the values of a row, and so a person's data.

    Raises:
        NoseprintError: DISK_FULL (``path``: the folder), RECORDS_UNAVAILABLE or RECORDS_DAMAGED.
    """
    try:
        yield
    except sqlite3.OperationalError as error:
        if getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_FULL:
            raise NoseprintError(ErrorCode.DISK_FULL, path=file.parent) from None
        raise NoseprintError(ErrorCode.RECORDS_UNAVAILABLE, type(error).__name__) from None
    except sqlite3.DatabaseError as error:
        raise NoseprintError(ErrorCode.RECORDS_DAMAGED, type(error).__name__) from None
