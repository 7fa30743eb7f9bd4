"""Leads through the window like a person: presses what is to be seen, waits for what should follow, keeps a picture."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeVar

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtWidgets import QAbstractButton, QLabel

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from PySide6.QtWidgets import QWidget

    from kiosk_app.shell.desk import Desk
    from kiosk_app.shell.window import Window

_LOOK_EVERY_MS: Final = 40
_PATIENCE_S: Final = 45.0
# Fades end and the last words are painted before a picture is kept.
_REST_S: Final = 0.4

Shown = TypeVar("Shown")


@dataclass(frozen=True, slots=True)
class Wait:
    """Something that should come true.

    Attributes:
        what: in words, for whoever reads why the tour failed.
        holds: whether it has come true.
        patience_s: for so long the tour waits.
    """

    what: str
    holds: Callable[[], bool]
    patience_s: float = _PATIENCE_S


class Disappointed(AssertionError):  # noqa: N818 (it reads so)
    """A step did not show what it should."""


class Guide(QObject):
    """Plays a story, step by step, in the window's own event loop.

    Args:
        desk: what the screens work with.
        window: what is led through.
        folder: the pictures go here, numbered.
    """

    kept = Signal(str)
    """A picture was kept: its file."""
    ended = Signal(str)
    """The story is over; the text says why it failed, and is empty where every step showed what it should."""

    def __init__(self, desk: Desk, window: Window, folder: Path) -> None:
        super().__init__()
        self.desk, self.window, self._folder = desk, window, folder
        self.pictures: list[Path] = []
        self._timer = QTimer(self, interval=_LOOK_EVERY_MS)
        self._timer.timeout.connect(self._look)
        self._story: Iterator[Wait] = iter(())
        self._wait: Wait | None = None
        self._since = 0.0

    def play(self, story: Iterator[Wait]) -> None:
        """Begin a story; ``ended`` tells how it ended."""
        self._folder.mkdir(parents=True, exist_ok=True)
        self._story = story
        self._next()
        self._timer.start()

    def shows(self, kind: type[Shown]) -> Iterator[Wait]:
        """Wait until a screen of this kind is shown and nothing is under way."""
        yield Wait(
            f"the screen {kind.__name__}", lambda: isinstance(self.window.screen_shown, kind) and self.desk.jobs.idle
        )

    def screen(self, kind: type[Shown]) -> Shown:
        """The screen that is shown, which is of this kind.

        Raises:
            Disappointed: it is another.
        """
        shown: object = self.window.screen_shown
        if not isinstance(shown, kind):
            raise Disappointed(f"{type(shown).__name__} is shown, not {kind.__name__}")
        return shown

    def keep_picture(self, name: str) -> Iterator[Wait]:
        """Let everything come to rest, then keep a picture of the window."""
        begun = time.monotonic()
        yield Wait("rest", lambda: time.monotonic() - begun > _REST_S and self.desk.jobs.idle)
        file = self._folder / f"{len(self.pictures) + 1:02}-{name}.png"
        if not self.window.grab().save(str(file)):
            raise Disappointed(f"{file} could not be written")
        self.pictures.append(file)
        self.kept.emit(str(file))

    def _look(self) -> None:
        try:
            self._go_on()
        except BaseException as fault:
            self._end(f"{type(fault).__name__}: {fault}")
            raise

    def _go_on(self) -> None:
        if self._wait is None or self._wait.holds():
            self._next()
        elif time.monotonic() - self._since > self._wait.patience_s:
            self._end(f"waited in vain for {self._wait.what}")

    def _next(self) -> None:
        try:
            self._wait = next(self._story)
            self._since = time.monotonic()
        except StopIteration:
            self._end("")
        except Disappointed as why:
            self._end(str(why))

    def _end(self, why: str) -> None:
        self._timer.stop()
        self.ended.emit(why)


def press(button: QAbstractButton) -> None:
    """Press a button as a finger would.

    Raises:
        Disappointed: it cannot be seen or pressed.
    """
    if not (button.isVisible() and button.isEnabled()):
        raise Disappointed(f"the button {button.accessibleName() or button.text()!r} cannot be pressed")
    button.click()


def require(holds: bool, otherwise: str) -> None:
    """Go on only if something holds.

    Raises:
        Disappointed: it does not.
    """
    if not holds:
        raise Disappointed(otherwise)


def texts_of(widget: QWidget) -> str:
    """Everything that a widget and its children say."""
    return "\n".join(label.text() for label in widget.findChildren(QLabel) if label.isVisible())


def first_button_of(widget: QWidget) -> QAbstractButton:
    """The first thing in a widget that can be pressed.

    Raises:
        Disappointed: there is nothing.
    """
    button = widget.findChild(QAbstractButton)
    if button is None:
        raise Disappointed("there is nothing to choose")
    return button
