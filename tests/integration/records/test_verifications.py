from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from noseprint.records.entities import Verification

if TYPE_CHECKING:
    from noseprint.records.records import Records

DID = f"did:ethr:besu:0x{1:040x}"
AT_NOON = Verification(
    pet_did=DID,
    image_key=f"nose-print-photo/{DID}/verify_1.jpg",
    similarity=0.91,
    cosine=0.1 + 0.2,
    inliers=31,
    verdict="same",
    model_name="model-a",
    model_sha256="a" * 64,
    quality=0.5,
    operator="이수의",
    created_at=datetime(2026, 3, 1, 12, tzinfo=UTC),
)


def test_a_pets_verifications_are_read_back_newest_first(records: Records) -> None:
    later = replace(AT_NOON, created_at=AT_NOON.created_at + timedelta(microseconds=1), verdict="review")
    for verification in (AT_NOON, later, replace(AT_NOON, pet_did=f"did:ethr:besu:0x{2:040x}")):
        records.record_verification(verification)
    assert records.verifications(DID) == [later, AT_NOON]


def test_of_the_same_moment_the_one_recorded_last_comes_first(records: Records) -> None:
    second = replace(AT_NOON, verdict="different")
    records.record_verification(AT_NOON)
    records.record_verification(second)
    assert [verification.verdict for verification in records.verifications(DID)] == ["different", "same"]


@pytest.mark.parametrize("pet_did", ["did:unknown", "\0", "\ud800"])
def test_a_pet_that_nobody_verified_has_none(records: Records, pet_did: str) -> None:
    assert records.verifications(pet_did) == []


def test_that_the_vectors_alone_decided_is_kept_as_such(records: Records) -> None:
    records.record_verification(replace(AT_NOON, inliers=None))
    assert [verification.inliers for verification in records.verifications(DID)] == [None]
