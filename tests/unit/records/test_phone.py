from __future__ import annotations

import phonenumbers
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from noseprint.errors import ErrorCode, NoseprintError
from noseprint.records.phone import normalise_phone, written_phone

SEPARATORS = st.sampled_from(["", " ", "-", ".", "  "])


def number_or_error(text: str) -> str | NoseprintError:
    try:
        return normalise_phone(text)
    except NoseprintError as error:
        return error


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("010-1234-5678", "+821012345678"),
        ("010 1234 5678", "+821012345678"),
        ("01012345678", "+821012345678"),
        ("+82 10-1234-5678", "+821012345678"),
        ("\uff10\uff11\uff10-1234-5678", "+821012345678"),
        ("02) 123-4567", "+8221234567"),
        ("+1 650-253-0000", "+16502530000"),
    ],
)
def test_a_number_has_one_spelling(written: str, kept: str) -> None:
    assert normalise_phone(written) == kept


@given(st.integers(0, 99_999_999), SEPARATORS, SEPARATORS)
@example(59_700_000, "", "")  # a block of numbers that nobody used in 2026
def test_a_mobile_number_is_the_same_however_it_is_separated(number: int, first: str, second: str) -> None:
    digits = f"{number:08}"
    assert normalise_phone(f"010{first}{digits[:4]}{second}{digits[4:]}") == f"+8210{digits}"


@pytest.mark.parametrize("region", sorted(phonenumbers.SUPPORTED_REGIONS))
def test_normalising_again_changes_nothing_in_any_country(region: str) -> None:
    example = phonenumbers.example_number(region)
    assert example is not None
    kept = normalise_phone(phonenumbers.format_number(example, phonenumbers.PhoneNumberFormat.INTERNATIONAL))
    assert normalise_phone(kept) == kept


@pytest.mark.parametrize("text", ["", "   ", "초코", "112", "010-1234", "010-1234-5678-9999", "+999 123", "\0"])
def test_what_no_telephone_can_have_is_refused(text: str) -> None:
    with pytest.raises(NoseprintError) as caught:
        normalise_phone(text)
    assert caught.value.code is ErrorCode.INVALID_PHONE_NUMBER


@given(st.text(max_size=30))
def test_any_text_is_a_number_or_refused_without_being_repeated(text: str) -> None:
    kept = number_or_error(text)
    if isinstance(kept, NoseprintError):
        assert kept.code is ErrorCode.INVALID_PHONE_NUMBER
        assert (kept.detail, kept.facts) == ("", {})
    else:
        assert kept[0] == "+"
        assert kept[1:].isdecimal()


@pytest.mark.parametrize(
    ("phone", "written"),
    [("+821012345678", "010-1234-5678"), ("+8221234567", "02-123-4567"), ("+14155550123", "+1 415-555-0123")],
)
def test_a_number_is_written_as_people_here_dial_it(phone: str, written: str) -> None:
    assert written_phone(phone) == written
    assert normalise_phone(written) == phone
