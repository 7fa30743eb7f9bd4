from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from noseprint.sync.backoff import Backoff, TokenBucket


def drawing(number: float) -> Backoff:
    return Backoff(timedelta(seconds=5), timedelta(minutes=15), draw=lambda: number)


@given(failures=st.integers(1, 10_000), number=st.floats(0, 1, exclude_max=True))
def test_a_pause_stays_within_its_bounds_however_often_it_failed(failures: int, number: float) -> None:
    assert timedelta(seconds=1) <= drawing(number).pause(failures) <= timedelta(minutes=15)


def test_the_bound_doubles_with_every_failure_until_it_is_the_longest() -> None:
    pauses = [drawing(0.999999).pause(failures).total_seconds() for failures in range(1, 10)]
    assert pauses == pytest.approx([5, 10, 20, 40, 80, 160, 320, 640, 900], rel=1e-4)


def test_a_pause_is_drawn_from_the_whole_range() -> None:
    assert drawing(0.25).pause(4) == timedelta(seconds=10)


def test_a_longest_pause_below_the_shortest_is_kept() -> None:
    short = timedelta(milliseconds=1)
    assert Backoff(longest=short, draw=lambda: 0.5).pause(3) == short


def test_uploads_wait_until_the_ones_before_fit_into_the_limit() -> None:
    now = [100.0]
    bucket = TokenBucket(1000, lambda: now[0])
    assert [bucket.take(500), bucket.take(2000), bucket.take(100)] == pytest.approx([0.0, 0.5, 2.5])
    now[0] += 2.6
    assert bucket.take(100) == 0.0


def test_unused_seconds_are_not_saved_up() -> None:
    now = [0.0]
    bucket = TokenBucket(1000, lambda: now[0])
    now[0] += 3600
    bucket.take(5000)
    assert bucket.take(1) == pytest.approx(5.0)


def test_without_a_limit_nobody_waits() -> None:
    bucket = TokenBucket(0)
    assert [bucket.take(10**12) for _ in range(3)] == [0.0] * 3
