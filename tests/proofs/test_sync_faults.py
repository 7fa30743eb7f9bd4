"""2,000 steps of saving, syncing, failing and dying against a real S3 server behind a line that goes wrong.

Whatever happens meanwhile: no vector is in the store without its photos, nothing is there that was not saved, and what
the outbox calls synced is there. In the end every saved record is there, once, whole, in order.
"""

from __future__ import annotations

import hashlib
import itertools
import random
import threading
from collections import Counter
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test
from sqlalchemy import select
from sqlalchemy.orm import Session

from noseprint.errors import ErrorCode, NoseprintError
from noseprint.records.audit import AuditTrail
from noseprint.records.database import connect, migrate, writing
from noseprint.records.outbox import LEASE, Outbox, enqueue
from noseprint.records.outbox_decisions import Decisions
from noseprint.records.outbox_tables import OutboxEntryRow
from noseprint.sync import s3_store
from noseprint.sync.outbox import Counts, EntryKind, EntryState, NewEntry
from noseprint.sync.s3_store import S3Store
from noseprint.sync.spool import Spool
from noseprint.sync.worker import Pace, SyncWorker
from tests.integration.records.conftest import url
from tests.integration.sync.conftest import no_web_proxy, rclone
from tests.integration.sync.conftest import settings as s3_settings
from tests.support.dying_worker import DyingOutbox, DyingStore, Killed
from tests.support.faulty_s3_proxy import Fault, FaultyS3Proxy
from tests.support.outbox_doubles import SetClock
from tests.support.vault import VAULT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from sqlalchemy import Engine

    from noseprint.sync.object_store import ObjectStore
    from tests.support.s3_server import RcloneS3

__all__ = ["no_web_proxy", "rclone", "url"]

STEPS = 2_000
STEPS_A_RUN = 50
RUNS = STEPS // 30  # many end early: Hypothesis limits what is drawn for one
KEEP = timedelta(days=1)
LIMITS: dict[str, Any] = {"attempts": 2, "connect_timeout_s": 1.0, "read_timeout_s": 1.0, "deadline_s": 5.0}
MOST_ROUNDS = 30
ENROLLED = "image_"
# Half of the requests pass, or hardly anything would ever arrive. A stall costs a second.
BRIEF_TROUBLE = st.lists(st.sampled_from(Fault) | st.just(Fault.NONE), max_size=12)
LONG_TROUBLE = st.lists(st.sampled_from([fault for fault in Fault if fault is not Fault.STALL]), min_size=1, max_size=4)


@dataclass
class World:
    """What outlives one run of the machine: the server, the line to it, the database."""

    rclone: RcloneS3
    proxy: FaultyS3Proxy
    engine: Engine
    folder: Path
    runs: Iterator[int] = field(default_factory=itertools.count)
    done: Counter[str] = field(default_factory=Counter)


