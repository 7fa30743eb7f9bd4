"""What staff change of a pet after its enrolment: facts, guardian, a second person's approval; erasing on request."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Final

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from noseprint.errors import ErrorCode, NoseprintError
from noseprint.plain import in_utc
from noseprint.records import acts, outbox_rows, rows
from noseprint.records.approval import ApprovalReason
from noseprint.records.audit_events import NOBODY, AuditEvent, act
from noseprint.records.database import database_errors, writing
from noseprint.records.entities import ERASED_NAME, ConsentKind, PetFacts
from noseprint.records.operators import require_admin
from noseprint.records.outbox_tables import OutboxEntryRow, OutboxLineRow
from noseprint.records.pet_rows import bearer, keep_guardian, pet_row
from noseprint.records.phone import normalise_phone
from noseprint.records.sealing import PetDocument, Sealing, unless_damaged
from noseprint.records.tables import ConsentRow, GuardianRow, PetRow, PhotoRow, VerificationRow
from noseprint.sync.outbox import EntryKind, EntryState

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from sqlalchemy import Engine

    from noseprint.records.approval import Approval
    from noseprint.records.audit import AuditTrail
    from noseprint.records.entities import Consent, GuardianDetails, Pet, Verification
    from noseprint.records.staff import SignedIn
    from noseprint.vault.vault import Vault

_PICTURES: Final = (EntryKind.PHOTO.value, EntryKind.VERIFICATION.value)
_UNSENT: Final = frozenset({EntryState.WAITING, EntryState.PARKED, EntryState.GIVEN_UP})
# No object of this session stands for such a row.
_IN_THE_DATABASE: Final = {"synchronize_session": False}


@dataclass(frozen=True, slots=True)
class ErasedHere:
    """What went: enrolment photos that the records knew, and uploads of pictures that waited."""

    photos: int
    entries: int


class Corrections:
    """Each is one transaction with its row in the audit trail; any number of threads and programs may call.

    Every method raises NoseprintError RECORDS_UNAVAILABLE, RECORDS_DAMAGED, MASTER_KEY_MISSING and SEALED_DAMAGED as
    the records do, and ValueError for a moment without a time zone.

    Args:
        engine: the database of the records.
        vault: theirs.
        trail: theirs.
    """

    def __init__(self, engine: Engine, vault: Vault, trail: AuditTrail) -> None:
        self._writer = writing(engine)
        self._sealing = Sealing(vault)
        self._trail = trail

    def correct_pet(self, pet_did: str, facts: PetFacts, now: datetime, *, by: str = NOBODY) -> Pet:
        """Put other facts in the place of those that are kept; the same ones change nothing.

        What was uploaded does not change by it: facts are in no uploaded object.

        Raises:
            NoseprintError: PET_NOT_FOUND, PET_ERASED; MICROCHIP_TAKEN with the ``pet_did`` that has the microchip.
        """
        with self._writing() as session:
            row = _changeable(session, pet_did)
            document = self._sealing.open_pet(pet_did, row.sealed)
            changed = _differing(document.facts, facts)
            if changed:
                self._put_facts(session, row, PetDocument(facts, document.operator))
                self._trail.append(session, act(AuditEvent.PET_CORRECTED, by, pet_did, changed=changed), now)
            return rows.pet(row, self._sealing)

    def correct_guardian(
        self,
        pet_did: str,
        guardian: GuardianDetails,
        now: datetime,
        *,
        consent: Consent | None = None,
        by: str = NOBODY,
    ) -> Pet:
        """Say who answers for a pet from now on.

        With the number that is kept, the name is corrected, for all pets of this guardian. With another number the
        pet goes to the guardian of that number, who keeps the name given first; a former one without pets is removed.

        Args:
            pet_did: whose guardian it is.
            guardian: the telephone number becomes E.164.
            now: the present moment.
            consent: to IDENTIFICATION, of this guardian; may be left out where one is kept that still holds.
            by: who does it.

        Raises:
            NoseprintError: PET_NOT_FOUND, PET_ERASED, INVALID_PHONE_NUMBER, CONSENT_MISSING.
            ValueError: for a consent to something else.
        """
        details = replace(guardian, phone=normalise_phone(guardian.phone))
        with self._writing() as session:
            row = _changeable(session, pet_did)
            _keep_consent(session, row, consent)
            if row.guardian and row.guardian.phone_fingerprint == self._sealing.phone(details.phone):
                row.guardian.sealed = self._sealing.guardian(details)
            else:
                former, row.guardian_id = row.guardian_id, keep_guardian(session, details, in_utc(now), self._sealing)
                session.flush()
                _remove_without_pets(session, former)
            pets = _note_change(session, row)
            self._trail.append(session, act(AuditEvent.GUARDIAN_CORRECTED, by, pet_did, pets=pets), now)
            return rows.pet(row, self._sealing)

    def approve(self, image_key: str, approval: Approval, now: datetime, *, by: str = NOBODY) -> Verification:
        """Keep a second person's word about a verification that was recorded before.

        The verdict stays what it was; who reads the record sees both.

        Args:
            image_key: of the verification's probe.
            approval: whose word it is.
            now: the present moment.
            by: the staff id of who is signed in.

        Raises:
            NoseprintError: SECOND_PERSON_NEEDED; INVALID_REQUEST for a key of no verification, one that was approved
                before, and one that left nothing open to review.
        """
        approval.require_second(by)
        found = select(VerificationRow).where(VerificationRow.image_key == image_key).with_for_update()
        with self._writing() as session:
            row = session.scalars(found.order_by(VerificationRow.id.desc())).first()
            if row is None or row.approved_by or (_is_review(approval) and row.verdict != "review"):
                raise NoseprintError(ErrorCode.INVALID_REQUEST, "no verification that waits for an approval")
            for column, value in rows.approval_columns(approval).items():
                setattr(row, column, value)
            self._trail.append(session, acts.approved(row.pet_did, approval, by), now)
            return rows.verification(row, self._sealing)

    def erase(self, pet_did: str, now: datetime, *, by: SignedIn | None = None) -> ErasedHere:
        """Forget guardian, consents, facts and photos at the guardian's request; once more does no harm.

        Pet DID, nose print, species, breed, verdicts and the audit trail stay. Uploads of pictures that wait, or
        were given up, are cancelled; all their contents go with the next sweep of the spool. What the store has is
        ``Eraser``'s business.

        Args:
            pet_did: whose.
            now: the present moment.
            by: the admin who does it; None on the command line.

        Raises:
            NoseprintError: NOT_ALLOWED, PET_NOT_FOUND.
        """
        with self._writing() as session:
            if by:
                require_admin(session, by)
            row = pet_row(session, pet_did)
            session.refresh(row, with_for_update=True)
            entries = _cancel_pictures(session, pet_did, in_utc(now))
            is_first = row.erased_at is None
            photos = self._forget(session, row, in_utc(now)) if is_first else 0
            if is_first or entries:
                staff_id = by.staff_id if by else NOBODY
                done = act(AuditEvent.PET_ERASED, staff_id, pet_did, photos=photos, entries=entries)
                self._trail.append(session, done, now)
        return ErasedHere(photos, entries)

    def _put_facts(self, session: Session, row: PetRow, document: PetDocument) -> None:
        fingerprint = self._sealing.microchip(document.facts.microchip)
        taken = bearer(session, fingerprint)
        if taken and taken != row.pet_did:
            raise NoseprintError(ErrorCode.MICROCHIP_TAKEN, pet_did=taken)
        row.microchip_fingerprint = fingerprint
        row.sealed = self._sealing.pet(row.pet_did, document)
        row.revision += 1
        session.flush()

    def _forget(self, session: Session, row: PetRow, now: datetime) -> int:
        """Take everything personal out of a pet's rows; how many photos it had."""
        photos, former = len(row.photos), row.guardian_id
        # Whoever asks to be forgotten is, also where a damaged value does not tell any more what it held.
        document = unless_damaged(lambda: self._sealing.open_pet(row.pet_did, row.sealed)) or rows.UNREADABLE_PET
        facts = PetFacts(ERASED_NAME, document.facts.species, document.facts.breed)
        row.guardian_id, row.erased_at = None, now
        self._put_facts(session, row, PetDocument(facts, document.operator))
        for table in (ConsentRow, PhotoRow):
            session.execute(delete(table).where(table.pet_id == row.id), execution_options=_IN_THE_DATABASE)
        _remove_without_pets(session, former)
        return photos

    @contextmanager
    def _writing(self) -> Iterator[Session]:
        with database_errors(), Session(self._writer) as session, session.begin():
            yield session


