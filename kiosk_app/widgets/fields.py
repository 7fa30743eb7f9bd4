"""Fields to type in: each with its word above, what is wrong with it below, and room for a finger."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QCheckBox, QComboBox, QLineEdit, QSizePolicy, QStyle, QStyleOptionButton, QWidget

from kiosk_app.design.icons import icon
from kiosk_app.design.measures import GAP, ICON, SMALL_GAP, TARGET
from kiosk_app.widgets.layouts import Column, Row
from kiosk_app.widgets.texts import Text, set_look
from noseprint.errors import NoseprintError, Words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtGui import QMouseEvent, QPaintEvent

    from kiosk_app.face import Face


class Field(QWidget):
    """A line of text.

    Args:
        face: theme and speaker.
        words: what is asked for; stands above, and is what a screen reader says.
        hint: an example, in the empty field.
        longest: how many characters it takes.
        secret: whether dots are shown instead.
        digits: whether a touch keyboard should show digits first.
    """

    changed = Signal(str)
    confirmed = Signal()

    def __init__(  # noqa: PLR0913 (what a field is)
        self,
        face: Face,
        words: Words,
        hint: Words | str = "",
        *,
        longest: int = 300,
        secret: bool = False,
        digits: bool = False,
    ) -> None:
        super().__init__()
        self._face = face
        self._words = words
        self._hint = hint
        self.line = QLineEdit()
        self.line.setMaxLength(longest)
        if secret:
            self.line.setEchoMode(QLineEdit.EchoMode.Password)
        if digits:
            self.line.setInputMethodHints(Qt.InputMethodHint.ImhDigitsOnly)
        self._fault = Text(face, "", "label", "bad")
        self._fault.hide()
        column = Column(face, SMALL_GAP)
        column.put(Text(face, words, "label", "quiet"), self.line, self._fault)
        self.setLayout(column)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFocusProxy(self.line)
        self.line.textChanged.connect(self._on_change)
        self.line.returnPressed.connect(self.confirmed)
        face.theme.changed.connect(self._measure)
        face.speaker.changed.connect(self._speak)
        self._measure()
        self._speak()

    @property
    def text(self) -> str:
        """What was typed, without blanks around it."""
        return self.line.text().strip()

    @property
    def complaint(self) -> str:
        """What is said to be wrong with it; nothing where nothing is."""
        return self._fault.text() if self._fault.isVisibleTo(self) else ""

    def fill(self, text: str) -> None:
        """Put a text in."""
        self.line.setText(text)

    def complain(self, fault: NoseprintError | Words | None) -> None:
        """Say below the field what is wrong with it; nothing takes it back."""
        if isinstance(fault, NoseprintError):
            self._fault.explain(fault)
        elif fault:
            self._fault.say(fault)
        self._fault.setVisible(fault is not None)
        set_look(self.line, tone="bad" if fault else "")

    def _on_change(self, text: str) -> None:
        self.complain(None)
        self.changed.emit(text)

    def _speak(self) -> None:
        said = self._face.speaker.say
        self.line.setAccessibleName(said(self._words))
        self.line.setPlaceholderText(said(self._hint) if isinstance(self._hint, Words) else self._hint)

    def _measure(self) -> None:
        self.line.setFixedHeight(self._face.theme.target(TARGET))


class _Box(QComboBox):
    """A combo box with our own arrow."""

    def __init__(self, face: Face) -> None:
        super().__init__()
        self._face = face

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 (Qt's name)
        """The box as the style has it, and the arrow at its end."""
        super().paintEvent(event)
        theme = self._face.theme
        side = theme.px(ICON)
        drawn = icon("down", theme.colour("quiet"), side, self.devicePixelRatioF())
        painter = QPainter(self)
        painter.drawPixmap(self.width() - side - theme.px(GAP), (self.height() - side) // 2, drawn)
        painter.end()


class Choice(QWidget):
    """One of a few things.

    Args:
        face: theme and speaker.
        words: what is asked for.
        options: the values and what they are called, in order.
    """

    changed = Signal(str)

    def __init__(self, face: Face, words: Words, options: Sequence[tuple[str, Words | str]]) -> None:
        super().__init__()
        self._face = face
        self._words = words
        self._options = tuple(options)
        self.box = _Box(face)
        self.box.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        for value, _ in self._options:
            self.box.addItem("", value)
        column = Column(face, SMALL_GAP)
        column.put(Text(face, words, "label", "quiet"), self.box)
        self.setLayout(column)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFocusProxy(self.box)
        self.box.currentIndexChanged.connect(lambda: self.changed.emit(self.value))
        face.theme.changed.connect(self._measure)
        face.speaker.changed.connect(self._speak)
        self._measure()
        self._speak()

    @property
    def value(self) -> str:
        """What was chosen."""
        return str(self.box.currentData())

    def choose(self, value: str) -> None:
        """Choose one of the options."""
        self.box.setCurrentIndex(self.box.findData(value))

    def _speak(self) -> None:
        say = self._face.speaker.say
        self.box.setAccessibleName(say(self._words))
        for place, (_, words) in enumerate(self._options):
            self.box.setItemText(place, say(words) if isinstance(words, Words) else words)

    def _measure(self) -> None:
        self.box.setFixedHeight(self._face.theme.target(TARGET))


class _Tick(QCheckBox):
    """A box to tick, with our own tick in it."""

    def __init__(self, face: Face) -> None:
        super().__init__()
        self._face = face

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 (Qt's name)
        """The box as the style has it, and the tick."""
        super().paintEvent(event)
        if self.isChecked():
            theme, option = self._face.theme, QStyleOptionButton()
            self.initStyleOption(option)
            box = self.style().subElementRect(QStyle.SubElement.SE_CheckBoxIndicator, option, self)
            drawn = icon("tick", theme.colour("on_accent"), box.width(), self.devicePixelRatioF())
            painter = QPainter(self)
            painter.drawPixmap(box.topLeft(), drawn)
            painter.end()


class Agreement(QWidget):
    """A sentence to agree to; pressing the sentence ticks the box as well."""

    changed = Signal(bool)

    def __init__(self, face: Face, words: Words) -> None:
        super().__init__()
        self._face = face
        self._words = words
        self.box = _Tick(face)
        row = Row(face, GAP)
        row.put(self.box, align=Qt.AlignmentFlag.AlignVCenter)
        row.put(Text(face, words), stretch=1)
        self.setLayout(row)
        self.setFocusProxy(self.box)
        self.box.toggled.connect(self.changed)
        face.theme.changed.connect(self._measure)
        face.speaker.changed.connect(self._speak)
        self._measure()
        self._speak()

    @property
    def agreed(self) -> bool:
        """Whether the box is ticked."""
        return self.box.isChecked()

    def agree(self, agreed: bool) -> None:
        """Tick the box, or take the tick away."""
        self.box.setChecked(agreed)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:  # noqa: N802 (Qt's name)
        """A finger on the sentence."""
        self.box.toggle()
        event.accept()

    def _speak(self) -> None:
        self.box.setAccessibleName(self._face.speaker.say(self._words))

    def _measure(self) -> None:
        self.setMinimumHeight(self._face.theme.target(TARGET))
