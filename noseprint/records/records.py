"""The records: everything the clinic must remember, behind one class that any number of threads may share."""

from __future__ import annotations

from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Final, Self

from sqlalchemy import func, or_, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from noseprint.errors import ErrorCode, NoseprintError
from noseprint.plain import in_utc, is_plain
from noseprint.records import rows
from noseprint.records.checks import tidy, without_separators
from noseprint.records.database import connect, database_errors, migrate, postgresql_url, sqlite_url, writing
from noseprint.records.tables import Base, GuardianRow, PetRow, TemplateRow, VerificationRow

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime
    from types import TracebackType

    import numpy as np
    from numpy.typing import NDArray
    from sqlalchemy import URL, ColumnElement, Engine

    from noseprint.records.entities import GuardianDetails, NewEnrolment, Pet, Template, Verification

__all__ = ["Records", "postgresql_url", "sqlite_url"]

# Both dialects have INSERT … ON CONFLICT with the same methods; SQLAlchemy names them apart.
_INSERT: Final[dict[str, Callable[[type[Base]], sqlite.Insert | postgresql.Insert]]] = {
    "sqlite": sqlite.insert,
    "postgresql": postgresql.insert,
}
_BATCH: Final = 5000


class Records:
    """Guardians, pets, enrolments, templates and verifications in a database.

    Every call is one transaction of its own: it is kept whole or not at all, and has been written through to the
    disk when it returns. Several threads, and several programs on one database, may call at the same time.

    Every method raises NoseprintError RECORDS_UNAVAILABLE when the database cannot be reached, read, written or
    waited for (5 seconds), and RECORDS_DAMAGED when SQLite finds that its file is no database or a broken one.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._writer = writing(engine)

    @classmethod
    def open(cls, address: URL | str) -> Records:
        """Open the records, and bring a new or older database to this program's version first.

        Args:
            address: what ``sqlite_url`` and ``postgresql_url`` make; or ``sqlite:///folder/records.db`` or
                ``postgresql+psycopg://user:password@host/database`` with special characters percent-encoded.

        Raises:
            NoseprintError: RECORDS_TOO_NEW when a newer program has written this database, RECORDS_UNAVAILABLE,
                RECORDS_DAMAGED, FACE_NOT_INSTALLED for PostgreSQL without its driver.
        """
        engine = connect(address)
        with database_errors(), ExitStack() as undo:
            undo.callback(engine.dispose)
            migrate(engine)
            undo.pop_all()
        return cls(engine)

    def close(self) -> None:
        """Let go of the database's files and connections; closing twice does no harm."""
        self._engine.dispose()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def require_new(self, enrolment: NewEnrolment) -> None:
        """Say now what ``enrol`` would refuse; another enrolment may still come in between.

        Raises:
            NoseprintError: PET_DID_TAKEN, MICROCHIP_TAKEN, as ``enrol`` does.
        """
        with database_errors():
            if conflict := self._conflict(enrolment):
                raise conflict

    def enrol(self, enrolment: NewEnrolment) -> Pet:
        """Keep a new pet with its guardian, consents, photos and template.

        A guardian is found again by the telephone number and keeps the name given first: one number mistyped must
        not rename another pet's guardian.

        Returns:
            The pet as it is kept; its guardian's name is the stored one, which may be another than was given.

        Raises:
            NoseprintError: PET_DID_TAKEN with this ``pet_did``; MICROCHIP_TAKEN with the ``pet_did`` that has
                the microchip.
        """
        with database_errors():
            try:
                return self._insert(enrolment)
            except IntegrityError:
                if conflict := self._conflict(enrolment):
                    raise conflict from None
                raise

    def pet(self, pet_did: str) -> Pet:
        """The pet with this Pet DID.

        Raises:
            NoseprintError: PET_NOT_FOUND.
        """
        with self._reading() as session:
            return rows.pet(_pet_row(session, pet_did))

    def find_pets(self, text: str = "", limit: int = 100) -> list[Pet]:
        """The pets in whose Pet DID, microchip, name, guardian's name or telephone number the text occurs.

        Args:
            text: any part of one of them, in capitals or not; numbers with or without separators. Nothing finds
                every pet.
            limit: how many at most, at least 1.

        Returns:
            The pets enrolled last come first.
        """
        text = tidy(text)
        if not is_plain(text):
            return []  # no field holds such a character, and the databases refuse it
        newest = select(PetRow).order_by(PetRow.created_at.desc(), PetRow.id.desc()).limit(limit)
        found = newest.outerjoin(PetRow.guardian).where(_mentions(text)) if text else newest
        with self._reading() as session:
            return [rows.pet(row) for row in session.scalars(found)]

    def template(self, pet_did: str, model_sha256: str) -> Template | None:
        """The pet's template by this model; None where there is none, or no such pet."""
        with self._reading() as session:
            pet_id = _pet_id(session, pet_did)
            row = session.get(TemplateRow, (model_sha256, pet_id)) if pet_id else None
            return rows.template(row) if row else None

    def templates(self, model_sha256: str) -> tuple[list[str], NDArray[np.float32]]:
        """Every template by this model, in the order of enrolment.

        Returns:
            The Pet DIDs, and their vectors as the rows of an array of shape (n, d); (0, 0) where there are none.

        Raises:
            NoseprintError: VECTOR_DIMENSION_MISMATCH when they are not all of one length.
        """
        stored = (
            select(PetRow.pet_did, TemplateRow.vector)
            .join(TemplateRow, TemplateRow.pet_id == PetRow.id)
            .where(TemplateRow.model_sha256 == model_sha256)
            .order_by(TemplateRow.pet_id)
            .execution_options(yield_per=_BATCH)
        )
        pet_dids: list[str] = []
        lengths: set[int] = set()
        numbers = bytearray()
        with self._reading() as session:
            for pet_did, vector in session.execute(stored):
                pet_dids.append(pet_did)
                lengths.add(len(vector))
                numbers += vector
        if len(lengths) > 1:
            raise NoseprintError(ErrorCode.VECTOR_DIMENSION_MISMATCH, f"bytes of one model's: {sorted(lengths)}")
        return pet_dids, rows.vector(numbers).reshape(len(pet_dids), -1 if pet_dids else 0)

    def pet_count(self) -> int:
        """How many pets are enrolled, whichever models have seen them."""
        with self._reading() as session:
            return session.scalar(select(func.count()).select_from(PetRow)) or 0

    def template_count(self, model_sha256: str) -> int:
        """How many pets have a template by this model."""
        counted = select(func.count()).where(TemplateRow.model_sha256 == model_sha256)
        with self._reading() as session:
            return session.scalars(counted).one()

    def pets_without_template(self, model_sha256: str) -> list[Pet]:
        """The pets that this model has not seen yet, in the order of enrolment."""
        missing = select(PetRow).where(~PetRow.templates.any(TemplateRow.model_sha256 == model_sha256))
        with self._reading() as session:
            return [rows.pet(row) for row in session.scalars(missing.order_by(PetRow.id))]

    def save_template(self, pet_did: str, template: Template, created_at: datetime) -> None:
        """Keep a pet's template by a model beside those by others, in the place of an earlier one by the same.

        Raises:
            NoseprintError: PET_NOT_FOUND.
            ValueError: for a moment without a time zone.
        """
        columns = rows.template_columns(template, in_utc(created_at))
        with self._writing() as session:
            new = _insert(session, TemplateRow).values(pet_id=_pet_row(session, pet_did).id, **columns)
            session.execute(new.on_conflict_do_update(index_elements=["model_sha256", "pet_id"], set_=columns))

    def record_verification(self, verification: Verification) -> None:
        """Keep the outcome of a verification, also of a pet that was enrolled elsewhere."""
        with self._writing() as session:
            session.add(rows.verification_row(verification))

    def verifications(self, pet_did: str) -> list[Verification]:
        """The verifications of this pet, newest first."""
        if not is_plain(pet_did):
            return []
        found = select(VerificationRow).where(VerificationRow.pet_did == pet_did)
        newest = found.order_by(VerificationRow.created_at.desc(), VerificationRow.id.desc())
        with self._reading() as session:
            return [rows.verification(row) for row in session.scalars(newest)]

    @contextmanager
    def _reading(self) -> Iterator[Session]:
        with database_errors(), Session(self._engine) as session:
            yield session

    @contextmanager
    def _writing(self) -> Iterator[Session]:
        with database_errors(), Session(self._writer) as session, session.begin():
            yield session

    def _insert(self, enrolment: NewEnrolment) -> Pet:
        with Session(self._writer) as session, session.begin():
            row = rows.pet_row(enrolment)
            if enrolment.guardian:
                row.guardian_id = _keep_guardian(session, enrolment.guardian, enrolment.created_at)
            session.add(row)
            session.flush()
            return rows.pet(row)

    def _conflict(self, enrolment: NewEnrolment) -> NoseprintError | None:
        with Session(self._engine) as session:
            if _pet_id(session, enrolment.pet_did):
                return NoseprintError(ErrorCode.PET_DID_TAKEN, pet_did=enrolment.pet_did)
            if bearer := _bearer(session, enrolment.facts.microchip):
                return NoseprintError(ErrorCode.MICROCHIP_TAKEN, pet_did=bearer)
        return None