class SyncUnderFaults(RuleBasedStateMachine):
    """One clinic's saving and syncing, among others on the same server."""

    def __init__(self, world: World) -> None:
        super().__init__()
        self.world = world
        self.number = next(world.runs)
        world.done["runs"] += 1
        self.clock = SetClock()
        self.spool = Spool(world.folder / f"spool-{self.number}", VAULT)
        self.outbox = Outbox(world.engine, f"kiosk-{self.number}")
        self.store = S3Store(s3_settings(world.proxy.endpoint, **LIMITS))
        self.direct = S3Store(s3_settings(world.rclone.endpoint))
        self.worker = self._new_worker()
        self.saved: dict[str, list[bytes]] = {}  # by key, in order
        self.strangers: dict[str, bytes] = {}
        self.pets: list[str] = []
        self.sent_early: list[str] = []
        self.contents = itertools.count()
        world.proxy.heal()
        world.proxy.before_upload = self._note_upload

    @rule(photos=st.integers(1, 3))
    def save_an_enrolment(self, photos: int) -> None:
        pet_did = self._pet_did(len(self.pets))
        self.pets.append(pet_did)
        self._save(self._enrolment(pet_did, photos))

    @rule(photos=st.integers(1, 2))
    def begin_an_enrolment_and_die_before_the_commit(self, photos: int) -> None:
        with suppress(Killed), self.spool.changing(), Session(writing(self.world.engine)) as session, session.begin():
            enqueue(
                session,
                [*self._enrolment(self._pet_did(10**6), photos)],
                holder=self.outbox.holder,
                now=self.clock(),
            )
            raise Killed

    @precondition(lambda self: self.pets)
    @rule(data=st.data())
    def save_a_verification(self, data: st.DataObject) -> None:
        pet_did = data.draw(st.sampled_from(self.pets))
        key = f"nose-print-photo/{pet_did}/verify_{next(self.contents):06d}.jpg"
        self._save([self._entry(pet_did, EntryKind.VERIFICATION, key)])

    @precondition(lambda self: self.pets)
    @rule(data=st.data())
    def replace_vectors(self, data: st.DataObject) -> None:
        self._save(self._vectors(data.draw(st.sampled_from(self.pets)), replaces=True))

    @precondition(lambda self: self.pets)
    @rule(data=st.data())
    def a_stranger_takes_a_photos_place(self, data: st.DataObject) -> None:
        pet_did = data.draw(st.sampled_from(self.pets))
        key = f"nose-print-photo/{pet_did}/image_1.jpg"
        waiting = key in self.outbox.open_keys(key)
        if waiting and key not in self.strangers and not self._file(key).exists():
            self.strangers[key] = b"another dog"
            self.direct.put(key, b"another dog", "image/jpeg")

    @rule(faults=BRIEF_TROUBLE)
    def sync_while_things_go_wrong(self, faults: list[Fault]) -> None:
        self.world.proxy.plan(faults, for_ever=False)
        self._sync_what_waits()

    @rule(faults=LONG_TROUBLE)
    def sync_while_things_go_wrong_and_stay_so(self, faults: list[Fault]) -> None:
        self.world.proxy.plan(faults, for_ever=True)
        self._sync_what_waits()

    @rule()
    def mend_the_line_and_sync(self) -> None:
        self.world.proxy.heal()
        self._sync_what_waits()

    @rule()
    def sync_what_is_due(self) -> None:
        self.worker.run_once()

    @rule(faults=BRIEF_TROUBLE)
    def two_workers_sync_at_once(self, faults: list[Fault]) -> None:
        self.world.proxy.plan(faults, for_ever=False)
        self.outbox.hasten(self.clock())
        self._in_threads(self.worker.run_once, self._new_worker().run_once)

    @rule(calls=st.integers(1, 8), unsettled=st.booleans(), faults=BRIEF_TROUBLE)
    def a_worker_dies(self, calls: int, unsettled: bool, faults: list[Fault]) -> None:
        self.world.proxy.plan(faults, for_ever=False)
        self.outbox.hasten(self.clock())
        outbox = DyingOutbox(self.world.engine, self.outbox.holder) if unsettled else self.outbox
        store = self.store if unsettled else DyingStore(self.store, calls)
        with suppress(Killed):
            self._new_worker(outbox, store).run_once()

    @rule(sweep=st.booleans())
    def start_again(self, sweep: bool) -> None:
        """As a program does that knows itself alone."""
        self.outbox.forget_claims()
        self.worker = self._new_worker()
        if sweep:
            with self.spool.changing():
                self.spool.sweep(self.outbox.mentioned())

    @rule(seconds=st.sampled_from([3, 20, 200, 1_000, 4_000, 100_000]))
    def time_passes(self, seconds: int) -> None:
        self.clock.advance(seconds=seconds)

    @rule(days=st.sampled_from([-400, -2, -0.05, 3, 400]))
    def the_clock_is_set(self, days: float) -> None:
        self.clock.advance(days=days)

    @rule()
    def old_copies_are_dropped(self) -> None:
        self.worker.forget_expired()

    @invariant()
    def no_vector_is_in_the_store_without_its_photos(self) -> None:
        assert self.sent_early == []
        for pet_did in self.pets:
            if self._file(self._json_key(pet_did)).exists():
                assert self._lacking(pet_did) == []

    @invariant()
    def nothing_is_in_the_store_that_was_not_saved(self) -> None:
        for key, content in self._stored().items():
            assert content in [*self.saved.get(key, []), self.strangers.get(key)], key

    @invariant()
    def what_is_called_synced_is_in_the_store(self) -> None:
        stored = self._stored()
        for key, states in self._states().items():
            newest = max((place for place, state in enumerate(states) if state == EntryState.SYNCED), default=None)
            if newest is not None:
                assert stored[key] in self.saved[key][newest:], key

    @invariant()
    def what_waits_can_be_read_here(self) -> None:
        assert self.outbox.mentioned() <= set(self.spool.names())
        for entry in self.outbox.open_entries(EntryState.PARKED):
            assert (entry.error_code, entry.key in self.strangers) == (ErrorCode.OBJECT_CONFLICT, True), entry
        for key, content in self.strangers.items():
            assert self._file(key).read_bytes() == content

    def teardown(self) -> None:
        """The end of the story: the line is good again, and a person answers what only a person can."""
        try:
            self.world.proxy.heal()
            self.world.done["objects"] += len(self.saved)
            for _ in range(MOST_ROUNDS):
                if self.outbox.counts() == Counts():
                    break
                self.clock.advance(seconds=LEASE.total_seconds() + 1)
                parked = self.outbox.open_entries(EntryState.PARKED)
                decisions = Decisions(self.world.engine, AuditTrail(VAULT), self.outbox.holder)
                for key in {entry.key for entry in parked if entry.error_code == ErrorCode.OBJECT_CONFLICT}:
                    decisions.settle_conflict(key, "ours", self.clock())
                decisions.retry(self.clock())
                self.outbox.hasten(self.clock())
                self.worker.run_once()
            self.world.proxy.wait_until_idle()
            assert self.outbox.counts() == Counts()
            assert self._stored() == {key: contents[-1] for key, contents in self.saved.items()}
            assert self.sent_early == []
        finally:
            self.store.close()
            self.direct.close()

    def check_invariants(self, *arguments: object, **options: object) -> None:
        """After every step: what a client has given up is awaited first, for the server may still take it."""
        self.world.proxy.wait_until_idle()
        self.world.done["steps"] += 1
        super().check_invariants(*arguments, **options)

    def _sync_what_waits(self) -> None:
        self.outbox.hasten(self.clock())
        self.worker.run_once()

    def _new_worker(self, outbox: Outbox | None = None, store: ObjectStore | None = None) -> SyncWorker:
        pace = Pace(parallel=2, keep=KEEP)
        return SyncWorker(outbox or self.outbox, self.spool, store or self.store, pace=pace, clock=self.clock)

    def _in_threads(self, *works: Callable[[], object]) -> None:
        failures: list[Exception] = []

        def carry(work: Callable[[], object]) -> None:
            try:
                work()
            except NoseprintError as error:
                failures.append(error)

        threads = [threading.Thread(target=carry, args=(work,)) for work in works]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert failures == []

    def _save(self, entries: Iterator[NewEntry] | Sequence[NewEntry]) -> None:
        """As the clinic does it: contents first, then what mentions them, in one transaction."""
        with self.spool.changing():
            entries = [*entries]
            with Session(writing(self.world.engine)) as session, session.begin():
                enqueue(session, entries, holder=self.outbox.holder, now=self.clock())
        for entry in entries:
            self.saved.setdefault(entry.key, []).append(self.spool.read(entry.spool_name))

    def _enrolment(self, pet_did: str, photos: int) -> Iterator[NewEntry]:
        for place in range(1, photos + 1):
            yield self._entry(pet_did, EntryKind.PHOTO, f"nose-print-photo/{pet_did}/{ENROLLED}{place}.jpg")
        yield from self._vectors(pet_did, replaces=False)

    def _vectors(self, pet_did: str, *, replaces: bool) -> Iterator[NewEntry]:
        for key in (f"nose-print-photo/{pet_did}/vector.npy", self._json_key(pet_did)):
            yield self._entry(pet_did, EntryKind.VECTOR, key, replaces=replaces)

    def _entry(self, pet_did: str, kind: EntryKind, key: str, *, replaces: bool = False) -> NewEntry:
        draw = random.Random(f"{self.number}/{next(self.contents)}")  # noqa: S311 - reproducible contents
        content = draw.randbytes(draw.choice([1, 3_000, 20_000, 200_000]))
        digest = hashlib.sha256(content).hexdigest()
        return NewEntry(
            pet_did, kind, key, "application/octet-stream", self.spool.put(content), digest, len(content), replaces
        )

    def _pet_did(self, number: int) -> str:
        return f"did:ethr:besu:0x{self.number:08x}{number:032x}"

    @staticmethod
    def _json_key(pet_did: str) -> str:
        return f"pet/petDID/{pet_did}.json"

    def _note_upload(self, key: str) -> None:
        """The server is about to take something: of a vector, this is the moment that its photos must be there."""
        pet_did = key.removesuffix(".json").split("/")[1 if key.startswith("nose") else 2]
        if key.endswith((".json", ".npy")) and self._lacking(pet_did):
            self.sent_early.append(key)

    def _lacking(self, pet_did: str) -> list[str]:
        photos = [key for key in self.saved if key.startswith(f"nose-print-photo/{pet_did}/{ENROLLED}")]
        return [key for key in photos if self._content(key) != self.saved[key][0]]

    def _stored(self) -> dict[str, bytes]:
        """What the server holds of this run, seen from behind."""
        bucket = self.world.rclone.bucket_folder
        mine = f"did:ethr:besu:0x{self.number:08x}*"
        files = [*bucket.glob(f"nose-print-photo/{mine}/*"), *bucket.glob(f"pet/petDID/{mine}")]
        return {file.relative_to(bucket).as_posix(): file.read_bytes() for file in files}

    def _content(self, key: str) -> bytes | None:
        file = self._file(key)
        return file.read_bytes() if file.exists() else None

    def _file(self, key: str) -> Path:
        return self.world.rclone.bucket_folder / key

    def _states(self) -> dict[str, list[str]]:
        mine = select(OutboxEntryRow.key, OutboxEntryRow.state).where(OutboxEntryRow.holder == self.outbox.holder)
        states: dict[str, list[str]] = {}
        with Session(self.world.engine) as session:
            for key, state in session.execute(mine.order_by(OutboxEntryRow.id)):
                states.setdefault(key, []).append(state)
        return states


@pytest.mark.proof
@pytest.mark.provokes_warnings  # of urllib3, about headers that are cut
def test_every_saved_record_ends_in_the_store_once_whole_in_order_whatever_the_line_does(
    url: str,
    rclone: RcloneS3,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(s3_store, "_FIRST_PAUSE_S", 0.005)
    with ExitStack() as stack:
        engine = connect(url)
        stack.callback(engine.dispose)
        migrate(engine, VAULT)
        proxy = stack.enter_context(FaultyS3Proxy(rclone.endpoint))
        world = World(rclone, proxy, engine, tmp_path)
        run_state_machine_as_test(
            lambda: SyncUnderFaults(world),
            settings=settings(max_examples=RUNS, stateful_step_count=STEPS_A_RUN, phases=[Phase.generate]),
        )
    print(dict(world.done), {fault.name: count for fault, count in proxy.suffered.items()})  # noqa: T201 - the record
    assert world.done["steps"] - world.done["runs"] >= STEPS
    assert min(proxy.suffered.values()) > 0
