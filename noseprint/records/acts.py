"""How the audit trail tells the acts of a clinic: what was done with which pet, never with whose."""

from __future__ import annotations

from typing import TYPE_CHECKING

from noseprint.records.audit_events import NOBODY, AuditEvent, act
from noseprint.sync.pet_keys import require_pet_did

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from noseprint.records.audit_events import Act
    from noseprint.records.entities import NewEnrolment, Template, Verification


def enrolled(enrolment: NewEnrolment, by: str, duplicates: Sequence[float]) -> Iterator[Act]:
    """An enrolment; and, where there were any, that it was done in spite of likely duplicates.

    Args:
        enrolment: the pet.
        by: a staff id, or NOBODY.
        duplicates: the similarities of the pets that it was mistaken for and that staff allowed.

    Raises:
        NoseprintError: INVALID_REQUEST when the Pet DID is none.
    """
    subject = require_pet_did(enrolment.pet_did)
    photos, quality = len(enrolment.photos), enrolment.template.quality
    yield act(AuditEvent.PET_ENROLLED, by, subject, photos=photos, quality=quality)
    if duplicates:
        yield act(
            AuditEvent.DUPLICATE_ALLOWED, by, subject, duplicates=len(duplicates), similarity=float(max(duplicates))
        )


def verified(verification: Verification, by: str) -> Act:
    """A verification.

    Raises:
        NoseprintError: INVALID_REQUEST when the Pet DID is none.
    """
    subject = require_pet_did(verification.pet_did)
    verdict, similarity = verification.verdict, verification.similarity
    return act(AuditEvent.PET_VERIFIED, by, subject, verdict=verdict, similarity=float(similarity))


def recomputed(pet_did: str, template: Template, by: str) -> Act:
    """A template that was computed again.

    Raises:
        NoseprintError: INVALID_REQUEST when the Pet DID is none.
    """
    return act(AuditEvent.NOSE_PRINT_RECOMPUTED, by, require_pet_did(pet_did), model=template.model_sha256)


def looked_up(pet_did: str | None, candidates: int, by: str = NOBODY) -> Act:
    """A look-up: the pet that it named, or none, and how many were shown."""
    return act(AuditEvent.DOG_LOOKED_UP, by, pet_did or NOBODY, candidates=candidates)


def searched(found: int, by: str = NOBODY) -> Act:
    """A search in the records: how many pets it showed, and not what was searched for."""
    return act(AuditEvent.RECORDS_SEARCHED, by, found=found)
