from __future__ import annotations

import math
import re
import subprocess
import sys
import unicodedata
from dataclasses import FrozenInstanceError, asdict, replace
from datetime import UTC, datetime, timedelta, timezone
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from noseprint.errors import ErrorCode, NoseprintError, Words
from noseprint.records.entities import (
    BREEDS,
    Consent,
    ConsentKind,
    GuardianDetails,
    NewEnrolment,
    PetFacts,
    Sex,
    StoredPhoto,
    Template,
    Verification,
)

if TYPE_CHECKING:
    from collections.abc import Callable

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
TEMPLATE = Template(np.ones(4, np.float32), "model", "ab" * 32, 0.5)
AGREED = Consent(ConsentKind.IDENTIFICATION, "2026-01", NOON)
ENROLMENT = NewEnrolment(
    pet_did="did:ethr:besu:0x01",
    facts=PetFacts("초코"),
    guardian=GuardianDetails("김하늘", "010-1234-5678"),
    consents=(AGREED,),
    photos=(StoredPhoto("nose-print-photo/did:ethr:besu:0x01/image_1.jpg", "cd" * 32, 0.5),),
    template=TEMPLATE,
    operator="이수의",
    created_at=NOON,
)
VERIFICATION = Verification(
    pet_did="did:ethr:besu:0x01",
    image_key="nose-print-photo/did:ethr:besu:0x01/verify_1.jpg",
    similarity=0.9,
    cosine=0.8,
    inliers=31,
    verdict="same",
    model_name="model",
    model_sha256="ab" * 32,
    quality=0.5,
    operator="이수의",
    created_at=NOON,
)


TEXTS = ("name", "species", "breed", "colour", "features")

Entity = NewEnrolment | Verification | Consent | StoredPhoto


def code_of(make: Callable[..., object], *args: object, **facts: object) -> ErrorCode:
    with pytest.raises(NoseprintError) as caught:
        make(*args, **facts)
    return caught.value.code


def name_or_code(text: str) -> str | ErrorCode:
    try:
        return PetFacts(text).name
    except NoseprintError as error:
        return error.code


def test_the_entities_are_told_without_a_database_library() -> None:
    program = (
        "import sys, noseprint.records.entities, noseprint.records.phone\n"
        "sys.exit(any(name.partition('.')[0] in ('sqlalchemy', 'alembic') for name in sys.modules))"
    )
    subprocess.run([sys.executable, "-c", program], check=True, timeout=60)


def test_a_pet_needs_no_more_than_a_name() -> None:
    facts = PetFacts(" 초코 ")
    assert facts.name == "초코"
    assert facts.species == "dog"
    assert facts.sex is Sex.UNKNOWN
    assert (facts.age_years, facts.neutered, facts.weight_kg, facts.microchip) == (None, None, None, None)


def test_every_breed_of_the_platform_and_any_other_may_be_named() -> None:
    assert len(BREEDS) == len(set(BREEDS)) == 20
    assert {PetFacts("초코", breed=breed).breed for breed in BREEDS} == set(BREEDS)
    assert PetFacts("초코", breed="진도개").breed == "진도개"


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("maltese", "Maltese"),
        (" MALTESE ", "Maltese"),
        ("shih  tzu", "Shih Tzu"),
        ("cavalier king\u3000Charles spaniel", "Cavalier King Charles Spaniel"),
    ],
)
def test_a_breed_of_the_platform_gets_the_platforms_spelling(typed: str, kept: str) -> None:
    assert PetFacts("초코", breed=typed).breed == kept


@pytest.mark.parametrize("typed", ["", "jindo", "maltese  and poodle", "MALTIPOO", "시츄"])
def test_any_other_breed_stays_as_typed(typed: str) -> None:
    assert PetFacts("초코", breed=typed).breed == typed


@pytest.mark.parametrize("written", ["900182001234567", "900-182 001.234 567", "\uff19\uff10\uff10182001234567"])
def test_a_microchip_number_is_kept_as_its_fifteen_digits(written: str) -> None:
    assert PetFacts("초코", microchip=written).microchip == "900182001234567"


