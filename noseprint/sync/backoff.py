"""How long to wait before the next try, and how fast to upload."""

from __future__ import annotations

import random
import threading
import time
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

_MOST_DOUBLINGS: Final = 60


@dataclass(frozen=True, slots=True)
class Backoff:
    """Exponential pauses with full jitter, so that clinics cut off together do not come back together.

    After the n-th failure in a row the pause is drawn evenly from 0 to ``first`` · 2ⁿ⁻¹, at most ``longest``
    (https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/), but never below ``shortest``: a
    draw of next to nothing must not make a busy loop.

    Args:
        first: the longest pause after the first failure.
        longest: the longest pause of all.
        shortest: the shortest one.
        draw: a number from 0 to below 1, each time another.
    """

    first: timedelta = timedelta(seconds=5)
    longest: timedelta = timedelta(minutes=15)
    shortest: timedelta = timedelta(seconds=1)
    draw: Callable[[], float] = random.random

    def pause(self, failures: int) -> timedelta:
        """The pause after so many failures in a row, at least 1."""
        grown = self.first.total_seconds() * 2.0 ** min(failures - 1, _MOST_DOUBLINGS)
        drawn = timedelta(seconds=min(grown, self.longest.total_seconds()) * self.draw())
        return min(max(self.shortest, drawn), self.longest)


class TokenBucket:
    """A limit on bytes a second, kept on average: an object goes at the line's own speed, the next one waits for it.

    Args:
        bytes_per_s: the limit; 0 for none.
        clock: seconds that only ever grow.
    """

    def __init__(self, bytes_per_s: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._rate = bytes_per_s
        self._clock = clock
        self._free_at = clock()
        self._lock = threading.Lock()

    def take(self, size: int) -> float:
        """Take room for so many bytes, and say how many seconds to wait before they are sent."""
        if not self._rate:
            return 0.0
        with self._lock:
            now = self._clock()
            begin = max(now, self._free_at)
            self._free_at = begin + size / self._rate
            return begin - now
