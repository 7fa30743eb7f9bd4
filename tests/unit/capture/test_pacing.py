"""The rhythm of sources that have none of their own."""

from __future__ import annotations

import pytest

from noseprint.capture.pacing import Pacer


class Time:
    """A clock that goes on only when somebody waits."""

    def __init__(self) -> None:
        self.now = 100.0

    def wait(self, seconds: float) -> None:
        self.now += seconds


def test_frames_come_at_the_rate() -> None:
    time = Time()
    pacer = Pacer(10.0, lambda: time.now, time.wait)
    pacer.start()
    assert [pacer.next() for _ in range(3)] == [(n, pytest.approx(100.0 + n / 10)) for n in (1, 2, 3)]


def test_who_comes_late_misses_frames_and_never_sees_one_twice() -> None:
    time = Time()
    pacer = Pacer(10.0, lambda: time.now, time.wait)
    pacer.start()
    first, _ = pacer.next()
    time.wait(1.05)
    late, _ = pacer.next()
    after, _ = pacer.next()
    assert (first, late, after) == (1, 11, 12)
