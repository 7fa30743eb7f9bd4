"""The worker, over a real outbox (SQLite) and a real S3 server."""

from __future__ import annotations

import threading
import time
from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING, ClassVar
from unittest.mock import Mock

import pytest

from noseprint.errors import ErrorCode, NoseprintError
from noseprint.records.audit import AuditTrail
from noseprint.records.database import connect, migrate, sqlite_url
from noseprint.records.outbox import LEASE, Outbox
from noseprint.records.outbox_decisions import Decisions
from noseprint.sync import drain
from noseprint.sync.backoff import Backoff
from noseprint.sync.dispatch import Dispatch
from noseprint.sync.drain import Progress, Summary
from noseprint.sync.outbox import Counts, EntryKind, EntryState, Report
from noseprint.sync.pending import PendingStore
from noseprint.sync.pet_objects import PetObject
from noseprint.sync.s3_store import S3Store
from noseprint.sync.spool import Spool
from noseprint.sync.worker import Pace, SyncWorker
from tests.integration.sync.conftest import settings
from tests.support.outbox_doubles import (
    NOON,
    MemoryContents,
    MemoryStore,
    SetClock,
    away,
    enrolment,
    new_entry,
    pet,
)
from tests.support.s3_server import RcloneS3, StrictProxy, refused_port
from tests.support.vault import VAULT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from datetime import datetime
    from pathlib import Path

    from noseprint.sync.object_store import ObjectStore
    from noseprint.sync.outbox import NewEntry

PATIENCE_S = 20.0
QUICK = Pace(probes=Backoff(timedelta(milliseconds=20), timedelta(milliseconds=50), timedelta(milliseconds=10)))


@pytest.fixture
def outbox(tmp_path: Path) -> Iterator[Outbox]:
    engine = connect(sqlite_url(tmp_path / "records.db"))
    migrate(engine, VAULT)
    yield Outbox(engine, "kiosk-1")
    engine.dispose()


@pytest.fixture
def contents() -> MemoryContents:
    return MemoryContents()


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore()


@pytest.fixture
def clock() -> SetClock:
    return SetClock()


@contextmanager
def watching(worker: SyncWorker) -> Iterator[None]:
    thread = threading.Thread(target=worker.watch)
    thread.start()
    try:
        yield
    finally:
        worker.stop()
        thread.join(PATIENCE_S)
        assert not thread.is_alive()


def eventually(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.005)


def objects_of(entries: list[NewEntry], contents: MemoryContents) -> dict[str, bytes]:
    return {entry.key: contents.held[entry.spool_name] for entry in entries}


def enrolments(contents: MemoryContents, count: int) -> list[NewEntry]:
    return [entry for number in range(count) for entry in enrolment(contents, number)]


def puts(proxy: StrictProxy) -> list[str]:
    return [request.rpartition("/")[2] for request in proxy.requests if request.startswith("PUT")]


def test_the_outbox_empties_into_a_real_s3_server_with_exactly_the_right_bytes_in_order(
    strict_store: S3Store, strict_proxy: StrictProxy, outbox: Outbox, contents: MemoryContents, clock: SetClock
) -> None:
    entries = enrolments(contents, 6)
    outbox.enqueue(entries, NOON)
    summary = SyncWorker(outbox, contents, strict_store, clock=clock).run_once()
    assert summary == Summary(synced=len(entries), uploaded_bytes=sum(entry.size for entry in entries))
    wanted = objects_of(entries, contents)
    assert {key: strict_store.get(key) for key in strict_store.keys("")} == wanted
    for number in range(6):
        sent = [
            path.rpartition("/")[2]
            for path in strict_proxy.requests
            if path.startswith("PUT") and f"{number:040x}" in path
        ]
        assert sent == ["image_1.jpg", "image_2.jpg", "vector.npy", "json"]
    assert SyncWorker(outbox, contents, strict_store, clock=clock).run_once() == Summary()


