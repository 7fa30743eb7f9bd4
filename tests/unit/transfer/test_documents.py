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
    entry = NewEntry(PET, EntryKind.PHOTO, KEY, "image/jpeg", "", "cd" * 32, 7)
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


LONGER = PET + "c3" * 12  # another pet, whose Pet DID of 64 digits begins with this one's 40
VERIFIED = f"nose-print-photo/{PET}/verify_20260301T120000123456Z.jpg"
VECTOR = f"pet/petDID/{PET}.json"


def with_entry(kind: EntryKind, key: str, *, replaces: bool = False) -> bytes:
    sent = parcel()
    (entry,) = sent.entries
    return encode(replace(sent, entries=(replace(entry, kind=kind, key=key, replaces=replaces),)))


@pytest.mark.parametrize(
    ("kind", "key"),
    [
        (EntryKind.PHOTO, KEY),
        (EntryKind.VERIFICATION, VERIFIED),
        (EntryKind.VECTOR, VECTOR),
        (EntryKind.VECTOR, f"nose-print-photo/{PET}/vector.npy"),
    ],
)
def test_the_keys_that_this_program_gives_are_taken(kind: EntryKind, key: str) -> None:
    (entry,) = decode(with_entry(kind, key)).entries
    assert (entry.kind, entry.key) == (kind, key)


@pytest.mark.parametrize(
    ("kind", "key"),
    [
        (EntryKind.PHOTO, f"nose-print-photo/{LONGER}/image_1.jpg"),
        (EntryKind.VECTOR, f"nose-print-photo/{LONGER}/vector.npy"),
        (EntryKind.VECTOR, f"pet/petDID/{LONGER}.json"),
        (EntryKind.VECTOR, f"models/{PET}.json"),
        (EntryKind.VECTOR, KEY),
        (EntryKind.PHOTO, VERIFIED),
        (EntryKind.PHOTO, f"nose-print-photo/{PET}/vector.npy"),
        (EntryKind.PHOTO, f"elsewhere/{PET}/image_1.jpg"),
        (EntryKind.VERIFICATION, KEY),
    ],
)
def test_a_key_that_this_program_would_not_give_to_this_pets_object_is_refused(kind: EntryKind, key: str) -> None:
    with pytest.raises(NoseprintError) as raised:
        decode(with_entry(kind, key))
    assert raised.value.code is ErrorCode.INVALID_REQUEST


def test_vectors_are_taken_where_the_platform_in_use_keeps_them_and_nowhere_else() -> None:
    elsewhere = with_entry(EntryKind.VECTOR, f"other/place/{PET}.json")
    assert decode(elsewhere, "other/place").entries
    with pytest.raises(NoseprintError):
        decode(elsewhere)


def test_nothing_but_a_vector_may_replace_what_is_in_the_store() -> None:
    (vector,) = decode(with_entry(EntryKind.VECTOR, VECTOR, replaces=True)).entries
    (photo,) = decode(with_entry(EntryKind.PHOTO, KEY, replaces=True)).entries
    assert (vector.replaces, photo.replaces) == (True, False)


def test_records_that_speak_of_another_pets_photos_are_refused() -> None:
    sent, foreign = parcel(), f"nose-print-photo/{LONGER}/image_1.jpg"
    assert sent.enrolment is not None
    photos = (StoredPhoto(foreign, "cd" * 32, 80.5),)
    for harmed in (
        replace(sent, enrolment=replace(sent.enrolment, photos=photos)),
        replace(sent, verifications=(replace(sent.verifications[0], image_key=foreign),)),
    ):
        with pytest.raises(NoseprintError) as raised:
            decode(encode(harmed))
        assert raised.value.code is ErrorCode.INVALID_REQUEST


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
