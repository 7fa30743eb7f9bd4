"""The outbox: how much waits, how the upload goes, what failed and why."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QTimer

from kiosk_app.design.measures import GAP, WIDE_GAP
from kiosk_app.screens.outbox.backlog import MOST_SHOWN, Amount, Item, amount, items
from kiosk_app.screens.outbox.entry import EntryScreen
from kiosk_app.shell.screen import Screen
from kiosk_app.widgets.buttons import Button
from kiosk_app.widgets.facts import BigNumber
from kiosk_app.widgets.frames import Scrolling
from kiosk_app.widgets.layouts import Column, Row
from kiosk_app.widgets.meters import Bar
from kiosk_app.widgets.rows import RowButton, Rows
from kiosk_app.widgets.signs import Notice, Sign
from kiosk_app.widgets.texts import Text
from noseprint.bootstrap import open_decisions
from noseprint.errors import Words

if TYPE_CHECKING:
    from kiosk_app.face import Face
    from kiosk_app.shell.desk import Desk
    from kiosk_app.work.sync_news import SyncNews
    from noseprint.sync.drain import Progress

LOOK_EVERY_MS: Final = 2000
_MEGABYTE: Final = 1_000_000
_TITLE: Final = Words("올리기", "Uploads")
_PETS: Final = Words("반려견", "pets")
_OBJECTS: Final = Words("파일", "objects")
_SIZE: Final = Words("크기", "in all")
_OLDEST: Final = Words("가장 오래된 것", "oldest")
_NOTHING: Final = Words("기다리는 것이 없어요.", "Nothing waits.")
_ALL_THERE: Final = Words("모두 올렸어요", "Everything is in the storage")
_UNDER_WAY: Final = Words("올리고 있어요", "Uploading")
_BY_ITSELF: Final = Words("저절로 올려요. 기다리지 않고 일하셔도 돼요.", "It goes by itself. You need not wait for it.")
_PAUSED: Final = Words("올리기를 멈춰 두었어요", "Uploads are paused")
_SAFE: Final = Words("자료는 이 컴퓨터에 안전하게 있어요.", "What was saved is safe on this computer.")
_HELD_UP: Final = Words("지금은 올릴 수 없어요", "Nothing can be uploaded now")
_SEE_TO: Final = Words("확인이 필요한 것이 있어요", "Some need a person")
_SEE_TO_MEANS: Final = Words("아래에서 하나씩 눌러 이유를 보세요.", "Press each below to see why.")
_ELSEWHERE: Final = Words("이 창은 올리지 않아요", "This window does not upload")
_ELSEWHERE_MEANS: Final = Words(
    "같은 폴더를 쓰는 다른 프로그램이 올리고 있거나 저장소 설정이 바뀌었어요. 자료는 안전해요.",
    "Another program on the same folder uploads, or another storage was set. What was saved is safe.",
)
_RETRY: Final = Words("모두 다시 올리기", "Try all again")
_PAUSE: Final = Words("멈추기", "Pause")
_RESUME: Final = Words("계속 올리기", "Resume")
_FAR: Final = Words("{done} / {total}", "{done} of {total}")
_MORE: Final = Words("처음 {shown}건만 보여 드려요.", "The first {shown} are shown.")


class Outbox(Screen):
    """See the module.

    Args:
        desk: what the screen works with.
        news: of the sync worker.
    """

    def __init__(self, desk: Desk, news: SyncNews) -> None:
        super().__init__(desk.face, _TITLE)
        self._desk = desk
        self._worker = desk.engine.worker
        self._amount: Amount | None = None
        self._looking = False
        face = desk.face
        self.state = Notice(face)
        self.pets, self.objects = BigNumber(face, _PETS), BigNumber(face, _OBJECTS)
        self.megabytes, self.oldest = BigNumber(face, _SIZE), BigNumber(face, _OLDEST)
        self.bar = Bar(face, well_from=0.0, poor_below=0.0)
        self.far = Text(face, "", "label", "quiet")
        self.rows = Rows(face, _NOTHING)
        self.more = Text(face, "", "label", "quiet")
        self.body.addWidget(Scrolling(self._laid_out(face)), 1)
        self.pause_button = Button(face, _PAUSE, self._pause_or_resume)
        self.retry_button = Button(face, _RETRY, self._retry, "main", "retry")
        self.pause_button.setVisible(self._worker is not None)
        self.act_with(desk.ways.back, self.pause_button, main=self.retry_button)
        self._timer = QTimer(self, interval=LOOK_EVERY_MS)
        self._timer.timeout.connect(self._look)
        news.progressed.connect(self._show_progress)
        self._show_progress(None)

    def entered(self) -> None:
        """Look, and go on looking."""
        self._amount = None
        self._look()
        self._timer.start()

    def left(self) -> None:
        """Nobody looks."""
        self._timer.stop()

    def _laid_out(self, face: Face) -> Column:
        numbers = Row(face, WIDE_GAP)
        numbers.put(self.pets, self.objects, self.megabytes, self.oldest)
        whole = Column(face, GAP, (0, 0, GAP, 0))
        whole.put(self.state)
        whole.addLayout(numbers)
        whole.put(self.bar, self.far, self.rows, self.more)
        whole.addStretch(1)
        return whole

    def _look(self) -> None:
        if self._looking:
            return
        self._looking = True
        self._show_worker()
        job = self._desk.jobs.begin(self, lambda: amount(self._desk.engine))
        job.done(self._show_amount).failed(self.explain).finally_(self._looked)

    def _looked(self) -> None:
        self._looking = False

    def _show_amount(self, found: Amount) -> None:
        if found == self._amount:
            return
        self.explain(None)
        self._amount = found
        counts = found.counts
        self.pets.show_number(f"{found.backlog.pets:,}")
        self.objects.show_number(f"{counts.waiting + counts.parked:,}")
        self.megabytes.show_number(f"{counts.waiting_bytes / _MEGABYTE:,.1f} MB")
        oldest = found.backlog.oldest
        self.oldest.show_number(f"{oldest.astimezone():%m-%d %H:%M}" if oldest else "-")
        self.retry_button.setEnabled(bool(counts.waiting or counts.parked))
        self._show_worker()
        self._desk.jobs.begin(self, lambda: items(self._desk.engine)).done(self._show_items).failed(self.explain)

    def _show_worker(self) -> None:
        """Say how it goes, the most important thing first."""
        counts = self._amount.counts if self._amount else None
        if self._worker is None:
            self.state.give("caution", _ELSEWHERE, _ELSEWHERE_MEANS)
        elif self._worker.paused:
            self.state.give("caution", _PAUSED, _SAFE)
        elif counts and counts.parked:
            self.state.give("caution", _SEE_TO, _SEE_TO_MEANS)
        elif counts and counts.waiting and self._worker.trouble:
            self.state.give("caution", _HELD_UP, self._worker.trouble)
        elif counts and counts.waiting:
            self.state.give("accent", _UNDER_WAY, _BY_ITSELF)
        else:
            self.state.give("good", _ALL_THERE)
        if self._worker:
            self.pause_button.say(_RESUME if self._worker.paused else _PAUSE)

    def _show_items(self, found: list[Item]) -> None:
        self.rows.show_rows(self._row(item) for item in found)
        self.more.setVisible(len(found) == MOST_SHOWN)
        self.more.say(_MORE, shown=MOST_SHOWN)

    def _row(self, item: Item) -> RowButton:
        face = self.face
        saved = item.entry.created_at
        return RowButton(
            face,
            item.headline,
            partial(self._open, item),
            below=item.why,
            beside=f"{saved.astimezone():%m-%d %H:%M}" if saved else "",
            before=Sign(face, "hand", "caution") if item.parked else Sign(face, "outbox", "quiet"),
        )

    def _show_progress(self, progress: Progress | None) -> None:
        under_way = progress is not None and progress.done < progress.total
        self.bar.setVisible(under_way)
        self.far.setVisible(under_way)
        if progress and under_way:
            self.bar.show_value(progress.done / progress.total)
            self.far.say(_FAR, done=f"{progress.done:,}", total=f"{progress.total:,}")

    def _open(self, item: Item) -> None:
        self._desk.ways.show_next(EntryScreen(self._desk, item))

    def _retry(self) -> None:
        engine = self._desk.engine

        def retry() -> None:
            now = datetime.now(UTC)
            open_decisions(engine.holdings).retry(now)
            engine.holdings.outbox.hasten(now)
            if engine.worker:
                engine.worker.wake()

        self.explain(None)
        self._amount = None
        self._desk.jobs.begin(self, retry).done(lambda _: self._look()).failed(self.explain)

    def _pause_or_resume(self) -> None:
        if self._worker is None:
            return
        if self._worker.paused:
            self._worker.resume()
        else:
            self._worker.pause()
        self._show_worker()
