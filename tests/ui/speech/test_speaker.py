"""One speaker, two languages, changed while it runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kiosk_app.speech.speaker import Speaker
from kiosk_app.widgets.texts import Text
from noseprint.errors import ErrorCode, NoseprintError, Words

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

    from kiosk_app.face import Face


def test_facts_that_are_words_are_said_in_the_same_language() -> None:
    words = Words("{dog}은 {place}에 있어요", "{dog} is in {place}")
    assert Speaker("en").say(words, dog="Choco", place=Words("서울", "Seoul")) == "Choco is in Seoul"


def test_an_error_ends_with_its_code() -> None:
    said = Speaker("ko").explain(NoseprintError(ErrorCode.WRONG_PIN))
    assert said.endswith("(NP_1012)")


def test_what_is_shown_is_said_anew_when_the_language_changes(qtbot: QtBot, face: Face) -> None:
    text = Text(face, Words("조회", "Look up"))
    qtbot.addWidget(text)
    face.speaker.speak("en")
    assert text.text() == "Look up"


def test_what_a_person_typed_is_never_taken_for_markup(qtbot: QtBot, face: Face) -> None:
    text = Text(face, "<b>Choco</b>")
    qtbot.addWidget(text)
    text.resize(400, 40)
    assert text.text() == "<b>Choco</b>"
    assert text.textFormat().name == "PlainText"
