"""What happened to one pet, told from the audit trail and, where that was not kept yet, from the records."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from noseprint.errors import ErrorCode, NoseprintError
from noseprint.records.audit_events import NOBODY, AuditEvent

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from datetime import datetime

    from noseprint.records.audit import AuditEntry
    from noseprint.records.audit_events import Fact
    from noseprint.records.entities import Pet, Verification
    from noseprint.records.records import Records

_ALL: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class Happening:
    """One thing that happened to a pet.

    Attributes:
        at: when, in UTC.
        event_id: of an ``AuditEvent``, or one that only a newer program knows (see ``event_of``).
        by: the staff id of who was signed in, or NOBODY; also where it was done on another machine.
        details: what the audit trail says of it; empty for what it does not hold.
        verification: for PET_VERIFIED, where the records hold it.
    """

    at: datetime
    event_id: str
    by: str
    details: Mapping[str, Fact]
    verification: Verification | None = None


def history(records: Records, pet_did: str) -> list[Happening]:
    """Everything that happened to a pet, the newest first; of a pet of another clinic, what happened here.

    Args:
        records: where it is.
        pet_did: whose history it is.

    Raises:
        NoseprintError: AUDIT_BROKEN for a row of the trail that is none; the codes of ``Records``.
    """
    told = records.trail.entries(records.engine, subject=pet_did, limit=_ALL)
    found = list(_joined(told, records.verifications(pet_did)))
    if not any(entry.event_id == AuditEvent.PET_ENROLLED.id for entry in told) and (pet := _pet(records, pet_did)):
        found.append(Happening(pet.created_at, AuditEvent.PET_ENROLLED.id, NOBODY, {}))
    return sorted(found, key=lambda happening: happening.at, reverse=True)


def _joined(told: Iterable[AuditEntry], verifications: Iterable[Verification]) -> Iterator[Happening]:
    """Acts with the verifications that they were; both have the same moment, to the microsecond."""
    untold = {verification.created_at: verification for verification in verifications}
    for entry in told:
        is_verification = entry.event_id == AuditEvent.PET_VERIFIED.id
        verification = untold.pop(entry.at, None) if is_verification else None
        yield Happening(entry.at, entry.event_id, entry.operator, entry.details, verification)
    for at, verification in untold.items():
        yield Happening(at, AuditEvent.PET_VERIFIED.id, NOBODY, {}, verification)


def _pet(records: Records, pet_did: str) -> Pet | None:
    try:
        return records.pet(pet_did)
    except NoseprintError as error:
        if error.code is ErrorCode.PET_NOT_FOUND:
            return None
        raise
