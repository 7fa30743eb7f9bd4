"""Time limits that hold whatever the network does.

Socket timeouts bound one read or write, not a whole call: a server that sends a byte a second, or a name
server that never answers, gets around all of them. So a call runs in a thread of its own, and its caller
leaves when the time is up.
"""

from __future__ import annotations

import threading
import time
from concurrent.futures import Future
from functools import partial
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Final, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

_Result = TypeVar("_Result")

_PATIENCE_S: Final = 10.0


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

    A thread that is done waits a while for the next call: starting one costs as much as a small request does.

    Args:
        count: how many calls may be under way, the ones left behind included, so that a sick server costs a
            limited number of threads. The threads are daemons: none keeps the program from ending.
    """

    def __init__(self, count: int) -> None:
        self._free = threading.BoundedSemaphore(count)
        self._jobs: SimpleQueue[Callable[[], None]] = SimpleQueue()
        self._waiting = 0  # threads that no job in the queue counts on
        self._counting = threading.Lock()

    def run(self, work: Callable[[], _Result], deadline: Deadline) -> _Result:
        """Return what ``work`` returns, or raise what it raises.

        Raises:
            TimeoutError: no lane was free or ``work`` was not done before the deadline; it may still finish.
        """
        if not self._free.acquire(timeout=deadline.remaining()):
            raise TimeoutError(f"no connection was free within {deadline.seconds:g} s")
        outcome: Future[_Result] = Future()
        self._hand_over(partial(self._carry, work, outcome))
        try:
            return outcome.result(timeout=deadline.remaining())
        except TimeoutError as error:
            raise TimeoutError(f"no complete answer within {deadline.seconds:g} s") from error

    def _hand_over(self, job: Callable[[], None]) -> None:
        with self._counting:
            lacking = not self._waiting
            self._waiting -= not lacking
            self._jobs.put(job)
        if lacking:
            threading.Thread(target=self._serve, name="object-store", daemon=True).start()

    def _serve(self) -> None:
        while True:
            try:
                job = self._jobs.get(timeout=_PATIENCE_S)
            except Empty:
                with self._counting:
                    if self._waiting:
                        self._waiting -= 1
                        return
            else:
                job()
                del job  # it may hold a photo

    def _carry(self, work: Callable[[], _Result], outcome: Future[_Result]) -> None:
        try:
            result = work()
        except BaseException as error:  # noqa: BLE001 - handed to the caller, who raises it
            self._give_free()
            outcome.set_exception(error)
        else:
            self._give_free()
            outcome.set_result(result)

    def _give_free(self) -> None:
        """Before the caller hears of the outcome: its next call then finds this thread."""
        with self._counting:
            self._waiting += 1
        self._free.release()