@pytest.mark.parametrize("written", ["", "90018200123456", "9001820012345678", "90018200123456A", "९" * 15])
def test_a_microchip_number_of_any_other_form_is_refused(written: str) -> None:
    assert code_of(PetFacts, "초코", microchip=written) is ErrorCode.INVALID_MICROCHIP


NAME = Words("이름은", "name")
AGE = Words("나이는", "age")
WEIGHT = Words("몸무게는", "weight")


@pytest.mark.parametrize(
    ("facts", "named"),
    [
        ({"name": " "}, NAME),
        ({"name": "a" * 101}, NAME),
        ({"name": "초\n코"}, NAME),
        ({"name": "a\0b"}, NAME),
        ({"name": "\ud800"}, NAME),
        ({"species": ""}, Words("종은", "species")),
        ({"breed": "a" * 101}, Words("품종은", "breed")),
        ({"colour": "brown\tblack"}, Words("털색은", "colour")),
        ({"features": "a" * 1001}, Words("특징은", "features")),
        ({"age_years": -1}, AGE),
        ({"age_years": 51}, AGE),
        ({"age_years": 2.5}, AGE),
        ({"weight_kg": 0}, WEIGHT),
        ({"weight_kg": 150.1}, WEIGHT),
        ({"weight_kg": math.nan}, WEIGHT),
    ],
)
def test_a_fact_that_cannot_be_is_refused_by_its_name(facts: dict[str, Any], named: Words) -> None:
    with pytest.raises(NoseprintError) as caught:
        PetFacts(**{"name": "초코"} | facts)
    assert caught.value.code is ErrorCode.INVALID_PET_FACT
    fact = caught.value.facts["fact"]
    assert isinstance(fact, Words)
    assert fact.en.startswith(named.en)
    assert fact.ko.startswith(named.ko)


@pytest.mark.parametrize(
    "make",
    [
        *(partial(PetFacts, **{"name": "초코"} | {field: "\n초코\n코코"}) for field in TEXTS),
        partial(PetFacts, "초코", age_years=51),
        partial(PetFacts, "초코", weight_kg=151),
        partial(GuardianDetails, "", "010-1234-5678"),
    ],
)
def test_a_refused_fact_is_explained_in_the_readers_own_language(make: Callable[[], object]) -> None:
    with pytest.raises(NoseprintError) as caught:
        make()
    assert not re.search("[A-Za-z]", caught.value.sentence("ko").replace(" kg", ""))
    assert caught.value.sentence("en").isascii()


def test_a_refused_weight_says_what_a_weight_may_be() -> None:
    with pytest.raises(NoseprintError) as caught:
        PetFacts("초코", weight_kg=200)
    assert caught.value.sentence("ko").endswith(": 몸무게는 0보다 크고 150 kg까지")
    assert caught.value.sentence("en").endswith(": weight above 0 and up to 150 kg")


def test_a_refused_name_is_not_repeated() -> None:
    with pytest.raises(NoseprintError) as caught:
        PetFacts("초코\0")
    assert "초코" not in caught.value.sentence("ko")
    assert caught.value.sentence("ko").endswith(": 이름은 1자부터 100자까지(줄 바꿈이나 제어 문자 없이)")


@pytest.mark.parametrize("facts", [{"age_years": 0}, {"age_years": 50}, {"weight_kg": 0.1}, {"weight_kg": 150}])
def test_the_ends_of_a_range_belong_to_it(facts: dict[str, Any]) -> None:
    assert asdict(PetFacts("초코", **facts)).items() >= facts.items()


@given(st.text(max_size=120))
def test_a_name_is_kept_tidy_or_refused(text: str) -> None:
    name = name_or_code(text)
    if name is not ErrorCode.INVALID_PET_FACT:
        assert name == name.strip() == name_or_code(name)
        assert 1 <= len(name) <= 100
        assert not {unicodedata.category(character) for character in name} & {"Cc", "Cs", "Zl", "Zp"}


def test_hangul_has_one_spelling_whatever_typed_it() -> None:
    assert PetFacts(unicodedata.normalize("NFD", "초코")) == PetFacts("초코")


