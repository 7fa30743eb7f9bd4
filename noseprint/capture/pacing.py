"""The rhythm of sources that have none of their own: files, folders and the simulated camera."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


class Pacer:
    """Says which frame it is time for, and waits for the next one; who comes late misses some, as with a camera.

    Args:
        rate: frames a second.
        clock: seconds of the monotonic clock.
        wait: lets seconds pass.
    """

    def __init__(
        self, rate: float, clock: Callable[[], float] = time.monotonic, wait: Callable[[float], None] = time.sleep
    ) -> None:
        self._rate = rate
        self._clock = clock
        self._wait = wait
        self._started = 0.0
        self._number = 0

    def start(self) -> None:
        """Begin again with frame 1, a frame's time from now."""
        self._started, self._number = self._clock(), 0

    def next(self) -> tuple[int, float]:
        """Wait for the next frame; its number and the time when it came."""
        due = int((self._clock() - self._started) * self._rate)
        self._number = max(self._number + 1, due)
        pause = self._started + self._number / self._rate - self._clock()
        if pause > 0.0:
            self._wait(pause)
        return self._number, self._clock()
