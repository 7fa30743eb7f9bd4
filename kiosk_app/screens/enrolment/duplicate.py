"""This dog seems to be enrolled already: both noses side by side, and staff decide."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from kiosk_app.design.measures import GAP, SMALL_GAP, WIDE_GAP
from kiosk_app.shell.screen import Screen
from kiosk_app.widgets.buttons import Button
from kiosk_app.widgets.layouts import Column, Turning
from kiosk_app.widgets.pictures import Picture
from kiosk_app.widgets.texts import Text
from kiosk_app.widgets.verdict import Answer
from noseprint.errors import Words
from noseprint.sync.pet_objects import photo_key

if TYPE_CHECKING:
    from collections.abc import Callable

    from kiosk_app.shell.desk import Desk
    from noseprint.clinic import RankedCandidate
    from noseprint.records.entities import Pet

_ALREADY: Final = Words("이미 등록된 강아지 같아요", "This dog seems to be enrolled already")
_AS: Final = Words("{name} · 유사도 {similarity:.0%}", "{name} · similarity {similarity:.0%}")
_NOW: Final = Words("지금 찍은 코", "The nose just now")
_THEN: Final = Words("등록된 코", "The enrolled nose")
_LOOK: Final = Words(
    "두 사진을 보고 같은 강아지인지 정해 주세요. 아직 아무것도 저장하지 않았어요.",
    "Look at both photos and decide whether it is one dog. Nothing has been saved yet.",
)
_IT_IS: Final = Words("같은 강아지예요", "It is the same dog")
_IT_IS_NOT: Final = Words("다른 강아지예요, 등록하기", "It is another dog: enrol it")


class Duplicate(Screen):
    """Let staff decide.

    Args:
        desk: what the screen works with.
        photo: of the dog that is being enrolled.
        candidate: the enrolled dog that it looks like.
        same: what follows when it is that dog.
        another: what follows when it is another one.
    """

    def __init__(
        self,
        desk: Desk,
        photo: bytes,
        candidate: RankedCandidate,
        same: Callable[[], object],
        another: Callable[[], object],
    ) -> None:
        super().__init__(desk.face)
        face = desk.face
        self._desk, self._candidate = desk, candidate
        self.answer = Answer(face)
        self.answer.give("caution", _ALREADY, _LOOK)
        self.new_photo = Picture(face, _NOW)
        self.new_photo.show_file(photo)
        self.known_photo = Picture(face, _THEN)
        self.known_name = Text(face, "", "strong")
        self._both = Turning(face, WIDE_GAP)
        for picture, below in ((self.new_photo, Text(face, _NOW, "strong")), (self.known_photo, self.known_name)):
            column = Column(face, SMALL_GAP)
            column.put(picture, stretch=1)
            column.put(below)
            self._both.addLayout(column, 1)
        self.body.put(self.answer)
        self.body.addLayout(self._both, 1)
        self.same_button = Button(face, _IT_IS, same, "main", "tick")
        self.another_button = Button(face, _IT_IS_NOT, another, "plain", "plus")
        self.act_with(None, self.another_button, main=self.same_button)
        self.body.setSpacing(face.theme.px(GAP))

    def entered(self) -> None:
        """Fetch the enrolled dog's name and first photo."""
        engine, pet_did = self._desk.engine, self._candidate.pet_did
        begin, key = self._desk.jobs.begin, photo_key(pet_did, 1)
        begin(self, lambda: engine.holdings.records.pet(pet_did)).done(self._name).failed(self.explain)
        begin(self, lambda: engine.clinic.objects.load_photo(key)).done(self.known_photo.show_file).failed(self.explain)

    def _name(self, pet: Pet) -> None:
        self.known_name.say(_AS, name=pet.facts.name, similarity=self._candidate.similarity)
