from __future__ import annotations

import csv
import io
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from noseprint.errors import ErrorCode
from noseprint.records.csv_export import as_csv
from noseprint.records.entities import UNREADABLE, Consent, ConsentKind, GuardianDetails, Pet, PetFacts

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def pet(name: str = "초코", operator: str = "이수의", erased_at: datetime | None = None) -> Pet:
    consents = (Consent(ConsentKind.IDENTIFICATION, "1", NOON),)
    guardian = GuardianDetails("김하늘", "+821012345678")
    return Pet("did:x", PetFacts(name), guardian, consents, ("k",), "m", 81.26, operator, NOON, None, erased_at)


def table(*pets: Pet) -> list[list[str]]:
    return list(csv.reader(io.StringIO(as_csv(pets, "ko").decode("utf-8-sig"), newline="")))


@pytest.mark.parametrize("beginning", ["=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20"])
def test_no_cell_is_a_formula(beginning: str) -> None:
    _, row = table(pet(f"{beginning}1+1", operator=f"{beginning}cmd"))
    assert row[1] == f"'{beginning}1+1"
    assert row[17] == f"'{beginning}cmd"


def test_excel_takes_it_for_what_it_is() -> None:
    content = as_csv([pet()], "ko")
    assert content.startswith(b"\xef\xbb\xbfPet DID,")
    assert content.count(b"\r\n") == 2
    assert "전화번호".encode() in content


def test_commas_quotes_and_hangul_come_back() -> None:
    assert table(pet('초코, "갈색"'))[1][1] == '초코, "갈색"'


def test_moments_and_numbers_are_read_as_such() -> None:
    _, row = table(pet(erased_at=NOON))
    assert row[15] == "81.3"
    assert row[18] == row[19] == "2026-03-01 12:00:00"


def test_every_row_has_every_column() -> None:
    assert {len(row) for row in table(pet(), pet())} == {21}


def test_a_damaged_pet_is_a_row_with_its_code() -> None:
    _, whole, damaged = table(pet(), replace(pet(UNREADABLE), damaged=ErrorCode.SEALED_DAMAGED))
    assert (whole[20], damaged[0], damaged[20]) == ("", "did:x", "NP_2010")
