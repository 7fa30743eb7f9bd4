from __future__ import annotations

import io
import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import numpy as np
import pytest

from noseprint.embedding.manifest import ModelIdentity
from noseprint.errors import ErrorCode, NoseprintError
from noseprint.sync.outbox import EntryKind
from noseprint.sync.pet_objects import (
    MAX_PHOTOS,
    PetObject,
    PetObjects,
    legacy_vector_npy_key,
    photo_key,
    vector_json_key,
    vector_npy_key,
)
from tests.support.outbox_doubles import MemoryStore, away
from tests.support.stored import store_all

if TYPE_CHECKING:
    from numpy.typing import NDArray

DID = "did:ethr:besu:0x" + "0a" * 20
AT = datetime(2026, 11, 20, 21, 59, 24, tzinfo=UTC)
MODEL = ModelIdentity("nose-3", "ab" * 32)
PHOTOS = [b"\xff\xd8 best", b"\x89PNG\r\n\x1a\n second"]
VECTOR = np.array([0.6, 0.0, 0.8], dtype=np.float32)
OTHER = np.array([0.0, 1.0, 0.0], dtype=np.float32)
WRITTEN = [photo_key(DID, 1), photo_key(DID, 2), vector_npy_key(DID), vector_json_key(DID)]


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore()


@pytest.fixture
def pets(store: MemoryStore) -> PetObjects:
    return PetObjects(store)


def npy(vector: NDArray[np.float32]) -> bytes:
    stream = io.BytesIO()
    np.save(stream, vector)
    return stream.getvalue()


def code_of(caught: pytest.ExceptionInfo[NoseprintError]) -> ErrorCode:
    return caught.value.code


def enrolled(pets: PetObjects, photos: list[bytes] | None = None) -> list[PetObject]:
    return pets.of_enrolment(DID, PHOTOS if photos is None else photos, VECTOR, MODEL, AT)


def test_an_enrolment_is_its_photos_first_and_the_json_last(pets: PetObjects) -> None:
    objects = enrolled(pets)
    assert [thing.key for thing in objects] == WRITTEN
    assert [thing.content for thing in objects[:2]] == PHOTOS
    assert [thing.content_type for thing in objects] == [
        "image/jpeg",
        "image/png",
        "application/octet-stream",
        "application/json",
    ]
    assert [thing.kind for thing in objects] == [EntryKind.PHOTO] * 2 + [EntryKind.VECTOR] * 2
    assert not any(thing.replaces for thing in objects)


def test_an_enrolment_is_read_back_as_it_was(store: MemoryStore, pets: PetObjects) -> None:
    store_all(store, enrolled(pets))
    stored = pets.load_vector(DID)
    assert stored.vector.tobytes() == VECTOR.tobytes()
    assert stored.model == MODEL
    assert pets.load_photos(DID) == PHOTOS
    assert pets.load_photo(photo_key(DID, 2)) == PHOTOS[1]


def test_the_vector_prefix_says_where_the_json_lies(store: MemoryStore) -> None:
    pets = PetObjects(store, "clinic/vectors")
    store_all(store, enrolled(pets))
    assert f"clinic/vectors/{DID}.json" in store.objects
    assert pets.load_vector(DID).model == MODEL


@pytest.mark.parametrize("count", [0, MAX_PHOTOS + 1])
def test_no_photos_and_too_many_are_no_enrolment(pets: PetObjects, count: int) -> None:
    with pytest.raises(NoseprintError) as caught:
        enrolled(pets, [b"x"] * count)
    assert code_of(caught) is ErrorCode.INVALID_REQUEST


@pytest.mark.parametrize("vector", [np.zeros(0, np.float32), np.array([np.nan], np.float32)])
def test_what_is_no_vector_is_no_object(pets: PetObjects, vector: NDArray[np.float32]) -> None:
    with pytest.raises(NoseprintError) as caught:
        pets.of_enrolment(DID, PHOTOS, vector, MODEL, AT)
    assert code_of(caught) is ErrorCode.VECTOR_DIMENSION_MISMATCH


