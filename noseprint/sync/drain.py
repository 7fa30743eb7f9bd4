"""One emptying of the outbox: claim, deliver in lanes, settle, until nothing is due."""

from __future__ import annotations

import threading
import time
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from noseprint.errors import NoseprintError
from noseprint.sync.delivery import Delivery
from noseprint.sync.outbox import Fault, Handling, Report, handling

if TYPE_CHECKING:
    from collections.abc import Callable
    from concurrent.futures import Future
    from datetime import datetime

    from noseprint.sync.backoff import Backoff
    from noseprint.sync.object_store import ObjectStore
    from noseprint.sync.outbox import Contents, Entry, Outbox, Run

_RENEW_AFTER_S: Final = 60.0
_SETTLE_AFTER_S: Final = 1.0


@dataclass(frozen=True, slots=True)
class Progress:
    """How far an emptying has come.

    Args:
        done: entries synced, or parked, since it began.
        total: those, and what still waits.
        uploaded_bytes: bytes sent; less than there are where the store had some already.
    """

    done: int
    total: int
    uploaded_bytes: int


@dataclass(frozen=True, slots=True)
class Summary:
    """What one emptying did.

    Args:
        synced: entries confirmed.
        parked: entries that a person must look at.
        failed: entries that will be tried again.
        uploaded_bytes: bytes sent.
        halted: why it ended early: nothing can be uploaded now. None when it came to its end, or was stopped.
    """

    synced: int = 0
    parked: int = 0
    failed: int = 0
    uploaded_bytes: int = 0
    halted: NoseprintError | None = None


@dataclass(frozen=True, slots=True)
class Limits:
    """What an emptying keeps to.

    Args:
        parallel: lanes at once, one pet in each.
        retries: pauses before an entry is tried again.
        may_go_on: whether another pet may be begun.
        wait_for_the_line: waits until so many bytes may be sent; False if none may any more.
    """

    parallel: int
    retries: Backoff
    may_go_on: Callable[[], bool]
    wait_for_the_line: Callable[[int], bool]


class Drain:
    """One emptying; see ``SyncWorker`` for the parts.

    The calling thread keeps the books: it alone claims and settles, several pets in one transaction, while the
    lanes upload.
    """

    def __init__(  # noqa: PLR0913, PLR0917 (the worker's own parts, handed on)
        self,
        outbox: Outbox,
        contents: Contents,
        store: ObjectStore,
        limits: Limits,
        clock: Callable[[], datetime],
        on_progress: Callable[[Progress], None],
    ) -> None:
        self._outbox = outbox
        self._contents = contents
        self._store = store
        self._limits = limits
        self._clock = clock
        self._on_progress = on_progress
        self._counting = threading.Lock()
        self._summary = Summary()
        self._total = outbox.counts().waiting

    def run(self) -> Summary:
        """Empty the outbox as far as it goes.

        Raises:
            NoseprintError: RECORDS_UNAVAILABLE, RECORDS_DAMAGED.
        """
        under_way: set[Future[Report]] = set()
        reports: list[Report] = []
        with ThreadPoolExecutor(self._limits.parallel, thread_name_prefix="sync") as lanes:
            while True:
                # Every transaction waits for the disk: both wait until they serve several pets.
                if len(under_way) <= self._limits.parallel:
                    self._settle(reports)
                    reports = []
                    claims = self._claims(2 * self._limits.parallel - len(under_way))
                    under_way |= {lanes.submit(self._carry_out, claim) for claim in claims}
                if not under_way:
                    return self._summary
                done, under_way = wait(under_way, _SETTLE_AFTER_S if reports else None, FIRST_COMPLETED)
                reports += [lane.result() for lane in done]
                if not done:
                    self._settle(reports)
                    reports = []

    def _claims(self, room: int) -> list[_Claim]:
        if not self._may_go_on():
            return []
        runs = self._outbox.claim(room, self._clock())
        return [_Claim(self._outbox, run, self._clock) for run in runs]

    def _may_go_on(self) -> bool:
        return self._limits.may_go_on() and not self._summary.halted

    def _carry_out(self, claim: _Claim) -> Report:
        def may_upload(entry: Entry) -> bool:
            return self._limits.wait_for_the_line(entry.size) and claim.holds()

        if not self._may_go_on() or not claim.holds():
            return Report(claim.run)
        delivery = Delivery(self._store, self._contents, may_upload, self._note_upload)
        synced, failure = delivery.deliver(claim.run.entries)
        return Report(claim.run, tuple(synced), self._judged(*failure) if failure else None)

    def _judged(self, entry: Entry, error: NoseprintError) -> Fault:
        verdict = handling(error)
        if verdict is Handling.RETRY and (trouble := self._trouble()):
            # Nothing is wrong with this entry: its attempts are not used up while the store is away.
            verdict, error = Handling.HALT, trouble
        if verdict is Handling.HALT:
            with self._counting:
                self._summary = replace(self._summary, halted=error)
        pause = self._limits.retries.pause(entry.attempts + 1)
        return Fault(entry, error, verdict, self._clock() + pause if verdict is Handling.RETRY else None)

    def _trouble(self) -> NoseprintError | None:
        """What keeps the store from being used for anything."""
        if self._summary.halted:
            return self._summary.halted
        try:
            self._store.check()
        except NoseprintError as error:
            return error
        return None

    def _settle(self, reports: list[Report]) -> None:
        if not reports:
            return
        for report in self._outbox.settle(reports, self._clock()):
            self._note(report)

    def _note(self, report: Report) -> None:
        verdict = report.fault.handling if report.fault else None
        with self._counting:
            now = self._summary
            self._summary = replace(
                now,
                synced=now.synced + len(report.synced),
                parked=now.parked + (verdict is Handling.PARK),
                failed=now.failed + (verdict is Handling.RETRY),
            )
            self._tell()

    def _note_upload(self, entry: Entry) -> None:
        with self._counting:
            self._summary = replace(self._summary, uploaded_bytes=self._summary.uploaded_bytes + entry.size)
            self._tell()

    def _tell(self) -> None:
        done = self._summary.synced + self._summary.parked
        self._on_progress(Progress(done, max(done, self._total), self._summary.uploaded_bytes))


class _Claim:
    """A claim, prolonged while it is carried out."""

    def __init__(self, outbox: Outbox, run: Run, clock: Callable[[], datetime]) -> None:
        self.run = run
        self._outbox = outbox
        self._since = time.monotonic()
        self._clock = clock

    def holds(self) -> bool:
        """Whether the claim is still this worker's."""
        if time.monotonic() - self._since < _RENEW_AFTER_S:
            return True
        self._since = time.monotonic()
        return self._outbox.renew(self.run, self._clock())