def test_a_guardian_needs_a_name() -> None:
    assert code_of(GuardianDetails, " ", "010-1234-5678") is ErrorCode.INVALID_PET_FACT


def test_a_fact_once_told_does_not_change() -> None:
    with pytest.raises(FrozenInstanceError):
        PetFacts("초코").name = "두부"  # type: ignore[misc]


def test_an_enrolment_knows_its_guardian_by_the_e164_number() -> None:
    assert ENROLMENT.guardian == GuardianDetails("김하늘", "+821012345678")


def test_an_enrolment_without_consent_to_identification_forgets_the_guardian() -> None:
    improvement = replace(AGREED, kind=ConsentKind.IMPROVEMENT)
    assert replace(ENROLMENT, consents=()).guardian is None
    assert replace(ENROLMENT, consents=(improvement,)).guardian is None


def test_a_telephone_number_that_cannot_be_is_refused_before_anything_is_kept() -> None:
    guardian = GuardianDetails("김하늘", "010")
    assert code_of(replace, ENROLMENT, guardian=guardian) is ErrorCode.INVALID_PHONE_NUMBER


def test_a_consent_to_one_thing_is_given_once() -> None:
    with pytest.raises(ValueError, match="two consents"):
        replace(ENROLMENT, consents=(AGREED, AGREED))


@pytest.mark.parametrize(
    ("entity", "field", "text"),
    [
        (ENROLMENT, "pet_did", ""),
        (ENROLMENT, "pet_did", "did:\0"),
        (ENROLMENT, "operator", " "),
        (VERIFICATION, "pet_did", "a" * 301),
        (VERIFICATION, "image_key", "nose\nprint"),
        (VERIFICATION, "operator", ""),
        (AGREED, "text_version", ""),
        (ENROLMENT.photos[0], "key", ""),
    ],
)
def test_a_label_that_nobody_could_read_is_refused(entity: Entity, field: str, text: str) -> None:
    assert code_of(replace, entity, **{field: text}) is ErrorCode.INVALID_REQUEST


def test_an_object_key_is_kept_to_the_letter() -> None:
    key = unicodedata.normalize("NFD", "코 ")
    assert StoredPhoto(key, "cd" * 32, 0.5).key == key


@pytest.mark.parametrize("entity", [ENROLMENT, VERIFICATION])
def test_moments_are_kept_in_utc(entity: NewEnrolment | Verification) -> None:
    seoul = timezone(timedelta(hours=9))
    kept = replace(entity, created_at=datetime(2026, 3, 1, 21, tzinfo=seoul)).created_at
    assert kept == NOON
    assert kept.tzinfo is UTC


@pytest.mark.parametrize(("entity", "field"), [(ENROLMENT, "created_at"), (AGREED, "given_at")])
def test_a_moment_without_a_time_zone_is_a_programs_fault(entity: Entity, field: str) -> None:
    with pytest.raises(ValueError, match="time zone"):
        replace(entity, **{field: NOON.replace(tzinfo=None)})  # type: ignore[arg-type]


@pytest.mark.parametrize("field", ["similarity", "cosine", "quality"])
def test_a_measure_that_is_not_finite_is_a_programs_fault(field: str) -> None:
    with pytest.raises(ValueError, match="not finite"):
        replace(VERIFICATION, **{field: math.nan})  # type: ignore[arg-type]


def test_a_numpy_measure_becomes_a_plain_number() -> None:
    assert type(replace(VERIFICATION, quality=np.float32(0.5)).quality) is float  # type: ignore[arg-type]


@pytest.mark.parametrize("vector", [[], [[1.0]], [math.inf], [math.nan]])
def test_a_template_is_one_finite_vector(vector: list[Any]) -> None:
    with pytest.raises(ValueError, match="finite vector"):
        replace(TEMPLATE, vector=np.array(vector, np.float32))


def test_a_template_keeps_a_vector_of_its_own() -> None:
    vector = np.ones(4, np.float32)
    template = replace(TEMPLATE, vector=vector)
    vector[0] = 5
    assert template.vector[0] == 1
    assert template.vector.dtype == np.float32
    with pytest.raises(ValueError, match="read-only"):
        template.vector[0] = 5
