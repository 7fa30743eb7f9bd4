"""Which pet changes its guardian: one field for whatever is known, and the QR code of its certificate."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QWidget

from kiosk_app.design.measures import GAP, SMALL_GAP, WIDE_GAP
from kiosk_app.screens.pets import NosePhotos, about
from kiosk_app.screens.records.reading import find
from kiosk_app.screens.transfer.code_reader import CodeReader
from kiosk_app.shell.screen import Screen
from kiosk_app.widgets.fields import Field
from kiosk_app.widgets.frames import Scrolling
from kiosk_app.widgets.layouts import Column, Turning
from kiosk_app.widgets.live import LivePicture
from kiosk_app.widgets.rows import RowButton, Rows
from kiosk_app.widgets.signs import Sign
from kiosk_app.widgets.texts import Text
from noseprint.errors import NoseprintError, Words
from noseprint.sync.pet_objects import require_pet_did

if TYPE_CHECKING:
    from collections.abc import Callable

    from kiosk_app.shell.desk import Desk
    from kiosk_app.work.jobs import Job
    from noseprint.capture.camera import Frame
    from noseprint.capture.camera_state import CameraState
    from noseprint.records.entities import Pet

SEARCH_AFTER_MS: Final = 300
_TITLE: Final = Words("어떤 강아지의 보호자가 바뀌나요?", "Which dog changes its guardian?")
_SEARCH: Final = Words("Pet DID · 마이크로칩 · 전화번호 · 이름", "Pet DID, microchip, telephone or name")
_HINT: Final = Words("예: 초코, 010-1234-5678", "Such as Choco, or 010-1234-5678")
_SCAN: Final = Words(
    "등록증의 QR 코드를 카메라에 보여 주시면 바로 찾아요.", "Hold the certificate's QR code before the camera."
)
_NO_DID: Final = Words("이 QR 코드에는 Pet DID가 없어요.", "This QR code holds no Pet DID.")
_BEGIN: Final = Words("위에 적거나 QR 코드를 보여 주세요.", "Write above, or show the QR code.")
_NOTHING: Final = Words(
    "찾는 강아지가 없어요. 글자를 줄이거나 다른 것으로 찾아 보세요.",
    "Nothing was found. Try fewer letters, or something else.",
)
_ELSEWHERE: Final = Words("다른 병원에서 등록한 강아지", "A dog that another clinic enrolled")
_ELSEWHERE_MEANS: Final = Words(
    "이 기기에는 기록이 없어요. 저장소의 비문과 비교할 수 있어요.",
    "There is no record of it here. Its nose print in the storage can be compared.",
)


@dataclass(frozen=True, slots=True)
class Subject:
    """Whose nose is to be verified.

    Attributes:
        pet_did: of the dog that it is said to be.
        name: what it is called; where the records do not hold it, the end of its Pet DID.
    """

    pet_did: str
    name: str


class FindPet(Screen):
    """Find a pet.

    Args:
        desk: what the screen works with.
        back: leave.
        found: what follows.
    """

    def __init__(self, desk: Desk, back: Callable[[], object], found: Callable[[Subject], object]) -> None:
        super().__init__(desk.face, _TITLE)
        face = desk.face
        self._desk, self._found = desk, found
        self.field = Field(face, _SEARCH, _HINT)
        self.rows = Rows(face, _BEGIN)
        self.rows.show_rows([])
        self._photos = NosePhotos(desk, self)
        self._searching: Job[list[Pet]] | None = None
        self._pause = QTimer(self, interval=SEARCH_AFTER_MS, singleShot=True)
        self._pause.timeout.connect(self._search)
        self.field.changed.connect(lambda _: self._pause.start())
        self.field.confirmed.connect(self._search)
        self.picture = LivePicture(face)
        self.scan = Text(face, _SCAN, "label", "quiet")
        self._reader = CodeReader(desk, self)
        self._reader.read.connect(self.take_code)
        results = Column(face, GAP, (0, 0, GAP, 0))
        results.put(self.rows)
        results.addStretch(1)
        typed = Column(face, GAP)
        typed.put(self.field)
        typed.addWidget(Scrolling(results), 1)
        self._both = Turning(face, WIDE_GAP)
        self._both.addLayout(typed, 2)
        self._both.put(self._scanner(), stretch=1)
        self.body.addLayout(self._both, 1)
        self.setFocusProxy(self.field)
        self.act_with(back)
        desk.feed.framed.connect(self._show_frame)
        desk.feed.fared.connect(self._show_camera)

    def _scanner(self) -> QWidget:
        column = Column(self.face, SMALL_GAP)
        column.put(self.picture, stretch=1)
        column.put(self.scan)
        scanner = QWidget()
        scanner.setLayout(column)
        return scanner

    def entered(self) -> None:
        """Look for codes; a name typed before is searched again."""
        self._reader.start()
        self._show_camera(self._desk.feed.state)
        if self.field.text:
            self._search(go_on=False)

    def left(self) -> None:
        """Nothing is searched, fetched or looked for any more."""
        self._pause.stop()
        self._reader.stop()
        self._give_up()

    def turned(self, *, upright: bool) -> None:
        """The camera below the results in an upright window."""
        self._both.turn(upright=upright)

    def take_code(self, text: str) -> None:
        """A QR code was read."""
        if _is_pet_did(text):
            self.field.fill(text)
            self._search()
        else:
            self.warn(_NO_DID)

    def _show_frame(self, frame: Frame) -> None:
        self.picture.show_frame(frame.pixels)

    def _show_camera(self, state: CameraState) -> None:
        if state.shows_noses:
            self.scan.say(_SCAN)
        else:
            self.picture.darken()
            self.scan.say(state.words)

    def _give_up(self) -> None:
        if self._searching:
            self._searching.cancel()
        self._searching = None
        self._photos.forget()

    def _search(self, *, go_on: bool = True) -> None:
        """Search; a whole Pet DID that is known here leads on by itself, for that is what a scanner types."""
        self._pause.stop()
        self._give_up()
        self.explain(None)
        text = self.field.text
        if not text:
            self._offer(text, [], go_on=False)
            return
        engine, by = self._desk.engine, self._desk.session.staff_id
        self._searching = self._desk.jobs.begin(self, lambda: find(engine, text, by))
        self._searching.done(partial(self._offer, text, go_on=go_on)).failed(self.explain)

    def _offer(self, text: str, pets: list[Pet], *, go_on: bool) -> None:
        self._searching = None
        known = [pet for pet in pets if pet.pet_did == text]
        if known and go_on:
            self._found(_subject(known[0]))
            return
        rows = [self._row(pet) for pet in pets]
        if not pets and _is_pet_did(text):
            rows = [self._row_elsewhere(text)]
        self.rows.empty.say(_NOTHING if text else _BEGIN)
        self.rows.show_rows(rows)
        self._photos.fetch()

    def _row(self, pet: Pet) -> RowButton:
        return RowButton(
            self.face,
            pet.facts.name,
            partial(self._found, _subject(pet)),
            below=about(pet),
            beside=f"{pet.created_at.astimezone():%Y-%m-%d}",
            before=self._photos.place_for(pet.pet_did),
        )

    def _row_elsewhere(self, pet_did: str) -> RowButton:
        subject = Subject(pet_did, pet_did[-8:])
        sign = Sign(self.face, "globe", "accent")
        return RowButton(self.face, _ELSEWHERE, partial(self._found, subject), below=_ELSEWHERE_MEANS, before=sign)


def _subject(pet: Pet) -> Subject:
    return Subject(pet.pet_did, pet.facts.name)


def _is_pet_did(text: str) -> bool:
    try:
        require_pet_did(text)
    except NoseprintError:
        return False
    return True
