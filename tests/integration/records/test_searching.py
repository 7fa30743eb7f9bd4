from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from noseprint.records.entities import GuardianDetails, PetFacts

if TYPE_CHECKING:
    from noseprint.records.records import Records
    from tests.integration.records.conftest import MakeEnrolment

CHIP = "900182001234567"


@pytest.fixture
def clinic(records: Records, make_enrolment: MakeEnrolment) -> Records:
    """The records with one pet that can be found by everything, and another that shares none of it."""
    records.enrol(
        make_enrolment(
            pet_did=f"did:ethr:besu:0x{'abc1':e<40}",
            facts=PetFacts("Choco 초코", microchip=CHIP),
            guardian=GuardianDetails("김하늘", "010-2345-6789"),
        )
    )
    records.enrol(
        make_enrolment(
            pet_did=f"did:ethr:besu:0x{'def2':e<40}",
            facts=PetFacts("두부"),
            guardian=GuardianDetails("Ocean", "+1 650-253-0000"),
        )
    )
    return records


def names(records: Records, text: str) -> list[str]:
    return [pet.facts.name for pet in records.find_pets(text)]


@pytest.mark.parametrize(
    "text",
    [
        f"did:ethr:besu:0x{'abc1':e<40}",
        "0xAbC1",
        CHIP,
        "900-182 001 234 567",
        "1234567",
        "초코",
        unicodedata.normalize("NFD", "초코"),
        "cHOCO",
        " 초코 ",
        "김하늘",
        "하늘",
        "+821023456789",
        "010-2345-6789",
        "(010) 2345.6789",
        "01023456789",
        "6789",
        "\uff10\uff11\uff10\uff12\uff13\uff14\uff15\uff16\uff17\uff18\uff19",
    ],
)
def test_a_pet_is_found_by_any_part_of_what_names_it(clinic: Records, text: str) -> None:
    assert names(clinic, text) == ["Choco 초코"]


@pytest.mark.parametrize("text", ["did:ethr:besu", "", "  ", "0x", "e"])
def test_what_two_pets_share_finds_both(clinic: Records, text: str) -> None:
    assert len(names(clinic, text)) == 2


@pytest.mark.parametrize("text", ["%", "_", "\\", "/", "d%d", "0x____", "없음", "a\0", "\ud800", "'; --", "-", "()"])
def test_signs_that_databases_read_otherwise_mean_themselves(clinic: Records, text: str) -> None:
    assert names(clinic, text) == []


def test_a_lone_zero_does_not_find_every_telephone(records: Records, make_enrolment: MakeEnrolment) -> None:
    records.enrol(
        make_enrolment(pet_did=f"did:ethr:besu:0x{'a' * 40}", guardian=GuardianDetails("김하늘", "02-3456-7891"))
    )
    assert len(records.find_pets("02-3456")) == 1
    assert records.find_pets("(0)") == []


def test_the_pets_enrolled_last_come_first(records: Records, make_enrolment: MakeEnrolment) -> None:
    at_noon, at_one = make_enrolment().created_at, make_enrolment().created_at
    order = [("a", at_one), ("b", at_noon), ("c", at_one)]
    for name, moment in order:
        records.enrol(make_enrolment(facts=PetFacts(name), created_at=moment))
    assert names(records, "") == ["c", "a", "b"]


def test_no_more_pets_come_than_were_asked_for(records: Records, make_enrolment: MakeEnrolment) -> None:
    for _ in range(3):
        records.enrol(make_enrolment())
    assert len(records.find_pets(limit=2)) == 2
    assert len(records.find_pets("초코", limit=1)) == 1


def test_a_pet_without_a_guardian_is_found_too(records: Records, make_enrolment: MakeEnrolment) -> None:
    pet = records.enrol(make_enrolment(guardian=None))
    assert records.find_pets("초코") == [pet]


@given(
    name=st.text(st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"]), min_size=1, max_size=20).filter(
        lambda text: bool(text.strip())
    ),
    cut=st.tuples(st.integers(0, 19), st.integers(1, 20)),
)
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_every_piece_of_a_name_finds_its_pet(
    records: Records, make_enrolment: MakeEnrolment, name: str, cut: tuple[int, int]
) -> None:
    pet = records.enrol(make_enrolment(facts=PetFacts(name)))
    kept = pet.facts.name
    piece = kept[cut[0] % len(kept) :][: cut[1]]
    if unicodedata.is_normalized("NFC", piece):
        assert pet.pet_did in {found.pet_did for found in records.find_pets(piece, limit=1000)}
