"""The records: everything the clinic must remember, behind one class that any number of threads may share."""

from __future__ import annotations

from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Final, NamedTuple, Self

from sqlalchemy import func, or_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from noseprint.errors import ErrorCode, NoseprintError
from noseprint.plain import in_utc, is_plain
from noseprint.records import acts, key_register, rows
from noseprint.records.audit import AuditTrail
from noseprint.records.audit_events import NOBODY, AuditEvent, act
from noseprint.records.checks import tidy
from noseprint.records.corrections import Corrections
from noseprint.records.csv_export import export_csv
from noseprint.records.database import connect, database_errors, migrate, postgresql_url, sqlite_url, writing
from noseprint.records.directory import Directory
from noseprint.records.gallery import Templates
from noseprint.records.history import history
from noseprint.records.operators import require_admin
from noseprint.records.outbox import enqueue
from noseprint.records.pet_rows import bearer, insert, keep_guardian, pet_id, pet_row
from noseprint.records.rewrapping import rewrap_rows
from noseprint.records.sealing import Sealing
from noseprint.records.signing_keys import SigningKeys
from noseprint.records.tables import PetRow, PhotoRow, TemplateRow, VerificationRow

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime
    from pathlib import Path
    from types import TracebackType

    import numpy as np
    from numpy.typing import NDArray
    from sqlalchemy import Engine

    from noseprint.errors import Language
    from noseprint.records.audit_events import Act
    from noseprint.records.database import Address
    from noseprint.records.entities import NewEnrolment, Pet, Template, Verification
    from noseprint.records.history import Happening
    from noseprint.records.staff import SignedIn
    from noseprint.sync.outbox import Outgoing
    from noseprint.vault.vault import Vault

__all__ = ["DamagedCounts", "Records", "postgresql_url", "sqlite_url"]

_BATCH: Final = 5000


class DamagedCounts(NamedTuple):
    """How many pets have damaged facts or a damaged guardian, and how many templates are damaged."""

    pets: int
    templates: int