def _changeable(session: Session, pet_did: str) -> PetRow:
    row = pet_row(session, pet_did)
    session.refresh(row, with_for_update=True)
    if row.erased_at:
        raise NoseprintError(ErrorCode.PET_ERASED, pet_did=pet_did)
    return row


def _differing(one: PetFacts, other: PetFacts) -> int:
    return sum(getattr(one, field.name) != getattr(other, field.name) for field in fields(PetFacts))


def _keep_consent(session: Session, row: PetRow, consent: Consent | None) -> None:
    kind = ConsentKind.IDENTIFICATION
    kept = session.get(ConsentRow, (row.id, kind.value))
    if consent is None and kept is None:
        raise NoseprintError(ErrorCode.CONSENT_MISSING)
    if consent is None:
        return
    if consent.kind is not kind:
        raise ValueError("a consent to something else")
    kept = kept or ConsentRow(pet_id=row.id, kind=kind.value)
    kept.text_version, kept.given_at = consent.text_version, consent.given_at
    session.add(kept)


def _note_change(session: Session, row: PetRow) -> int:
    """Let everybody see that the pets of a guardian are to be read again; how many they are."""
    session.flush()
    session.expire(row)
    together = select(func.count()).select_from(PetRow).where(PetRow.guardian_id == row.guardian_id)
    again = update(PetRow).where(PetRow.guardian_id == row.guardian_id).values(revision=PetRow.revision + 1)
    session.execute(again, execution_options=_IN_THE_DATABASE)
    session.expire(row)
    return session.scalars(together).one()


