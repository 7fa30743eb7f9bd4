#!/usr/bin/env python3
"""The one door: sets up `.venv` from the hashed locks, then does what was asked. Standard library only.

    python3 run.py         set up, then open the window before a simulated camera; where there is no
                           display, let it play the whole story by itself and keep a picture of each step
    python3 run.py test    set up, then pass the tests
    python3 run.py check   the tests' set-up, then lint, types and import laws

On Windows write `py` for `python3`.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
BIN = VENV / ("Scripts" if os.name == "nt" else "bin")
PYTHON = BIN / ("python.exe" if os.name == "nt" else "python")
LOCKS = {"demo": "kiosk.lock", "test": "dev.lock", "check": "dev.lock", "setup": "dev.lock"}

QT_PACKAGES = (
    *("libegl1", "libgl1", "libglib2.0-0", "libxkbcommon0"),
    *("libdbus-1-3", "libfontconfig1"),
)
DISPLAY_PACKAGES = (
    *("libxcb-cursor0", "libxcb-icccm4", "libxcb-keysyms1", "libxcb-shape0"),
    *("libxcb-xkb1", "libxkbcommon-x11-0"),
)

CHECKS = (
    ("ruff", "check"),
    ("ruff", "format", "--check"),
    ("mypy",),
    ("lint-imports",),
)


def main(arguments: list[str]) -> int:
    """Do what was asked and give the exit code."""
    task, rest = (arguments[0], arguments[1:]) if arguments else ("demo", [])
    if task not in LOCKS:
        print(__doc__)
        return 2
    if sys.version_info < (3, 11):
        print(f"Python 3.11 or newer is needed; this is {sys.version.split()[0]}.")
        return 2
    set_up(ROOT / "requirements" / LOCKS[task])
    ready = bring_what_qt_needs()
    if task == "test":
        return tool("pytest", "-m", "not proof", "--cov", "--cov-report=term:skip-covered", *rest)
    if task == "check":
        codes = [tool(*check) for check in CHECKS]
        return int(any(codes))
    if task == "demo":
        return show(rest) if ready else tool("noseprint", "demo", *rest)
    return 0


def show(options: list[str]) -> int:
    """The window, or its own story where nobody could see it."""
    if has_display():
        return tool("noseprint", "kiosk", "--demo", "--windowed", *options)
    codes = [tool("noseprint", "demo", *options), tool("noseprint", "kiosk", "--tour", "tour", *options)]
    print(f"The pictures of each step are in {ROOT / 'tour'}.")
    return int(any(codes))


def has_display() -> bool:
    """Whether somebody could see a window."""
    named = os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
    return sys.platform in {"win32", "darwin"} or bool(named)


def bring_what_qt_needs() -> bool:
    """Whether Qt finds the system's libraries; on Debian and Ubuntu, root installs them, others read what to type."""
    # An import finds the libraries of Qt itself; only an application finds those of the display.
    program = (
        "import PySide6.QtSvg, PySide6.QtPrintSupport; from PySide6.QtWidgets import QApplication; QApplication([])"
    )
    if not has_display():
        os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    probe = [str(PYTHON), "-c", program]
    if subprocess.run(probe, check=False, capture_output=True).returncode == 0:
        return True
    packages = [*QT_PACKAGES, *(DISPLAY_PACKAGES if os.environ.get("DISPLAY") else ())]
    apt_get = shutil.which("apt-get")
    if apt_get and os.geteuid() == 0:
        print("Installing the libraries of the system that Qt needs.", flush=True)
        for words in (["update"], ["install", "--yes", *packages]):
            subprocess.run([apt_get, "--quiet", *words], check=False, stdout=subprocess.DEVNULL)
        if subprocess.run(probe, check=False).returncode == 0:
            return True
    print(f"Qt needs libraries of the system. As root, type: apt-get install {' '.join(packages)}", flush=True)
    return False


def set_up(lock: Path) -> None:
    """Bring `.venv` to the lock's state; what is there already is left alone."""
    fingerprint = hashlib.sha256(lock.read_bytes() + (ROOT / "pyproject.toml").read_bytes()).hexdigest()
    stamp = VENV / f".installed-{lock.stem}"
    if PYTHON.exists() and stamp.exists() and stamp.read_text() == fingerprint:
        return
    print(f"Setting up {VENV} from {lock.name}; the first time takes a few minutes.", flush=True)
    make_environment()
    pip("install", "--require-hashes", "-r", str(lock))
    pip("install", "--no-deps", "--no-build-isolation", "--editable", str(ROOT))
    stamp.write_text(fingerprint)


def make_environment() -> None:
    """Make `.venv` without a pip of its own: Debian ships venv and ensurepip apart, and ours need only the former."""
    if not PYTHON.exists():
        subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(VENV)], check=True)


def pip(*arguments: str) -> None:
    """Run the outer pip on `.venv`."""
    if importlib.util.find_spec("pip") is None:
        sys.exit("pip is missing. On Debian or Ubuntu: apt-get install python3-pip. On Windows: py -m ensurepip")
    options = ["--python", str(PYTHON), "--quiet", "--disable-pip-version-check", "--no-warn-script-location"]
    command = [sys.executable, "-m", "pip", *options[:2], arguments[0], *options[2:], *arguments[1:]]
    if subprocess.run(command, check=False).returncode:
        sys.exit("pip could not install what is needed; its own words are above.")


def tool(name: str, *arguments: str) -> int:
    """Run a program of `.venv` from the repository's root."""
    return subprocess.run([str(BIN / name), *arguments], cwd=ROOT, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
