"""Clinics on one PostgreSQL server that know nothing of each other: a role each, its tables in a schema of its name."""

from __future__ import annotations

from typing import NamedTuple, Self
from uuid import uuid4

from sqlalchemy import create_engine, make_url

_PASSWORD = "clinic"


class Tenant(NamedTuple):
    """What a clinic must be told to find its database; text and numbers, for it goes to other processes."""

    host: str
    port: int
    username: str
    password: str
    database: str

    @property
    def environment(self) -> dict[str, str]:
        """The same as the platform's environment variables."""
        return {f"DB_{name.upper()}": str(value) for name, value in self._asdict().items()}


class PostgresTenants:
    """Makes tenants, and takes them with all that they own away at the end of the `with` block.

    Args:
        url: of a server, as a role that may make roles and remove what they own.
    """

    def __init__(self, url: str) -> None:
        self._url = make_url(url)
        self._engine = create_engine(self._url, isolation_level="AUTOCOMMIT")
        self._names: list[str] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        with self._engine.connect() as connection:
            for name in self._names:
                connection.exec_driver_sql(f"DROP OWNED BY {name} CASCADE")
                connection.exec_driver_sql(f"DROP ROLE {name}")
        self._engine.dispose()

    def add(self) -> Tenant:
        """A tenant whose database is empty: its role finds the schema of its own name before any other."""
        name = f"clinic_{uuid4().hex}"
        self._names.append(name)
        with self._engine.connect() as connection:
            connection.exec_driver_sql(f"CREATE ROLE {name} LOGIN PASSWORD '{_PASSWORD}'")
            connection.exec_driver_sql(f"CREATE SCHEMA {name} AUTHORIZATION {name}")
        url = self._url
        return Tenant(url.host or "", url.port or 5432, name, _PASSWORD, url.database or "")
