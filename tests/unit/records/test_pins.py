from __future__ import annotations

import hashlib
import hmac
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from noseprint.errors import ErrorCode, NoseprintError
from noseprint.records import pins

CHEAP = pins.Cost(4, 8, 1)


def keyed(text: str) -> bytes:
    return hmac.digest(b"key", text.encode(), hashlib.sha256)


@pytest.mark.parametrize(
    "pin",
    [
        "",
        "123",
        "1234567890123",
        "19a7",
        "１９３",  # noqa: RUF001
        "19 37",
        "-193",
        "٣١٤٢",  # digits, but of another script
        "0000",
        "777777",
        "1234",
        "4321",
        "7890",
        "3210987",
        "1357",
        "8642",
        "1212",
        "123123",
        "9090",
        "1122",
        "443311",
        "2580",
        "0852",
        "1004",
    ],
)
def test_a_pin_that_is_none_or_is_guessed_first_is_refused(pin: str) -> None:
    with pytest.raises(NoseprintError) as caught:
        pins.require_strong(pin)
    assert caught.value.code is ErrorCode.WEAK_PIN
    assert not pin or pin not in str(caught.value).replace("1234, 0000 or 1212", "")


@pytest.mark.parametrize("pin", ["1937", "0391", "190377", "314159265358"])
def test_other_pins_are_taken(pin: str) -> None:
    assert pins.require_strong(pin) == pin


def test_full_width_digits_are_digits() -> None:
    assert pins.require_strong("１９３７") == "1937"  # noqa: RUF001
    assert pins.matches("１９３７", pins.keep("1937", keyed, CHEAP), keyed)  # noqa: RUF001


def test_most_pins_of_four_digits_are_left() -> None:
    def taken(pin: str) -> bool:
        try:
            return bool(pins.require_strong(pin))
        except NoseprintError:
            return False

    assert sum(taken(f"{number:04}") for number in range(10_000)) > 9_700


@given(pin=st.from_regex(r"[0-9]{4,12}", fullmatch=True), other=st.text(max_size=20))
def test_only_the_same_pin_matches(pin: str, other: str) -> None:
    kept = pins.keep(pin, keyed, CHEAP)
    assert pins.matches(pin, kept, keyed)
    assert pins.matches(other, kept, keyed) == (other == pin)


def test_a_pin_is_kept_otherwise_every_time() -> None:
    assert pins.keep("1937", keyed, CHEAP) != pins.keep("1937", keyed, CHEAP)


def test_what_is_kept_tells_its_parameters_and_needs_the_key() -> None:
    kept = pins.keep("1937", keyed, CHEAP)
    assert kept.startswith("$scrypt$ln=4,r=8,p=1$")
    assert not pins.matches("1937", kept, lambda text: hashlib.sha256(text.encode()).digest())


def test_a_hash_of_earlier_parameters_still_matches() -> None:
    assert pins.matches("1937", pins.keep("1937", keyed, pins.Cost(3, 4, 2)), keyed)


@pytest.mark.parametrize("pin", ["", "1937", "0000"])
def test_nothing_matches_the_decoy(pin: str) -> None:
    assert not pins.matches(pin, pins.decoy(CHEAP), keyed)


@pytest.mark.parametrize(
    "kept",
    [
        "",
        "1937",
        "$scrypt$ln=4,r=8,p=1$!!!!$AAAA",
        "$scrypt$ln=4,r=8,p=1$A$AAAA",
        "$scrypt$ln=0,r=8,p=1$AAAA$AAAA",
        "$scrypt$ln=4,r=99999999999,p=1$AAAA$AAAA",
    ],
)
def test_a_hash_that_is_none_is_damage(kept: str) -> None:
    with pytest.raises(NoseprintError) as caught:
        pins.matches("1937", kept, keyed)
    assert caught.value.code is ErrorCode.RECORDS_DAMAGED


def test_the_cost_is_one_of_owasps_and_is_paid() -> None:
    assert (pins.OWASP.log2_n, pins.OWASP.r, pins.OWASP.p) in {
        (17, 8, 1),
        (16, 8, 2),
        (15, 8, 3),
        (14, 8, 5),
        (13, 8, 10),
    }
    began = time.process_time()
    pins.keep("1937", keyed)
    assert time.process_time() - began > 0.01
