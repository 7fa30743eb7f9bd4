from __future__ import annotations

import sqlite3
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Barrier
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from noseprint.errors import ErrorCode, NoseprintError
from noseprint.records.entities import (
    Consent,
    ConsentKind,
    GuardianDetails,
    NewEnrolment,
    Pet,
    PetFacts,
    Sex,
    StoredPhoto,
)
from noseprint.records.records import Records
from tests.support.vault import VAULT

if TYPE_CHECKING:
    from pathlib import Path

    from tests.integration.records.conftest import MakeEnrolment

CHIP = "900182001234567"


def refusal(records: Records, enrolment: NewEnrolment) -> NoseprintError:
    with pytest.raises(NoseprintError) as early:
        records.require_new(enrolment)
    with pytest.raises(NoseprintError) as caught:
        records.enrol(enrolment)
    assert (early.value.code, early.value.facts) == (caught.value.code, caught.value.facts)
    return caught.value


def outcome(records: Records, enrolment: NewEnrolment) -> Pet | ErrorCode:
    try:
        return records.enrol(enrolment)
    except NoseprintError as error:
        return error.code


def enrol_at_once(url: str, enrolments: list[NewEnrolment]) -> list[Pet | ErrorCode]:
    start = Barrier(len(enrolments))

    def work(enrolment: NewEnrolment) -> Pet | ErrorCode:
        with Records.open(url, VAULT) as records:
            start.wait()
            return outcome(records, enrolment)

    with ThreadPoolExecutor(len(enrolments)) as threads:
        return list(threads.map(work, enrolments))


def test_everything_that_was_given_is_read_back(records: Records, make_enrolment: MakeEnrolment) -> None:
    facts = PetFacts("초코", "dog", "진도개", 3, Sex.FEMALE, True, "brown", 4.2, "흰 양말", CHIP)
    identification = make_enrolment().consents[0]
    improvement = Consent(ConsentKind.IMPROVEMENT, "2026-02", identification.given_at)
    photos = tuple(StoredPhoto(f"image_{number}.jpg", "ef" * 32, 1 / number) for number in (1, 2, 3))
    enrolment = make_enrolment(facts=facts, consents=(identification, improvement), photos=photos)
    pet = records.enrol(enrolment)
    assert pet == records.pet(enrolment.pet_did)
    assert pet == Pet(
        pet_did=enrolment.pet_did,
        facts=facts,
        guardian=GuardianDetails("김하늘", "+821012345678"),
        consents=(identification, improvement),
        photo_keys=("image_1.jpg", "image_2.jpg", "image_3.jpg"),
        model_name="model-a",
        quality=0.75,
        operator="이수의",
        created_at=enrolment.created_at,
    )