class Records:
    """Guardians, pets, enrolments, templates and verifications in a database.

    Every call is one transaction of its own: it is kept whole or not at all, and has been written through to the
    disk when it returns. Several threads, and several programs on one database, may call at the same time. What
    is personal, vectors too, stands there sealed; every act is in the audit trail, in the act's transaction.

    Every method raises NoseprintError RECORDS_UNAVAILABLE when the database cannot be reached, read, written or
    waited for (5 seconds), and RECORDS_DAMAGED when SQLite finds that its file is no database or a broken one;
    MASTER_KEY_MISSING and SEALED_DAMAGED when it reads what the vault cannot open. One damaged pet keeps nobody from
    the others: where pets are given, it says so itself (``Pet.damaged``); galleries leave a damaged template out.

    Where acts take ``by``, it is the staff id of who is signed in, or NOBODY: only the trail holds it.

    Attributes:
        trail: who did what.
        corrections: what staff change of a pet later, and a second person's approvals.
        signing_keys: what results are signed with.
    """

    def __init__(self, engine: Engine, vault: Vault) -> None:
        self._engine = engine
        self._writer = writing(engine)
        self._vault = vault
        self._sealing = Sealing(vault)
        self._directory = Directory(self._sealing)
        self._templates = Templates(self._sealing)
        self.trail = AuditTrail(vault)
        self.signing_keys = SigningKeys(engine, vault, self.trail)
        self.corrections = Corrections(engine, vault, self.trail)

    @classmethod
    def open(cls, address: Address, vault: Vault) -> Records:
        """Open the records, and bring a new or older database to this program's version first.

        Args:
            address: what ``sqlite_url`` and ``postgresql_url`` make; or ``sqlite:///folder/records.db`` or
                ``postgresql+psycopg://user:password@host/database`` with special characters percent-encoded.
            vault: what seals; it must know the keys that ``database.keys_in_use`` names.

        Raises:
            NoseprintError: MASTER_KEY_MISSING before anything is changed, RECORDS_TOO_NEW when a newer program
                has written this database, RECORDS_UNAVAILABLE, RECORDS_DAMAGED, FACE_NOT_INSTALLED for
                PostgreSQL without its driver.
        """
        engine = connect(address)
        with database_errors(), ExitStack() as undo:
            undo.callback(engine.dispose)
            migrate(engine, vault)
            undo.pop_all()
        return cls(engine, vault)

    @property
    def engine(self) -> Engine:
        """The database, for the outbox in it."""
        return self._engine

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

    def enrol(
        self,
        enrolment: NewEnrolment,
        outgoing: Outgoing | None = None,
        *,
        by: str = NOBODY,
        duplicates: Sequence[float] = (),
    ) -> Pet:
        """Keep a new pet with its guardian, consents, photos and template.

        A guardian is found again by the telephone number and keeps the name given first: one number mistyped must
        not rename another pet's guardian.

        Args:
            enrolment: the pet.
            outgoing: what is to be uploaded of it; it waits in the outbox as soon as the pet is kept, and not before.
            by: who enrols.
            duplicates: the similarities of the pets that it was mistaken for and that staff allowed.

        Returns:
            The pet as it is kept; its guardian's name is the stored one, which may be another than was given.

        Raises:
            NoseprintError: PET_DID_TAKEN with this ``pet_did``; MICROCHIP_TAKEN with the ``pet_did`` that has
                the microchip; INVALID_REQUEST when the Pet DID is none; SECOND_PERSON_NEEDED for an approval of
                one's own.
        """
        with database_errors():
            try:
                return self._insert(enrolment, outgoing, by, duplicates)
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
            return rows.readable_pet(pet_row(session, pet_did), self._sealing)

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
            return []  # no field holds such a character
        newest = PetRow.created_at.desc(), PetRow.id.desc()
        with self._reading() as session:
            if not text:
                found = session.scalars(select(PetRow).order_by(*newest).limit(limit))
                return [rows.readable_pet(row, self._sealing) for row in found]
            numbers = self._directory.find(session, text, limit)
            pets: list[Pet] = []
            while numbers:  # the databases take so many numbers at once and no more
                some = select(PetRow).where(PetRow.id.in_(numbers[:_BATCH])).order_by(*newest)
                pets += [rows.readable_pet(row, self._sealing) for row in session.scalars(some)]
                numbers = numbers[_BATCH:]
        return pets

    def template(self, pet_did: str, model_sha256: str) -> Template | None:
        """The pet's template by this model; None where there is none, or no such pet."""
        with self._reading() as session:
            number = pet_id(session, pet_did)
            row = session.get(TemplateRow, (model_sha256, number)) if number else None
            return rows.template(row, pet_did, self._sealing) if row else None

    def templates(self, model_sha256: str) -> tuple[list[str], NDArray[np.float32]]:
        """Every template by this model that can be unsealed, in the order of enrolment; the log tells of others.

        Returns:
            The Pet DIDs, and their vectors as the rows of an array of shape (n, d); (0, 0) where there are none.

        Raises:
            NoseprintError: VECTOR_DIMENSION_MISMATCH when they are not all of one length.
        """
        with self._reading() as session:
            return self._templates.read(session, model_sha256)

    def pet_count(self) -> int:
        """How many pets are enrolled, whichever models have seen them."""
        with self._reading() as session:
            return session.scalar(select(func.count()).select_from(PetRow)) or 0

    def photo_count(self, pet_did: str) -> int:
        """How many photos a pet was enrolled with; none where there is no such pet."""
        if not is_plain(pet_did):
            return 0
        counted = select(func.count()).select_from(PhotoRow).join(PetRow, PetRow.id == PhotoRow.pet_id)
        with self._reading() as session:
            return session.scalar(counted.where(PetRow.pet_did == pet_did)) or 0

    def template_count(self, model_sha256: str) -> int:
        """How many pets have a template by this model, damaged or not."""
        counted = select(func.count()).where(TemplateRow.model_sha256 == model_sha256)
        with self._reading() as session:
            return session.scalars(counted).one()

    def pets_without_template(self, model_sha256: str) -> list[Pet]:
        """The pets that this model has not seen yet, or whose template is damaged, as they were enrolled.

        Those whose photos were erased are none of them: nothing is left to compute from.
        """
        unseen = ~PetRow.templates.any(TemplateRow.model_sha256 == model_sha256)
        with self._reading() as session:
            damaged = self._templates.damaged(session, model_sha256=model_sha256)
            missing = select(PetRow).where(or_(unseen, PetRow.id.in_(damaged)), PetRow.erased_at.is_(None))
            return [rows.readable_pet(row, self._sealing) for row in session.scalars(missing.order_by(PetRow.id))]

    def damaged_counts(self) -> DamagedCounts:
        """How much of what is sealed here cannot be unsealed, each value looked at."""
        with self._reading() as session:
            return DamagedCounts(self._directory.damaged_count(session), len(self._templates.damaged(session)))

    def save_template(
        self,
        pet_did: str,
        template: Template,
        created_at: datetime,
        outgoing: Outgoing | None = None,
        *,
        by: str = NOBODY,
    ) -> None:
        """Keep a pet's template by a model beside those by others, in the place of an earlier one by the same.

        Raises:
            NoseprintError: PET_NOT_FOUND.
            ValueError: for a moment without a time zone.
        """
        now = in_utc(created_at)
        with self._writing() as session:
            number = pet_row(session, pet_did).id
            columns = rows.template_columns(pet_did, template, now, self._sealing)
            new = insert(session, TemplateRow).values(pet_id=number, **columns)
            session.execute(new.on_conflict_do_update(index_elements=["model_sha256", "pet_id"], set_=columns))
            _enqueue(session, outgoing, now)
            self.trail.append(session, acts.recomputed(pet_did, template, by), now)

    def record_verification(
        self, verification: Verification, outgoing: Outgoing | None = None, *, by: str = NOBODY
    ) -> None:
        """Keep the outcome of a verification, also of a pet that was enrolled elsewhere.

        Raises:
            NoseprintError: INVALID_REQUEST when the Pet DID is none, SECOND_PERSON_NEEDED for an approval of one's own.
        """
        done = acts.verified(verification, by)
        with self._writing() as session:
            session.add(rows.verification_row(verification, self._sealing))
            session.flush()
            _enqueue(session, outgoing, verification.created_at)
            for each in done:
                self.trail.append(session, each, verification.created_at)

    def note(self, done: Act, at: datetime) -> None:
        """Write down an act that leaves nothing else in the records, such as a look-up or a search."""
        with self._writing() as session:
            self.trail.append(session, done, at)

    def require_admin(self, by: SignedIn) -> None:
        """Let only an admin pass who is one still.

        Raises:
            NoseprintError: NOT_ALLOWED.
        """
        with self._reading() as session:
            require_admin(session, by)

    def history(self, pet_did: str) -> list[Happening]:
        """Everything that happened to a pet, see ``noseprint.records.history``."""
        return history(self, pet_did)

    def export_csv(self, file: Path, now: datetime, *, by: SignedIn | None = None, language: Language = "ko") -> int:
        """Write all pets into a file for a spreadsheet, see ``noseprint.records.csv_export``; how many they are."""
        return export_csv(self, file, now, by=by, language=language)

    def verifications(self, pet_did: str) -> list[Verification]:
        """The verifications of this pet, newest first."""
        if not is_plain(pet_did):
            return []
        found = select(VerificationRow).where(VerificationRow.pet_did == pet_did)
        newest = found.order_by(VerificationRow.created_at.desc(), VerificationRow.id.desc())
        with self._reading() as session:
            return [rows.verification(row, self._sealing) for row in session.scalars(newest)]

    def sealing_key_ids(self) -> set[str]:
        """The ids of the master keys that something here may be sealed under."""
        with self._reading() as session:
            return key_register.sealing_key_ids(session.connection())

    def rewrap(self, at: datetime, files: int = 0, *, by: str = NOBODY) -> int:
        """Put everything sealed here under the current master key; broken off, it can be begun again.

        Args:
            at: the moment, for the trail.
            files: how many files outside of the records were put under it, for the trail.
            by: who had it done.

        Returns:
            How many values were under another key.
        """
        changed = rewrap_rows(self._writer, self._vault)
        with self._writing() as session:
            key_register.forget_former(session.connection(), self._vault.keys)
            self.trail.append(session, act(AuditEvent.KEY_ROTATED, by, entries=changed + files), at)
        return changed

    @contextmanager
    def _reading(self) -> Iterator[Session]:
        with database_errors(), Session(self._engine) as session:
            yield session

    @contextmanager
    def _writing(self) -> Iterator[Session]:
        with database_errors(), Session(self._writer) as session, session.begin():
            yield session

    def _insert(self, enrolment: NewEnrolment, outgoing: Outgoing | None, by: str, duplicates: Sequence[float]) -> Pet:
        with Session(self._writer) as session, session.begin():
            row = rows.pet_row(enrolment, self._sealing)
            if enrolment.guardian:
                row.guardian_id = keep_guardian(session, enrolment.guardian, enrolment.created_at, self._sealing)
            session.add(row)
            session.flush()
            _enqueue(session, outgoing, enrolment.created_at)
            for done in acts.enrolled(enrolment, by, duplicates):
                self.trail.append(session, done, enrolment.created_at)
            return rows.pet(row, self._sealing)

    def _conflict(self, enrolment: NewEnrolment) -> NoseprintError | None:
        with Session(self._engine) as session:
            if pet_id(session, enrolment.pet_did):
                return NoseprintError(ErrorCode.PET_DID_TAKEN, pet_did=enrolment.pet_did)
            if taken := bearer(session, self._sealing.microchip(enrolment.facts.microchip)):
                return NoseprintError(ErrorCode.MICROCHIP_TAKEN, pet_did=taken)
        return None


def _enqueue(session: Session, outgoing: Outgoing | None, now: datetime) -> None:
    if outgoing:
        enqueue(session, outgoing.entries, holder=outgoing.holder, now=now)
