"""Between entities and rows, both ways."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

import numpy as np

from noseprint.records.entities import (
    Consent,
    ConsentKind,
    GuardianDetails,
    NewEnrolment,
    Pet,
    PetFacts,
    Sex,
    Template,
    Verification,
)
from noseprint.records.tables import ConsentRow, PetRow, PhotoRow, TemplateRow, VerificationRow

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from numpy.typing import NDArray

VECTOR_DTYPE = np.dtype("<f4")


def pet_row(enrolment: NewEnrolment) -> PetRow:
    """The rows of an enrolment, all but its guardian's."""
    return PetRow(
        pet_did=enrolment.pet_did,
        **asdict(enrolment.facts),
        model_name=enrolment.template.model_name,
        model_sha256=enrolment.template.model_sha256,
        quality=enrolment.template.quality,
        operator=enrolment.operator,
        created_at=enrolment.created_at,
        consents=[ConsentRow(**asdict(consent)) for consent in enrolment.consents],
        photos=[PhotoRow(position=position, **asdict(photo)) for position, photo in enumerate(enrolment.photos)],
        templates=[TemplateRow(**template_columns(enrolment.template, enrolment.created_at))],
    )


def pet(row: PetRow) -> Pet:
    """The pet as it was enrolled."""
    return Pet(
        pet_did=row.pet_did,
        facts=_facts(row),
        guardian=GuardianDetails(row.guardian.name, row.guardian.phone) if row.guardian else None,
        consents=tuple(
            Consent(ConsentKind(consent.kind), consent.text_version, consent.given_at) for consent in row.consents
        ),
        photo_keys=tuple(photo.key for photo in row.photos),
        model_name=row.model_name,
        quality=row.quality,
        operator=row.operator,
        created_at=row.created_at,
    )


def _facts(row: PetRow) -> PetFacts:
    return PetFacts(
        name=row.name,
        species=row.species,
        breed=row.breed,
        age_years=row.age_years,
        sex=Sex(row.sex),
        neutered=row.neutered,
        colour=row.colour,
        weight_kg=row.weight_kg,
        features=row.features,
        microchip=row.microchip,
    )


def template_columns(template: Template, created_at: datetime) -> Mapping[str, object]:
    """The columns of a template's row, all but its pet's."""
    return {
        "model_sha256": template.model_sha256,
        "model_name": template.model_name,
        "quality": template.quality,
        "vector": template.vector.astype(VECTOR_DTYPE).tobytes(),
        "created_at": created_at,
    }


def template(row: TemplateRow) -> Template:
    """The template as it was saved, bit for bit."""
    return Template(vector(row.vector), row.model_name, row.model_sha256, row.quality)


def vector(blob: bytes | bytearray) -> NDArray[np.float32]:
    """The float32 numbers in a blob, shape (d,), without a copy where the machine is little-endian."""
    return np.frombuffer(blob, VECTOR_DTYPE).astype(np.float32, copy=False)


def verification_row(verification: Verification) -> VerificationRow:
    """The row of a verification."""
    return VerificationRow(**asdict(verification))


def verification(row: VerificationRow) -> Verification:
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
        operator=row.operator,
        created_at=row.created_at,
    )