def test_a_new_vector_takes_the_place_of_both_old_ones_and_of_no_photo(store: MemoryStore, pets: PetObjects) -> None:
    store_all(store, enrolled(pets))
    newer = ModelIdentity("nose-4", "cd" * 32)
    objects = pets.of_new_vector(DID, OTHER, newer, AT)
    assert [thing.key for thing in objects] == WRITTEN[2:]
    assert all(thing.replaces for thing in objects)
    store_all(store, objects)
    stored = pets.load_vector(DID)
    assert stored.model == newer
    assert stored.vector.tolist() == OTHER.tolist()
    assert np.load(io.BytesIO(store.get(vector_npy_key(DID)))).tolist() == OTHER.tolist()


def test_the_json_is_read_before_both_npy_objects(store: MemoryStore, pets: PetObjects) -> None:
    gateway = {"petDID": DID, "featureVector": [1.0, 0.0], "vectorSize": 2}
    store.put(legacy_vector_npy_key(DID), npy(np.array([3], np.float32)), "")
    assert pets.load_vector(DID).vector.tolist() == [3]
    store.put(vector_npy_key(DID), npy(np.array([2], np.float32)), "")
    assert pets.load_vector(DID).vector.tolist() == [2]
    store.put(vector_json_key(DID), json.dumps(gateway).encode(), "")
    assert pets.load_vector(DID).vector.tolist() == [1, 0]


def test_garbage_is_passed_over_for_the_next_object(store: MemoryStore, pets: PetObjects) -> None:
    store.put(vector_json_key(DID), b"garbage", "")
    store.put(vector_npy_key(DID), b"garbage", "")
    store.put(legacy_vector_npy_key(DID), npy(OTHER), "")
    assert pets.load_vector(DID).vector.tolist() == OTHER.tolist()


def test_garbage_alone_is_a_mismatch_not_an_absence(store: MemoryStore, pets: PetObjects) -> None:
    store.put(vector_npy_key(DID), b"garbage", "")
    with pytest.raises(NoseprintError) as caught:
        pets.load_vector(DID)
    assert code_of(caught) is ErrorCode.VECTOR_DIMENSION_MISMATCH


def test_a_pet_without_any_vector_is_told_so(pets: PetObjects) -> None:
    with pytest.raises(NoseprintError) as caught:
        pets.load_vector(DID)
    assert code_of(caught) is ErrorCode.VECTOR_NOT_FOUND


def test_a_store_that_fails_is_no_missing_vector_and_no_missing_photo(store: MemoryStore, pets: PetObjects) -> None:
    store.before = away
    for call in pets.load_vector, pets.load_photos:
        with pytest.raises(NoseprintError) as caught:
            call(DID)
        assert code_of(caught) is ErrorCode.STORAGE_CONNECTION_ERROR


def test_photos_are_read_up_to_the_first_gap_and_the_limit(store: MemoryStore, pets: PetObjects) -> None:
    assert pets.load_photos(DID) == []
    for n in (1, 2, 4):
        store.put(photo_key(DID, n), b"%d" % n, "image/jpeg")
    assert pets.load_photos(DID) == [b"1", b"2"]
    for n in range(1, MAX_PHOTOS + 5):
        store.put(photo_key(DID, n), b"x", "image/jpeg")
    assert len(pets.load_photos(DID)) == MAX_PHOTOS


def test_a_missing_photo_is_told_by_its_key(pets: PetObjects) -> None:
    with pytest.raises(NoseprintError) as caught:
        pets.load_photo(photo_key(DID, 1))
    assert code_of(caught) is ErrorCode.OBJECT_NOT_FOUND


def test_no_more_photos_are_asked_for_than_a_pet_is_known_to_have(store: MemoryStore) -> None:
    for n in (1, 2):
        store.put(photo_key(DID, n), b"x", "image/jpeg")
    assert len(PetObjects(store, photo_count=lambda _: 2).load_photos(DID)) == 2
    assert store.gets == [photo_key(DID, 1), photo_key(DID, 2)]


def test_a_verification_photo_has_a_key_by_its_moment(pets: PetObjects) -> None:
    probe = pets.of_verification(DID, b"\xff\xd8 probe", AT)
    assert probe.key == f"nose-print-photo/{DID}/verify_20261120T215924000000Z.jpg"
    assert (probe.kind, probe.content_type) == (EntryKind.VERIFICATION, "image/jpeg")
