from __future__ import annotations

import threading
import time

import pytest

from noseprint.sync.bounded import Deadline, Lanes


def test_a_deadline_counts_down_to_nothing() -> None:
    assert 59 < Deadline(60).remaining() <= 60
    assert Deadline(0).remaining() == 0
    assert Deadline(-1).remaining() == 0


def test_a_deadline_is_required_only_until_it_has_passed() -> None:
    Deadline(60).require()
    with pytest.raises(TimeoutError, match="within 0 s"):
        Deadline(0).require()


def test_a_pause_that_would_outlast_the_deadline_is_not_made() -> None:
    start = time.monotonic()
    assert not Deadline(5).pause(5)
    assert time.monotonic() - start < 2
    assert Deadline(60).pause(0.001)


def test_a_lane_gives_back_what_the_work_returns_or_raises() -> None:
    lanes = Lanes(1)
    assert lanes.run(lambda: "done", Deadline(10)) == "done"
    with pytest.raises(ZeroDivisionError):
        lanes.run(lambda: 1 / 0, Deadline(10))
    assert lanes.run(lambda: "free again", Deadline(10)) == "free again"


def test_a_caller_leaves_on_time_and_the_lane_is_free_once_the_work_ends() -> None:
    lanes, over = Lanes(1), threading.Event()
    with pytest.raises(TimeoutError, match=r"no complete answer within 0\.05 s"):
        lanes.run(over.wait, Deadline(0.05))
    with pytest.raises(TimeoutError, match="no connection was free"):
        lanes.run(lambda: "never", Deadline(0.05))
    over.set()
    assert lanes.run(lambda: "free again", Deadline(10)) == "free again"


def test_work_left_behind_does_not_keep_the_program_from_ending() -> None:
    assert Lanes(1).run(lambda: threading.current_thread().daemon, Deadline(10))
