"""What is personal lies sealed in the database, bound to its row, and a lost key is told before anything happens."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import text

from noseprint.errors import ErrorCode, NoseprintError
from noseprint.records.database import keys_in_use
from noseprint.records.entities import GuardianDetails, PetFacts, Verification
from noseprint.records.records import Records
from noseprint.vault.key_ring import KeyRing
from noseprint.vault.vault import Vault
from tests.support.vault import VAULT

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from noseprint.records.entities import NewEnrolment
    from tests.integration.records.conftest import MakeEnrolment, MakeTemplate

A = "a" * 64
NAME, GUARDIAN, OPERATOR, FEATURES = "Chocolatine", "Haneul Plaintext", "Doctor Readable", "white socks, scar"
CHIP = "900182001234567"
TABLES = ("guardians", "pets", "photos", "consents", "templates", "verifications", "operators", "audit")


def refusal(call: Callable[[], object]) -> NoseprintError:
    with pytest.raises(NoseprintError) as caught:
        call()
    return caught.value


def fill(records: Records, make_enrolment: MakeEnrolment) -> list[str]:
    """Two pets of two guardians, each verified once."""
    pets = []
    for number, chip in enumerate((CHIP, None), start=1):
        guardian = GuardianDetails(f"{GUARDIAN} {number}", f"010-1234-567{number}")
        facts = PetFacts(NAME, features=FEATURES, microchip=chip)
        enrolment = make_enrolment(facts=facts, guardian=guardian, operator=OPERATOR)
        pets.append(records.enrol(enrolment))
        records.record_verification(
            Verification(
                pet_did=enrolment.pet_did,
                image_key=f"nose-print-photo/{enrolment.pet_did}/verify_1.jpg",
                similarity=0.9,
                cosine=0.8,
                inliers=3,
                verdict="same",
                model_name="model-a",
                model_sha256=A,
                quality=50.0,
                operator=OPERATOR,
                created_at=enrolment.created_at,
            )
        )
    return [pet.pet_did for pet in pets]


def change(records: Records, statement: str) -> None:
    with records._writer.begin() as connection:
        connection.execute(text(statement))


def swapped(records: Records, table: str, column: str, key: str = "id") -> None:
    """Give each of a table's two rows what the other has."""
    with records._writer.begin() as connection:
        rows = connection.execute(text(f"SELECT {key}, {column} FROM {table} ORDER BY {key}")).all()  # noqa: S608
        for (number, _), (_, sealed) in zip(rows, reversed(rows), strict=True):
            values = {"sealed": sealed, "number": number}
            connection.execute(text(f"UPDATE {table} SET {column} = :sealed WHERE {key} = :number"), values)  # noqa: S608


def test_no_value_of_any_table_can_be_read(records: Records, make_enrolment: MakeEnrolment) -> None:
    fill(records, make_enrolment)
    records.find_pets(GUARDIAN)
    vector = make_enrolment(pet_did=f"did:ethr:besu:0x{1:040x}").template.vector.tobytes()[:32]
    private = [*map(str.encode, (NAME, GUARDIAN, OPERATOR, FEATURES, "1012345671", CHIP)), vector]
    with records._engine.connect() as connection:
        for table in TABLES:
            for row in connection.execute(text(f"SELECT * FROM {table}")):  # noqa: S608
                whole = b"|".join(value if isinstance(value, bytes) else str(value).encode() for value in row)
                assert not [word for word in private if word in whole], table


@pytest.mark.provokes_warnings
@pytest.mark.parametrize(
    ("table", "column", "key"),
    [
        ("pets", "sealed", "id"),
        ("guardians", "sealed", "id"),
        ("templates", "sealed_vector", "pet_id"),
        ("verifications", "sealed_operator", "id"),
    ],
)
def test_two_rows_values_that_were_swapped_are_found(
    records: Records, make_enrolment: MakeEnrolment, table: str, column: str, key: str
) -> None:
    pet_dids = fill(records, make_enrolment)
    swapped(records, table, column, key)
    if table in {"pets", "guardians"}:
        assert [pet.damaged for pet in records.find_pets()] == [ErrorCode.SEALED_DAMAGED] * 2
        assert records.find_pets(GUARDIAN if table == "guardians" else NAME) == []
        return
    readings: dict[str, Callable[[], object]] = {
        "templates": lambda: records.template(pet_dids[0], A),
        "verifications": lambda: records.verifications(pet_dids[0]),
    }
    assert refusal(readings[table]).code is ErrorCode.SEALED_DAMAGED
    if table == "templates":
        assert records.templates(A)[0] == []


