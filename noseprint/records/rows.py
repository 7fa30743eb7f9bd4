"""Between entities and rows, both ways; what is personal is sealed on the way in and unsealed on the way out."""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Final

from noseprint.errors import ErrorCode
from noseprint.records.approval import Approval, ApprovalReason
from noseprint.records.entities import (
    UNREADABLE,
    Consent,
    ConsentKind,
    GuardianDetails,
    NewEnrolment,
    Pet,
    PetFacts,
    Template,
    Verification,
)
from noseprint.records.sealing import PetDocument, unless_damaged, vector_of
from noseprint.records.tables import ConsentRow, GuardianRow, PetRow, PhotoRow, TemplateRow, VerificationRow

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from noseprint.records.sealing import Sealing


UNREADABLE_PET: Final = PetDocument(PetFacts(UNREADABLE, species=UNREADABLE), UNREADABLE)
"""What is told of a pet whose facts cannot be unsealed."""

_UNREADABLE_GUARDIAN: Final = GuardianDetails(UNREADABLE, UNREADABLE)


def pet_row(enrolment: NewEnrolment, sealing: Sealing) -> PetRow:
    """The rows of an enrolment, all but its guardian's."""
    return PetRow(
        pet_did=enrolment.pet_did,
        microchip_fingerprint=sealing.microchip(enrolment.facts.microchip),
        sealed=sealing.pet(enrolment.pet_did, PetDocument(enrolment.facts, enrolment.operator)),
        model_name=enrolment.template.model_name,
        model_sha256=enrolment.template.model_sha256,
        quality=enrolment.template.quality,
        created_at=enrolment.created_at,
        revision=0,
        **approval_columns(enrolment.approval),
        consents=[ConsentRow(**asdict(consent)) for consent in enrolment.consents],
        photos=[PhotoRow(position=position, **asdict(photo)) for position, photo in enumerate(enrolment.photos)],
        templates=[
            TemplateRow(**template_columns(enrolment.pet_did, enrolment.template, enrolment.created_at, sealing))
        ],
    )


def pet(row: PetRow, sealing: Sealing) -> Pet:
    """The pet as it is kept."""
    return _pet(row, sealing.open_pet(row.pet_did, row.sealed), _guardian(row.guardian, sealing))


def readable_pet(row: PetRow, sealing: Sealing) -> Pet:
    """The pet as it is kept, also where facts or guardian are damaged; the others can be read then."""
    document = unless_damaged(lambda: sealing.open_pet(row.pet_did, row.sealed))
    guardian = unless_damaged(lambda: _guardian(row.guardian, sealing))
    if document and (guardian or not row.guardian):
        return _pet(row, document, guardian)
    kept = (guardian or _UNREADABLE_GUARDIAN) if row.guardian else None
    return replace(_pet(row, document or UNREADABLE_PET, kept), damaged=ErrorCode.SEALED_DAMAGED)


def _pet(row: PetRow, document: PetDocument, guardian: GuardianDetails | None) -> Pet:
    return Pet(
        pet_did=row.pet_did,
        facts=document.facts,
        guardian=guardian,
        consents=tuple(
            Consent(ConsentKind(consent.kind), consent.text_version, consent.given_at) for consent in row.consents
        ),
        photo_keys=tuple(photo.key for photo in row.photos),
        model_name=row.model_name,
        quality=row.quality,
        operator=document.operator,
        created_at=row.created_at,
        approval=_approval(row),
        erased_at=row.erased_at,
    )


def _guardian(row: GuardianRow | None, sealing: Sealing) -> GuardianDetails | None:
    return sealing.open_guardian(row.phone_fingerprint, row.sealed) if row else None


def guardian_columns(guardian: GuardianDetails, created_at: datetime, sealing: Sealing) -> Mapping[str, object]:
    """The columns of a guardian's row."""
    return {
        "phone_fingerprint": sealing.phone(guardian.phone),
        "sealed": sealing.guardian(guardian),
        "created_at": created_at,
    }


def template_columns(pet_did: str, template: Template, created_at: datetime, sealing: Sealing) -> Mapping[str, object]:
    """The columns of a template's row, all but its pet's."""
    return {
        "model_sha256": template.model_sha256,
        "model_name": template.model_name,
        "quality": template.quality,
        "sealed_vector": sealing.vector(pet_did, template.model_sha256, template.vector),
        "created_at": created_at,
    }


def template(row: TemplateRow, pet_did: str, sealing: Sealing) -> Template:
    """The template as it was saved, bit for bit."""
    numbers = sealing.open_vector(pet_did, row.model_sha256, row.sealed_vector)
    return Template(vector_of(numbers), row.model_name, row.model_sha256, row.quality)


def verification_row(verification: Verification, sealing: Sealing) -> VerificationRow:
    """The row of a verification."""
    columns = asdict(verification)
    operator = columns.pop("operator")
    del columns["approval"]
    return VerificationRow(
        sealed_operator=sealing.operator(verification.image_key, operator),
        **columns,
        **approval_columns(verification.approval),
    )


def verification(row: VerificationRow, sealing: Sealing) -> Verification:
    """The verification as it was recorded."""
    return Verification(
        pet_did=row.pet_did,
        image_key=row.image_key,
        similarity=row.similarity,
        cosine=row.cosine,
        inliers=row.inliers,
        verdict=row.verdict,
        model_name=row.model_name,
        model_sha256=row.model_sha256,
        quality=row.quality,
        operator=sealing.open_operator(row.image_key, row.sealed_operator),
        created_at=row.created_at,
        approval=_approval(row),
    )


def approval_columns(approval: Approval | None) -> dict[str, str | None]:
    """The columns of an approval, in the row of what was approved."""
    if approval is None:
        return {"approved_by": None, "approval_reason": None}
    return {"approved_by": approval.by, "approval_reason": approval.reason.value}


def _approval(row: PetRow | VerificationRow) -> Approval | None:
    if row.approved_by is None or row.approval_reason is None:
        return None
    return Approval(row.approved_by, ApprovalReason(row.approval_reason))
