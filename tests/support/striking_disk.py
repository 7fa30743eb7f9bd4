"""A disk that tells when each of its steps begins and ends, so that a test can count them, fail them or die there."""

from __future__ import annotations

import os
import signal
from typing import IO, TYPE_CHECKING, Any

from noseprint.disk import Disk

if TYPE_CHECKING:
    from collections.abc import Callable


def _told(step: str) -> Callable[..., Any]:
    def run(self: StrikingDisk, *arguments: object) -> object:
        self.reach(f"before {step}")
        result = getattr(Disk, step)(self, *arguments)
        self.reach(f"after {step}")
        return result

    return run


class StrikingDisk(Disk):
    """Calls `strike` with every point that is reached, such as `before rename`; content is written in two halves."""

    def __init__(self, strike: Callable[[str], None]) -> None:
        self.reach = strike

    create = _told("create")
    flush = _told("flush")
    rename = _told("rename")
    unlink = _told("unlink")
    mkdir = _told("mkdir")
    flush_folder = _told("flush_folder")

    def fill(self, file: IO[bytes], content: bytes) -> None:
        self.reach("before fill")
        super().fill(file, content[: len(content) // 2])
        self.reach("within fill")
        super().fill(file, content[len(content) // 2 :])
        self.reach("after fill")


def counting(points: list[str]) -> StrikingDisk:
    """A disk that writes down every point that it reaches."""
    return StrikingDisk(points.append)


def deadly(at: int) -> StrikingDisk:
    """A disk that kills its process at the given point, counted from 0, as a power cut would: nothing is tidied up."""
    left = iter(range(at))

    def strike(_: str) -> None:
        if next(left, None) is None:
            os.kill(os.getpid(), signal.SIGKILL)

    return StrikingDisk(strike)


def survives(act: Callable[[], object]) -> bool:
    """Whether a process of its own comes to the end of the act or is killed before; needs `os.fork`."""
    child = os.fork()
    if not child:
        status = 1
        try:
            act()
            status = 0
        finally:
            os._exit(status)
    _, ended = os.waitpid(child, 0)
    if os.WIFEXITED(ended) and os.WEXITSTATUS(ended):
        raise AssertionError("the act failed by itself")
    return os.WIFEXITED(ended)
