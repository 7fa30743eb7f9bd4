"""One pet whose sealed values are damaged keeps nobody from the others, and is never hidden."""

from __future__ import annotations

import csv
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import text

from noseprint.errors import ErrorCode, NoseprintError
from noseprint.records.entities import ERASED_NAME, UNREADABLE, GuardianDetails, PetFacts
from noseprint.records.records import DamagedCounts, Records
from noseprint.vault.key_ring import KeyRing
from noseprint.vault.vault import Vault
from tests.support.vault import VAULT

if TYPE_CHECKING:
    from pathlib import Path

    from noseprint.records.entities import Pet
    from tests.integration.records.conftest import MakeEnrolment, MakeTemplate

A = "a" * 64
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
DAMAGED = ErrorCode.SEALED_DAMAGED
NAMES = ("초코", "보리", "두부")
PLACES = {
    "facts": "UPDATE pets SET sealed = :sealed WHERE id = 2",
    "guardian": "UPDATE guardians SET sealed = :sealed WHERE id = 2",
    "template": "UPDATE templates SET sealed_vector = :sealed WHERE pet_id = 2",
}


@pytest.fixture
def pets(records: Records, make_enrolment: MakeEnrolment) -> list[Pet]:
    """Three pets of three guardians."""
    return [
        records.enrol(
            make_enrolment(facts=PetFacts(name), guardian=GuardianDetails(f"{name} 보호자", f"010-1234-567{number}"))
        )
        for number, name in enumerate(NAMES)
    ]


def damage(records: Records, place: str, sealed: bytes = b"\0" * 300) -> None:
    with records._writer.begin() as connection:
        assert connection.execute(text(PLACES[place]), {"sealed": sealed}).rowcount == 1


@pytest.mark.parametrize("place", ["facts", "guardian"])
@pytest.mark.parametrize("sealed", [b"", b"\0" * 300, VAULT.seal(b"{}", "another row")])
def test_the_others_are_found_and_the_damaged_one_by_its_pet_did(
    records: Records, pets: list[Pet], place: str, sealed: bytes
) -> None:
    damage(records, place, sealed)
    newest, damaged, first = records.find_pets()
    assert (newest, first) == (pets[2], pets[0])
    assert (damaged.pet_did, damaged.damaged, damaged.photo_keys) == (pets[1].pet_did, DAMAGED, pets[1].photo_keys)
    assert records.pet(pets[1].pet_did) == damaged
    assert records.find_pets(pets[1].pet_did) == [damaged]
    assert records.find_pets("두부") == records.find_pets("1234-5672") == [pets[2]]
    assert records.damaged_counts() == DamagedCounts(1, 0)


def test_what_is_whole_of_a_damaged_pet_still_finds_it(records: Records, pets: list[Pet]) -> None:
    damage(records, "guardian")
    (found,) = records.find_pets("보리")
    assert (found.facts, found.guardian) == (pets[1].facts, GuardianDetails(UNREADABLE, UNREADABLE))
    damage(records, "facts")
    (found,) = records.find_pets(pets[1].pet_did)
    assert (found.facts.name, found.guardian) == (UNREADABLE, GuardianDetails(UNREADABLE, UNREADABLE))
    assert records.damaged_counts() == DamagedCounts(1, 0)


def test_nothing_is_corrected_on_top_of_damage(records: Records, pets: list[Pet]) -> None:
    damage(records, "facts")
    with pytest.raises(NoseprintError) as caught:
        records.corrections.correct_pet(pets[1].pet_did, PetFacts("보리보리"), NOON)
    assert caught.value.code is DAMAGED


def test_a_guardian_is_forgotten_also_where_the_record_is_damaged(records: Records, pets: list[Pet]) -> None:
    damage(records, "facts")
    damage(records, "guardian")
    assert records.corrections.erase(pets[1].pet_did, NOON).photos == 1
    erased = records.pet(pets[1].pet_did)
    assert (erased.damaged, erased.guardian, erased.photo_keys, erased.facts.name) == (None, None, (), ERASED_NAME)
    assert records.damaged_counts() == DamagedCounts(0, 0)


def test_it_is_in_the_history_and_in_the_spreadsheet(records: Records, pets: list[Pet], tmp_path: Path) -> None:
    damage(records, "facts")
    assert records.history(pets[1].pet_did)
    assert records.export_csv(tmp_path / "pets.csv", NOON) == 3
    with (tmp_path / "pets.csv").open(encoding="utf-8-sig", newline="") as file:
        _, *rows = csv.reader(file)
    assert [(row[0], row[-1]) for row in rows] == [
        (pets[2].pet_did, ""),
        (pets[1].pet_did, "NP_2010"),
        (pets[0].pet_did, ""),
    ]


@pytest.mark.provokes_warnings
def test_a_damaged_template_is_left_out_of_the_gallery_and_told_once(
    records: Records, pets: list[Pet], caplog: pytest.LogCaptureFixture
) -> None:
    damage(records, "template")
    for _ in range(3):
        pet_dids, vectors = records.templates(A)
        assert pet_dids == [pets[0].pet_did, pets[2].pet_did]
        assert vectors.shape == (2, 512)
    (line,) = caplog.records
    assert line.__dict__["facts"] == {"code": "NP_2010", "pets": 1}
    assert records.damaged_counts() == DamagedCounts(0, 1)


@pytest.mark.provokes_warnings
def test_a_damaged_template_can_be_computed_again(
    records: Records, pets: list[Pet], make_template: MakeTemplate
) -> None:
    damage(records, "template")
    damage(records, "facts")
    (again,) = records.pets_without_template(A)
    assert (again.pet_did, again.damaged) == (pets[1].pet_did, DAMAGED)
    records.save_template(again.pet_did, make_template(9), NOON)
    assert records.pets_without_template(A) == []
    assert len(records.templates(A)[0]) == 3


@pytest.mark.provokes_warnings
def test_a_gallery_of_damaged_templates_alone_is_an_empty_one(records: Records, make_enrolment: MakeEnrolment) -> None:
    records.enrol(make_enrolment())
    with records._writer.begin() as connection:
        connection.execute(text("UPDATE templates SET sealed_vector = :sealed"), {"sealed": b"\0" * 300})
    assert records.templates(A)[1].shape == (0, 0)


@pytest.mark.parametrize("place", PLACES)
def test_a_missing_key_fails_as_a_whole(records: Records, pets: list[Pet], place: str) -> None:
    assert len(pets) == 3
    damage(records, place, Vault(KeyRing.generate()).seal(b"{}", "whatever"))
    calls = (
        [lambda: records.templates(A)]
        if place == "template"
        else [records.find_pets, lambda: records.find_pets("초코")]
    )
    for call in (*calls, records.damaged_counts):
        with pytest.raises(NoseprintError) as caught:
            call()
        assert caught.value.code is ErrorCode.MASTER_KEY_MISSING
