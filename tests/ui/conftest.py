"""The kiosk as tests meet it: real widgets without a display, over a real engine in a folder of the test's own."""

from __future__ import annotations

import os
import time

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
from PySide6.QtWidgets import QApplication

from kiosk_app.app import open_desk
from kiosk_app.design.fonts import load_fonts
from kiosk_app.design.theme import Theme
from kiosk_app.engine import open_engine
from kiosk_app.face import Face
from kiosk_app.shell.window import Window
from kiosk_app.speech.speaker import Speaker
from noseprint.bootstrap import assets_folder, load_embedder, simulated_camera
from noseprint.records.staff import Role
from noseprint.settings import Settings
from noseprint.vault.key_ring import KeyRing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from PySide6.QtCore import QEvent, QObject
    from pytestqt.qtbot import QtBot

    from kiosk_app.engine import Engine
    from kiosk_app.shell.desk import Desk
    from kiosk_app.shell.screen import Screen
    from noseprint.capture.simulated_camera import SimulatedCamera
    from noseprint.embedding.embedder import Embedder

PIN = "274913"
_LAYOUT_TURNS = 8
_LONGEST_S = 0.05


class WatchedApplication(QApplication):
    """Knows of each event that kept the window's thread busy for too long.

    Processor time is measured, not the clock: other work on the machine does not make the window slow.
    """

    def __init__(self, arguments: list[str]) -> None:
        super().__init__(arguments)
        self.slow: list[str] = []

    def notify(self, receiver: QObject, event: QEvent) -> bool:
        begun, kind = time.thread_time(), event.type()
        done = super().notify(receiver, event)
        busy = time.thread_time() - begun
        if busy > _LONGEST_S:
            self.slow.append(f"{kind.name} of {type(receiver).__name__}: {busy * 1000:.0f} ms")
        return done


@pytest.fixture(scope="session")
def qapp_cls() -> type[QApplication]:
    return WatchedApplication


@pytest.fixture(autouse=True)
def _nothing_keeps_the_window_waiting(request: pytest.FixtureRequest) -> Iterator[None]:
    """Fail a test during which one event took the window's thread for more than 50 ms."""
    yield
    application = QApplication.instance()
    if isinstance(application, WatchedApplication):
        slow, application.slow = application.slow, []
        assert not slow or request.node.get_closest_marker("may_keep_waiting"), slow


@pytest.fixture(scope="session")
def _fonts(qapp: QApplication) -> None:
    del qapp
    load_fonts(assets_folder() / "fonts")


@pytest.fixture(scope="session")
def embedder() -> Embedder:
    """The shipped model, loaded once."""
    return load_embedder(Settings())


@pytest.fixture
def face(_fonts: None) -> Face:
    """Light and Korean, as at the first start."""
    return Face(Theme(), Speaker())


@pytest.fixture
def kiosk_settings(tmp_path: Path) -> Settings:
    """A clinic of the test's own, its gateway on a free port."""
    return Settings(
        data_dir=tmp_path / "clinic", master_key=KeyRing.generate().written(), grpc_host="127.0.0.1", grpc_port=0
    )


@pytest.fixture
def engine(kiosk_settings: Settings, embedder: Embedder) -> Iterator[Engine]:
    """The real engine."""
    with open_engine(kiosk_settings, embedder=embedder) as engine:
        yield engine


@dataclass(frozen=True, slots=True)
class Kiosk:
    """A window, the desk behind it, and patience."""

    window: Window
    desk: Desk
    qtbot: QtBot
    camera: SimulatedCamera

    def show(self, screen: Screen) -> None:
        """Show a screen as the only one, and let it come to rest."""
        self.window.begin_with(screen)
        self.settle()

    def settle(self) -> None:
        """Wait until nothing is under way in the background."""
        self.qtbot.waitUntil(lambda: self.desk.jobs.idle)

    def rest(self) -> None:
        """Let layouts find their places: one asks the next, for a few turns."""
        self.settle()
        for _ in range(_LAYOUT_TURNS):
            QApplication.sendPostedEvents()
            QApplication.processEvents()

    def until(self, holds: Callable[[], bool]) -> None:
        """Wait until something holds."""
        self.qtbot.waitUntil(holds)

    def sign_in(self) -> None:
        """Let an admin work here."""
        operators = self.desk.engine.operators
        operator = operators.add(None, "김수의", Role.ADMIN, PIN)
        self.desk.session.begin(operators.sign_in(operator.staff_id, PIN), operator)


@pytest.fixture
def kiosk(qtbot: QtBot, face: Face, engine: Engine, tmp_path: Path) -> Iterator[Kiosk]:
    """A window of 1280 by 800, empty, before a simulated camera."""
    window = Window(face)
    qtbot.addWidget(window)
    window.resize(1280, 800)
    window.show()
    camera = simulated_camera()
    with open_desk(engine, face, window, camera, tmp_path / "papers") as desk:
        desk.sounds.on = False
        yield Kiosk(window, desk, qtbot, camera)
        window.leave_all()
