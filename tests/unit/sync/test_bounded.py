from __future__ import annotations

import threading
import time

import pytest

from noseprint.sync import bounded
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


def test_calls_one_after_the_other_share_a_thread_that_ends_when_nobody_calls(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bounded, "_PATIENCE_S", 0.05)
    lanes = Lanes(4)
    threads = {lanes.run(threading.current_thread, Deadline(10)) for _ in range(20)}
    assert len(threads) == 1
    threads.pop().join(timeout=10)
    assert lanes.run(lambda: "another one", Deadline(10)) == "another one"


def test_as_many_calls_as_there_are_lanes_run_at_once_and_no_more() -> None:
    lanes, all_there, over = Lanes(3), threading.Barrier(4, timeout=10), threading.Event()

    def work() -> None:
        all_there.wait()
        over.wait()

    callers = [threading.Thread(target=lanes.run, args=(work, Deadline(10))) for _ in range(3)]
    for caller in callers:
        caller.start()
    all_there.wait()
    with pytest.raises(TimeoutError, match="no connection was free"):
        lanes.run(lambda: None, Deadline(0.05))
    over.set()
    for caller in callers:
        caller.join()
