"""How the audit trail tells the acts of a clinic: what was done with which pet, never with whose."""

from __future__ import annotations

from typing import TYPE_CHECKING

from noseprint.records.audit_events import NOBODY, AuditEvent, act
from noseprint.sync.pet_keys import require_pet_did

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from noseprint.attestation.signing import SignedStatement
    from noseprint.records.approval import Approval
    from noseprint.records.audit_events import Act
    from noseprint.records.entities import NewEnrolment, Template, Verification
    from noseprint.records.parcels import Parcel


def enrolled(enrolment: NewEnrolment, by: str, duplicates: Sequence[float]) -> Iterator[Act]:
    """An enrolment; and, where there were any, that it was done in spite of likely duplicates.

    Args:
        enrolment: the pet.
        by: a staff id, or NOBODY.
        duplicates: the similarities of the pets that it was mistaken for and that staff allowed.

    Raises:
        NoseprintError: INVALID_REQUEST when the Pet DID is none, SECOND_PERSON_NEEDED for an approval of one's own.
    """
    subject = require_pet_did(enrolment.pet_did)
    photos, quality = len(enrolment.photos), enrolment.template.quality
    yield act(AuditEvent.PET_ENROLLED, by, subject, photos=photos, quality=quality)
    if duplicates:
        yield act(
            AuditEvent.DUPLICATE_ALLOWED, by, subject, duplicates=len(duplicates), similarity=float(max(duplicates))
        )
    if enrolment.approval:
        yield approved(subject, enrolment.approval, by)


def verified(verification: Verification, by: str) -> list[Act]:
    """A verification; and, where there was one, the second person's approval.

    Raises:
        NoseprintError: INVALID_REQUEST when the Pet DID is none, SECOND_PERSON_NEEDED for an approval of one's own.
    """
    subject = require_pet_did(verification.pet_did)
    verdict, similarity = verification.verdict, verification.similarity
    done = [act(AuditEvent.PET_VERIFIED, by, subject, verdict=verdict, similarity=float(similarity))]
    return [*done, approved(subject, verification.approval, by)] if verification.approval else done


def approved(pet_did: str, approval: Approval, by: str = NOBODY) -> Act:
    """A second person's word; the operator is who was signed in.

    Raises:
        NoseprintError: SECOND_PERSON_NEEDED when both are one.
    """
    approval.require_second(by)
    return act(AuditEvent.APPROVED, by, pet_did, approver=approval.by, reason=approval.reason.value)


def signed(pet_did: str, signed: SignedStatement, by: str = NOBODY) -> Act:
    """A result that was signed, by the checksum of what it states."""
    verdict = signed.statement.verdict
    return act(AuditEvent.RESULT_SIGNED, by, pet_did, verdict=verdict, statement=signed.sha256)


def recomputed(pet_did: str, template: Template, by: str) -> Act:
    """A template that was computed again.

    Raises:
        NoseprintError: INVALID_REQUEST when the Pet DID is none.
    """
    return act(AuditEvent.NOSE_PRINT_RECOMPUTED, by, require_pet_did(pet_did), model=template.model_sha256)


def taken_in(parcel: Parcel, by: str = NOBODY) -> Act:
    """What came in of a pet from another machine's export; what was done there is in that machine's trail.

    Raises:
        NoseprintError: INVALID_REQUEST when the Pet DID is none.
    """
    return act(
        AuditEvent.PET_TAKEN_IN,
        by,
        require_pet_did(parcel.pet_did),
        enrolments=1 if parcel.enrolment else 0,
        templates=len(parcel.templates),
        verifications=len(parcel.verifications),
        entries=len(parcel.entries),
    )


def looked_up(pet_did: str | None, candidates: int, by: str = NOBODY) -> Act:
    """A look-up: the pet that it named, or none, and how many were shown."""
    return act(AuditEvent.DOG_LOOKED_UP, by, pet_did or NOBODY, candidates=candidates)


def searched(found: int, by: str = NOBODY) -> Act:
    """A search in the records: how many pets it showed, and not what was searched for."""
    return act(AuditEvent.RECORDS_SEARCHED, by, found=found)