plain = st.text(st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"]), min_size=1, max_size=30)
facts_of_any_pet = st.builds(
    PetFacts,
    name=plain.filter(str.strip),
    breed=plain,
    age_years=st.none() | st.integers(0, 50),
    sex=st.sampled_from(Sex),
    neutered=st.none() | st.booleans(),
    colour=plain,
    weight_kg=st.none() | st.floats(0, 150, exclude_min=True),
    features=plain,
)


@given(facts=facts_of_any_pet)
@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_facts_are_read_back_as_they_were(records: Records, make_enrolment: MakeEnrolment, facts: PetFacts) -> None:
    assert records.enrol(make_enrolment(facts=facts)).facts == facts


def test_a_pet_that_nobody_enrolled_is_not_found(records: Records) -> None:
    for pet_did in ("did:ethr:besu:0x00", "", "\0", "\ud800"):
        with pytest.raises(NoseprintError) as caught:
            records.pet(pet_did)
        assert caught.value.code is ErrorCode.PET_NOT_FOUND
        assert caught.value.facts == {"pet_did": pet_did}


def test_a_guardian_is_found_again_by_the_telephone_number(records: Records, make_enrolment: MakeEnrolment) -> None:
    first = records.enrol(make_enrolment())
    second = records.enrol(make_enrolment(guardian=GuardianDetails("김하늘", "+82 10 1234 5678")))
    assert first.guardian == second.guardian == GuardianDetails("김하늘", "+821012345678")
    assert len(records.find_pets("+821012345678")) == 2


def test_a_second_name_for_a_known_number_renames_nobody(records: Records, make_enrolment: MakeEnrolment) -> None:
    first = records.enrol(make_enrolment())
    mistyped = make_enrolment(guardian=GuardianDetails("박바다", "010-1234-5678"))
    second = records.enrol(mistyped)
    assert records.pet(first.pet_did) == first
    assert second == records.pet(mistyped.pet_did)
    assert second.guardian == first.guardian != mistyped.guardian
    assert records.find_pets("박바다") == []


@pytest.mark.parametrize("kinds", [(), (ConsentKind.IMPROVEMENT,)])
def test_without_consent_nothing_personal_reaches_the_disk(
    file_url: str, tmp_path: Path, make_enrolment: MakeEnrolment, kinds: tuple[ConsentKind, ...]
) -> None:
    usual = make_enrolment()
    consents = tuple(replace(usual.consents[0], kind=kind) for kind in kinds)
    with Records.open(file_url, VAULT) as records:
        pet = records.enrol(make_enrolment(consents=consents))
        written = b"".join(file.read_bytes() for file in tmp_path.iterdir())
        with records._engine.connect() as connection:
            assert connection.exec_driver_sql("SELECT count(*) FROM guardians").scalar() == 0
    assert pet.guardian is None
    assert pet.consents == consents
    assert "초코".encode() not in written
    assert "김하늘".encode() not in written
    assert b"1012345678" not in written


def test_a_pet_is_enrolled_once(records: Records, make_enrolment: MakeEnrolment) -> None:
    pet = records.enrol(make_enrolment())
    again = make_enrolment(pet_did=pet.pet_did, guardian=GuardianDetails("박바다", "010-9999-9999"))
    error = refusal(records, again)
    assert error.code is ErrorCode.PET_DID_TAKEN
    assert error.facts == {"pet_did": pet.pet_did}
    assert records.find_pets("박바다") == []
    assert records.pet(pet.pet_did) == pet


def test_a_microchip_belongs_to_one_pet(records: Records, make_enrolment: MakeEnrolment) -> None:
    bearer = records.enrol(make_enrolment(CHIP))
    error = refusal(records, make_enrolment(CHIP))
    assert error.code is ErrorCode.MICROCHIP_TAKEN
    assert error.facts == {"pet_did": bearer.pet_did}
    assert records.find_pets() == [bearer]


def test_a_new_pet_is_new(records: Records, make_enrolment: MakeEnrolment) -> None:
    records.enrol(make_enrolment(CHIP))
    without_chip = make_enrolment()
    records.enrol(without_chip)
    records.require_new(make_enrolment())


def test_an_enrolment_that_is_refused_leaves_nothing(records: Records, make_enrolment: MakeEnrolment) -> None:
    records.enrol(make_enrolment(CHIP))
    refused = make_enrolment(CHIP, guardian=GuardianDetails("다른 이름", "010-1234-5678"))
    refusal(records, refused)
    assert records.template(refused.pet_did, "a" * 64) is None
    assert records.find_pets("다른 이름") == []


def test_of_two_who_enrol_one_pet_at_once_one_succeeds(url: str, make_enrolment: MakeEnrolment) -> None:
    enrolment = make_enrolment()
    first, second = enrol_at_once(url, [enrolment, enrolment])
    assert {type(first), type(second)} == {Pet, ErrorCode}
    assert ErrorCode.PET_DID_TAKEN in {first, second}


def test_of_four_who_give_one_microchip_at_once_one_succeeds(url: str, make_enrolment: MakeEnrolment) -> None:
    outcomes = enrol_at_once(url, [make_enrolment(CHIP) for _ in range(4)])
    assert outcomes.count(ErrorCode.MICROCHIP_TAKEN) == 3


def test_a_guardian_who_comes_with_four_pets_at_once_is_kept_once(url: str, make_enrolment: MakeEnrolment) -> None:
    outcomes = enrol_at_once(url, [make_enrolment() for _ in range(4)])
    assert all(isinstance(pet, Pet) for pet in outcomes)
    with Records.open(url, VAULT) as records:
        assert len(records.find_pets("+821012345678")) == 4


def test_of_two_names_given_for_one_number_at_once_one_is_kept(url: str, make_enrolment: MakeEnrolment) -> None:
    names = ("김하늘", "박바다", "이구름", "최노을")
    outcomes = enrol_at_once(url, [make_enrolment(guardian=GuardianDetails(name, "010-1234-5678")) for name in names])
    assert len({pet.guardian for pet in outcomes if isinstance(pet, Pet)}) == 1
    with Records.open(url, VAULT) as records:
        assert {pet.guardian for pet in records.find_pets()} == {outcomes[0].guardian}  # type: ignore[union-attr]


def test_one_records_serves_many_threads(records: Records, make_enrolment: MakeEnrolment) -> None:
    enrolments = [make_enrolment() for _ in range(24)]
    with ThreadPoolExecutor(6) as threads:
        pets = list(threads.map(records.enrol, enrolments))
        assert list(threads.map(records.pet, [pet.pet_did for pet in pets])) == pets
    pet_dids, vectors = records.templates("a" * 64)
    by_did = dict(zip(pet_dids, vectors, strict=True))
    for enrolment in enrolments:
        np.testing.assert_array_equal(by_did[enrolment.pet_did], enrolment.template.vector)


def test_reading_goes_on_while_another_writes(file_url: str, tmp_path: Path, make_enrolment: MakeEnrolment) -> None:
    with Records.open(f"{file_url}?timeout=0", VAULT) as records:
        pet = records.enrol(make_enrolment())
        other = sqlite3.connect(tmp_path / "records.db", isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        assert records.find_pets() == [pet]
        assert outcome(records, make_enrolment()) is ErrorCode.RECORDS_UNAVAILABLE
        other.close()
        assert isinstance(outcome(records, make_enrolment()), Pet)


@pytest.mark.parametrize("fault", ["ABORT", "FAIL", "ROLLBACK"])
def test_an_error_never_tells_whose_data_it_met(
    file_url: str, tmp_path: Path, make_enrolment: MakeEnrolment, fault: str
) -> None:
    with Records.open(file_url, VAULT) as records:
        other = sqlite3.connect(tmp_path / "records.db", isolation_level=None)
        other.execute(f"CREATE TRIGGER fault BEFORE INSERT ON guardians BEGIN SELECT RAISE({fault}, 'no'); END")
        other.close()
        with pytest.raises(NoseprintError) as caught:
            records.enrol(make_enrolment())
    assert caught.value.code is ErrorCode.RECORDS_UNAVAILABLE
    assert caught.value.detail == "IntegrityError: SQLITE_CONSTRAINT_TRIGGER"
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__


def test_a_full_disk_loses_nothing_that_was_kept(file_url: str, make_enrolment: MakeEnrolment) -> None:
    with Records.open(file_url, VAULT) as records:
        kept = [records.enrol(make_enrolment())]
        with records._engine.connect() as connection:
            pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
            connection.exec_driver_sql(f"PRAGMA max_page_count = {pages + 1}")
        while isinstance(result := outcome(records, make_enrolment()), Pet):
            kept.append(result)
        assert result is ErrorCode.DISK_FULL
    with Records.open(file_url, VAULT) as records:
        assert records.find_pets() == kept[::-1]
        assert isinstance(outcome(records, make_enrolment()), Pet)
