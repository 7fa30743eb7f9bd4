"""The worker that empties the outbox: now, or whenever something is due, whatever the network does meanwhile."""

from __future__ import annotations

import logging
import threading
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from noseprint.errors import NoseprintError
from noseprint.logs import facts
from noseprint.sync.backoff import Backoff, TokenBucket
from noseprint.sync.drain import Drain, Limits, Summary

if TYPE_CHECKING:
    from collections.abc import Callable

    from noseprint.sync.drain import Progress
    from noseprint.sync.object_store import ObjectStore
    from noseprint.sync.outbox import Contents, Outbox

_LOG = logging.getLogger(__name__)
# The clock may be set, and another program may enqueue: nothing is slept through for longer than this.
_LONGEST_SLEEP_S: Final = 60.0
_SHORTEST_SLEEP_S: Final = 1.0
_FORGETTING_EVERY: Final = timedelta(hours=1)
_FORGOTTEN_AT_ONCE: Final = 200


def _now() -> datetime:
    return datetime.now(UTC)


def _nobody_listens(_: Progress) -> None:
    pass


def _nothing_is_swept() -> None:
    pass


@dataclass(frozen=True, slots=True)
class Pace:
    """How the worker works; the settings say the numbers.

    Args:
        parallel: pets whose objects are uploaded at once.
        bytes_per_s: the limit on uploads, on average; 0 for none.
        keep: how long local copies are kept after they were synced.
        retries: pauses before an entry is tried again; its longest one is the outbox's too.
        probes: pauses before a store that could not be used is asked again.
    """

    parallel: int = 4
    bytes_per_s: int = 0
    keep: timedelta = timedelta(days=30)
    retries: Backoff = field(default_factory=Backoff)
    probes: Backoff = field(default_factory=lambda: Backoff(timedelta(seconds=2), timedelta(minutes=1)))


