"""Finding and keeping the rows of pets and their guardians inside somebody's transaction."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite

from noseprint.errors import ErrorCode, NoseprintError
from noseprint.plain import is_plain
from noseprint.records import rows
from noseprint.records.tables import Base, GuardianRow, PetRow

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from sqlalchemy.orm import Session

    from noseprint.records.entities import GuardianDetails
    from noseprint.records.sealing import Sealing

# Both dialects have INSERT … ON CONFLICT with the same methods; SQLAlchemy names them apart.
_INSERT: Final[dict[str, Callable[[type[Base]], sqlite.Insert | postgresql.Insert]]] = {
    "sqlite": sqlite.insert,
    "postgresql": postgresql.insert,
}


def insert(session: Session, table: type[Base]) -> sqlite.Insert | postgresql.Insert:
    """An INSERT that can say what is to be done about a conflict."""
    return _INSERT[session.get_bind().dialect.name](table)


def pet_row(session: Session, pet_did: str) -> PetRow:
    """The row of a pet.

    Raises:
        NoseprintError: PET_NOT_FOUND.
    """
    row = session.get(PetRow, found) if (found := pet_id(session, pet_did)) else None
    if row is None:
        raise NoseprintError(ErrorCode.PET_NOT_FOUND, pet_did=pet_did)
    return row


def pet_id(session: Session, pet_did: str) -> int | None:
    """The number of a pet's row; None where there is none."""
    # A Pet DID may come from outside; the databases refuse the characters that no enrolled one has.
    return session.scalar(select(PetRow.id).where(PetRow.pet_did == pet_did)) if is_plain(pet_did) else None


def bearer(session: Session, microchip_fingerprint: str | None) -> str | None:
    """The Pet DID of who has a microchip; None for nobody, and for no microchip."""
    if microchip_fingerprint is None:
        return None
    return session.scalar(select(PetRow.pet_did).where(PetRow.microchip_fingerprint == microchip_fingerprint))


def keep_guardian(session: Session, guardian: GuardianDetails, created_at: datetime, sealing: Sealing) -> int:
    """Keep a guardian whose number is in E.164; one with this number who is kept already keeps their name.

    Returns:
        The number of the row.
    """
    columns = rows.guardian_columns(guardian, created_at, sealing)
    new = insert(session, GuardianRow).values(**columns)
    session.execute(new.on_conflict_do_nothing(index_elements=["phone_fingerprint"]))
    same_number = GuardianRow.phone_fingerprint == columns["phone_fingerprint"]
    return session.scalars(select(GuardianRow.id).where(same_number)).one()
