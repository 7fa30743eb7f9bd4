from __future__ import annotations

import io
import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import numpy as np
import pytest

from noseprint.embedding.manifest import ModelIdentity
from noseprint.errors import ErrorCode, NoseprintError
from noseprint.sync.pet_objects import (
    MAX_PHOTOS,
    PetObjects,
    legacy_vector_npy_key,
    photo_key,
    vector_json_key,
    vector_npy_key,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

DID = "did:ethr:besu:0x" + "0a" * 20
AT = datetime(2026, 11, 20, 21, 59, 24, tzinfo=UTC)
MODEL = ModelIdentity("nose-3", "ab" * 32)
PHOTOS = [b"\xff\xd8 best", b"\x89PNG\r\n\x1a\n second"]
VECTOR = np.array([0.6, 0.0, 0.8], dtype=np.float32)
OTHER = np.array([0.0, 1.0, 0.0], dtype=np.float32)
WRITTEN = [photo_key(DID, 1), photo_key(DID, 2), vector_npy_key(DID), vector_json_key(DID)]


class MemoryStore:
    """Objects in a dictionary.

    A step named in `broken` fails once: `put`, `get` or `delete` and a key, or `answer` and a key, where the
    object was written and only the answer got lost.
    """

    def __init__(self) -> None:
        self.objects: dict[str, tuple[bytes, str]] = {}
        self.broken: set[str] = set()
        self.puts: list[str] = []

    def put(self, key: str, content: bytes, content_type: str) -> None:
        self.puts.append(key)
        self._fail(f"put {key}")
        self.objects[key] = (content, content_type)
        self._fail(f"answer {key}")

    def get(self, key: str) -> bytes:
        self._fail(f"get {key}")
        if key not in self.objects:
            raise NoseprintError(ErrorCode.OBJECT_NOT_FOUND, key=key)
        return self.objects[key][0]

    def exists(self, key: str) -> bool:
        return key in self.objects

    def keys(self, prefix: str) -> Iterator[str]:
        return iter(sorted(key for key in self.objects if key.startswith(prefix)))

    def delete(self, key: str) -> None:
        self._fail(f"delete {key}")
        self.objects.pop(key, None)

    def check(self) -> None:
        pass

    def _fail(self, what: str) -> None:
        if what in self.broken:
            self.broken.remove(what)
            raise NoseprintError(ErrorCode.STORAGE_CONNECTION_ERROR, what)


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


def save_enrolment(pets: PetObjects, *arguments: object) -> None:
    """Write an enrolment that its caller has nothing to add to."""
    with pets.enrolment(*arguments):  # type: ignore[arg-type]
        pass


def test_an_enrolment_is_set_back_when_its_caller_fails_afterwards(pets: PetObjects, store: MemoryStore) -> None:
    save_enrolment(pets, DID, PHOTOS, VECTOR, MODEL, AT)
    before = {key: store.get(key) for key in store.keys("")}
    with pytest.raises(RuntimeError), pets.enrolment(DID, [b"other"], VECTOR, MODEL, AT):
        raise RuntimeError("the records are full")
    assert {key: store.get(key) for key in store.keys("")} == before


def test_an_enrolment_is_written_photos_first_and_the_json_last(store: MemoryStore, pets: PetObjects) -> None:
    save_enrolment(pets, DID, PHOTOS, VECTOR, MODEL, AT)
    assert store.puts == WRITTEN
    types = [store.objects[key][1] for key in WRITTEN]
    assert types == ["image/jpeg", "image/png", "application/octet-stream", "application/json"]


def test_an_enrolment_is_read_back_as_it_was(pets: PetObjects) -> None:
    save_enrolment(pets, DID, PHOTOS, VECTOR, MODEL, AT)
    stored = pets.load_vector(DID)
    assert stored.vector.tobytes() == VECTOR.tobytes()
    assert stored.model == MODEL
    assert pets.load_photos(DID) == PHOTOS
    assert pets.load_photo(photo_key(DID, 2)) == PHOTOS[1]


def test_the_vector_prefix_says_where_the_json_lies(store: MemoryStore) -> None:
    pets = PetObjects(store, "clinic/vectors")
    save_enrolment(pets, DID, PHOTOS, VECTOR, MODEL, AT)
    assert f"clinic/vectors/{DID}.json" in store.objects
    assert pets.load_vector(DID).model == MODEL


@pytest.mark.parametrize("key", WRITTEN)
@pytest.mark.parametrize("moment", ["put", "answer"])
def test_an_enrolment_that_fails_anywhere_leaves_nothing(
    store: MemoryStore, pets: PetObjects, moment: str, key: str
) -> None:
    store.objects["temp/other"] = (b"x", "image/jpeg")
    store.broken = {f"{moment} {key}"}
    with pytest.raises(NoseprintError, match=f"{moment} ") as caught:
        save_enrolment(pets, DID, PHOTOS, VECTOR, MODEL, AT)
    assert code_of(caught) is ErrorCode.STORAGE_CONNECTION_ERROR
    assert list(store.objects) == ["temp/other"]


@pytest.mark.parametrize("moment", ["put", "answer"])
def test_an_enrolment_that_fails_sets_back_what_was_there_before(
    store: MemoryStore, pets: PetObjects, moment: str
) -> None:
    save_enrolment(pets, DID, PHOTOS, VECTOR, MODEL, AT)
    before = dict(store.objects)
    store.broken = {f"{moment} {vector_json_key(DID)}"}
    with pytest.raises(NoseprintError):
        save_enrolment(pets, DID, [b"new 1", PHOTOS[1], b"new 3"], OTHER, MODEL, AT)
    assert store.objects == before


def test_what_cannot_be_taken_back_is_named_and_the_first_error_stays(store: MemoryStore, pets: PetObjects) -> None:
    store.broken = {f"put {vector_npy_key(DID)}", f"delete {photo_key(DID, 2)}"}
    with pytest.raises(NoseprintError, match="put nose-print-photo") as caught:
        save_enrolment(pets, DID, PHOTOS, VECTOR, MODEL, AT)
    (note,) = caught.value.__notes__
    assert photo_key(DID, 1) in note
    assert photo_key(DID, 2) in note
    assert vector_npy_key(DID) not in note


def test_saving_the_same_enrolment_again_writes_nothing(store: MemoryStore, pets: PetObjects) -> None:
    save_enrolment(pets, DID, PHOTOS, VECTOR, MODEL, AT)
    store.puts.clear()
    save_enrolment(pets, DID, PHOTOS, VECTOR, MODEL, AT)
    assert store.puts == []


@pytest.mark.parametrize("count", [0, MAX_PHOTOS + 1])
def test_no_photos_and_too_many_are_no_enrolment(store: MemoryStore, pets: PetObjects, count: int) -> None:
    with pytest.raises(NoseprintError) as caught:
        save_enrolment(pets, DID, [b"x"] * count, VECTOR, MODEL, AT)
    assert code_of(caught) is ErrorCode.INVALID_REQUEST
    assert store.puts == []


@pytest.mark.parametrize("vector", [np.zeros(0, np.float32), np.array([np.nan], np.float32)])
def test_what_is_no_vector_is_not_written(store: MemoryStore, pets: PetObjects, vector: NDArray[np.float32]) -> None:
    with pytest.raises(NoseprintError) as caught:
        save_enrolment(pets, DID, PHOTOS, vector, MODEL, AT)
    assert code_of(caught) is ErrorCode.VECTOR_DIMENSION_MISMATCH
    assert store.puts == []


def test_replacing_vectors_leaves_the_photos(store: MemoryStore, pets: PetObjects) -> None:
    save_enrolment(pets, DID, PHOTOS, VECTOR, MODEL, AT)
    newer = ModelIdentity("nose-4", "cd" * 32)
    pets.replace_vectors(DID, OTHER, newer, AT)
    stored = pets.load_vector(DID)
    assert stored.model == newer
    assert stored.vector.tolist() == OTHER.tolist()
    assert np.load(io.BytesIO(store.get(vector_npy_key(DID)))).tolist() == OTHER.tolist()
    assert pets.load_photos(DID) == PHOTOS


def test_replacing_that_fails_leaves_the_old_vectors(store: MemoryStore, pets: PetObjects) -> None:
    save_enrolment(pets, DID, PHOTOS, VECTOR, MODEL, AT)
    before = dict(store.objects)
    del store.objects[vector_json_key(DID)]
    store.broken = {f"answer {vector_json_key(DID)}"}
    with pytest.raises(NoseprintError):
        pets.replace_vectors(DID, OTHER, MODEL, AT)
    del before[vector_json_key(DID)]
    assert store.objects == before


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
    store.broken = {f"get {vector_json_key(DID)}", f"get {photo_key(DID, 1)}"}
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


def test_a_verification_photo_is_kept_under_its_moment(store: MemoryStore, pets: PetObjects) -> None:
    with pets.verification(DID, b"\xff\xd8 probe", AT) as key:
        pass
    assert key == f"nose-print-photo/{DID}/verify_20261120T215924000000Z.jpg"
    assert store.objects[key] == (b"\xff\xd8 probe", "image/jpeg")