def test_an_upload_that_nobody_noted_is_found_and_not_repeated(
    strict_store: S3Store, strict_proxy: StrictProxy, outbox: Outbox, contents: MemoryContents, clock: SetClock
) -> None:
    class Dying(Outbox):
        def settle(self, reports: object, now: datetime) -> list[Report]:  # noqa: ARG002
            raise NoseprintError(ErrorCode.RECORDS_UNAVAILABLE, "killed")

    entries = enrolments(contents, 2)
    outbox.enqueue(entries, NOON)
    dying = Dying(outbox._engine, "kiosk-1")
    with pytest.raises(NoseprintError, match="killed"):
        SyncWorker(dying, contents, strict_store, clock=clock).run_once()
    clock.now += LEASE
    assert SyncWorker(outbox, contents, strict_store, clock=clock).run_once().synced == len(entries)
    assert len(puts(strict_proxy)) == len(entries)


def test_workers_side_by_side_upload_everything_once(
    strict_store: S3Store, strict_proxy: StrictProxy, outbox: Outbox, contents: MemoryContents, clock: SetClock
) -> None:
    entries = enrolments(contents, 12)
    outbox.enqueue(entries, NOON)
    workers = [SyncWorker(outbox, contents, strict_store, pace=Pace(parallel=2), clock=clock) for _ in range(2)]
    threads = [threading.Thread(target=worker.run_once) for worker in workers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert outbox.counts() == Counts()
    assert len(puts(strict_proxy)) == len(entries)
    assert {key: strict_store.get(key) for key in strict_store.keys("")} == objects_of(entries, contents)


def test_pets_are_claimed_and_settled_several_in_a_transaction(
    store: MemoryStore, outbox: Outbox, contents: MemoryContents, clock: SetClock
) -> None:
    class Counting(Outbox):
        settled: ClassVar[list[int]] = []

        def settle(self, reports: Sequence[Report], now: datetime) -> list[Report]:
            self.settled.append(len(reports))
            return super().settle(reports, now)

    outbox.enqueue(enrolments(contents, 16), NOON)
    SyncWorker(Counting(outbox._engine, "kiosk-1"), contents, store, pace=Pace(parallel=4), clock=clock).run_once()
    assert sum(Counting.settled) == 16
    assert len(Counting.settled) <= 5


def test_what_is_done_is_settled_soon_even_while_another_pet_takes_long(
    store: MemoryStore, outbox: Outbox, contents: MemoryContents, clock: SetClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(drain, "_SETTLE_AFTER_S", 0.02)
    entries, settled = enrolments(contents, 5), threading.Event()
    slow = entries[0].key
    store.before = lambda method, key: settled.wait(PATIENCE_S) if (method, key) == ("put", slow) else None
    outbox.enqueue(entries, NOON)
    worker = SyncWorker(outbox, contents, store, pace=Pace(parallel=2), clock=clock)
    thread = threading.Thread(target=worker.run_once)
    thread.start()
    eventually(lambda: outbox.counts().waiting == 4)
    settled.set()
    thread.join()
    assert outbox.counts() == Counts()


def test_a_conflict_is_parked_with_its_reason_and_stops_nobody_else(
    s3_store: S3Store, outbox: Outbox, contents: MemoryContents, clock: SetClock
) -> None:
    entries = enrolments(contents, 3)
    outbox.enqueue(entries, NOON)
    s3_store.put(entries[1].key, b"another dog", "image/jpeg")
    summary = SyncWorker(outbox, contents, s3_store, clock=clock).run_once()
    assert (summary.synced, summary.parked, summary.failed, summary.halted) == (9, 1, 0, None)
    (parked,) = outbox.open_entries(EntryState.PARKED)
    assert (parked.key, parked.error_code) == (entries[1].key, ErrorCode.OBJECT_CONFLICT)
    assert s3_store.get(entries[1].key) == b"another dog"
    assert not s3_store.exists(entries[3].key)
    assert outbox.counts().waiting == 2


def test_a_person_who_decides_for_this_clinic_lets_a_conflict_be_overwritten(
    s3_store: S3Store, outbox: Outbox, contents: MemoryContents, clock: SetClock
) -> None:
    entries = enrolment(contents, 1)
    outbox.enqueue(entries, NOON)
    s3_store.put(entries[0].key, b"another dog", "image/jpeg")
    worker = SyncWorker(outbox, contents, s3_store, clock=clock)
    worker.run_once()
    Decisions(outbox._engine, AuditTrail(VAULT), outbox.holder).settle_conflict(entries[0].key, "ours", NOON)
    assert worker.run_once().synced == 4
    assert {key: s3_store.get(key) for key in s3_store.keys("")} == objects_of(entries, contents)


@pytest.mark.parametrize(
    ("wrong", "detail"),
    [
        ({}, "EndpointConnectionError"),
        ({"secret_key": "another"}, "SignatureDoesNotMatch"),
        ({"bucket": "no-such-bucket"}, "NoSuchBucket"),
    ],
)
def test_a_store_that_nobody_can_use_halts_the_worker_and_burns_no_attempts(
    rclone: RcloneS3, outbox: Outbox, contents: MemoryContents, clock: SetClock, wrong: dict[str, str], detail: str
) -> None:
    entries = enrolments(contents, 8)
    outbox.enqueue(entries, NOON)
    endpoint = rclone.endpoint if wrong else f"http://127.0.0.1:{refused_port()}"
    broken = S3Store(settings(endpoint, attempts=1, **wrong))
    worker = SyncWorker(outbox, contents, broken, clock=clock)
    first, second = worker.run_once(), worker.run_once()
    broken.close()
    for summary in (first, second):
        assert summary.halted
        assert detail in summary.halted.detail
        assert (summary.synced, summary.failed, summary.parked) == (0, 0, 0)
    assert worker.trouble is second.halted
    assert {entry.attempts for entry in outbox.open_entries()} == {0}
    good = S3Store(settings(rclone.endpoint))
    assert SyncWorker(outbox, contents, good, clock=clock).run_once().synced == len(entries)
    good.close()


def test_one_entry_that_fails_waits_longer_each_time_and_lets_the_others_pass(
    store: MemoryStore, outbox: Outbox, contents: MemoryContents, clock: SetClock
) -> None:
    entries = enrolments(contents, 3)
    outbox.enqueue(entries, NOON)
    poisoned = entries[4].key
    store.before = lambda method, key: away() if (method, key) == ("put", poisoned) else None
    pace = Pace(retries=Backoff(draw=lambda: 0.5))
    worker = SyncWorker(outbox, contents, store, pace=pace, clock=clock)
    assert worker.run_once() == Summary(8, failed=1, uploaded_bytes=sum(e.size for e in entries[:4] + entries[8:]))
    waits = []
    for _ in range(12):
        due = outbox.next_due()
        assert due
        waits.append((due - clock()).total_seconds())
        clock.now = due
        assert worker.run_once().failed == 1
    assert waits == [2.5, 5, 10, 20, 40, 80, 160, 320, 450, 450, 450, 450]
    store.before = lambda *_: None
    clock.advance(hours=1)
    assert worker.run_once().synced == 4


def test_a_spool_that_cannot_be_read_halts_without_blaming_any_entry(
    store: MemoryStore, outbox: Outbox, contents: MemoryContents, clock: SetClock
) -> None:
    outbox.enqueue(enrolments(contents, 3), NOON)
    contents.fault = contents.folder_fault = NoseprintError(ErrorCode.FOLDER_NOT_USABLE, path="spool")
    worker = SyncWorker(outbox, contents, store, clock=clock)
    summary = worker.run_once()
    assert summary.halted
    assert summary.halted.code is ErrorCode.FOLDER_NOT_USABLE
    contents.fault = contents.folder_fault = None
    assert worker.run_once().synced == 12


def test_a_photo_that_is_lost_here_is_parked(
    store: MemoryStore, outbox: Outbox, contents: MemoryContents, clock: SetClock
) -> None:
    entries = enrolments(contents, 2)
    outbox.enqueue(entries, NOON)
    contents.drop(entries[0].spool_name)
    assert SyncWorker(outbox, contents, store, clock=clock).run_once().synced == 4
    (parked,) = outbox.open_entries(EntryState.PARKED)
    assert parked.error_code == ErrorCode.LOCAL_COPY_LOST


def test_progress_grows_to_the_end(
    store: MemoryStore, outbox: Outbox, contents: MemoryContents, clock: SetClock
) -> None:
    entries = enrolments(contents, 3)
    outbox.enqueue(entries, NOON)
    told: list[Progress] = []
    SyncWorker(outbox, contents, store, clock=clock, on_progress=told.append).run_once()
    assert [step.done for step in told] == sorted(step.done for step in told)
    assert {step.total for step in told} == {12}
    assert told[-1] == Progress(12, 12, sum(entry.size for entry in entries))


def test_uploads_keep_to_the_limit_on_bytes(
    store: MemoryStore, outbox: Outbox, contents: MemoryContents, clock: SetClock
) -> None:
    entries = [new_entry(contents, pet(n), "image_1.jpg", bytes([n]) * 10_000) for n in range(5)]
    outbox.enqueue(entries, NOON)
    start = time.monotonic()
    SyncWorker(outbox, contents, store, pace=Pace(bytes_per_s=100_000), clock=clock).run_once()
    assert time.monotonic() - start >= 0.4


def test_a_stopped_worker_gives_its_claims_back(
    store: MemoryStore, outbox: Outbox, contents: MemoryContents, clock: SetClock
) -> None:
    entries = enrolments(contents, 9)
    outbox.enqueue(entries, NOON)
    worker = SyncWorker(outbox, contents, store, pace=Pace(parallel=2, bytes_per_s=1), clock=clock)
    store.before = lambda method, _key: worker.stop() if method == "put" else None
    worker.run_once()
    assert 1 <= len(store.puts) <= 2
    store.before = lambda *_: None
    assert SyncWorker(outbox, contents, store, clock=clock).run_once().synced == len(entries)
    assert len(store.puts) == len(entries)


def test_a_watching_worker_uploads_what_comes_in_as_soon_as_it_is_woken(
    s3_store: S3Store, outbox: Outbox, contents: MemoryContents
) -> None:
    worker = SyncWorker(outbox, contents, s3_store)
    with watching(worker):
        for number in range(3):
            entries = enrolment(contents, number)
            outbox.enqueue(entries, worker._clock())
            worker.wake()
            eventually(lambda: outbox.counts() == Counts())
    assert len(list(s3_store.keys(""))) == 12


def test_a_watching_worker_goes_on_by_itself_when_the_network_returns(
    store: MemoryStore, outbox: Outbox, contents: MemoryContents
) -> None:
    store.before = away
    worker = SyncWorker(outbox, contents, store, pace=QUICK)
    outbox.enqueue(enrolments(contents, 3), worker._clock())
    with watching(worker):
        eventually(lambda: worker.trouble is not None)
        store.before = lambda *_: None
        eventually(lambda: outbox.counts() == Counts())
    assert worker.trouble is None


def test_while_the_network_is_away_it_is_asked_for_with_growing_pauses(
    store: MemoryStore, outbox: Outbox, contents: MemoryContents
) -> None:
    asked: list[str] = []

    def gone(method: str, _key: str) -> None:
        asked.append(method)
        away()

    store.before = gone
    probes = Backoff(timedelta(seconds=0.02), timedelta(minutes=1), timedelta(0), draw=lambda: 1.0)
    worker = SyncWorker(outbox, contents, store, pace=Pace(parallel=1, probes=probes))
    outbox.enqueue(enrolments(contents, 3), worker._clock())
    with watching(worker):
        time.sleep(0.5)
    assert asked[:2] == ["look", "check"]
    assert set(asked[2:]) == {"check"}
    assert 3 <= len(asked) <= 8


def test_a_paused_worker_uploads_nothing_until_it_is_resumed(
    store: MemoryStore, outbox: Outbox, contents: MemoryContents
) -> None:
    worker = SyncWorker(outbox, contents, store)
    worker.pause()
    assert worker.paused
    outbox.enqueue(enrolments(contents, 2), worker._clock())
    with watching(worker):
        worker.wake()
        time.sleep(0.1)
        assert store.puts == []
        worker.resume()
        eventually(lambda: outbox.counts() == Counts())
    assert worker.run_once() == Summary()


def test_a_database_that_cannot_be_reached_for_a_while_does_not_end_the_watch(
    store: MemoryStore, outbox: Outbox, contents: MemoryContents
) -> None:
    class Locked(Outbox):
        locked = True

        def counts(self) -> Counts:
            if self.locked:
                raise NoseprintError(ErrorCode.RECORDS_UNAVAILABLE, "database is locked")
            return super().counts()

    locked = Locked(outbox._engine, "kiosk-1")
    worker = SyncWorker(locked, contents, store, pace=QUICK)
    outbox.enqueue(enrolments(contents, 1), worker._clock())
    with watching(worker):
        time.sleep(0.1)
        locked.locked = False
        eventually(lambda: outbox.counts() == Counts())


def test_local_copies_go_after_their_time_and_what_waits_stays(
    store: MemoryStore, outbox: Outbox, contents: MemoryContents, clock: SetClock
) -> None:
    synced, waiting = enrolment(contents, 1), enrolment(contents, 2)
    outbox.enqueue(synced, NOON)
    worker = SyncWorker(outbox, contents, store, pace=Pace(keep=timedelta(days=30)), clock=clock)
    worker.run_once()
    outbox.enqueue(waiting, NOON)
    clock.advance(days=29)
    assert worker.forget_expired() == 0
    clock.advance(days=2)
    assert worker.forget_expired() == 4
    assert set(contents.held) == {entry.spool_name for entry in waiting} == outbox.mentioned()


def test_contents_that_were_let_go_leave_within_the_hour_beside_a_worker_that_watches(
    store: MemoryStore, outbox: Outbox, tmp_path: Path, clock: SetClock
) -> None:
    spool = Spool(tmp_path / "spool", VAULT)
    dispatch = Dispatch(spool, outbox)
    worker = SyncWorker(outbox, spool, store, pace=QUICK, clock=clock, sweep=dispatch.sweep)
    with dispatch.prepared([PetObject(pet(1), EntryKind.PHOTO, "a/image_1.jpg", b"p", "image/jpeg")]) as outgoing:
        outbox.enqueue(outgoing.entries, NOON)
    with watching(worker):
        eventually(lambda: worker._forgotten_at == NOON)
        spool.put(b"nobody mentions it")
        clock.advance(hours=1)
        worker.wake()
        eventually(lambda: spool.names() == [outgoing.entries[0].spool_name])


def test_an_enrolment_may_come_between_two_batches_of_local_copies_that_go(
    store: MemoryStore, outbox: Outbox, contents: MemoryContents, clock: SetClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("noseprint.sync.worker._FORGOTTEN_AT_ONCE", 1)
    outbox.enqueue(enrolment(contents, 1), NOON)
    worker = SyncWorker(outbox, contents, store, pace=Pace(keep=timedelta()), clock=clock)
    worker.run_once()
    clock.advance(days=1)
    changing = Mock(wraps=contents.changing)
    monkeypatch.setattr(contents, "changing", changing)
    assert worker.forget_expired() == 4
    assert changing.call_count == 5


def test_a_stopped_worker_lets_no_more_local_copies_go(
    store: MemoryStore, outbox: Outbox, contents: MemoryContents, clock: SetClock
) -> None:
    outbox.enqueue(enrolment(contents, 1), NOON)
    worker = SyncWorker(outbox, contents, store, pace=Pace(keep=timedelta()), clock=clock)
    worker.run_once()
    clock.advance(days=1)
    worker.stop()
    assert worker.forget_expired() == 0
    assert len(contents.held) == 4


def test_a_watching_worker_lets_local_copies_go_by_itself(
    store: MemoryStore, outbox: Outbox, contents: MemoryContents
) -> None:
    worker = SyncWorker(outbox, contents, store, pace=Pace(keep=timedelta(0)))
    outbox.enqueue(enrolment(contents, 1), worker._clock())
    with watching(worker):
        eventually(lambda: not contents.held)
    assert len(store.objects) == 4


def test_a_clinic_without_network_sees_its_own_dogs(
    store: MemoryStore, outbox: Outbox, contents: MemoryContents, clock: SetClock
) -> None:
    synced, waiting = enrolment(contents, 1), enrolment(contents, 2)
    outbox.enqueue(synced, NOON)
    SyncWorker(outbox, contents, store, clock=clock).run_once()
    outbox.enqueue(waiting, NOON)
    shown: ObjectStore = PendingStore(store, outbox, contents)
    everything = objects_of(synced + waiting, contents)
    assert {key: shown.get(key) for key in shown.keys("")} == everything
    store.before = away
    assert {key: shown.get(key) for key in everything} == everything
    assert all(shown.exists(key) for key in everything)
