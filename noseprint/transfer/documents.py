"""A parcel as a document in an export, and back; every value is checked on its way in."""

from __future__ import annotations

from datetime import datetime

import msgspec
import numpy as np

from noseprint.errors import ErrorCode, NoseprintError
from noseprint.records.entities import (
    Consent,
    ConsentKind,
    GuardianDetails,
    NewEnrolment,
    PetFacts,
    StoredPhoto,
    Template,
    Verification,
)
from noseprint.records.parcels import DatedTemplate, Parcel
from noseprint.sync.object_store import require_key
from noseprint.sync.outbox import EntryKind, NewEntry
from noseprint.sync.pet_keys import require_pet_did

_NUMBERS = np.dtype("<f4")


class _Document(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What all of them share."""


class _Consent(_Document, frozen=True):
    kind: ConsentKind
    text_version: str
    given_at: datetime


class _Template(_Document, frozen=True):
    vector: bytes
    model_name: str
    model_sha256: str
    quality: float
    created_at: datetime


class _Enrolment(_Document, frozen=True):
    facts: PetFacts
    guardian: GuardianDetails | None
    consents: tuple[_Consent, ...]
    photos: tuple[StoredPhoto, ...]
    template: _Template
    operator: str
    created_at: datetime


class _Verification(_Document, frozen=True):
    image_key: str
    similarity: float
    cosine: float
    inliers: int | None
    verdict: str
    model_name: str
    model_sha256: str
    quality: float
    operator: str
    created_at: datetime


class _Object(_Document, frozen=True):
    kind: EntryKind
    key: str
    content_type: str
    sha256: str
    size: int
    replaces: bool


class _Parcel(_Document, frozen=True):
    pet_did: str
    enrolment: _Enrolment | None
    templates: tuple[_Template, ...]
    verifications: tuple[_Verification, ...]
    objects: tuple[_Object, ...]


def encode(parcel: Parcel) -> bytes:
    """A parcel as MessagePack."""
    document = _Parcel(
        pet_did=parcel.pet_did,
        enrolment=_of_enrolment(parcel.enrolment) if parcel.enrolment else None,
        templates=tuple(_of_template(dated.template, dated.created_at) for dated in parcel.templates),
        verifications=tuple(map(_of_verification, parcel.verifications)),
        objects=tuple(map(_of_entry, parcel.entries)),
    )
    return msgspec.msgpack.encode(document)


def decode(content: bytes) -> Parcel:
    """The parcel in a document; its entries have no spool names yet.

    Raises:
        ValueError: when it is no such document.
        NoseprintError: INVALID_REQUEST and the entities' codes for a value that cannot be.
    """
    document = msgspec.msgpack.decode(content, type=_Parcel)
    pet_did = require_pet_did(document.pet_did)
    return Parcel(
        pet_did=pet_did,
        enrolment=_as_enrolment(pet_did, document.enrolment) if document.enrolment else None,
        templates=tuple(DatedTemplate(_as_template(item), item.created_at) for item in document.templates),
        verifications=tuple(_as_verification(pet_did, item) for item in document.verifications),
        entries=tuple(_as_entry(pet_did, item) for item in document.objects),
    )


def _of_enrolment(enrolment: NewEnrolment) -> _Enrolment:
    return _Enrolment(
        facts=enrolment.facts,
        guardian=enrolment.guardian,
        consents=tuple(_Consent(item.kind, item.text_version, item.given_at) for item in enrolment.consents),
        photos=enrolment.photos,
        template=_of_template(enrolment.template, enrolment.created_at),
        operator=enrolment.operator,
        created_at=enrolment.created_at,
    )


def _as_enrolment(pet_did: str, document: _Enrolment) -> NewEnrolment:
    return NewEnrolment(
        pet_did=pet_did,
        facts=document.facts,
        guardian=document.guardian,
        consents=tuple(Consent(item.kind, item.text_version, item.given_at) for item in document.consents),
        photos=document.photos,
        template=_as_template(document.template),
        operator=document.operator,
        created_at=document.created_at,
    )


def _of_template(template: Template, created_at: datetime) -> _Template:
    vector = template.vector.astype(_NUMBERS).tobytes()
    return _Template(vector, template.model_name, template.model_sha256, template.quality, created_at)


def _as_template(document: _Template) -> Template:
    vector = np.frombuffer(document.vector, _NUMBERS)
    return Template(vector, document.model_name, document.model_sha256, document.quality)


def _of_verification(verification: Verification) -> _Verification:
    fields = _Verification.__struct_fields__
    return _Verification(**{field: getattr(verification, field) for field in fields})


def _as_verification(pet_did: str, document: _Verification) -> Verification:
    return Verification(pet_did=pet_did, **msgspec.structs.asdict(document))


def _of_entry(entry: NewEntry) -> _Object:
    return _Object(entry.kind, entry.key, entry.content_type, entry.sha256, entry.size, entry.replaces)


def _as_entry(pet_did: str, document: _Object) -> NewEntry:
    if f"/{pet_did}" not in require_key(document.key):
        raise NoseprintError(ErrorCode.INVALID_REQUEST, "the key of another pet")
    return NewEntry(
        pet_did=pet_did,
        kind=document.kind,
        key=document.key,
        content_type=document.content_type,
        spool_name="",
        sha256=document.sha256,
        size=document.size,
        replaces=document.replaces,
    )
