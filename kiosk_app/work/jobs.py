"""One way for work in the background: begin it, say what follows when it is done, failed, on its way.

    jobs.begin(lambda: clinic.look_up(photo)).done(self._show).failed(self._explain)

The operation runs in a thread of its own kind; everything that follows runs in the window's thread, and only as long
as the screen that began it is there.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Event
from typing import Generic, TypeVar

from PySide6.QtCore import QObject, Qt, Signal, Slot

from noseprint.errors import ErrorCode, NoseprintError

_LOG = logging.getLogger(__name__)
Result = TypeVar("Result")
Reporter = Callable[[object], None]
"""Says how far an operation is."""


class Cancelled(Exception):  # noqa: N818 (no error: somebody wanted it)
    """Raised inside an operation that reports its progress after it was cancelled."""


class Job(QObject, Generic[Result]):
    """One operation under way. Its methods are for the window's thread; each of ``done``, ``failed`` at most once."""

    _ended = Signal(object, object)
    _advanced = Signal(object)

    over = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._cancelled = Event()
        self._on_done: Callable[[Result], object] | None = None
        self._on_failed: Callable[[NoseprintError], object] | None = None
        self._on_progress: Callable[[object], object] | None = None
        self._on_end: Callable[[], object] | None = None
        self._ended.connect(self._deliver, Qt.ConnectionType.QueuedConnection)
        self._advanced.connect(self._tell, Qt.ConnectionType.QueuedConnection)

    def done(self, follow: Callable[[Result], object]) -> Job[Result]:
        """What follows when it succeeds."""
        self._on_done = follow
        return self

    def failed(self, follow: Callable[[NoseprintError], object]) -> Job[Result]:
        """What follows when it fails; the error has words for people."""
        self._on_failed = follow
        return self

    def progress(self, follow: Callable[[object], object]) -> Job[Result]:
        """What follows whenever the operation reports how far it is."""
        self._on_progress = follow
        return self

    def finally_(self, follow: Callable[[], object]) -> Job[Result]:
        """What follows in either case, after the other, but not when it is cancelled."""
        self._on_end = follow
        return self

    @Slot()
    def cancel(self) -> None:
        """Nothing follows any more; an operation that reports its progress ends at its next report."""
        self._cancelled.set()

    def report(self, progress: object) -> None:
        """For the operation, from its thread: say how far it is.

        Raises:
            Cancelled: nobody wants it any more.
        """
        if self._cancelled.is_set():
            raise Cancelled
        self._advanced.emit(progress)

    def conclude(self, future: Future[Result]) -> None:
        """For the executor, from the operation's thread: hand over what came of it."""
        if future.cancelled() or isinstance(fault := future.exception(), Cancelled):
            self.cancel()
            self._ended.emit(None, None)
        elif fault:
            self._ended.emit(None, _in_words(fault))
        else:
            self._ended.emit(future.result(), None)

    @Slot(object, object)
    def _deliver(self, result: Result, fault: NoseprintError | None) -> None:
        try:
            if not self._cancelled.is_set():
                self._follow(result, fault)
                if self._on_end:
                    self._on_end()
        finally:
            self.over.emit()

    def _follow(self, result: Result, fault: NoseprintError | None) -> None:
        if fault is None:
            if self._on_done:
                self._on_done(result)
        elif self._on_failed:
            self._on_failed(fault)
        else:
            _LOG.error("nobody was there to hear of a failure", exc_info=fault)

    @Slot(object)
    def _tell(self, progress: object) -> None:
        if self._on_progress and not self._cancelled.is_set():
            self._on_progress(progress)


class Jobs(QObject):
    """Begins jobs; a few threads do them.

    Args:
        workers: how many operations may run at once.
    """

    def __init__(self, workers: int = 2) -> None:
        super().__init__()
        self._executor = ThreadPoolExecutor(workers, thread_name_prefix="kiosk-job")
        self._under_way: set[QObject] = set()

    def begin(self, owner: QObject, operation: Callable[[], Result]) -> Job[Result]:
        """Begin an operation.

        Args:
            owner: the screen that it is done for; when that is deleted, nothing follows.
            operation: runs in another thread and touches no widget.
        """
        return self._begin(owner, lambda _: operation())

    def begin_reporting(self, owner: QObject, operation: Callable[[Reporter], Result]) -> Job[Result]:
        """As :meth:`begin`, of an operation that is given a function to report its progress with."""
        return self._begin(owner, operation)

    @property
    def idle(self) -> bool:
        """Whether nothing is under way."""
        return not self._under_way

    def close(self) -> None:
        """Wait for what runs, forget what has not begun."""
        self._executor.shutdown(wait=True, cancel_futures=True)

    @Slot()
    def _forget(self) -> None:
        # A lambda that names the job would keep it, and all that follows it, for ever.
        self._under_way.discard(self.sender())

    def _begin(self, owner: QObject, operation: Callable[[Reporter], Result]) -> Job[Result]:
        job: Job[Result] = Job()
        # Held here until it has been delivered: a thread may not emit a signal of what is being deleted.
        self._under_way.add(job)
        job.over.connect(self._forget)
        owner.destroyed.connect(job.cancel)
        self._executor.submit(operation, job.report).add_done_callback(job.conclude)
        return job


def _in_words(fault: BaseException) -> NoseprintError:
    """An error that a person can read; what nobody foresaw is logged whole and shown as an internal error."""
    if isinstance(fault, NoseprintError):
        return fault
    _LOG.error("an operation failed unforeseen", exc_info=fault)
    return NoseprintError(ErrorCode.INTERNAL_SERVER_ERROR, type(fault).__name__)
