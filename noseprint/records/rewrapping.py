"""Puts what the database holds sealed under the current master key, some rows at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sqlalchemy import Column, select, tuple_
from sqlalchemy.orm import Session

from noseprint.records import staff_tables  # noqa: F401 (its tables join the others on Base)
from noseprint.records.database import database_errors
from noseprint.records.tables import SEALED_PREFIX, Base

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from noseprint.vault.vault import Vault

_BATCH: Final = 500


def rewrap_rows(writer: Engine, vault: Vault) -> int:
    """Rewrap every sealed value; each batch is kept when it is done, so that a run can be broken off at any moment.

    Args:
        writer: the database, for transactions that write.
        vault: of the current key and of all former ones.

    Returns:
        How many values were under another key.

    Raises:
        NoseprintError: MASTER_KEY_MISSING, SEALED_DAMAGED, RECORDS_UNAVAILABLE, RECORDS_DAMAGED.
    """
    changed = 0
    for column in _sealed_columns():
        last: tuple[object, ...] | None = None
        while True:
            with database_errors(), Session(writer) as session, session.begin():
                last, count = _rewrap_some(session, column, last, vault)
            changed += count
            if last is None:
                break
    return changed


def _sealed_columns() -> list[Column[bytes]]:
    columns = (column for table in Base.metadata.sorted_tables for column in table.columns)
    return [column for column in columns if column.name.startswith(SEALED_PREFIX)]


def _rewrap_some(
    session: Session, column: Column[bytes], last: tuple[object, ...] | None, vault: Vault
) -> tuple[tuple[object, ...] | None, int]:
    """The key of the last row that was looked at, None after the end; and how many values were changed."""
    key = list(column.table.primary_key)
    following = select(*key, column).order_by(*key).limit(_BATCH).with_for_update()
    following = following.where(tuple_(*key) > last) if last else following
    rows = session.execute(following).all()
    count = 0
    for *this, sealed in rows:
        rewrapped = vault.rewrap(sealed)
        if rewrapped != sealed:
            where = [part == value for part, value in zip(key, this, strict=True)]
            session.execute(column.table.update().where(*where).values({column.name: rewrapped}))
            count += 1
    return (tuple(rows[-1][:-1]) if rows else None), count
