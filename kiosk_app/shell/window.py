"""The window: a line at the top, below it the screen on top of the stack."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QMainWindow, QStackedWidget, QWidget

from kiosk_app.design.style import style_sheet
from kiosk_app.widgets.layouts import Column

if TYPE_CHECKING:
    from PySide6.QtGui import QCloseEvent, QResizeEvent

    from kiosk_app.face import Face
    from kiosk_app.shell.screen import Screen
    from noseprint.errors import NoseprintError

_SMALLEST_WIDTH: Final = 640
_SMALLEST_HEIGHT: Final = 600


class Window(QMainWindow):
    """The kiosk's only window; it knows the ways from screen to screen (`kiosk_app.shell.desk.Ways`).

    Args:
        face: theme and speaker.
        head: what stands above every screen; nothing at first.
    """

    def __init__(self, face: Face) -> None:
        super().__init__()
        self._face = face
        self._stack = QStackedWidget()
        self._layers = QStackedWidget()
        self._layers.addWidget(self._stack)
        self._cover: Screen | None = None
        self._column = Column(face, 0)
        self._column.put(self._layers, stretch=1)
        ground = QWidget()
        ground.setProperty("kind", "screen")
        ground.setLayout(self._column)
        self.setCentralWidget(ground)
        self.setWindowTitle("Noseprint Kiosk")
        self.setMinimumSize(_SMALLEST_WIDTH, _SMALLEST_HEIGHT)
        self._may_close = True
        face.theme.changed.connect(self._dress)
        self._dress()

    def put_head(self, head: QWidget) -> None:
        """Put what stands above every screen."""
        self._column.insertWidget(0, head)

    @property
    def screen_shown(self) -> Screen:
        """The screen that is to be seen.

        Raises:
            LookupError: there is none yet.
        """
        shown = self._cover or self._top
        if shown is None:
            raise LookupError("no screen is shown")
        return shown

    def show_next(self, screen: Screen) -> None:
        """Show a screen over the present one."""
        if self._top and not self._cover:
            self._top.left()
        self._show(screen)

    def show_instead(self, screen: Screen) -> None:
        """Show a screen in the place of the present one."""
        self._drop()
        self._show(screen)

    def back(self) -> None:
        """Leave the present screen for the one below it."""
        if self._stack.count() > 1:
            self._drop()
            self._enter_unless_covered()

    def home(self) -> None:
        """Leave all screens but the first."""
        while self._stack.count() > 1:
            self._drop()
        self._enter_unless_covered()

    def explain(self, fault: NoseprintError) -> None:
        """Say on the screen that is shown what went wrong behind it."""
        self.screen_shown.explain(fault)

    def begin_with(self, screen: Screen) -> None:
        """Leave all screens, the cover too, and show this one as the first."""
        self.leave_all()
        self._show(screen)

    def leave_all(self) -> None:
        """Leave all screens: what they work with is about to be closed."""
        self._take_cover_away()
        while self._top:
            self._drop()

    def cover(self, screen: Screen) -> None:
        """Hide everything behind a screen; what goes on behind it neither shows nor takes it away."""
        self._take_cover_away()
        if self._top:
            self._top.left()
        self._cover = screen
        self._layers.addWidget(screen)
        self._layers.setCurrentWidget(screen)
        self._enter()

    def uncover(self) -> None:
        """Show again what was covered."""
        self._take_cover_away()
        self._enter()

    def keep_open(self, *, locked: bool) -> None:
        """In kiosk mode only an admin closes the window."""
        self._may_close = not locked

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 (Qt's name)
        """Everything follows the window's size."""
        super().resizeEvent(event)
        self._face.theme.fit(event.size().width(), event.size().height())
        if self._cover or self._top:
            self.screen_shown.turned(upright=self._upright)

    def closeEvent(self, event: QCloseEvent) -> None:  # noqa: N802 (Qt's name)
        """Close unless the kiosk is locked."""
        event.setAccepted(self._may_close)

    @property
    def _upright(self) -> bool:
        return self.height() > self.width()

    @property
    def _top(self) -> Screen | None:
        shown: Screen | None = self._stack.currentWidget()  # type: ignore[assignment]
        return shown

    def _show(self, screen: Screen) -> None:
        self._stack.addWidget(screen)
        self._stack.setCurrentWidget(screen)
        self._enter_unless_covered()

    def _enter_unless_covered(self) -> None:
        if not self._cover:
            self._enter()

    def _enter(self) -> None:
        screen = self.screen_shown
        screen.turned(upright=self._upright)
        screen.entered()
        screen.setFocus(Qt.FocusReason.OtherFocusReason)

    def _drop(self) -> None:
        if screen := self._top:
            if not self._cover:
                screen.left()
            self._stack.removeWidget(screen)
            screen.deleteLater()

    def _take_cover_away(self) -> None:
        if self._cover:
            self._cover.left()
            self._layers.removeWidget(self._cover)
            self._cover.deleteLater()
            self._cover = None

    def _dress(self) -> None:
        self.setStyleSheet(style_sheet(self._face.theme))
