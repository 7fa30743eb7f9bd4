"""The outbox on a real database: claims, order, leases and clocks."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy.orm import Session

from noseprint.errors import ErrorCode, NoseprintError
from noseprint.records.database import connect, migrate, sqlite_url, writing
from noseprint.records.outbox import LEASE, LONGEST_PAUSE, Outbox, enqueue
from noseprint.sync.outbox import Counts, EntryState, Fault, Handling, NewEntry, Report, Run
from tests.support.outbox_doubles import NOON, MemoryContents, SetClock, enrolment, new_entry, pet
from tests.support.vault import VAULT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime
    from pathlib import Path

    from sqlalchemy import Engine

LATER = timedelta(minutes=5)
AWAY = NoseprintError(ErrorCode.STORAGE_CONNECTION_ERROR, "no network")
CONFLICT = NoseprintError(ErrorCode.OBJECT_CONFLICT, "5 bytes there, 6 here", key="k")


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
def contents() -> MemoryContents:
    return MemoryContents()


def names(run: Run) -> list[str]:
    return [entry.key.rpartition("/")[2] for entry in run.entries]


def claimed(outbox: Outbox, now: datetime = NOON) -> Run:
    (run,) = outbox.claim(1, now)
    return run


def settle(outbox: Outbox, report: Report, now: datetime) -> bool:
    return outbox.settle([report], now) == [report]


def test_an_owner_is_one_machine_in_one_database(engine: Engine, tmp_path: Path) -> None:
    other = connect(sqlite_url(tmp_path / "other.db"))
    migrate(other, VAULT)
    owners = [Outbox(database, machine).owner() for database in (engine, other) for machine in ("kiosk-1", "kiosk-2")]
    other.dispose()
    assert len(set(owners)) == 4
    assert Outbox(engine, "kiosk-1").owner() == owners[0]


def failed(run: Run, place: int, handling: Handling, next_at: datetime | None = None) -> Report:
    error = CONFLICT if handling is Handling.PARK else AWAY
    return Report(run, run.entries[:place], Fault(run.entries[place], error, handling, next_at))


def test_entries_are_there_with_the_transaction_that_enqueued_them_and_only_then(
    engine: Engine, outbox: Outbox, contents: MemoryContents
) -> None:
    with Session(writing(engine)) as session, session.begin():
        enqueue(session, enrolment(contents, 1), holder="kiosk-1", now=NOON)
        session.rollback()
    assert outbox.counts() == Counts()
    assert outbox.claim(9, NOON) == []
    with Session(writing(engine)) as session, session.begin():
        enqueue(session, enrolment(contents, 1), holder="kiosk-1", now=NOON)
    assert outbox.counts().waiting == 4


def test_a_pet_is_claimed_whole_and_in_the_order_of_its_saving(outbox: Outbox, contents: MemoryContents) -> None:
    outbox.enqueue(enrolment(contents, 1), NOON)
    outbox.enqueue([new_entry(contents, pet(1), "verify_1.jpg", b"v")], NOON)
    run = claimed(outbox)
    assert names(run) == ["image_1.jpg", "image_2.jpg", "vector.npy", "json", "verify_1.jpg"]
    assert run.entries[0].created_at == NOON
    assert (run.entries[0].holder, run.entries[0].state) == ("kiosk-1", EntryState.WAITING)


def test_pets_that_wait_longest_come_first(outbox: Outbox, contents: MemoryContents) -> None:
    for number, minutes in ((1, 3), (2, 1), (3, 2)):
        outbox.enqueue(enrolment(contents, number), NOON + timedelta(minutes=minutes))
    assert [run.pet_did for run in outbox.claim(2, NOON + LATER)] == [pet(2), pet(3)]
    assert [run.pet_did for run in outbox.claim(9, NOON + LATER)] == [pet(1)]


def test_what_is_claimed_is_nobody_elses_until_its_lease_ends(outbox: Outbox, contents: MemoryContents) -> None:
    outbox.enqueue(enrolment(contents, 1), NOON)
    first = claimed(outbox)
    assert outbox.claim(1, NOON + LEASE - timedelta(seconds=1)) == []
    assert outbox.next_due() == NOON + LEASE
    assert claimed(outbox, NOON + LEASE).entries == first.entries


def test_a_renewed_lease_lasts_from_then_on(outbox: Outbox, contents: MemoryContents) -> None:
    outbox.enqueue(enrolment(contents, 1), NOON)
    run = claimed(outbox)
    assert outbox.renew(run, NOON + LATER)
    assert outbox.claim(1, NOON + LEASE) == []
    assert outbox.claim(1, NOON + LEASE + LATER)


def test_who_lost_a_claim_can_change_nothing_any_more(outbox: Outbox, contents: MemoryContents) -> None:
    outbox.enqueue(enrolment(contents, 1), NOON)
    slow = claimed(outbox)
    claimed(outbox, NOON + LEASE)
    assert not outbox.renew(slow, NOON + LEASE)
    assert not settle(outbox, Report(slow, slow.entries), NOON + LEASE)
    assert outbox.counts().waiting == 4


def test_what_is_synced_is_never_claimed_again(outbox: Outbox, contents: MemoryContents) -> None:
    outbox.enqueue(enrolment(contents, 1), NOON)
    run = claimed(outbox)
    assert settle(outbox, Report(run, run.entries), NOON)
    assert outbox.claim(9, NOON + timedelta(days=9)) == []
    assert outbox.counts() == Counts()
    assert outbox.next_due() is None
    assert outbox.open_entries() == []


def test_a_run_given_back_half_done_goes_on_where_it_ended(outbox: Outbox, contents: MemoryContents) -> None:
    outbox.enqueue(enrolment(contents, 1), NOON)
    run = claimed(outbox)
    settle(outbox, Report(run, run.entries[:2]), NOON)
    assert names(claimed(outbox)) == ["vector.npy", "json"]


def test_a_failure_lets_the_whole_pet_wait_for_its_next_try_and_no_other(
    outbox: Outbox, contents: MemoryContents
) -> None:
    outbox.enqueue(enrolment(contents, 1), NOON)
    outbox.enqueue(enrolment(contents, 2), NOON)
    run = claimed(outbox)
    settle(outbox, failed(run, 1, Handling.RETRY, NOON + LATER), NOON)
    assert [other.pet_did for other in outbox.claim(9, NOON)] == [pet(2)]
    assert outbox.next_due() == NOON + LATER
    again = claimed(outbox, NOON + LATER)
    assert names(again) == ["image_2.jpg", "vector.npy", "json"]
    head = again.entries[0]
    assert (head.attempts, head.error_code, head.error_detail) == (1, "ML_5003", "no network")
    settle(outbox, Report(again, again.entries), NOON + LATER)


def test_an_overcome_failure_is_forgotten(outbox: Outbox, contents: MemoryContents) -> None:
    outbox.enqueue(enrolment(contents, 1, photos=1)[:1], NOON)
    run = claimed(outbox)
    settle(outbox, failed(run, 0, Handling.RETRY, NOON), NOON)
    run = claimed(outbox)
    settle(outbox, Report(run, run.entries), NOON)
    entry = outbox.kept(run.entries[0].key)
    assert entry
    assert (entry.state, entry.error_code, entry.synced_at) == (EntryState.SYNCED, None, NOON)


def test_a_halt_costs_no_attempt_and_leaves_everything_due(outbox: Outbox, contents: MemoryContents) -> None:
    outbox.enqueue(enrolment(contents, 1), NOON)
    run = claimed(outbox)
    settle(outbox, failed(run, 0, Handling.HALT), NOON)
    head = claimed(outbox).entries[0]
    assert (head.attempts, head.error_code) == (0, "ML_5003")


def test_a_parked_photo_holds_back_its_vectors_but_neither_checks_nor_other_pets(
    outbox: Outbox, contents: MemoryContents
) -> None:
    outbox.enqueue(enrolment(contents, 1), NOON)
    outbox.enqueue([new_entry(contents, pet(1), "verify_1.jpg", b"v")], NOON)
    outbox.enqueue(enrolment(contents, 2), NOON + timedelta(seconds=1))
    run = claimed(outbox)
    settle(outbox, failed(run, 1, Handling.PARK), NOON)
    assert [names(run) for run in outbox.claim(9, NOON + LATER)] == [
        ["verify_1.jpg"],
        ["image_1.jpg", "image_2.jpg", "vector.npy", "json"],
    ]
    (parked,) = outbox.open_entries(EntryState.PARKED)
    assert (parked.key, parked.error_code) == (run.entries[1].key, "NP_2013")
    assert outbox.counts().parked == 1


def test_a_pet_that_only_waits_for_a_person_is_not_looked_at(outbox: Outbox, contents: MemoryContents) -> None:
    outbox.enqueue(enrolment(contents, 1), NOON)
    run = claimed(outbox)
    settle(outbox, failed(run, 0, Handling.PARK), NOON)
    assert outbox.next_due() is None
    assert outbox.claim(9, NOON + timedelta(days=9)) == []


def test_what_comes_in_while_its_pet_is_claimed_is_due_after_it(outbox: Outbox, contents: MemoryContents) -> None:
    outbox.enqueue(enrolment(contents, 1), NOON)
    run = claimed(outbox)
    outbox.enqueue([new_entry(contents, pet(1), "verify_1.jpg", b"v")], NOON + LATER)
    assert outbox.claim(9, NOON + LATER) == []
    settle(outbox, Report(run, run.entries), NOON + LATER)
    assert names(claimed(outbox, NOON + LATER)) == ["verify_1.jpg"]


def test_what_comes_in_behind_a_failure_waits_with_it(outbox: Outbox, contents: MemoryContents) -> None:
    outbox.enqueue(enrolment(contents, 1), NOON)
    run = claimed(outbox)
    settle(outbox, failed(run, 0, Handling.RETRY, NOON + LATER), NOON)
    outbox.enqueue([new_entry(contents, pet(1), "verify_1.jpg", b"v")], NOON)
    assert outbox.claim(9, NOON) == []


def test_a_person_may_hasten_what_waits_for_its_next_try(outbox: Outbox, contents: MemoryContents) -> None:
    outbox.enqueue(enrolment(contents, 1), NOON)
    run = claimed(outbox)
    settle(outbox, failed(run, 0, Handling.RETRY, NOON + LATER), NOON)
    outbox.hasten(NOON)
    assert outbox.claim(1, NOON)


def test_a_clock_set_back_neither_prolongs_a_pause_nor_a_claim(outbox: Outbox, contents: MemoryContents) -> None:
    outbox.enqueue(enrolment(contents, 1), NOON)
    outbox.enqueue(enrolment(contents, 2), NOON)
    first, _crashed = outbox.claim(2, NOON)
    settle(outbox, failed(first, 0, Handling.RETRY, NOON + LONGEST_PAUSE), NOON)
    yesterday = NOON - timedelta(days=1)
    assert {run.pet_did for run in outbox.claim(9, yesterday)} == {pet(1), pet(2)}


def test_a_clock_set_forward_makes_everything_due(outbox: Outbox, contents: MemoryContents) -> None:
    outbox.enqueue(enrolment(contents, 1), NOON)
    run = claimed(outbox)
    settle(outbox, failed(run, 0, Handling.RETRY, NOON + LONGEST_PAUSE), NOON)
    assert outbox.claim(9, NOON + timedelta(days=400))


def test_what_was_enqueued_by_a_clock_ahead_is_not_late(outbox: Outbox, contents: MemoryContents) -> None:
    outbox.enqueue(enrolment(contents, 1), NOON + timedelta(days=400))
    assert outbox.claim(1, NOON)


def test_the_claims_of_a_program_that_has_ended_can_be_given_free(outbox: Outbox, contents: MemoryContents) -> None:
    outbox.enqueue(enrolment(contents, 1), NOON)
    ended = claimed(outbox)
    outbox.forget_claims()
    assert claimed(outbox)
    assert not outbox.renew(ended, NOON)


def test_each_kiosk_takes_only_what_it_holds(engine: Engine, outbox: Outbox, contents: MemoryContents) -> None:
    other = Outbox(engine, "kiosk-2")
    outbox.enqueue(enrolment(contents, 1), NOON)
    other.enqueue(enrolment(contents, 2), NOON)
    assert [run.pet_did for run in other.claim(9, NOON)] == [pet(2)]
    assert other.counts().waiting == 4
    assert other.kept(enrolment(contents, 1)[0].key) is None
    other.forget_claims()
    assert [run.pet_did for run in outbox.claim(9, NOON)] == [pet(1)]


def test_a_vector_of_one_kiosk_waits_for_the_photos_of_another(
    engine: Engine, outbox: Outbox, contents: MemoryContents
) -> None:
    other = Outbox(engine, "kiosk-2")
    *photos, vector, _ = enrolment(contents, 1)
    outbox.enqueue(photos, NOON)
    other.enqueue([vector, new_entry(contents, pet(1), "verify_1.jpg", b"v")], NOON)
    check = claimed(other)
    assert names(check) == ["verify_1.jpg"]
    settle(other, Report(check, check.entries), NOON)
    assert other.claim(1, NOON) == []
    run = claimed(outbox)
    settle(outbox, Report(run, run.entries), NOON)
    due = other.next_due()
    assert due
    assert due <= NOON + LONGEST_PAUSE
    assert names(claimed(other, due)) == ["vector.npy"]


def test_the_newest_content_of_a_key_is_the_one_that_is_shown(outbox: Outbox, contents: MemoryContents) -> None:
    old = new_entry(contents, pet(1), "vector.npy", b"old")
    new = new_entry(contents, pet(1), "vector.npy", b"new", replaces=True)
    outbox.enqueue([old, new], NOON)
    shown = outbox.kept(old.key)
    assert shown
    assert shown.spool_name == new.spool_name
    assert outbox.kept("another/key") is None


def test_open_keys_are_found_by_their_beginning_whatever_its_characters(
    outbox: Outbox, contents: MemoryContents
) -> None:
    entries = [new_entry(contents, pet(1), name, b"x") for name in ("verify_1%.jpg", "verify_12.jpg", "verify/_.jpg")]
    outbox.enqueue(entries, NOON)
    folder = f"nose-print-photo/{pet(1)}/"
    assert outbox.open_keys(folder) == {entry.key for entry in entries}
    assert outbox.open_keys(folder + "verify_1%") == {entries[0].key}
    assert outbox.open_keys(folder + "verify/") == {entries[2].key}
    run = claimed(outbox)
    settle(outbox, Report(run, run.entries), NOON)
    assert outbox.open_keys("") == set()


def test_a_content_is_let_go_when_its_last_mention_is_old_enough(outbox: Outbox, contents: MemoryContents) -> None:
    shared = new_entry(contents, pet(1), "image_1.jpg", b"same")
    young = new_entry(contents, pet(2), "image_1.jpg", b"same")
    alone = new_entry(contents, pet(1), "image_2.jpg", b"alone")
    outbox.enqueue([shared, alone], NOON)
    run = claimed(outbox)
    settle(outbox, Report(run, run.entries), NOON)
    outbox.enqueue([young], NOON)
    assert outbox.forget_expired(NOON, 10, NOON) is None
    assert outbox.forget_expired(NOON + LATER, 1, NOON) in ([], [alone.spool_name])
    assert outbox.forget_expired(NOON + LATER, 1, NOON) in ([], [alone.spool_name])
    assert outbox.forget_expired(NOON + LATER, 1, NOON) is None
    assert outbox.mentioned() == {young.spool_name}
    assert outbox.kept(alone.key) is None
    run = claimed(outbox)
    settle(outbox, Report(run, run.entries), NOON)
    assert outbox.forget_expired(NOON + LATER, 10, NOON) == [young.spool_name]
    assert outbox.mentioned() == set()


def test_what_waits_or_is_parked_is_never_let_go(outbox: Outbox, contents: MemoryContents) -> None:
    outbox.enqueue(enrolment(contents, 1), NOON)
    run = claimed(outbox)
    settle(outbox, failed(run, 0, Handling.PARK), NOON)
    assert outbox.forget_expired(NOON + timedelta(days=4000), 10, NOON) is None
    assert len(outbox.mentioned()) == 4


def test_workers_that_claim_at_once_never_get_the_same(engine: Engine, contents: MemoryContents) -> None:
    outboxes = [Outbox(engine, "kiosk-1") for _ in range(4)]
    outboxes[0].enqueue([entry for number in range(60) for entry in enrolment(contents, number, photos=1)], NOON)
    clock = SetClock()

    def claim_all(outbox: Outbox) -> list[str]:
        taken: list[str] = []
        while runs := outbox.claim(3, clock()):
            taken += [run.pet_did for run in runs]
            clock.advance(milliseconds=1)
            for run in runs:
                settle(outbox, Report(run, run.entries), clock())
        return taken

    with ThreadPoolExecutor(4) as pool:
        taken = Counter(did for some in pool.map(claim_all, outboxes) for did in some)
    assert taken == Counter(pet(number) for number in range(60))


def test_a_moment_without_a_time_zone_is_refused(outbox: Outbox, contents: MemoryContents) -> None:
    with pytest.raises(ValueError, match="without a time zone"):
        outbox.enqueue(enrolment(contents, 1), NOON.replace(tzinfo=None))
    with pytest.raises(ValueError, match="without a time zone"):
        outbox.claim(1, NOON.replace(tzinfo=None))


def test_an_entry_keeps_everything_it_was_given(outbox: Outbox, contents: MemoryContents) -> None:
    given = new_entry(contents, pet(1), "vector.npy", b"v", replaces=True)
    outbox.enqueue([given], NOON)
    (entry,) = outbox.open_entries()
    assert {name: getattr(entry, name) for name in NewEntry.__slots__} == {
        name: getattr(given, name) for name in NewEntry.__slots__
    }
