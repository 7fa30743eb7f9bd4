from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

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
from noseprint.transfer.documents import decode, encode

NOON = datetime(2026, 3, 1, 12, 0, 0, 123456, tzinfo=UTC)
PET = "did:ethr:besu:0x" + "a1" * 20
KEY = f"nose-print-photo/{PET}/image_1.jpg"


def template(model: str) -> Template:
    return Template(np.array([0.1, -2.5e-38, 3.0], np.float32), model, "ab" * 32, 71.25)


def parcel() -> Parcel:
    enrolment = NewEnrolment(
        pet_did=PET,
        facts=PetFacts("초코", weight_kg=3.1, microchip="410000000000001"),
        guardian=GuardianDetails("김하늘", "+821012345678"),
        consents=(Consent(ConsentKind.IDENTIFICATION, "2026-11", NOON),),
        photos=(StoredPhoto(KEY, "cd" * 32, 80.5),),
        template=template("a"),
        operator="이수의",
        created_at=NOON,
    )
    verified = Verification(PET, KEY, 0.9, 0.8, None, "same", "a", "ab" * 32, 70.0, "이수의", NOON)
    entry = NewEntry(PET, EntryKind.PHOTO, KEY, "image/jpeg", "", "cd" * 32, 7, replaces=True)
    return Parcel(PET, enrolment, (DatedTemplate(template("b"), NOON),), (verified,), (entry,))


def test_a_parcel_comes_back_as_it_was() -> None:
    sent = parcel()
    read = decode(encode(sent))
    assert sent.enrolment is not None
    assert read.enrolment is not None
    assert np.array_equal(read.enrolment.template.vector, sent.enrolment.template.vector)
    same = replace(read.enrolment, template=sent.enrolment.template)
    assert same == sent.enrolment
    assert (read.verifications, read.entries) == (sent.verifications, sent.entries)
    assert [item.template.model_name for item in read.templates] == ["b"]


def test_a_parcel_may_hold_no_enrolment() -> None:
    assert decode(encode(replace(parcel(), enrolment=None))).enrolment is None


@pytest.mark.parametrize(
    "key", ["nose-print-photo/did:ethr:besu:0x" + "b2" * 20 + "/image_1.jpg", "../" + KEY, "models/x", ""]
)
def test_an_object_outside_of_the_pets_own_folders_is_refused(key: str) -> None:
    sent = parcel()
    (entry,) = sent.entries
    with pytest.raises(NoseprintError) as raised:
        decode(encode(replace(sent, entries=(replace(entry, key=key),))))
    assert raised.value.code is ErrorCode.INVALID_REQUEST


def test_a_pet_did_that_is_none_is_refused() -> None:
    with pytest.raises(NoseprintError):
        decode(encode(replace(parcel(), pet_did="../somewhere", enrolment=None)))


@given(st.binary(max_size=200) | st.builds(msgspec.msgpack.encode, st.dictionaries(st.text(), st.booleans())))
def test_other_bytes_are_refused(content: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        decode(content)
