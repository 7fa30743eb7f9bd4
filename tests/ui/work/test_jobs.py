"""Work in the background ends in the window's thread, in words, and never for a screen that is gone."""

from __future__ import annotations

import gc
import threading
import weakref
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QObject

from kiosk_app.work.jobs import Jobs
from noseprint.errors import ErrorCode, NoseprintError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytestqt.qtbot import QtBot


@pytest.fixture
def jobs() -> Iterator[Jobs]:
    made = Jobs()
    yield made
    made.close()


def test_the_operation_runs_elsewhere_and_what_follows_here(qtbot: QtBot, jobs: Jobs) -> None:
    owner, threads = QObject(), []

    def operation() -> str:
        threads.append(threading.current_thread())
        return "done"

    def follow(result: str) -> None:
        threads.append(threading.current_thread())
        assert result == "done"

    jobs.begin(owner, operation).done(follow)
    qtbot.waitUntil(lambda: len(threads) == 2)
    assert threads[0] is not threading.main_thread()
    assert threads[1] is threading.main_thread()


def test_a_coded_error_arrives_as_it_is(qtbot: QtBot, jobs: Jobs) -> None:
    owner, seen = QObject(), []

    def operation() -> None:
        raise NoseprintError(ErrorCode.WRONG_PIN)

    jobs.begin(owner, operation).failed(seen.append)
    qtbot.waitUntil(lambda: bool(seen))
    assert seen[0].code is ErrorCode.WRONG_PIN


@pytest.mark.provokes_warnings
def test_an_unforeseen_error_is_logged_whole_and_shown_in_words(
    qtbot: QtBot, jobs: Jobs, caplog: pytest.LogCaptureFixture
) -> None:
    owner, seen = QObject(), []

    def operation() -> None:
        raise ZeroDivisionError

    jobs.begin(owner, operation).failed(seen.append)
    qtbot.waitUntil(lambda: bool(seen))
    assert seen[0].code is ErrorCode.INTERNAL_SERVER_ERROR
    assert "ZeroDivisionError" in caplog.text


def test_nothing_follows_for_a_screen_that_is_gone(qtbot: QtBot, jobs: Jobs) -> None:
    owner, seen, go_on = QObject(), [], threading.Event()
    jobs.begin(owner, go_on.wait).done(seen.append)
    owner.deleteLater()
    with qtbot.waitSignal(owner.destroyed):
        pass
    go_on.set()
    qtbot.waitUntil(lambda: jobs.idle)
    assert not seen


def test_progress_is_told_and_a_cancelled_job_ends_at_its_next_report(qtbot: QtBot, jobs: Jobs) -> None:
    owner, seen, ended, go_on = QObject(), [], [], threading.Event()

    def operation(report: object) -> None:
        assert callable(report)
        report(1)
        go_on.wait()
        report(2)
        ended.append("never")

    job = jobs.begin_reporting(owner, operation).progress(seen.append).done(ended.append)
    qtbot.waitUntil(lambda: seen == [1])
    job.cancel()
    go_on.set()
    qtbot.waitUntil(lambda: jobs.idle)
    assert not ended
    assert seen == [1]


def test_what_must_follow_in_either_case_does(qtbot: QtBot, jobs: Jobs) -> None:
    owner, seen = QObject(), []

    def refuse() -> None:
        raise NoseprintError(ErrorCode.WRONG_PIN)

    jobs.begin(owner, lambda: 1).done(lambda _: None).finally_(lambda: seen.append("good"))
    jobs.begin(owner, refuse).failed(lambda _: None).finally_(lambda: seen.append("bad"))
    qtbot.waitUntil(lambda: set(seen) == {"good", "bad"})


def test_nothing_of_a_job_is_held_when_it_is_over(qtbot: QtBot, jobs: Jobs) -> None:
    class Screen:
        def show(self, _: int) -> None:
            pass

    owner, screen = QObject(), Screen()
    held = weakref.ref(screen)
    jobs.begin(owner, lambda: 1).done(screen.show)
    del screen
    qtbot.waitUntil(lambda: jobs.idle)
    gc.collect()
    assert held() is None


def test_a_job_whose_follower_fails_is_over_all_the_same(qtbot: QtBot, jobs: Jobs) -> None:
    owner = QObject()

    def fail(_: int) -> None:
        raise LookupError

    with qtbot.captureExceptions() as caught:
        jobs.begin(owner, lambda: 1).done(fail)
        qtbot.waitUntil(lambda: jobs.idle)
    assert [kind for kind, *_ in caught] == [LookupError]
