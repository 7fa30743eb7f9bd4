"""The window plays its whole story by itself, and each step shows what it should, on a display and without one."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.proof

COMMAND = [sys.executable, "-c", "from command_line.entry import run; run()"]


@contextmanager
def no_display() -> Iterator[dict[str, str]]:
    yield {"QT_QPA_PLATFORM": "offscreen"}


@contextmanager
def x_server() -> Iterator[dict[str, str]]:
    """A real X server that draws into memory; it tells its number when it is ready."""
    program = shutil.which("Xvfb")
    if program is None:
        pytest.skip("Xvfb is not installed")
    read, write = os.pipe()
    command = [program, "-displayfd", str(write), "-screen", "0", "1920x1080x24", "-nolisten", "tcp"]
    with subprocess.Popen(command, pass_fds=[write], stderr=subprocess.DEVNULL) as server:
        os.close(write)
        with os.fdopen(read) as told:
            number = told.readline().strip()
        yield {"DISPLAY": f":{number}", "QT_QPA_PLATFORM": "xcb"}
        server.terminate()


@pytest.mark.parametrize("language", ["ko", "en"])
@pytest.mark.parametrize("display", [no_display, x_server])
def test_every_step_of_the_tour_shows_what_it_should(display: object, language: str, tmp_path: Path) -> None:
    assert callable(display)
    with display() as variables:
        environment = os.environ | variables
        command = [*COMMAND, "kiosk", "--tour", str(tmp_path / "tour"), "--lang", language]
        ended = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=300)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    pictures = sorted((tmp_path / "tour").glob("*.png"))
    assert len(pictures) >= 9
    assert all(picture.read_bytes().startswith(b"\x89PNG") for picture in pictures)
    assert "Traceback" not in ended.stderr
    assert "QObject" not in ended.stderr