def _pet_row(session: Session, pet_did: str) -> PetRow:
    row = session.get(PetRow, pet_id) if (pet_id := _pet_id(session, pet_did)) else None
    if row is None:
        raise NoseprintError(ErrorCode.PET_NOT_FOUND, pet_did=pet_did)
    return row


def _pet_id(session: Session, pet_did: str) -> int | None:
    # A Pet DID may come from outside; the databases refuse the characters that no enrolled one has.
    return session.scalar(select(PetRow.id).where(PetRow.pet_did == pet_did)) if is_plain(pet_did) else None


def _bearer(session: Session, microchip: str | None) -> str | None:
    return session.scalar(select(PetRow.pet_did).where(PetRow.microchip == microchip)) if microchip else None


def _insert(session: Session, table: type[Base]) -> sqlite.Insert | postgresql.Insert:
    return _INSERT[session.get_bind().dialect.name](table)


def _keep_guardian(session: Session, guardian: GuardianDetails, created_at: datetime) -> int:
    new = _insert(session, GuardianRow).values(phone=guardian.phone, name=guardian.name, created_at=created_at)
    session.execute(new.on_conflict_do_nothing(index_elements=["phone"]))
    return session.scalars(select(GuardianRow.id).where(GuardianRow.phone == guardian.phone)).one()


def _mentions(text: str) -> ColumnElement[bool]:
    fields = (PetRow.pet_did, PetRow.microchip, PetRow.name, GuardianRow.name, GuardianRow.phone)
    found = [field.icontains(text, autoescape=True) for field in fields]
    digits = without_separators(text)
    if digits.isdecimal():
        found.append(PetRow.microchip.contains(digits))
        if national := digits.removeprefix("0"):  # E.164 has no trunk prefix
            found.append(GuardianRow.phone.contains(national))
    return or_(*found)
