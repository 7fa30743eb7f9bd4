"""What people decide about what waits, on SQLite and on PostgreSQL."""

from __future__ import annotations

import hashlib
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import text, update
from sqlalchemy.orm import Session

from noseprint.errors import ErrorCode, NoseprintError
from noseprint.records.audit import AuditTrail
from noseprint.records.audit_events import AuditEvent, act
from noseprint.records.database import connect, migrate, writing
from noseprint.records.outbox import Outbox, enqueue
from noseprint.records.outbox_decisions import Decisions
from noseprint.records.outbox_store import Destination
from noseprint.records.outbox_tables import OutboxEntryRow
from noseprint.sync.outbox import Counts, EntryState, Fault, Handling, HolderBacklog, Report, Run
from tests.support.outbox_doubles import NOON, MemoryContents, enrolment, new_entry, pet
from tests.support.vault import VAULT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sqlalchemy import Engine

    from noseprint.sync.outbox import NewEntry

LATER = timedelta(minutes=1)
PATIENCE_S = 4.0
TRAIL = AuditTrail(VAULT)
CONFLICT = NoseprintError(ErrorCode.OBJECT_CONFLICT, "5 bytes there, 6 here", key="k")
LOST = NoseprintError(ErrorCode.LOCAL_COPY_LOST, "it is missing")


@pytest.fixture
def engine(url: str) -> Iterator[Engine]:
    opened = connect(url)
    migrate(opened, VAULT)
    yield opened
    opened.dispose()


@pytest.fixture
def outbox(engine: Engine) -> Outbox:
    return Outbox(engine, "kiosk-1")


@pytest.fixture
def decisions(engine: Engine) -> Decisions:
    return Decisions(engine, TRAIL, "kiosk-1")


@pytest.fixture
def contents() -> MemoryContents:
    return MemoryContents()


def names(run: Run) -> list[str]:
    return [entry.key.rpartition("/")[2] for entry in run.entries]


def parked(outbox: Outbox, entries: list[NewEntry], error: NoseprintError = CONFLICT) -> str:
    """Let the second entry be parked, the first be synced; the key of the second."""
    outbox.enqueue(entries, NOON)
    (run,) = outbox.claim(1, NOON)
    outbox.settle([Report(run, run.entries[:1], Fault(run.entries[1], error, Handling.PARK))], NOON)
    return run.entries[1].key


def told(engine: Engine) -> list[tuple[str, str, dict[str, object]]]:
    assert TRAIL.verify(engine)
    return [(entry.event_id, entry.subject, dict(entry.details)) for entry in TRAIL.entries(engine)]


def test_ours_takes_the_place_of_theirs_and_all_behind_it_goes_on(
    engine: Engine, outbox: Outbox, decisions: Decisions, contents: MemoryContents
) -> None:
    key = parked(outbox, enrolment(contents, 1))
    decisions.settle_conflict(key, "ours", NOON + LATER)
    (run,) = outbox.claim(1, NOON + LATER)
    assert names(run) == ["image_2.jpg", "vector.npy", "json"]
    assert (run.entries[0].replaces, run.entries[0].attempts) == (True, 0)
    assert told(engine) == [("NA-3007", pet(1), {"settled": "ours"})]


def test_theirs_ends_the_entry_without_an_upload_and_all_behind_it_goes_on(
    engine: Engine, outbox: Outbox, decisions: Decisions, contents: MemoryContents
) -> None:
    entries = enrolment(contents, 1)
    key = parked(outbox, entries)
    decisions.settle_conflict(key, "theirs", NOON + LATER)
    (run,) = outbox.claim(1, NOON + LATER)
    assert names(run) == ["vector.npy", "json"]
    outbox.settle([Report(run, run.entries)], NOON + LATER)
    assert outbox.counts() == Counts()
    assert told(engine) == [("NA-3007", pet(1), {"settled": "theirs"})]
    assert [(entry.key, entry.state) for entry in decisions.ended(9)] == [(key, EntryState.THEIRS)]
    assert outbox.kept(key) is None, "the store's content is the right one, here too"
    assert entries[1].spool_name not in outbox.mentioned()


