"""What a look-up found: the dog and whom to call, or that it is unknown; the dogs that are most alike."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtWidgets import QWidget

from kiosk_app.design.measures import GAP, SMALL_GAP, WIDE_GAP
from kiosk_app.screens.look_up.dog import TheDog
from kiosk_app.screens.pets import NosePhotos, about
from kiosk_app.shell.screen import Screen
from kiosk_app.widgets.buttons import Button
from kiosk_app.widgets.candidate import CandidateLine
from kiosk_app.widgets.frames import Scrolling
from kiosk_app.widgets.layouts import Column, Turning
from kiosk_app.widgets.rows import Rows
from kiosk_app.widgets.texts import Text
from kiosk_app.widgets.verdict import Answer
from noseprint.bootstrap import thresholds
from noseprint.errors import Words

if TYPE_CHECKING:
    from collections.abc import Callable

    from kiosk_app.screens.look_up.answered import Answered
    from kiosk_app.shell.desk import Desk
    from noseprint.clinic import RankedCandidate

_NAMED: Final = Words("{name}입니다", "This is {name}")
_UNSURE: Final = Words("닮은 강아지가 있어요", "There is a dog like it")
_UNSURE_MEANS: Final = Words(
    "같은 강아지라고 하기에는 모자라요. 코를 다시 찍거나, 사진과 앞에 있는 강아지를 비교해 주세요.",
    "It is not enough to say that it is the same. Take another photo, or compare the photos with the dog before you.",
)
_UNKNOWN: Final = Words("등록되지 않은 강아지예요", "This dog is not enrolled")
_UNKNOWN_MEANS: Final = Words(
    "이 병원 기록에는 닮은 강아지가 없어요. 코를 다시 찍어 보거나, 새로 등록할 수 있어요.",
    "No dog in this clinic's records is like it. Take another photo, or enrol it.",
)
_NOT_SEARCHED: Final = Words(
    "모델이 바뀐 뒤 아직 다시 계산하지 않은 {count}마리는 비교하지 못했어요.",
    "{count} pets were not compared: the model changed and they were not computed again yet.",
)
_CANDIDATES: Final = Words("가장 닮은 강아지", "The most alike")
_NOBODY: Final = Words("비교할 강아지가 아직 없어요.", "There is no dog to compare with yet.")
_NAMELESS: Final = Words("이름 없는 기록", "A record without a name")
_AGAIN: Final = Words("다시 찍기", "Take again")
_ENROL: Final = Words("새로 등록", "Enrol it")
_DONE: Final = Words("처음으로", "Home")


class Found(Screen):
    """Show a look-up's answer; staff alone come here.

    Args:
        desk: what the screen works with.
        answered: what was found.
        again: take another photo.
        enrol: enrol the dog.
    """

    def __init__(
        self, desk: Desk, answered: Answered, again: Callable[[], object], enrol: Callable[[], object]
    ) -> None:
        super().__init__(desk.face)
        face = desk.face
        self._desk, self.answered = desk, answered
        self._photos = NosePhotos(desk, self)
        self.answer = Answer(face)
        self._give_answer()
        self.dog = TheDog(face, answered)
        self.candidates = Rows(face, _NOBODY)
        self.not_searched = Text(face, _NOT_SEARCHED, "label", "quiet", count=answered.found.not_searched)
        self.not_searched.setVisible(answered.found.not_searched > 0)
        self._both = Turning(face, 2 * WIDE_GAP)
        self._both.put(self.dog, stretch=1)
        self._both.put(self._others(), stretch=1)
        self.body.put(self.answer)
        self.body.addLayout(self._both, 1)
        self.again_button = Button(face, _AGAIN, again, "plain", "retry")
        self.main_button = (
            Button(face, _DONE, desk.ways.home, "main", "tick")
            if answered.found.pet_did
            else Button(face, _ENROL, enrol, "main", "plus")
        )
        self.act_with(desk.ways.home, self.again_button, main=self.main_button)

    def entered(self) -> None:
        """Fetch the candidates' photos."""
        self._photos.forget()
        self.candidates.show_rows([self._line(candidate) for candidate in self.answered.found.candidates])
        self._photos.fetch()

    def left(self) -> None:
        """Nothing is fetched any more."""
        self._photos.forget()

    def turned(self, *, upright: bool) -> None:
        """The candidates below the dog in an upright window."""
        self._both.turn(upright=upright)

    def _give_answer(self) -> None:
        answered = self.answered
        if answered.found.pet_did:
            named = Words(*(text.format(name=answered.name) for text in _NAMED))
            self.answer.give("good", named, about(answered.named) if answered.named else "")
        elif answered.is_unsure:
            self.answer.give("caution", _UNSURE, _UNSURE_MEANS)
        else:
            self.answer.give("accent", _UNKNOWN, _UNKNOWN_MEANS)

    def _others(self) -> QWidget:
        listed = Column(self.face, GAP, (0, 0, GAP, 0))
        listed.put(self.candidates, self.not_searched)
        listed.addStretch(1)
        column = Column(self.face, SMALL_GAP)
        column.put(Text(self.face, _CANDIDATES, "strong"))
        column.addWidget(Scrolling(listed), 1)
        side = QWidget()
        side.setLayout(column)
        return side

    def _line(self, candidate: RankedCandidate) -> CandidateLine:
        pet = self.answered.pets.get(candidate.pet_did)
        return CandidateLine(
            self.face,
            self._photos.place_for(candidate.pet_did),
            (pet.facts.name if pet else "") or _NAMELESS,
            about(pet) if pet else "",
            candidate.similarity,
            thresholds(self._desk.engine.settings),
        )
