"""An enrolment was under way when the kiosk stopped or was locked: go on with it, or give it up."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from kiosk_app.shell.screen import Screen
from kiosk_app.widgets.buttons import Button
from kiosk_app.widgets.verdict import Answer
from noseprint.errors import Words

if TYPE_CHECKING:
    from collections.abc import Callable

    from kiosk_app.face import Face
    from kiosk_app.screens.enrolment.form import EnrolmentForm

_UNDER_WAY: Final = Words("등록하던 강아지가 있어요", "An enrolment was under way")
_OF: Final = Words("{name} · 사진 {photos}장. 이어서 할까요?", "{name} · {photos} photos. Go on with it?")
_NAMELESS: Final = Words("이름 없음", "No name yet")
_GO_ON: Final = Words("이어서 하기", "Go on")
_GIVE_UP: Final = Words("그만두기", "Give it up")


class Resume(Screen):
    """Ask what becomes of a draft.

    Args:
        face: theme and speaker.
        form: what the draft holds.
        go_on: what follows when it is taken up again.
        give_up: what follows when it is not.
    """

    def __init__(
        self, face: Face, form: EnrolmentForm, go_on: Callable[[], object], give_up: Callable[[], object]
    ) -> None:
        super().__init__(face)
        name = Words(form.facts.name, form.facts.name) if form.facts else _NAMELESS
        photos = len(form.photos)
        answer = Answer(face)
        of = Words(_OF.ko.format(name=name.ko, photos=photos), _OF.en.format(name=name.en, photos=photos))
        answer.give("accent", _UNDER_WAY, of)
        self.body.put(answer)
        self.body.addStretch(1)
        self.go_on_button = Button(face, _GO_ON, go_on, "main", "next")
        self.give_up_button = Button(face, _GIVE_UP, give_up, "plain", "cross")
        self.act_with(None, self.give_up_button, main=self.go_on_button)
