"""What a picture shows and no assertion on texts does: what is clipped, what overlaps, what is too small to touch."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QRect, Qt
from PySide6.QtWidgets import QAbstractButton, QLabel, QScrollArea, QWidget

from kiosk_app.speech.speaker import Speaker

if TYPE_CHECKING:
    from collections.abc import Iterator

    from noseprint.errors import NoseprintError, Words

_ROUNDING_PX = 2
_LONGER = 0.4


class PseudoSpeaker(Speaker):
    """Says English with two fifths more letters, as many a language would."""

    def __init__(self) -> None:
        super().__init__("en")

    def say(self, words: Words, **facts: object) -> str:
        return _longer(super().say(words, **facts))

    def explain(self, fault: NoseprintError) -> str:
        return _longer(super().explain(fault))


def _longer(text: str) -> str:
    """Each word two fifths longer, its last letter repeated."""
    return " ".join(word + word[-1] * round(len(word) * _LONGER) if word.isalpha() else word for word in text.split())


def faults_of(window: QWidget) -> list[str]:
    """Everything that is clipped or overlaps in a window, in words."""
    return [*_clipped(window), *_overlapping(window), *_outside(window)]


def _shown(window: QWidget, kind: type[QWidget]) -> Iterator[QWidget]:
    return (widget for widget in window.findChildren(kind) if widget.isVisible())


def _clipped(window: QWidget) -> Iterator[str]:
    for label in _shown(window, QLabel):
        assert isinstance(label, QLabel)
        if not label.text():
            continue
        wrap = Qt.TextFlag.TextWordWrap if label.wordWrap() else Qt.TextFlag.TextSingleLine
        needed = label.fontMetrics().boundingRect(QRect(0, 0, label.width(), 10_000), int(wrap), label.text())
        if needed.width() > label.width() + _ROUNDING_PX or needed.height() > label.height() + _ROUNDING_PX:
            yield f"clipped: {label.text()!r} needs {needed.size().toTuple()}, has {label.size().toTuple()}"
    for button in _shown(window, QAbstractButton):
        if button.property("kind") in {"tile", "row"}:
            continue
        wanted = button.minimumSizeHint()
        if wanted.width() > button.width() + _ROUNDING_PX or wanted.height() > button.height() + _ROUNDING_PX:
            yield f"clipped: button {button.text()!r} wants {wanted.toTuple()}, has {button.size().toTuple()}"


def _overlapping(window: QWidget) -> Iterator[str]:
    for parent in [window, *_shown(window, QWidget)]:
        children = [child for child in parent.children() if isinstance(child, QWidget) and child.isVisible()]
        children = [child for child in children if not child.isWindow()]
        for place, one in enumerate(children):
            for other in children[place + 1 :]:
                shared = one.geometry().intersected(other.geometry())
                if shared.width() > _ROUNDING_PX and shared.height() > _ROUNDING_PX:
                    yield f"overlapping: {_name(one)} and {_name(other)} by {shared.size().toTuple()}"


def _outside(window: QWidget) -> Iterator[str]:
    for widget in [*_shown(window, QLabel), *_shown(window, QAbstractButton)]:
        if _scrolls(widget):
            continue
        place = QRect(widget.mapTo(window, widget.rect().topLeft()), widget.size())
        if not window.rect().adjusted(-1, -1, 1, 1).contains(place):
            yield f"outside: {_name(widget)} at {place.getRect()}"


def _scrolls(widget: QWidget) -> bool:
    parent = widget.parentWidget()
    while parent:
        if isinstance(parent, QScrollArea):
            return True
        parent = parent.parentWidget()
    return False


def _name(widget: QWidget) -> str:
    text = widget.text() if isinstance(widget, QLabel | QAbstractButton) else ""
    return f"{type(widget).__name__} {text!r}"
