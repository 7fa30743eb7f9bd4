from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from noseprint.errors import ErrorCode, NoseprintError, Words
from noseprint.records.staff import Role, SignedIn, folded, in_words, is_staff_id, number_of, staff_id_of

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "is_one"), [("S1", True), ("S120", True), ("s1", False), ("S0", False), ("S1 ", False), ("", False)]
)
def test_a_staff_id_has_one_spelling(text: str, is_one: bool) -> None:
    assert is_staff_id(text) is is_one


@pytest.mark.parametrize(
    ("text", "number"),
    [("S1", 1), (" s12 ", 12), ("Ｓ３", 3), ("", 0), ("S0", 0), ("S01", 0), ("S-1", 0), ("1", 0), ("S1234567890", 0)],  # noqa: RUF001
)
def test_a_staff_id_is_read_however_its_letter_was_typed(text: str, number: int) -> None:
    assert number_of(text) == number


def test_a_staff_id_comes_back() -> None:
    assert number_of(staff_id_of(41)) == 41


@pytest.mark.parametrize(("one", "other"), [("김하늘", " 김하늘 "), ("Kim  Haneul", "kim haneul"), ("Ｋｉｍ", "Kim")])  # noqa: RUF001
def test_names_that_people_take_for_one_are_one(one: str, other: str) -> None:
    assert folded(one) == folded(other)


def test_an_admin_passes_everywhere_and_staff_do_not() -> None:
    admin, staff = SignedIn("S1", Role.ADMIN, NOON), SignedIn("S2", Role.STAFF, NOON)
    admin.require(Role.ADMIN)
    admin.require(Role.STAFF)
    staff.require(Role.STAFF)
    with pytest.raises(NoseprintError) as caught:
        staff.require(Role.ADMIN)
    assert caught.value.code is ErrorCode.NOT_ALLOWED


@pytest.mark.parametrize(
    ("wait", "words"),
    [
        (timedelta(microseconds=1), Words("1초", "1 s")),
        (timedelta(seconds=30), Words("30초", "30 s")),
        (timedelta(seconds=61), Words("2분", "2 min")),
        (timedelta(minutes=64), Words("64분", "64 min")),
        (timedelta(hours=23, minutes=1), Words("24시간", "24 h")),
    ],
)
def test_a_wait_is_told_rather_too_long_than_too_short(wait: timedelta, words: Words) -> None:
    assert in_words(wait) == words