def test_only_a_conflict_of_this_machine_can_be_settled(
    engine: Engine, outbox: Outbox, decisions: Decisions, contents: MemoryContents
) -> None:
    keys = [
        "no/such/key",
        parked(outbox, enrolment(contents, 1), LOST),
        parked(Outbox(engine, "kiosk-2"), enrolment(contents, 2)),
    ]
    for key in keys:
        with pytest.raises(NoseprintError) as raised:
            decisions.settle_conflict(key, "theirs", NOON)
        assert raised.value.code is ErrorCode.INVALID_REQUEST
    assert told(engine) == []


def test_what_is_parked_is_tried_again_with_all_behind_it(
    engine: Engine, outbox: Outbox, decisions: Decisions, contents: MemoryContents
) -> None:
    first, _second = parked(outbox, enrolment(contents, 1)), parked(outbox, enrolment(contents, 2))
    parked(Outbox(engine, "kiosk-2"), enrolment(contents, 3))
    assert decisions.retry(NOON + LATER, "no/such/key") == 0
    assert decisions.retry(NOON + LATER, first) == 1
    (run,) = outbox.claim(9, NOON + LATER)
    assert names(run) == ["image_2.jpg", "vector.npy", "json"]
    assert (run.entries[0].replaces, run.entries[0].attempts) == (False, 0)
    assert decisions.retry(NOON + LATER) == 1
    assert [run.pet_did for run in outbox.claim(9, NOON + LATER)] == [pet(2)]


def test_the_machines_on_which_something_waits_are_told_apart(
    engine: Engine, outbox: Outbox, decisions: Decisions, contents: MemoryContents
) -> None:
    parked(outbox, enrolment(contents, 1))
    Outbox(engine, "kiosk-2").enqueue([*enrolment(contents, 2), *enrolment(contents, 3)], NOON + LATER)
    assert decisions.holders() == [
        HolderBacklog("kiosk-1", 1, 2, 1, NOON),
        HolderBacklog("kiosk-2", 2, 8, 0, NOON + LATER),
    ]


def test_nothing_waits_any_more_for_a_machine_that_was_given_up(
    engine: Engine, outbox: Outbox, decisions: Decisions, contents: MemoryContents
) -> None:
    *photos, vector, document = enrolment(contents, 1)
    lost = Outbox(engine, "kiosk-2")
    lost.enqueue(photos, NOON)
    outbox.enqueue([vector, document], NOON)
    assert outbox.claim(9, NOON) == []
    assert decisions.give_up("kiosk-2", NOON + LATER).waiting == 2
    (run,) = outbox.claim(9, NOON + LATER)
    assert names(run) == ["vector.npy", "json"]
    assert {(entry.holder, entry.state) for entry in decisions.ended(9)} == {("kiosk-2", EntryState.GIVEN_UP)}
    assert [found.holder for found in decisions.holders()] == ["kiosk-1"]
    subject = hashlib.sha256(b"kiosk-2").hexdigest()
    assert told(engine) == [("NA-3010", subject, {"entries": 2, "pets": 1})]


def test_a_machine_that_is_found_again_still_has_its_contents_and_may_send_them(
    engine: Engine, decisions: Decisions, contents: MemoryContents
) -> None:
    found = Outbox(engine, "kiosk-2")
    found.enqueue(enrolment(contents, 1), NOON)
    (run,) = found.claim(1, NOON)
    decisions.give_up("kiosk-2", NOON)
    assert found.settle([Report(run, run.entries)], NOON) == [], "its claim has ended"
    assert found.claim(9, NOON + LATER) == []
    assert len(found.mentioned()) == 4
    assert Decisions(engine, TRAIL, "kiosk-2").retry(NOON + LATER) == 4
    assert found.claim(9, NOON + LATER)


