"""Facts: words at the left, what is known at the right; and the few numbers that matter, large."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QSizePolicy, QWidget

from kiosk_app.design.measures import GAP, SMALL_GAP, WIDE_GAP
from kiosk_app.widgets.layouts import Column
from kiosk_app.widgets.texts import Text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kiosk_app.face import Face
    from noseprint.errors import Words


class FactTable(QWidget):
    """Pairs below each other."""

    def __init__(self, face: Face) -> None:
        super().__init__()
        self._face = face
        self._pairs: list[tuple[Text, Text]] = []
        self._grid = QGridLayout()
        self._grid.setColumnStretch(1, 1)
        self.setLayout(self._grid)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        face.theme.changed.connect(self._measure)
        self._measure()

    @property
    def values(self) -> list[str]:
        """What is shown at the right."""
        return [value.text() for name, value in self._pairs if name.isVisibleTo(self)]

    def show_facts(self, facts: Sequence[tuple[Words | str, Words | str]]) -> None:
        """Show these pairs in the place of the former ones."""
        while len(self._pairs) < len(facts):
            self._add_pair()
        for place, pair in enumerate(self._pairs):
            for text in pair:
                text.setVisible(place < len(facts))
            if place < len(facts):
                for text, words in zip(pair, facts[place], strict=True):
                    text.say(words)

    def _add_pair(self) -> None:
        line = len(self._pairs)
        name, value = Text(self._face, "", "body", "quiet"), Text(self._face)
        name.setWordWrap(False)
        value.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._grid.addWidget(name, line, 0, Qt.AlignmentFlag.AlignTop)
        self._grid.addWidget(value, line, 1, Qt.AlignmentFlag.AlignTop)
        self._pairs.append((name, value))

    def _measure(self) -> None:
        theme = self._face.theme
        self._grid.setHorizontalSpacing(theme.px(GAP))
        self._grid.setVerticalSpacing(theme.px(SMALL_GAP))
        self._grid.setContentsMargins(0, 0, 0, 0)


class Table(QWidget):
    """A few lines of numbers under headings; what the first column says stands at the left, numbers at the right.

    Args:
        face: theme and speaker.
        headings: of the columns.
    """

    def __init__(self, face: Face, headings: Sequence[Words]) -> None:
        super().__init__()
        self._face = face
        self._lines: list[list[Text]] = []
        self._grid = QGridLayout()
        self._grid.setColumnStretch(0, 1)
        self.setLayout(self._grid)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        self._put(0, [Text(face, words, "label", "quiet") for words in headings])
        face.theme.changed.connect(self._measure)
        self._measure()

    @property
    def cells(self) -> list[list[str]]:
        """What is shown."""
        return [[cell.text() for cell in line] for line in self._lines if line[0].isVisibleTo(self)]

    def show_lines(self, lines: Sequence[Sequence[Words | str]]) -> None:
        """Show these in the place of the former ones."""
        while len(self._lines) < len(lines):
            self._lines.append([Text(self._face) for _ in lines[0]])
            self._put(len(self._lines), self._lines[-1])
        for place, cells in enumerate(self._lines):
            for cell in cells:
                cell.setVisible(place < len(lines))
            if place < len(lines):
                for cell, words in zip(cells, lines[place], strict=True):
                    cell.say(words)

    def _put(self, line: int, cells: Sequence[Text]) -> None:
        for column, cell in enumerate(cells):
            side = Qt.AlignmentFlag.AlignRight if column else Qt.AlignmentFlag.AlignLeft
            cell.setWordWrap(column == 0)
            cell.setAlignment(side | Qt.AlignmentFlag.AlignVCenter)
            self._grid.addWidget(cell, line, column)

    def _measure(self) -> None:
        theme = self._face.theme
        self._grid.setHorizontalSpacing(theme.px(WIDE_GAP))
        self._grid.setVerticalSpacing(theme.px(SMALL_GAP))
        self._grid.setContentsMargins(0, 0, 0, 0)


class BigNumber(QWidget):
    """A number that is read from afar, and below it what it counts."""

    def __init__(self, face: Face, words: Words) -> None:
        super().__init__()
        self.number = Text(face, "", "title")
        self.number.setWordWrap(False)
        column = Column(face, 0)
        column.put(self.number, Text(face, words, "label", "quiet"))
        self.setLayout(column)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Minimum)

    def show_number(self, number: Words | str) -> None:
        """Show it."""
        self.number.say(number)
