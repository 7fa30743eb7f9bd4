"""The kiosk from its start to its end: what is opened, which screen leads where."""

from __future__ import annotations

import sys
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QStandardPaths
from PySide6.QtWidgets import QApplication

from kiosk_app.design.fonts import load_fonts
from kiosk_app.design.theme import Theme
from kiosk_app.engine import open_engine
from kiosk_app.face import Face
from kiosk_app.feed import CameraFeed
from kiosk_app.kiosk import Kiosk
from kiosk_app.shell.desk import Desk, Session
from kiosk_app.shell.files import Files
from kiosk_app.shell.window import Window
from kiosk_app.speech.speaker import Speaker
from kiosk_app.tour.guide import Guide
from kiosk_app.tour.story import Tour
from kiosk_app.work.jobs import Jobs
from kiosk_app.work.sounds import Sounds
from kiosk_app.work.sync_news import SyncNews
from noseprint.bootstrap import (
    assets_folder,
    image_limits,
    make_data_folder,
    nose_finder,
    open_camera,
    simulated_camera,
)
from noseprint.capture.taking import Taking
from noseprint.disk import locked

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from kiosk_app.engine import Engine
    from noseprint.capture.camera import Camera
    from noseprint.settings import Settings

_LOCK: Final = ".kiosk.lock"


@dataclass(frozen=True, slots=True)
class Options:
    """How the kiosk is started.

    Attributes:
        camera: another source than the settings name; empty for theirs.
        windowed: in a window rather than on the whole screen.
        size: of that window, in pixels.
    """

    camera: str = ""
    windowed: bool = False
    size: tuple[int, int] = (1280, 800)


@contextmanager
def open_desk(engine: Engine, face: Face, window: Window, camera: Camera, papers: Path) -> Iterator[Desk]:
    """The desk over an engine that is open, closed at the end of the block.

    Args:
        engine: what the screens work with.
        face: theme and speaker.
        window: knows the ways.
        camera: opened here.
        papers: where certificates and results go.

    Raises:
        NoseprintError: MODEL_FILE_INVALID of the nose finder.
    """
    settings, finder = engine.settings, nose_finder()
    with ExitStack() as closing:
        jobs = Jobs()
        closing.callback(jobs.close)
        feed = CameraFeed(camera, finder, settings.minimum_quality)
        closing.callback(feed.stop)
        sounds = Sounds()
        closing.callback(sounds.close)
        files = Files(jobs, papers, settings.max_image_bytes)
        taking = Taking(image_limits(settings), finder, settings.minimum_quality)
        feed.start()
        yield Desk(face, engine, feed, taking, jobs, window, Session(), sounds, files)


def run(settings: Settings, options: Options) -> int:
    """Run the kiosk until it is closed; gives the exit code.

    Raises:
        NoseprintError: ALREADY_RUNNING when this data folder has a kiosk; CAMERA_SOURCE_UNKNOWN; the codes of
            :func:`open_engine`.
    """
    application = QApplication(sys.argv[:1])
    camera = open_camera(settings, options.camera)
    with open_window(settings, application, camera, _papers()) as kiosk:
        kiosk.begin()
        if options.windowed:
            kiosk.window.resize(*options.size)
            kiosk.window.show()
        else:
            kiosk.window.keep_open(locked=True)
            kiosk.window.showFullScreen()
        return application.exec()


def run_tour(settings: Settings, options: Options, folder: Path, tell: Callable[[str], None]) -> int:
    """Let the window play the whole story by itself before the simulated camera, and keep a picture of each step.

    Args:
        settings: of a clinic that is thrown away.
        options: the window's.
        folder: for the pictures.
        tell: told, a line each, what was kept and how it ended.

    Returns:
        0 only if every step showed what it should.
    """
    application = QApplication(sys.argv[:1])
    camera = simulated_camera()
    why: list[str] = []
    with open_window(settings, application, camera, folder) as kiosk:
        kiosk.desk.sounds.on = False
        guide = Guide(kiosk.desk, kiosk.window, folder)
        guide.kept.connect(lambda file: tell(f"✔ {file}"))
        guide.ended.connect(why.append)
        guide.ended.connect(application.quit)
        kiosk.begin()
        kiosk.window.resize(*options.size)
        kiosk.window.show()
        guide.play(Tour(guide, kiosk, camera).story())
        application.exec()
    if why != [""]:
        tell(f"✘ {why[0] if why else 'the window was closed'}")
        return 1
    return 0


@contextmanager
def open_window(settings: Settings, application: QApplication, camera: Camera, papers: Path) -> Iterator[Kiosk]:
    """Everything that is behind the window, and the window, not shown yet; closed at the end of the block.

    Args:
        settings: all of them.
        application: Qt's own.
        camera: opened here.
        papers: where certificates and results go.

    Raises:
        NoseprintError: ALREADY_RUNNING when this data folder has a kiosk; the codes of :func:`open_engine`.
    """
    load_fonts(assets_folder() / "fonts")
    dots_per_inch = application.primaryScreen().physicalDotsPerInch()
    face = Face(Theme(dots_per_inch=dots_per_inch), Speaker(settings.language))
    make_data_folder(settings)
    news = SyncNews()
    with locked(settings.data_dir / _LOCK, wait_s=0.0), open_engine(settings, news.tell) as engine:
        window = Window(face)
        with open_desk(engine, face, window, camera, papers) as desk:
            yield Kiosk(desk, window, news)
            window.leave_all()
        window.deleteLater()


def _papers() -> Path:
    return Path(QStandardPaths.writableLocation(QStandardPaths.StandardLocation.DocumentsLocation)) / "Noseprint"
