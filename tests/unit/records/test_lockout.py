from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from noseprint.records.lockout import FIRST_WAIT, FREE_FAILURES, LONGEST_WAIT, Lockout, wait_after

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)


def after(failures: int, now: datetime = NOON) -> Lockout:
    state = Lockout.none(now)
    for _ in range(failures):
        state = state.failed(now)
    return state


@pytest.mark.parametrize(
    ("failures", "seconds"), [(0, 0), (4, 0), (5, 30), (6, 60), (7, 120), (16, 61_440), (17, 86_400), (10_000, 86_400)]
)
def test_waits_grow_up_to_a_day(failures: int, seconds: int) -> None:
    assert wait_after(failures) == timedelta(seconds=seconds)


def test_no_wait_is_shorter_than_the_one_before() -> None:
    waits = [wait_after(failures) for failures in range(FREE_FAILURES + 1, 60)]
    assert waits == sorted(waits)
    assert (waits[0], waits[-1]) == (FIRST_WAIT, LONGEST_WAIT)


def test_a_wait_ends_by_itself() -> None:
    locked = after(5)
    assert locked.seen(NOON + FIRST_WAIT - SECOND).remaining() == SECOND
    assert not locked.seen(NOON + FIRST_WAIT).remaining()


def test_trying_during_a_wait_does_not_lengthen_it() -> None:
    state = after(5)
    for second in range(29):
        state = state.seen(NOON + second * SECOND)
    assert not state.seen(NOON + FIRST_WAIT).remaining()


@given(st.integers(5, 30), st.lists(st.integers(-100_000, 100_000).map(lambda number: number * SECOND), max_size=8))
def test_a_clock_set_back_never_shortens_a_wait(failures: int, jumps: list[timedelta]) -> None:
    """Time really passes only by the jumps forward; so much and no less of the wait has to pass."""
    state, now, passed = after(failures), NOON, timedelta()
    for jump in jumps:
        now += jump
        passed += max(jump, timedelta())
        state = state.seen(now)
        if not state.remaining():
            assert passed >= wait_after(failures)


def test_a_clock_set_back_makes_the_whole_wait_begin_anew() -> None:
    state = after(6).seen(NOON + 59 * SECOND).seen(NOON - timedelta(days=1))
    assert state.remaining() == wait_after(6)
    assert not state.seen(NOON - timedelta(days=1) + wait_after(6)).remaining()
