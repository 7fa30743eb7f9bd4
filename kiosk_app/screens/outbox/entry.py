"""One object that is not in the storage yet: why, and what a person can decide."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from kiosk_app.design.measures import SMALL_GAP, WIDE_GAP
from kiosk_app.shell.question import Question
from kiosk_app.shell.screen import Screen
from kiosk_app.widgets.buttons import Button
from kiosk_app.widgets.facts import FactTable
from kiosk_app.widgets.layouts import Column, Row
from kiosk_app.widgets.pictures import Picture
from kiosk_app.widgets.rows import decoded
from kiosk_app.widgets.texts import Text
from noseprint.bootstrap import open_decisions, open_store
from noseprint.errors import Words
from noseprint.sync.outbox import EntryKind

if TYPE_CHECKING:
    from kiosk_app.screens.outbox.backlog import Item
    from kiosk_app.shell.desk import Desk
    from noseprint.records.outbox_decisions import Kept

_PHOTO_PX: Final = 640
_FILE: Final = Words("저장 이름", "Object")
_SAVED: Final = Words("저장한 때", "Saved")
_TRIES: Final = Words("올려 본 횟수", "Tries")
_AGAIN: Final = Words("다시 올리기", "Try again")
_OURS: Final = Words("이 컴퓨터의 사진", "On this computer")
_THEIRS: Final = Words("저장소의 사진", "In the storage")
_KEEP_OURS: Final = Words("이 컴퓨터 것으로", "Ours is right")
_KEEP_THEIRS: Final = Words("저장소 것으로", "The storage's is right")
_ASK_OURS: Final = Words("이 컴퓨터의 것이 맞나요?", "Is this computer's the right one?")
_OURS_MEANS: Final = Words(
    "저장소에 있는 파일을 이 컴퓨터의 것으로 바꿔요. 저장소의 것은 되돌릴 수 없어요.",
    "It takes the place of the one in the storage, which cannot be brought back.",
)
_ASK_THEIRS: Final = Words("저장소의 것이 맞나요?", "Is the storage's the right one?")
_THEIRS_MEANS: Final = Words(
    "이 컴퓨터의 파일은 올리지 않고 버려요. 되돌릴 수 없어요.",
    "This computer's is not uploaded and is let go. It cannot be brought back.",
)
_QUESTIONS: Final[dict[Kept, tuple[Words, Words, Words]]] = {
    "ours": (_ASK_OURS, _OURS_MEANS, _KEEP_OURS),
    "theirs": (_ASK_THEIRS, _THEIRS_MEANS, _KEEP_THEIRS),
}


class EntryScreen(Screen):
    """See the module.

    Args:
        desk: what the screen works with.
        item: the object.
    """

    def __init__(self, desk: Desk, item: Item) -> None:
        super().__init__(desk.face, item.headline)
        self._desk = desk
        self._item = item
        face = desk.face
        self.why = Text(face, item.why, "instruction")
        self.facts = FactTable(face)
        saved = item.entry.created_at
        self.facts.show_facts(
            [
                (_FILE, item.entry.key),
                (_SAVED, f"{saved.astimezone():%Y-%m-%d %H:%M}" if saved else ""),
                (_TRIES, str(item.entry.attempts)),
            ]
        )
        self.ours, self.theirs = Picture(face, _OURS), Picture(face, _THEIRS)
        self.body.put(self.why, self.facts)
        self._pictured = item.in_conflict and item.entry.kind is not EntryKind.VECTOR
        if self._pictured:
            self.body.addLayout(self._side_by_side(), 1)
        else:
            self.body.addStretch(1)
        self.retry_button = Button(face, _AGAIN, self._retry, "main", "retry")
        self.ours_button = Button(face, _KEEP_OURS, lambda: self._ask("ours"))
        self.theirs_button = Button(face, _KEEP_THEIRS, lambda: self._ask("theirs"))
        if item.in_conflict:
            self.act_with(desk.ways.back, self.theirs_button, self.ours_button)
        else:
            self.act_with(desk.ways.back, main=self.retry_button)

    def entered(self) -> None:
        """Fetch both pictures of a conflict."""
        if not self._pictured:
            return
        entry, engine = self._item.entry, self._desk.engine
        begin = self._desk.jobs.begin
        ours = begin(self, lambda: decoded(engine.holdings.spool.read(entry.spool_name), _PHOTO_PX))
        ours.done(self.ours.show_image).failed(self.explain)
        theirs = begin(self, lambda: decoded(open_store(engine.settings).get(entry.key), _PHOTO_PX))
        theirs.done(self.theirs.show_image).failed(self.explain)

    def _side_by_side(self) -> Row:
        row = Row(self.face, WIDE_GAP)
        for words, picture in ((_OURS, self.ours), (_THEIRS, self.theirs)):
            column = Column(self.face, SMALL_GAP)
            column.put(Text(self.face, words, "strong"))
            column.put(picture, stretch=1)
            row.addLayout(column, 1)
        return row

    def _retry(self) -> None:
        engine, key = self._desk.engine, self._item.entry.key

        def retry() -> None:
            now = datetime.now(UTC)
            open_decisions(engine.holdings).retry(now, key)
            engine.holdings.outbox.hasten(now)
            if engine.worker:
                engine.worker.wake()

        self._desk.jobs.begin(self, retry).done(lambda _: self._desk.ways.back()).failed(self.explain)

    def _ask(self, kept: Kept) -> None:
        engine, key, by = self._desk.engine, self._item.entry.key, self._desk.session.staff_id

        def settle() -> None:
            open_decisions(engine.holdings).settle_conflict(key, kept, datetime.now(UTC), by=by)
            if engine.worker:
                engine.worker.wake()

        asked, means, yes = _QUESTIONS[kept]
        self._desk.ways.show_next(Question(self._desk, asked, means, yes, settle, lambda _: self._leave()))

    def _leave(self) -> None:
        self._desk.ways.back()
        self._desk.ways.back()
