"""Time limits that hold whatever the network does.

Socket timeouts bound one read or write, not a whole call: a server that sends a byte a second, or a name
server that never answers, gets around all of them. So a call runs in a thread of its own, and its caller
leaves when the time is up.
"""

from __future__ import annotations

import threading
import time
from concurrent.futures import Future
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

_Result = TypeVar("_Result")


class Deadline:
    """A moment on the monotonic clock, so many seconds from now."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._end = time.monotonic() + seconds

    def remaining(self) -> float:
        """Seconds left; 0 once it has passed."""
        return max(0.0, self._end - time.monotonic())

    def require(self) -> None:
        """Return while there is time.

        Raises:
            TimeoutError: the deadline has passed.
        """
        if not self.remaining():
            raise TimeoutError(f"not done within {self.seconds:g} s")

    def pause(self, seconds: float) -> bool:
        """Sleep so long if the deadline leaves time for it; say whether it did."""
        if self.remaining() <= seconds:
            return False
        time.sleep(seconds)
        return True


class Lanes:
    """Room for a limited number of calls at once, each in a thread that its caller may leave behind.

    Args:
        count: how many calls may be under way, the ones left behind included, so that a sick server costs a
            limited number of threads. The threads are daemons: none keeps the program from ending.
    """

    def __init__(self, count: int) -> None:
        self._free = threading.BoundedSemaphore(count)

    def run(self, work: Callable[[], _Result], deadline: Deadline) -> _Result:
        """Return what ``work`` returns, or raise what it raises.

        Raises:
            TimeoutError: no lane was free or ``work`` was not done before the deadline; it may still finish.
        """
        if not self._free.acquire(timeout=deadline.remaining()):
            raise TimeoutError(f"no connection was free within {deadline.seconds:g} s")
        outcome: Future[_Result] = Future()
        threading.Thread(target=self._carry, args=(work, outcome), name="object-store", daemon=True).start()
        try:
            return outcome.result(timeout=deadline.remaining())
        except TimeoutError as error:
            raise TimeoutError(f"no complete answer within {deadline.seconds:g} s") from error

    def _carry(self, work: Callable[[], _Result], outcome: Future[_Result]) -> None:
        try:
            outcome.set_result(work())
        except BaseException as error:  # noqa: BLE001 - handed to the caller, who raises it
            outcome.set_exception(error)
        finally:
            self._free.release()