@pytest.mark.provokes_warnings
def test_a_gallery_that_was_read_before_minds_what_changed_since(
    records: Records, make_enrolment: MakeEnrolment, make_template: MakeTemplate
) -> None:
    pet_dids = fill(records, make_enrolment)
    first = records.templates(A)[1].copy()
    again = make_template(99)
    records.save_template(pet_dids[0], again, make_enrolment().created_at)
    second = records.templates(A)[1]
    assert second[0].tobytes() == again.vector.tobytes() != first[0].tobytes()
    assert second[1].tobytes() == first[1].tobytes()
    swapped(records, "templates", "sealed_vector", "pet_id")
    assert records.templates(A)[0] == []


def test_another_installations_key_is_refused_before_anything_is_changed(
    file_url: str, tmp_path: Path, make_enrolment: MakeEnrolment
) -> None:
    with Records.open(file_url, VAULT) as records:
        fill(records, make_enrolment)
    before = {file.name: file.read_bytes() for file in tmp_path.iterdir()}
    error = refusal(lambda: Records.open(file_url, Vault(KeyRing.generate())))
    assert (error.code, error.facts) == (ErrorCode.MASTER_KEY_MISSING, {"key_id": VAULT.keys.current.key_id})
    assert {file.name: file.read_bytes() for file in tmp_path.iterdir()} == before


def test_a_second_kiosk_is_told_which_key_it_lacks_from_the_first_start_on(url: str) -> None:
    assert keys_in_use(url) == set()
    Records.open(url, VAULT).close()
    assert keys_in_use(url) == {VAULT.keys.current.key_id}
    assert refusal(lambda: Records.open(url, Vault(KeyRing.generate()))).code is ErrorCode.MASTER_KEY_MISSING
    Records.open(url, VAULT).close()


def test_keys_in_an_order_that_makes_other_fingerprints_are_refused(url: str) -> None:
    Records.open(url, VAULT).close()
    newer = VAULT.keys.rotated()
    turned = KeyRing(newer.oldest, newer.current)
    error = refusal(lambda: Records.open(url, Vault(turned)))
    assert (error.code, error.facts) == (ErrorCode.MASTER_KEY_MISSING, {"key_id": VAULT.keys.oldest.key_id})
    Records.open(url, Vault(newer)).close()
    assert keys_in_use(url) == set(newer.key_ids)


def test_a_microchip_is_unique_and_a_guardian_known_also_after_the_key_has_changed(
    url: str, make_enrolment: MakeEnrolment
) -> None:
    with Records.open(url, VAULT) as records:
        fill(records, make_enrolment)
    with Records.open(url, Vault(VAULT.keys.rotated())) as records:
        again = make_enrolment(CHIP)
        assert refusal(lambda: records.enrol(again)).code is ErrorCode.MICROCHIP_TAKEN
        guardian = GuardianDetails("Someone Else", "+82 10 1234 5671")
        assert records.enrol(make_enrolment(guardian=guardian)).guardian == replace(
            guardian, name=f"{GUARDIAN} 1", phone="+821012345671"
        )


def test_pets_of_another_program_are_found_and_removed_ones_are_not(url: str, make_enrolment: MakeEnrolment) -> None:
    with Records.open(url, VAULT) as here, Records.open(url, VAULT) as there:
        pet_dids = fill(there, make_enrolment)
        assert [pet.pet_did for pet in here.find_pets(NAME)] == pet_dids[::-1]
        third = there.enrol(make_enrolment(facts=PetFacts(NAME)))
        assert [pet.pet_did for pet in here.find_pets(NAME)] == [third.pet_did, *pet_dids[::-1]]
        for table in ("photos", "consents", "templates"):
            change(there, f"DELETE FROM {table} WHERE pet_id = 2")  # noqa: S608
        change(there, "DELETE FROM pets WHERE id = 2")
        assert [pet.pet_did for pet in here.find_pets(NAME)] == [third.pet_did, pet_dids[0]]


def test_searches_go_on_while_others_enrol(records: Records, make_enrolment: MakeEnrolment) -> None:
    enrolments = [make_enrolment() for _ in range(12)]

    def work(enrolment: NewEnrolment) -> bool:
        pet = records.enrol(enrolment)
        return pet in records.find_pets("김하늘")

    with ThreadPoolExecutor(4) as threads:
        assert all(threads.map(work, enrolments))
    assert len(records.find_pets("김하늘")) == 12


def test_more_pets_are_found_than_a_statement_takes_numbers(
    records: Records, make_enrolment: MakeEnrolment, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("noseprint.records.records._BATCH", 2)
    pets = [records.enrol(make_enrolment()) for _ in range(5)]
    assert records.find_pets("초코") == pets[::-1]
