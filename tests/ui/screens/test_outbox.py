"""What waits to be uploaded, and what a person can do about it."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from kiosk_app.screens.outbox.entry import EntryScreen
from kiosk_app.screens.outbox.outbox import Outbox
from kiosk_app.shell.question import Question
from kiosk_app.widgets.rows import RowButton
from kiosk_app.work.sync_news import SyncNews
from noseprint.bootstrap import open_store
from noseprint.sync.drain import Progress
from tests.ui.dogs import take_records_away

if TYPE_CHECKING:
    from noseprint.records.entities import Pet
    from tests.ui.conftest import Kiosk

OTHER = (Path(__file__).parents[3] / "assets" / "noses" / "dog-3" / "01.jpg").read_bytes()


@pytest.fixture
def paused(kiosk: Kiosk) -> Kiosk:
    """A kiosk whose worker begins nothing."""
    worker = kiosk.desk.engine.worker
    assert worker
    worker.pause()
    kiosk.sign_in()
    return kiosk


@pytest.fixture
def waiting(paused: Kiosk, choco: Pet) -> Pet:
    """A dog of which everything waits."""
    assert paused.desk.engine.holdings.outbox.counts().waiting
    return choco


def outbox(kiosk: Kiosk, news: SyncNews | None = None) -> Outbox:
    screen = Outbox(kiosk.desk, news or SyncNews())
    kiosk.show(screen)
    return screen


def rows(screen: Outbox) -> list[RowButton]:
    return [row for row in screen.rows.shown if isinstance(row, RowButton)]


def in_conflict(kiosk: Kiosk, pet: Pet) -> Outbox:
    """The storage has another photo under the first one's name, and the worker has found out."""
    settings, worker = kiosk.desk.engine.settings, kiosk.desk.engine.worker
    open_store(settings).put(pet.photo_keys[0], OTHER, "image/jpeg")
    screen = outbox(kiosk)
    assert worker
    worker.resume()
    kiosk.until(lambda: any("NP_2013" in row.below.text() for row in rows(screen)))
    return screen


def test_it_says_how_much_waits(paused: Kiosk, waiting: Pet) -> None:
    screen = outbox(paused)
    counts = paused.desk.engine.holdings.outbox.counts()
    assert (screen.pets.number.text(), screen.objects.number.text()) == ("1", str(counts.waiting))
    assert rows(screen)[0].headline.text() == f"{waiting.facts.name} · 등록 사진"
    assert rows(screen)[0].below.text() == "차례를 기다려요"


def test_paused_uploads_go_on_and_the_screen_follows(paused: Kiosk, waiting: Pet) -> None:
    screen = outbox(paused)
    assert "멈춰 두었어요" in screen.state.sentence.text()
    screen.pause_button.click()
    paused.until(lambda: "모두 올렸어요" in screen.state.sentence.text())
    paused.until(screen.rows.empty.isVisible)
    assert not screen.retry_button.isEnabled()
    assert open_store(paused.desk.engine.settings).get(waiting.photo_keys[0])


def test_uploads_can_be_paused(kiosk: Kiosk) -> None:
    kiosk.sign_in()
    screen = outbox(kiosk)
    assert "모두 올렸어요" in screen.state.sentence.text()
    screen.pause_button.click()
    worker = kiosk.desk.engine.worker
    assert worker
    assert worker.paused
    assert screen.pause_button.text() == "계속 올리기"


def test_progress_is_shown_from_the_workers_own_thread(kiosk: Kiosk) -> None:
    news = SyncNews()
    screen = outbox(kiosk, news)
    assert not screen.bar.isVisible()
    teller = threading.Thread(target=lambda: news.tell(Progress(3, 12, 1000)))
    teller.start()
    kiosk.until(screen.bar.isVisible)
    teller.join()
    assert screen.bar.value == 0.25
    assert screen.far.text() == "3 / 12"
    news.tell(Progress(12, 12, 4000))
    kiosk.until(lambda: not screen.bar.isVisible())


def test_a_failure_is_told_in_words_with_its_code(paused: Kiosk, waiting: Pet) -> None:
    screen = in_conflict(paused, waiting)
    assert "어느 쪽이 맞는지" in rows(screen)[0].below.text()
    paused.until(lambda: "확인이 필요한 것이" in screen.state.sentence.text())


def conflict(kiosk: Kiosk, pet: Pet) -> EntryScreen:
    rows(in_conflict(kiosk, pet))[0].click()
    screen = kiosk.window.screen_shown
    assert isinstance(screen, EntryScreen)
    kiosk.settle()
    return screen


def answer(kiosk: Kiosk) -> None:
    question = kiosk.window.screen_shown
    assert isinstance(question, Question)
    question.yes_button.click()
    kiosk.until(lambda: isinstance(kiosk.window.screen_shown, Outbox))


def test_ours_takes_the_place_of_theirs(paused: Kiosk, waiting: Pet) -> None:
    store = open_store(paused.desk.engine.settings)
    screen = conflict(paused, waiting)
    assert not screen.ours.empty
    screen.ours_button.click()
    answer(paused)
    paused.until(lambda: store.get(waiting.photo_keys[0]) != OTHER)


def test_theirs_stays_and_ours_waits_no_longer(paused: Kiosk, waiting: Pet) -> None:
    store = open_store(paused.desk.engine.settings)
    conflict(paused, waiting).theirs_button.click()
    answer(paused)
    outbox_here = paused.desk.engine.holdings.outbox
    paused.until(lambda: outbox_here.counts().parked == 0)
    assert store.get(waiting.photo_keys[0]) == OTHER


def test_one_object_is_tried_again(paused: Kiosk, waiting: Pet) -> None:
    screen = outbox(paused)
    rows(screen)[0].click()
    entry = paused.window.screen_shown
    assert isinstance(entry, EntryScreen)
    assert waiting.photo_keys[0] in entry.facts.values
    entry.retry_button.click()
    paused.until(lambda: paused.window.screen_shown is screen)


def test_all_are_tried_again(paused: Kiosk, waiting: Pet) -> None:
    screen = in_conflict(paused, waiting)
    open_store(paused.desk.engine.settings).delete(waiting.photo_keys[0])
    paused.until(screen.retry_button.isEnabled)
    screen.retry_button.click()
    paused.until(lambda: "모두 올렸어요" in screen.state.sentence.text())


def test_records_that_cannot_be_read_are_said_with_the_code(paused: Kiosk, waiting: Pet) -> None:
    screen = outbox(paused)
    assert rows(screen)
    take_records_away(paused.desk.engine)
    assert waiting
    screen.entered()
    paused.until(screen.trouble.isVisible)
    assert "NP_" in screen.trouble.text()
