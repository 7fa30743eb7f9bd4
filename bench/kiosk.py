"""The window: how soon it can be used, and how many of the camera's frames it shows while everything else works.

    .venv/bin/python bench/kiosk.py

Start: from spawning `noseprint kiosk` to the painted sign-in screen, over a process that imports PySide6's widgets
alone. Preview: the share of 30 frames a second that the capture screen painted, first alone, then while five photos
are embedded every second, a sync uploads what waits and eight clients of the gRPC server send photos without pause.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import grpc
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication

from embedded_server.wire.nose_embedder_pb2 import NoseImageRequest
from embedded_server.wire.nose_embedder_pb2_grpc import NoseEmbedderServiceStub
from kiosk_app.app import open_desk
from kiosk_app.design.fonts import load_fonts
from kiosk_app.design.theme import Theme
from kiosk_app.engine import Engine, open_engine
from kiosk_app.face import Face
from kiosk_app.screens.capture.screen import Capture
from kiosk_app.shell.window import Window
from kiosk_app.speech.speaker import Speaker
from noseprint.bootstrap import assets_folder, simulated_camera
from noseprint.capture.simulated_camera import RATE, Shot
from noseprint.clinic import EnrolmentRequest
from noseprint.errors import Words
from noseprint.records.entities import PetFacts
from noseprint.settings import Settings
from noseprint.vault.key_ring import KeyRing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_CLIENTS = 8
_EMBEDDED_AT_ONCE = 5
_BARE = "import time, PySide6.QtWidgets; print('ready', flush=True)"
_KIOSK = """
import sys
from PySide6.QtWidgets import QApplication
from kiosk_app.app import Options, open_window
from noseprint.settings import load_settings
from noseprint.bootstrap import open_camera
application = QApplication(sys.argv[:1])
settings = load_settings()
with open_window(settings, application, open_camera(settings, "simulated"), settings.data_dir) as kiosk:
    kiosk.begin()
    kiosk.window.resize(1280, 800)
    kiosk.window.show()
    while not kiosk.is_ready:
        application.processEvents()
    print("ready", flush=True)
"""


def main() -> None:
    """Print both."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--rounds", type=int, default=7)
    options.add_argument("--seconds", type=float, default=10.0)
    chosen = options.parse_args()
    compare_starts(chosen.rounds)
    compare_previews(chosen.seconds)


def compare_starts(rounds: int) -> None:
    """In turns, the bare import and the kiosk."""
    bare, kiosk = [], []
    with tempfile.TemporaryDirectory() as folder:
        key = KeyRing.generate().written().reveal()
        environment = os.environ | {"NOSEPRINT_DATA_DIR": folder, "NOSEPRINT_MASTER_KEY": key, "GRPC_PORT": "0"}
        for _ in range(rounds):
            bare.append(_until_ready(_BARE, environment))
            kiosk.append(_until_ready(_KIOSK, environment))
    print(f"import of PySide6.QtWidgets {statistics.median(bare):.2f} s")
    print(f"kiosk until its first screen {statistics.median(kiosk):.2f} s, {_ratio(kiosk, bare):.1f} times that")


def compare_previews(seconds: float) -> None:
    """The share of the camera's frames that is painted, alone and beside everything else."""
    application = QApplication.instance() or QApplication(sys.argv[:1])
    load_fonts(assets_folder() / "fonts")
    with tempfile.TemporaryDirectory() as name, ExitStack() as closing:
        folder = Path(name)
        settings = Settings(
            data_dir=folder, master_key=KeyRing.generate().written(), grpc_host="127.0.0.1", grpc_port=0
        )
        engine = closing.enter_context(open_engine(settings))
        _let_wait(engine)
        face = Face(Theme(), Speaker())
        window, camera = Window(face), simulated_camera()
        desk = closing.enter_context(open_desk(engine, face, window, camera, folder))
        desk.sounds.on = False
        camera.show("dog-1", (Shot("far", 100_000, nose=0.35),))
        window.begin_with(Capture(desk, Words("코", "Nose"), 5, lambda: None, lambda *_: None))
        window.resize(1280, 800)
        window.show()
        alone = _frames_painted(application, desk.feed.framed.connect, seconds)
        with _everything_else(engine):
            beside = _frames_painted(application, desk.feed.framed.connect, seconds)
        window.leave_all()
    print(f"preview alone {alone / RATE / seconds:.1%} of {RATE:.0f} frames a second")
    print(f"preview beside embedding, sync and {_CLIENTS} clients {beside / RATE / seconds:.1%}")


def _until_ready(program: str, environment: dict[str, str]) -> float:
    begun = time.perf_counter()
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, env=environment, text=True) as run:
        if not run.stdout or run.stdout.readline().strip() != "ready":
            sys.exit("the program did not start")
        return time.perf_counter() - begun


def _ratio(these: list[float], those: list[float]) -> float:
    return statistics.median(this / that for this, that in zip(these, those, strict=True))


def _frames_painted(application: QApplication, connect: Callable[..., object], seconds: float) -> int:
    painted: list[int] = []
    connect(lambda frame: painted.append(frame.number))
    QTimer.singleShot(2000, application.quit)
    application.exec()
    painted.clear()
    QTimer.singleShot(round(seconds * 1000), application.quit)
    application.exec()
    return len(painted)


@contextmanager
def _everything_else(engine: Engine) -> Iterator[None]:
    """Five photos embedded every second, a sync of what waits, eight clients without pause, until the block ends."""
    photos = [photo.read_bytes() for photo in sorted((assets_folder() / "noses").glob("dog-*/0?.jpg"))]
    over = threading.Event()
    tasks = [_embed, *[_ask] * _CLIENTS]
    threads = [threading.Thread(target=task, args=(engine, photos, over)) for task in tasks]
    if engine.worker is None:
        sys.exit("another program syncs here")
    engine.worker.resume()
    for thread in threads:
        thread.start()
    yield
    over.set()
    for thread in threads:
        thread.join()


def _let_wait(engine: Engine) -> None:
    """Enrol the six shipped dogs while the worker rests: 42 objects wait."""
    if engine.worker is None:
        sys.exit("another program syncs here")
    engine.worker.pause()
    for dog in sorted((assets_folder() / "noses").iterdir()):
        photos = [photo.read_bytes() for photo in sorted(dog.glob("*.jpg"))]
        engine.clinic.enrol(EnrolmentRequest(photos, 2, PetFacts(dog.name)))


def _embed(engine: Engine, photos: list[bytes], over: threading.Event) -> None:
    while not over.wait(1.0):
        for photo in photos[:_EMBEDDED_AT_ONCE]:
            engine.clinic.embedder.embed(photo)


def _ask(engine: Engine, photos: list[bytes], over: threading.Event) -> None:
    if engine.server is None:
        sys.exit("the server could not listen")
    with grpc.insecure_channel(engine.server.address) as channel:
        stub = NoseEmbedderServiceStub(channel)
        while not over.is_set():
            stub.ExtractNoseVector(NoseImageRequest(image_data=photos[0]))


if __name__ == "__main__":
    main()