class SyncWorker:
    """Empties one machine's outbox into the store.

    ``run_once`` empties it now, ``watch`` does so whenever something is due, until ``stop``. All other methods
    return at once and may be called from any thread.

    Args:
        outbox: what waits.
        contents: the plaintexts.
        store: where they go.
        pace: how fast, how often, how long.
        clock: the present moment, in UTC.
        on_progress: told after every upload and every pet, from any thread; it must return soon.
        sweep: asked by ``watch`` every hour to drop contents that nobody mentions any more.
    """

    def __init__(  # noqa: PLR0913 (the parts that bootstrap wires)
        self,
        outbox: Outbox,
        contents: Contents,
        store: ObjectStore,
        *,
        pace: Pace | None = None,
        clock: Callable[[], datetime] = _now,
        on_progress: Callable[[Progress], None] = _nobody_listens,
        sweep: Callable[[], object] = _nothing_is_swept,
    ) -> None:
        self._outbox = outbox
        self._contents = contents
        self._store = store
        self._pace = pace or Pace()
        self._clock = clock
        self._on_progress = on_progress
        self._sweep = sweep
        self._bucket = TokenBucket(self._pace.bytes_per_s)
        self._trouble: NoseprintError | None = None
        self._forgotten_at: datetime | None = None
        self._changed = threading.Condition()
        self._woken = self._paused = self._stopped = False

    def run_once(self) -> Summary:
        """Upload everything that is due, and return when nothing is due any more, or nothing can be uploaded.

        After a failure of the store, it is asked first whether it can be used again.

        Raises:
            NoseprintError: RECORDS_UNAVAILABLE, RECORDS_DAMAGED: the outbox itself cannot be used.
        """
        if self._trouble and (trouble := self._probe()):
            return Summary(halted=trouble)
        limits = Limits(self._pace.parallel, self._pace.retries, self._may_go_on, self._wait_for_the_line)
        summary = Drain(self._outbox, self._contents, self._store, limits, self._clock, self._on_progress).run()
        self._trouble = summary.halted
        return summary

    def watch(self) -> None:
        """Upload what becomes due until ``stop`` is called, whatever fails meanwhile."""
        failures = 0
        while not self._stopped:
            trouble = self._round()
            failures = failures + 1 if trouble else 0
            if trouble:
                _LOG.info("sync is held up", extra=facts(code=trouble.code.value, detail=trouble.detail))
            self._sleep(self._pace.probes.pause(failures).total_seconds() if trouble else self._until_due())

    def wake(self) -> None:
        """Let ``watch`` look now: something was enqueued, or the network is said to be back."""
        with self._changed:
            self._woken = True
            self._changed.notify_all()

    def pause(self) -> None:
        """Begin no further upload before ``resume``; those under way come to their end."""
        with self._changed:
            self._paused = True
            self._changed.notify_all()

    def resume(self) -> None:
        """Go on after ``pause``."""
        with self._changed:
            self._paused, self._woken = False, True
            self._changed.notify_all()

    def stop(self) -> None:
        """End ``watch``, and ``run_once``, after the uploads under way; for good."""
        with self._changed:
            self._stopped = True
            self._changed.notify_all()

    @property
    def paused(self) -> bool:
        """Whether ``pause`` was called last."""
        return self._paused

    @property
    def trouble(self) -> NoseprintError | None:
        """Why nothing can be uploaded at present, as far as is known."""
        return self._trouble

    def forget_expired(self) -> int:
        """Drop the local copies of what was synced long enough ago, up to ``stop``; the records stay.

        Returns:
            How many contents were dropped.

        Raises:
            NoseprintError: the codes of the outbox and the contents.
        """
        dropped = 0
        while not self._stopped and (names := self._forget_some()) is not None:
            dropped += len(names)
        return dropped

    def _forget_some(self) -> list[str] | None:
        """Drop one batch; None when there was none. An enrolment need not wait for more than that."""
        with self._contents.changing():
            now = self._clock()
            names = self._outbox.forget_expired(now - self._pace.keep, _FORGOTTEN_AT_ONCE, now)
            for name in names or []:
                self._contents.drop(name)
        return names

    def _round(self) -> NoseprintError | None:
        """One look at what is due; what keeps it from being done."""
        if self._paused:
            return None
        try:
            trouble = self.run_once().halted
            self._forget_now_and_then()
        except NoseprintError as error:
            return error
        return trouble

    def _forget_now_and_then(self) -> None:
        now = self._clock()
        if self._forgotten_at is None or abs(now - self._forgotten_at) >= _FORGETTING_EVERY:
            self.forget_expired()
            self._sweep()
            self._forgotten_at = now

    def _probe(self) -> NoseprintError | None:
        try:
            self._store.check()
        except NoseprintError as error:
            self._trouble = error
            return error
        return None

    def _until_due(self) -> float:
        """Seconds until something is due, within what may be slept."""
        try:
            due = self._outbox.next_due()
        except NoseprintError:
            due = None  # the next round will say it
        seconds = (due - self._clock()).total_seconds() if due else _LONGEST_SLEEP_S
        return min(max(seconds, _SHORTEST_SLEEP_S), _LONGEST_SLEEP_S)

    def _sleep(self, seconds: float) -> None:
        """Sleep, but not past ``wake`` or ``stop``; while paused, until ``resume``."""
        with self._changed:
            self._changed.wait_for(lambda: self._stopped or (self._woken and not self._paused), seconds)
            self._changed.wait_for(lambda: self._stopped or not self._paused)
            self._woken = False

    def _may_go_on(self) -> bool:
        return not (self._stopped or self._paused)

    def _wait_for_the_line(self, size: int) -> bool:
        """Wait until so many bytes may be sent; False if that is not wanted any more."""
        with self._changed:
            self._changed.wait_for(lambda: not self._may_go_on(), self._bucket.take(size))
            return self._may_go_on()
