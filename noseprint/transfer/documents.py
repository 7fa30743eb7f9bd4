"""A parcel as a document in an export, and back; every value is checked on its way in."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Final

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
from noseprint.sync.outbox import EntryKind, NewEntry
from noseprint.sync.pet_keys import (
    DEFAULT_VECTOR_PREFIX,
    confine_key,
    require_pet_did,
    vector_json_key,
    vector_npy_key,
)

_NUMBERS = np.dtype("<f4")
_PHOTO_NAMES: Final = {
    EntryKind.PHOTO: re.compile(r"image_[1-9][0-9]{0,3}\.jpg"),
    EntryKind.VERIFICATION: re.compile(r"verify_[0-9TZ]+\.jpg"),
}


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


def decode(content: bytes, vector_prefix: str = DEFAULT_VECTOR_PREFIX) -> Parcel:
    """The parcel in a document; its entries have no spool names yet.

    Whoever wrote it chose its keys: none is taken that this program would not have given to this pet, and only a
    vector may take the place of an object. A photo that was to replace one is a conflict here, for a person to judge.

    Args:
        content: what ``encode`` made.
        vector_prefix: where the platform keeps vectors, see ``vector_json_key``.

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
        entries=tuple(_as_entry(pet_did, item, vector_prefix) for item in document.objects),
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
    for photo in document.photos:
        confine_key(photo.key, pet_did)
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
    confine_key(document.image_key, pet_did)
    return Verification(pet_did=pet_did, **msgspec.structs.asdict(document))


def _of_entry(entry: NewEntry) -> _Object:
    return _Object(entry.kind, entry.key, entry.content_type, entry.sha256, entry.size, entry.replaces)


def _as_entry(pet_did: str, document: _Object, vector_prefix: str) -> NewEntry:
    if not _is_own_key(document.key, document.kind, pet_did, vector_prefix):
        raise NoseprintError(ErrorCode.INVALID_REQUEST, f"not the key of a {document.kind} of this pet")
    return NewEntry(
        pet_did=pet_did,
        kind=document.kind,
        key=document.key,
        content_type=document.content_type,
        spool_name="",
        sha256=document.sha256,
        size=document.size,
        replaces=document.replaces and document.kind is EntryKind.VECTOR,
    )


def _is_own_key(key: str, kind: EntryKind, pet_did: str, vector_prefix: str) -> bool:
    if kind is EntryKind.VECTOR:
        return key in {vector_json_key(pet_did, vector_prefix), vector_npy_key(pet_did)}
    name = confine_key(key, pet_did).rpartition("/")[2]
    return _PHOTO_NAMES[kind].fullmatch(name) is not None
