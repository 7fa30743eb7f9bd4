"""Databases as earlier versions of the program left them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from alembic import command
from alembic.config import Config
from sqlalchemy import text

import noseprint.records.records
from noseprint.records.database import connect, writing

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy import URL


def make_records_of(version: str, address: URL | str, rows: Sequence[tuple[str, Mapping[str, object]]] = ()) -> None:
    """Make the tables of a version that knew no vault, 0004 at most, and put rows into them.

    Args:
        version: the migration's number.
        address: where the database is to be.
        rows: a table's name and the values of a row, each.
    """
    folder = Path(noseprint.records.records.__file__).parent / "migrations"
    config = Config()
    config.set_main_option("script_location", str(folder))
    engine = connect(address)
    with writing(engine).begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, version)
        for table, values in rows:
            names = ", ".join(values)
            places = ", ".join(f":{name}" for name in values)
            statement = f"INSERT INTO {table} ({names}) VALUES ({places})"  # noqa: S608 (the tests' own words)
            connection.execute(text(statement), dict(values))
    engine.dispose()
