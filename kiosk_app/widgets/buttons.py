"""Buttons: the one main action, plain and quiet ones beside it, the great tiles of the home screen."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QPushButton, QSizePolicy

from kiosk_app.design.icons import icon
from kiosk_app.design.measures import GAP, ICON, LARGE_ICON, MAIN_TARGET, TARGET, WIDE_GAP, Type
from kiosk_app.widgets.layouts import Column
from kiosk_app.widgets.texts import Text
from noseprint.errors import Words

if TYPE_CHECKING:
    from collections.abc import Callable

    from kiosk_app.face import Face

Kind = Literal["main", "plain", "quiet", "danger", "key"]
_LEADS_ON = "next"
_MAIN_WIDTH = 160
_ICON_ROLES = {"main": "on_accent", "plain": "ink", "quiet": "accent", "danger": "bad", "key": "ink"}


class Button(QPushButton):
    """A button with a word, an icon or both.

    Args:
        face: theme and speaker.
        words: what it says; what a screen reader says even if only the icon is shown.
        pressed: what follows.
        kind: ``main`` is what to do next, once a screen at most.
        icon_name: an icon of `kiosk_app.design.icons`.
        icon_only: show no word.
    """

    def __init__(  # noqa: PLR0913 (what a button is)
        self,
        face: Face,
        words: Words | str,
        pressed: Callable[[], object] | None = None,
        kind: Kind = "plain",
        icon_name: str = "",
        *,
        icon_only: bool = False,
    ) -> None:
        super().__init__()
        self._face = face
        self._words = words
        self._kind = kind
        self._icon_name = icon_name
        self._icon_only = icon_only
        self.setProperty("kind", kind)
        self.setProperty("icon_only", icon_only)
        self.setSizePolicy(QSizePolicy.Policy.Minimum, QSizePolicy.Policy.Fixed)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        if icon_name == _LEADS_ON:
            self.setLayoutDirection(Qt.LayoutDirection.RightToLeft)  # the arrow stands where it leads
        if pressed:
            self.clicked.connect(lambda: pressed())  # noqa: PLW0108 (Qt would hand over whether it is checked)
        face.theme.changed.connect(self._draw)
        face.speaker.changed.connect(self._speak)
        self._speak()
        self._draw()

    def say(self, words: Words | str) -> None:
        """Say something else."""
        self._words = words
        self._speak()

    def show_icon(self, name: str) -> None:
        """Show another icon."""
        self._icon_name = name
        self._draw()

    def _speak(self) -> None:
        said = self._face.speaker.say(self._words) if isinstance(self._words, Words) else self._words
        self.setText("" if self._icon_only else said)
        self.setAccessibleName(said)
        self.setToolTip(said if self._icon_only else "")

    def _draw(self) -> None:
        theme = self._face.theme
        height = theme.target(MAIN_TARGET if self._kind in {"main", "key"} else TARGET)
        self.setFixedHeight(height)
        self.setMinimumWidth(theme.px(_MAIN_WIDTH) if self._kind == "main" and not self._icon_only else height)
        if self._icon_name:
            side = theme.px(ICON)
            ratio = self.devicePixelRatioF()
            drawn = QIcon(icon(self._icon_name, theme.colour(self._icon_role()), side, ratio))
            drawn.addPixmap(icon(self._icon_name, theme.colour("quiet"), side, ratio), QIcon.Mode.Disabled)
            self.setIcon(drawn)
            self.setIconSize(QSize(side, side))

    def _icon_role(self) -> str:
        return _ICON_ROLES[self._kind]


class Tile(QPushButton):
    """A great button with an icon above a word and a quiet sentence, for the home screen."""

    def __init__(self, face: Face, icon_name: str, words: Words, about: Words, pressed: Callable[[], object]) -> None:
        super().__init__()
        self._face = face
        self._icon_name = icon_name
        self._words = words
        self.setProperty("kind", "tile")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self._picture = Text(face)
        title = Text(face, words, "title")
        below = Text(face, about, "body", "quiet")
        self._column = column = Column(face, GAP, WIDE_GAP)
        column.addStretch(1)
        for text in (self._picture, title, below):
            text.setAlignment(Qt.AlignmentFlag.AlignCenter)
            text.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
            column.addWidget(text)
        column.addStretch(1)
        self.setLayout(column)
        self.clicked.connect(lambda: pressed())  # noqa: PLW0108 (Qt would hand over whether it is checked)
        face.theme.changed.connect(self._draw)
        face.speaker.changed.connect(self._speak)
        self._draw()
        self._speak()

    def _speak(self) -> None:
        self.setAccessibleName(self._face.speaker.say(self._words))

    def _draw(self) -> None:
        theme = self._face.theme
        side = theme.px(LARGE_ICON)
        self._picture.setPixmap(icon(self._icon_name, theme.colour("accent"), side, self.devicePixelRatioF()))
        self.setMinimumSize(theme.target(3 * MAIN_TARGET), theme.target(2 * MAIN_TARGET) + theme.px(Type.TITLE))

    def minimumSizeHint(self) -> QSize:  # noqa: N802 (Qt's name)
        """As large as what it holds."""
        return self._column.minimumSize()

    def sizeHint(self) -> QSize:  # noqa: N802 (Qt's name)
        """As large as what it holds wants to be."""
        return self._column.sizeHint()
