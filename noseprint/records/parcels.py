"""What waits of one pet together with the records that it belongs to, taken out of one database and into another."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from noseprint.errors import ErrorCode, NoseprintError
from noseprint.records import outbox_rows, rows
from noseprint.records.acts import taken_in
from noseprint.records.audit import AuditTrail
from noseprint.records.database import database_errors, writing
from noseprint.records.entities import NewEnrolment, StoredPhoto, Template
from noseprint.records.outbox import enqueue
from noseprint.records.outbox_tables import OPEN, OutboxEntryRow
from noseprint.records.sealing import Sealing
from noseprint.records.tables import GuardianRow, PetRow, TemplateRow, VerificationRow
from noseprint.sync.outbox import EntryState

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from sqlalchemy import ColumnElement, Engine, Select

    from noseprint.records.entities import GuardianDetails, Verification
    from noseprint.sync.outbox import NewEntry, Outgoing
    from noseprint.vault.vault import Vault


@dataclass(frozen=True, slots=True)
class DatedTemplate:
    """A template and the moment when it was computed."""

    template: Template
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Parcel:
    """What belongs together.

    Attributes:
        pet_did: whose all of it is.
        enrolment: the pet's; None where another clinic enrolled it.
        templates: those by other models than the enrolment's.
        verifications: those whose photos are among the entries.
        entries: what is not synced, in the order of its uploads.
    """

    pet_did: str
    enrolment: NewEnrolment | None
    templates: tuple[DatedTemplate, ...]
    verifications: tuple[Verification, ...]
    entries: tuple[NewEntry, ...]

    @property
    def is_empty(self) -> bool:
        """Whether nothing is in it."""
        return not (self.enrolment or self.templates or self.verifications or self.entries)


class Parcels:
    """The parcels of one machine's outbox; any thread may use it.

    Every method raises NoseprintError RECORDS_UNAVAILABLE, RECORDS_DAMAGED, MASTER_KEY_MISSING and SEALED_DAMAGED as
    the records do.

    Args:
        engine: the database of the records.
        vault: theirs.
        holder: the machine.
    """

    def __init__(self, engine: Engine, vault: Vault, holder: str) -> None:
        self._engine = engine
        self._writer = writing(engine)
        self._sealing = Sealing(vault)
        self._trail = AuditTrail(vault)
        self._holder = holder

    def waiting(self) -> list[str]:
        """The Pet DIDs of what is not synced, in the order in which it came."""
        mine = select(OutboxEntryRow.pet_did).where(OPEN, OutboxEntryRow.holder == self._holder)
        with database_errors(), Session(self._engine) as session:
            first = mine.group_by(OutboxEntryRow.pet_did).order_by(func.min(OutboxEntryRow.id))
            return list(session.scalars(first))

    def parcel(self, pet_did: str) -> Parcel:
        """What is not synced of a pet; without entries where all of it is by now."""
        with database_errors(), Session(self._engine) as session:
            waiting = outbox_rows.open_entries(session, [pet_did])[pet_did]
            entries = tuple(entry for entry in waiting if entry.holder == self._holder)
            row = session.scalar(_pet(pet_did))
            enrolment = self._enrolment(session, row) if row else None
            return Parcel(
                pet_did,
                enrolment,
                tuple(self._other_templates(session, row)) if row else (),
                tuple(self._verifications(session, pet_did, {entry.key for entry in entries})),
                entries,
            )

    def news(self, parcel: Parcel) -> Parcel:
        """What of a parcel this database does not have yet.

        Raises:
            NoseprintError: PET_DID_TAKEN when another enrolment is kept under its Pet DID, MICROCHIP_TAKEN with the
                ``pet_did`` of the bearer, OBJECT_CONFLICT with the ``key`` under which another content is known.
        """
        with database_errors(), Session(self._engine) as session:
            return self._news(session, parcel)

    def take_in(self, parcel: Parcel, outgoing: Outgoing, now: datetime) -> None:
        """Keep a parcel, as far as it is new, and its row in the audit trail, in one transaction.

        Args:
            parcel: what ``news`` gave.
            outgoing: its entries, in the spool of this machine.
            now: the present moment.

        Raises:
            NoseprintError: the codes of ``news``.
        """
        with database_errors(), Session(self._writer) as session, session.begin():
            new = self._news(session, parcel)
            if new.enrolment:
                self._keep_enrolment(session, new.enrolment)
            for dated in new.templates:
                self._keep_template(session, new.pet_did, dated)
            session.add_all(rows.verification_row(verification, self._sealing) for verification in new.verifications)
            session.flush()
            still_new = {entry.key for entry in new.entries}
            entries = [entry for entry in outgoing.entries if entry.key in still_new]
            enqueue(session, entries, holder=outgoing.holder, now=now)
            if not new.is_empty:
                self._trail.append(session, taken_in(new), now)

    def _news(self, session: Session, parcel: Parcel) -> Parcel:
        row = session.scalar(_pet(parcel.pet_did))
        if parcel.enrolment:
            self._require_no_conflict(session, parcel.enrolment, row)
        models = set(session.scalars(_models(row))) if row else set()
        images = set(session.scalars(select(VerificationRow.image_key).where(_of(parcel.pet_did))))
        return replace(
            parcel,
            enrolment=None if row else parcel.enrolment,
            templates=tuple(dated for dated in parcel.templates if dated.template.model_sha256 not in models),
            verifications=tuple(item for item in parcel.verifications if item.image_key not in images),
            entries=tuple(entry for entry in parcel.entries if _is_new(session, entry)),
        )

    def _require_no_conflict(self, session: Session, enrolment: NewEnrolment, row: PetRow | None) -> None:
        if row:
            if _compared(self._enrolment(session, row)) != _compared(enrolment):
                raise NoseprintError(ErrorCode.PET_DID_TAKEN, "with other facts", pet_did=enrolment.pet_did)
            return
        microchip = self._sealing.microchip(enrolment.facts.microchip)
        bearer = microchip and session.scalar(select(PetRow.pet_did).where(PetRow.microchip_fingerprint == microchip))
        if bearer:
            raise NoseprintError(ErrorCode.MICROCHIP_TAKEN, pet_did=bearer)

    def _keep_enrolment(self, session: Session, enrolment: NewEnrolment) -> None:
        row = rows.pet_row(enrolment, self._sealing)
        row.guardian = self._guardian(session, enrolment.guardian, enrolment.created_at)
        session.add(row)
        session.flush()

    def _guardian(self, session: Session, guardian: GuardianDetails | None, created_at: datetime) -> GuardianRow | None:
        """A guardian is found again by the telephone number and keeps the name given first, see ``Records.enrol``."""
        if guardian is None:
            return None
        fingerprint = self._sealing.phone(guardian.phone)
        known = session.scalar(select(GuardianRow).where(GuardianRow.phone_fingerprint == fingerprint))
        return known or GuardianRow(**rows.guardian_columns(guardian, created_at, self._sealing))

    def _keep_template(self, session: Session, pet_did: str, dated: DatedTemplate) -> None:
        pet_id = session.scalars(select(PetRow.id).where(PetRow.pet_did == pet_did)).one()
        columns = rows.template_columns(pet_did, dated.template, dated.created_at, self._sealing)
        session.add(TemplateRow(pet_id=pet_id, **columns))

    def _enrolment(self, session: Session, row: PetRow) -> NewEnrolment:
        pet = rows.pet(row, self._sealing)
        template = session.get_one(TemplateRow, (row.model_sha256, row.id))
        return NewEnrolment(
            pet_did=pet.pet_did,
            facts=pet.facts,
            guardian=pet.guardian,
            consents=pet.consents,
            photos=tuple(StoredPhoto(photo.key, photo.sha256, photo.quality) for photo in row.photos),
            template=rows.template(template, pet.pet_did, self._sealing),
            operator=pet.operator,
            created_at=pet.created_at,
        )

    def _other_templates(self, session: Session, row: PetRow) -> Iterator[DatedTemplate]:
        others = select(TemplateRow).where(TemplateRow.pet_id == row.id, TemplateRow.model_sha256 != row.model_sha256)
        for other in session.scalars(others.order_by(TemplateRow.created_at)):
            yield DatedTemplate(rows.template(other, row.pet_did, self._sealing), other.created_at)

    def _verifications(self, session: Session, pet_did: str, keys: set[str]) -> Iterator[Verification]:
        found = select(VerificationRow).where(_of(pet_did), VerificationRow.image_key.in_(keys))
        for row in session.scalars(found.order_by(VerificationRow.id)):
            yield rows.verification(row, self._sealing)


def _pet(pet_did: str) -> Select[PetRow]:
    return select(PetRow).where(PetRow.pet_did == pet_did)


def _of(pet_did: str) -> ColumnElement[bool]:
    return VerificationRow.pet_did == pet_did


def _models(row: PetRow) -> Select[str]:
    return select(TemplateRow.model_sha256).where(TemplateRow.pet_id == row.id)


def _compared(enrolment: NewEnrolment) -> tuple[object, ...]:
    """What two enrolments of one pet must share: all but the guardian's name, which may have been known before."""
    phone = enrolment.guardian.phone if enrolment.guardian else None
    consents = frozenset(enrolment.consents)
    return enrolment.facts, phone, consents, enrolment.photos, enrolment.operator, enrolment.created_at


def _is_new(session: Session, entry: NewEntry) -> bool:
    # What was given up with a machine is on no way to the store: an export which that machine wrote may bring it.
    there = OutboxEntryRow.key == entry.key, OutboxEntryRow.state != EntryState.GIVEN_UP
    known = set(session.scalars(select(OutboxEntryRow.sha256).where(*there)))
    if known and entry.sha256 not in known and not entry.replaces:
        raise NoseprintError(ErrorCode.OBJECT_CONFLICT, key=entry.key)
    return entry.sha256 not in known