def test_a_vector_that_was_given_up_takes_its_photos_with_it_when_it_is_tried_again(
    engine: Engine, decisions: Decisions, contents: MemoryContents
) -> None:
    found, again = Outbox(engine, "kiosk-2"), Decisions(engine, TRAIL, "kiosk-2")
    entries = enrolment(contents, 1)
    probe = new_entry(contents, pet(1), "verify_1.jpg", b"v")
    found.enqueue([*entries, probe, *enrolment(contents, 2)], NOON)
    decisions.give_up("kiosk-2", NOON)
    assert again.retry(NOON + LATER, entries[2].key) == 4
    (run,) = found.claim(9, NOON + LATER)
    assert names(run) == ["image_1.jpg", "image_2.jpg", "vector.npy", "json"]
    assert again.retry(NOON + LATER, probe.key) == 1, "which stands for itself"


def test_what_is_kept_here_no_more_is_not_tried_again(
    engine: Engine, decisions: Decisions, contents: MemoryContents
) -> None:
    found = Outbox(engine, "kiosk-2")
    found.enqueue(enrolment(contents, 1), NOON)
    decisions.give_up("kiosk-2", NOON)
    with engine.begin() as connection:
        connection.execute(text("UPDATE outbox_entries SET kept = false"))
    assert Decisions(engine, TRAIL, "kiosk-2").retry(NOON + LATER) == 0


DECISIONS: dict[str, Callable[[Engine, str], object]] = {
    "settle": lambda engine, key: Decisions(engine, TRAIL, "kiosk-1").settle_conflict(key, "ours", NOON),
    "retry": lambda engine, key: Decisions(engine, TRAIL, "kiosk-1").retry(NOON, key),
    "retry all": lambda engine, _: Decisions(engine, TRAIL, "kiosk-1").retry(NOON),
    "change": lambda engine, _: Destination(engine, TRAIL, "kiosk-1").change("elsewhere", NOON),
    "give up": lambda engine, _: Decisions(engine, TRAIL, "kiosk-2").give_up("kiosk-1", NOON),
}


@pytest.mark.parametrize("url", ["postgresql"], indirect=True)
@pytest.mark.parametrize("decision", DECISIONS)
def test_a_decision_waits_for_a_save_and_never_both_for_each_other(
    engine: Engine, outbox: Outbox, contents: MemoryContents, decision: str
) -> None:
    key = parked(outbox, enrolment(contents, 1))
    probe = new_entry(contents, pet(1), "verify_1.jpg", b"v")
    with ThreadPoolExecutor(1) as other:
        with Session(writing(engine)) as saving, saving.begin():
            enqueue(saving, [probe], holder="kiosk-1", now=NOON)
            me = saving.connection().scalar(text("SELECT pg_backend_pid()"))
            decided = other.submit(DECISIONS[decision], engine, key)
            wait_until_blocked_by(engine, me)
            saving.execute(update(OutboxEntryRow).values(attempts=1))
            TRAIL.append(saving, act(AuditEvent.PHOTOS_DROPPED, photos=1), NOON)
        decided.result()
    assert len(told(engine)) == (1 if decision.startswith("retry") else 2)


def wait_until_blocked_by(engine: Engine, process: int) -> None:
    """Wait until the database says that somebody waits for this one of its processes."""
    waiting = text("SELECT count(*) FROM pg_stat_activity WHERE :process = ANY(pg_blocking_pids(pid))")
    deadline = time.monotonic() + PATIENCE_S
    with engine.connect() as connection:
        while not connection.scalar(waiting, {"process": process}):
            assert time.monotonic() < deadline
            connection.rollback()


def test_neither_this_machine_nor_an_unknown_one_can_be_given_up(
    engine: Engine, outbox: Outbox, decisions: Decisions, contents: MemoryContents
) -> None:
    outbox.enqueue([new_entry(contents, pet(1), "verify_1.jpg", b"v")], NOON)
    for holder in ("kiosk-1", "kiosk-9"):
        with pytest.raises(NoseprintError) as raised:
            decisions.give_up(holder, NOON)
        assert raised.value.code is ErrorCode.INVALID_REQUEST
    assert (outbox.counts().waiting, told(engine)) == (1, [])
