from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from noseprint.errors import ErrorCode, NoseprintError
from noseprint.sync import pet_objects as keys

DID = "did:ethr:besu:0x" + "0af" * 13 + "b"
LONG_DID = "did:web7:main:0x" + "c0" * 32
BAD_DIDS = [
    "",
    "did:ethr:besu:0x",
    "did:ethr:besu:0x" + "a" * 39,
    "did:ethr:besu:0x" + "a" * 41,
    "did:ethr:besu:0x" + "g" * 40,
    "did:ethr:besu:0x" + "a" * 39 + "F",
    "did:ethr:besu:0x" + "AB" * 32,
    "did:ethr:besu:0X" + "a" * 40,
    "did:ethr:besu:" + "a" * 40,
    "did:Ethr:besu:0x" + "a" * 40,
    "did::besu:0x" + "a" * 40,
    "did:ethr:be/su:0x" + "a" * 40,
    "did:ethr:besu:0x" + "a" * 40 + "\n",
    " did:ethr:besu:0x" + "a" * 40,
    "did:ethr:besu:0x" + "\uff41" * 40,
    "../did:ethr:besu:0x" + "a" * 40,
]
BAD_NAMES = [
    "",
    ".",
    "..",
    "../other/image_1.jpg",
    "folder/image_1.jpg",
    "image_1.jpg/",
    "..%2fimage_1.jpg",
    "%2e%2e",
    "a%00b",
    "a\\b",
    "a\x00b",
    "a\nb",
    "a\x7fb",
    "a\u202egpj.jpg",
    "a\u2028b",
    "n" * 256,
    "코" * 86,
    ".noseprint-part-1",
]


def refused(call: object, *args: object) -> bool:
    with pytest.raises(NoseprintError) as caught:
        call(*args)  # type: ignore[operator]
    return caught.value.code is ErrorCode.INVALID_REQUEST


@pytest.mark.parametrize("did", [DID, LONG_DID])
def test_both_forms_of_a_pet_did_are_accepted(did: str) -> None:
    assert keys.require_pet_did(did) == did


@pytest.mark.parametrize("did", BAD_DIDS)
def test_what_is_no_pet_did_gets_no_key(did: str) -> None:
    assert refused(keys.require_pet_did, did)
    assert refused(keys.photo_key, did, 1)
    assert refused(keys.verification_key, did, datetime.now(UTC))
    assert refused(keys.vector_json_key, did)
    assert refused(keys.vector_npy_key, did)
    assert refused(keys.confine_key, f"nose-print-photo/{did}/a.jpg", did)


def test_a_pet_did_in_capitals_is_refused_with_the_reason_and_not_merely_unknown() -> None:
    with pytest.raises(NoseprintError, match="lower-case hex digits") as caught:
        keys.require_pet_did("did:ethr:besu:0x" + "AB" * 20)
    assert caught.value.code is ErrorCode.INVALID_REQUEST


def test_the_keys_are_the_platforms() -> None:
    assert keys.photo_key(DID, 1) == f"nose-print-photo/{DID}/image_1.jpg"
    assert keys.vector_npy_key(DID) == f"nose-print-photo/{DID}/vector.npy"
    assert keys.legacy_vector_npy_key(DID) == f"nose-print-photo/{DID}/vec.npy"
    assert keys.vector_json_key(DID) == f"pet/petDID/{DID}.json"
    assert keys.vector_json_key(DID, "other/place/") == f"other/place/{DID}.json"


def test_a_verification_is_named_by_its_moment_in_utc() -> None:
    seoul = timezone(timedelta(hours=9))
    at = datetime(2026, 11, 21, 6, 59, 24, 123456, tzinfo=seoul)
    assert keys.verification_key(DID, at) == f"nose-print-photo/{DID}/verify_20261120T215924123456Z.jpg"


def test_a_moment_without_a_time_zone_names_nothing() -> None:
    with pytest.raises(ValueError, match="time zone"):
        keys.verification_key(DID, datetime(2026, 11, 20))  # noqa: DTZ001 - the point of the test


@pytest.mark.parametrize(
    "name", ["image_1.jpg", "verify_1763676000000.jpg", "verify_2026-11-20T21:59:24.123Z.jpg", "코코 1.PNG", "n" * 255]
)
def test_a_file_of_that_pet_is_let_through(name: str) -> None:
    key = f"nose-print-photo/{DID}/{name}"
    assert keys.confine_key(key, DID) == key


@pytest.mark.parametrize("name", BAD_NAMES)
def test_a_name_with_a_trick_is_refused(name: str) -> None:
    assert refused(keys.confine_key, f"nose-print-photo/{DID}/{name}", DID)


@pytest.mark.parametrize(
    "key",
    [
        "",
        f"nose-print-photo/{LONG_DID}/image_1.jpg",
        f"nose-print-photo/{DID.upper()}/image_1.jpg",
        f"/nose-print-photo/{DID}/image_1.jpg",
        f"temp/{DID}/image_1.jpg",
        f"nose-print-photo/{DID}",
        f"nose-print-photo/{DID}x/image_1.jpg",
        f"nose-print-photo//{DID}/image_1.jpg",
        f"pet/petDID/{DID}.json",
    ],
)
def test_another_pets_or_another_folders_file_is_refused(key: str) -> None:
    assert refused(keys.confine_key, key, DID)


@given(st.text(alphabet=st.characters() | st.sampled_from("/.\\%"), max_size=40))
def test_a_confined_key_always_names_a_file_directly_in_that_pets_folder(name: str) -> None:
    with suppress(NoseprintError):
        key = keys.confine_key(f"nose-print-photo/{DID}/{name}", DID)
        assert key.split("/") == ["nose-print-photo", DID, name]
        assert name.isprintable()
        assert name not in {"", ".", ".."}
