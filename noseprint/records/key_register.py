"""Which master keys a database is in use with, so that a lost one is told before anything is read or written.

The ids of keys are no secrets. Every key is in the register before anything is sealed under it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import delete, insert, inspect, select, update

from noseprint.errors import ErrorCode, NoseprintError
from noseprint.records.staff_tables import OperatorRow
from noseprint.records.tables import MasterKeyRow
from noseprint.vault.sealed import key_id_of

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from noseprint.vault.key_ring import KeyRing


def key_ids(connection: Connection) -> set[str]:
    """The ids of the keys without which this database cannot be used; none for a new one."""
    known = inspect(connection)
    if known.has_table(MasterKeyRow.__tablename__):
        return set(connection.scalars(select(MasterKeyRow.key_id)))
    if known.has_table(OperatorRow.__tablename__):  # version 0004 sealed their names and nothing else
        return set(map(key_id_of, connection.scalars(select(OperatorRow.sealed_name))))
    return set()


def sealing_key_ids(connection: Connection) -> set[str]:
    """The ids of the keys that something may be sealed under."""
    return set(connection.scalars(select(MasterKeyRow.key_id).where(MasterKeyRow.seals)))


def require_keys(connection: Connection, ring: KeyRing) -> None:
    """Refuse a ring that lacks a key of this database, or that makes other fingerprints than it holds.

    Raises:
        NoseprintError: MASTER_KEY_MISSING (``key_id``).
    """
    for key_id in sorted(key_ids(connection)):
        ring.key(key_id)
    if not inspect(connection).has_table(MasterKeyRow.__tablename__):
        return
    maker = connection.scalar(select(MasterKeyRow.key_id).where(MasterKeyRow.fingerprints))
    if maker and maker != ring.oldest.key_id:
        raise NoseprintError(ErrorCode.MASTER_KEY_MISSING, "it must be the last one of the keys", key_id=maker)


def register(connection: Connection, ring: KeyRing, earlier: set[str]) -> None:
    """Note which keys seal and fingerprint from now on.

    Args:
        connection: one whose transaction writes.
        ring: the keys in use, all that ``require_keys`` demands.
        earlier: what ``key_ids`` gave before the database was brought to this version.
    """
    kept = set(connection.scalars(select(MasterKeyRow.key_id)))
    for key_id in sorted({*earlier, ring.current.key_id, ring.oldest.key_id} - kept):
        fingerprints = key_id == ring.oldest.key_id
        seals = key_id == ring.current.key_id or key_id in earlier
        connection.execute(insert(MasterKeyRow).values(key_id=key_id, seals=seals, fingerprints=fingerprints))
    current = update(MasterKeyRow).where(MasterKeyRow.key_id == ring.current.key_id, ~MasterKeyRow.seals)
    connection.execute(current.values(seals=True))


def forget_former(connection: Connection, ring: KeyRing) -> None:
    """Note that nothing is sealed under any other key than the current one any more."""
    others = MasterKeyRow.key_id != ring.current.key_id
    connection.execute(delete(MasterKeyRow).where(others, ~MasterKeyRow.fingerprints))
    connection.execute(update(MasterKeyRow).where(others).values(seals=False))