def _remove_without_pets(session: Session, guardian_id: int | None) -> None:
    if guardian_id is None:
        return
    others = select(PetRow.id).where(PetRow.guardian_id == guardian_id).exists()
    gone = delete(GuardianRow).where(GuardianRow.id == guardian_id, ~others)
    session.execute(gone, execution_options=_IN_THE_DATABASE)


def _cancel_pictures(session: Session, pet_did: str, now: datetime) -> int:
    """Take the pictures of a pet out of the outbox, whoever uploads them just now; how many were not sent yet.

    Of those that were sent nothing is left either: nobody mentions their copies any more, and none counts as missing.
    """
    outbox_rows.lock_lines(session, OutboxLineRow.pet_did == pet_did)
    line = update(OutboxLineRow).where(OutboxLineRow.pet_did == pet_did)
    session.execute(line.values(claim=None, claimed_until=None, next_at=now), execution_options=_IN_THE_DATABASE)
    pictures = OutboxEntryRow.pet_did == pet_did, OutboxEntryRow.kind.in_(_PICTURES)
    gone = delete(OutboxEntryRow).where(*pictures).returning(OutboxEntryRow.state)
    states = session.scalars(gone, execution_options=_IN_THE_DATABASE).all()
    return sum(EntryState(state) in _UNSENT for state in states)


def _is_review(approval: Approval) -> bool:
    return approval.reason is ApprovalReason.REVIEW_BAND
