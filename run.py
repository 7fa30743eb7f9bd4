#!/usr/bin/env python3
"""The one door: sets up `.venv` from the hashed locks, then does what was asked. Standard library only.

    python3 run.py         set up, then play the whole story on generated noses
    python3 run.py test    set up, then pass the tests
    python3 run.py check   the tests' set-up, then lint, types and import laws

On Windows write `py` for `python3`.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
BIN = VENV / ("Scripts" if os.name == "nt" else "bin")
PYTHON = BIN / ("python.exe" if os.name == "nt" else "python")
LOCKS = {"demo": "kiosk.lock", "test": "dev.lock", "check": "dev.lock", "setup": "dev.lock"}

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
    if task == "test":
        return tool("pytest", "-m", "not proof", "--cov", "--cov-report=term:skip-covered", *rest)
    if task == "check":
        codes = [tool(*check) for check in CHECKS]
        return int(any(codes))
    return tool("noseprint", "demo", *rest) if task == "demo" else 0


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
