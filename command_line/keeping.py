"""Starts a program again that ended by a fault: a kiosk stands where nobody knows how to."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from typing import Final

SOON_S: Final = 20.0
"""A program that ends sooner than this was not worth starting again."""
_CHANCES: Final = 3

AGAIN: Final = ("-c", "from command_line.entry import run; run()")
"""This program, as an argument of its own interpreter."""


def keep_running(start: Callable[[], int], clock: Callable[[], float] = time.monotonic) -> int:
    """Start something, and again each time that it fails.

    Args:
        start: runs it to its end; gives its exit code.
        clock: seconds.

    Returns:
        0 when somebody ended it as one should; else its last code, after it failed soon three times in a row.
    """
    chances = _CHANCES
    while True:
        begun = clock()
        code = start()
        chances = chances - 1 if clock() - begun < SOON_S else _CHANCES
        if code == 0 or not chances:
            return code


def start_again(arguments: Sequence[str]) -> int:
    """Run this program with other arguments in a process of its own; gives its exit code."""
    command = [sys.executable, *AGAIN, *arguments]
    if getattr(sys, "frozen", False):
        command = [sys.executable, *arguments]
    return subprocess.run(command, check=False).returncode  # noqa: S603 (this very program)
