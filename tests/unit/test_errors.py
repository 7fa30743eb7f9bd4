from __future__ import annotations

import string

import pytest

from noseprint.errors import _CATALOGUE, ErrorCode, NoseprintError

# The platform's table: number in its proto, code, retryable. Declared again here because it is a contract.
PLATFORM = {
    "INVALID_IMAGE": ("ML_4001", False),
    "IMAGE_TOO_LARGE": ("ML_4002", False),
    "INVALID_IMAGE_FORMAT": ("ML_4003", False),
    "VECTOR_NOT_FOUND": ("ML_4004", False),
    "VECTOR_DIMENSION_MISMATCH": ("ML_4005", False),
    "INVALID_REQUEST": ("ML_4006", False),
    "MODEL_NOT_LOADED": ("ML_5001", True),
    "INFERENCE_ERROR": ("ML_5002", True),
    "STORAGE_CONNECTION_ERROR": ("ML_5003", True),
    "INTERNAL_SERVER_ERROR": ("ML_5004", True),
    "SERVICE_UNAVAILABLE": ("ML_5005", True),
}
EVERY_FACT = {
    name: f"<{name}>"
    for entry in _CATALOGUE.values()
    for text in (entry.ko, entry.en)
    for _, name, _, _ in string.Formatter().parse(text)
    if name
}


def facts_of(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def test_the_platforms_codes_are_exactly_its_table() -> None:
    ours = {
        code.name: (code.value, NoseprintError(code, **EVERY_FACT).retryable)
        for code in ErrorCode
        if code.value.startswith("ML_")
    }
    assert ours == PLATFORM


def test_every_code_is_there_once() -> None:
    members = ErrorCode.__members__
    assert len({code.value for code in members.values()}) == len(members)
    assert set(_CATALOGUE) == set(ErrorCode)


@pytest.mark.parametrize("code", [code for code in ErrorCode if code.name not in PLATFORM], ids=lambda code: code.name)
def test_our_own_codes_have_our_own_letters(code: ErrorCode) -> None:
    assert code.value.startswith("NP_")
    assert code.value[3:].isdigit()
    assert len(code.value) == 7


@pytest.mark.parametrize("code", ErrorCode, ids=lambda code: code.name)
class TestEveryCode:
    def test_has_a_sentence_in_both_languages(self, code: ErrorCode) -> None:
        error = NoseprintError(code, **EVERY_FACT)
        korean, english = error.sentence("ko"), error.sentence("en")
        assert any("\uac00" <= letter <= "\ud7a3" for letter in korean)
        assert not any("\uac00" <= letter <= "\ud7a3" for letter in english)
        assert len(english.split()) >= 4

    def test_names_the_same_facts_in_both_languages(self, code: ErrorCode) -> None:
        assert facts_of(_CATALOGUE[code].ko) == facts_of(_CATALOGUE[code].en)

    def test_shows_its_facts(self, code: ErrorCode) -> None:
        error = NoseprintError(code, **EVERY_FACT)
        for name in facts_of(_CATALOGUE[code].en):
            assert f"<{name}>" in error.sentence("ko")
            assert f"<{name}>" in error.sentence("en")

    def test_reads_as_code_sentence_and_detail(self, code: ErrorCode) -> None:
        error = NoseprintError(code, "what a maintainer wants to know", **EVERY_FACT)
        assert str(error) == f"{code.value}: {error.sentence('en')} (what a maintainer wants to know)"
        assert str(NoseprintError(code, **EVERY_FACT)) == f"{code.value}: {error.sentence('en')}"

    def test_keeps_its_detail_out_of_what_people_read(self, code: ErrorCode) -> None:
        error = NoseprintError(code, "inner workings", **EVERY_FACT)
        assert "inner workings" not in error.sentence("ko") + error.sentence("en")


@pytest.mark.parametrize("text", ["{", "}", "{0}", "{code}", "%s"])
def test_facts_are_shown_as_they_are_braces_included(text: str) -> None:
    assert text in NoseprintError(ErrorCode.SETTINGS_INVALID, problem=text).sentence("en")


def test_an_error_keeps_what_it_was_made_of() -> None:
    error = NoseprintError(ErrorCode.PET_NOT_FOUND, "looked in two places", pet_did="did:x")
    assert (error.code, error.detail, error.facts) == (
        ErrorCode.PET_NOT_FOUND,
        "looked in two places",
        {"pet_did": "did:x"},
    )
