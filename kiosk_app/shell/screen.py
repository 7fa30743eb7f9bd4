"""What every screen is made of: a title, one thing in the middle, "back" bottom left, the main action bottom right."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtWidgets import QSizePolicy, QWidget

from kiosk_app.design.measures import GAP, MARGIN, WIDE_GAP
from kiosk_app.widgets.buttons import Button
from kiosk_app.widgets.layouts import Column, Row
from kiosk_app.widgets.texts import Text
from noseprint.errors import NoseprintError, Words

if TYPE_CHECKING:
    from collections.abc import Callable

    from kiosk_app.face import Face

BACK: Final = Words("뒤로", "Back")


class Screen(QWidget):
    """A screen; subclasses put their things into ``body`` and their actions into the foot.

    Args:
        face: theme and speaker.
        title: what this screen is for; none where the screen speaks for itself.
    """

    def __init__(self, face: Face, title: Words | str = "") -> None:
        super().__init__()
        self.face = face
        self.setProperty("kind", "screen")
        self.heading = Text(face, title, "title")
        self.heading.setVisible(bool(title))
        self.trouble = Text(face, "", "body", "bad")
        self.trouble.hide()
        self.body = Column(face, WIDE_GAP)
        self.foot = Row(face, GAP)
        whole = Column(face, WIDE_GAP, (MARGIN, WIDE_GAP, MARGIN, WIDE_GAP))
        whole.put(self.heading)
        whole.addLayout(self.body, 1)
        whole.put(self.trouble)
        whole.addLayout(self.foot)
        self.setLayout(whole)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)

    def act_with(self, back: Callable[[], object] | None = None, *beside: QWidget, main: QWidget | None = None) -> None:
        """Fill the foot: "back" at its left, further actions, then the main one at its right."""
        if back:
            self.foot.put(Button(self.face, BACK, back, "quiet", "back"))
        self.foot.addStretch(1)
        self.foot.put(*beside)
        if main:
            self.foot.put(main)

    def explain(self, fault: NoseprintError | None) -> None:
        """Say above the actions what went wrong; None takes it back."""
        self.trouble.explain(fault)
        self.trouble.setVisible(fault is not None)

    def warn(self, words: Words) -> None:
        """Say above the actions what is missing."""
        self.trouble.say(words)
        self.trouble.show()

    def entered(self) -> None:
        """The screen is shown now, for the first time or again."""

    def left(self) -> None:
        """The screen is not shown any more, and may never be again."""

    def turned(self, *, upright: bool) -> None:
        """The window lies or stands upright now."""
