"""To which store "synced" refers, on SQLite and on PostgreSQL."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import pytest

from noseprint.errors import ErrorCode, NoseprintError
from noseprint.records.audit import AuditTrail
from noseprint.records.database import connect, migrate
from noseprint.records.outbox import Outbox
from noseprint.records.outbox_decisions import Decisions
from noseprint.records.outbox_store import Destination
from noseprint.sync.outbox import Counts, EntryState, Fault, Handling, Moved, NewEntry, Report
from tests.support.outbox_doubles import NOON, MemoryContents, enrolment, new_entry, pet
from tests.support.vault import VAULT

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sqlalchemy import Engine

BUCKET = "kr.object.ncloudstorage.com clinic"
OTHER = "kr.object.ncloudstorage.com another-clinic"
TRAIL = AuditTrail(VAULT)
LOST = NoseprintError(ErrorCode.LOCAL_COPY_LOST, "it is missing")


@pytest.fixture
def engine(url: str) -> Iterator[Engine]:
    opened = connect(url)
    migrate(opened, VAULT)
    yield opened
    opened.dispose()


@pytest.fixture
def outbox(engine: Engine) -> Outbox:
    return Outbox(engine, "kiosk-1", trail=TRAIL)


@pytest.fixture
def destination(engine: Engine) -> Destination:
    return Destination(engine, TRAIL, "kiosk-1")


@pytest.fixture
def contents() -> MemoryContents:
    return MemoryContents()


def sync(outbox: Outbox, entries: Sequence[NewEntry]) -> None:
    outbox.enqueue(entries, NOON)
    runs = outbox.claim(99, NOON)
    outbox.settle([Report(run, run.entries) for run in runs], NOON)


def refused(destination: Destination, identity: str) -> ErrorCode | None:
    try:
        destination.require(identity)
    except NoseprintError as error:
        return error.code
    return None


def test_what_was_synced_to_one_store_is_not_claimed_of_another(
    outbox: Outbox, destination: Destination, contents: MemoryContents
) -> None:
    destination.require(BUCKET)
    sync(outbox, enrolment(contents, 1))
    with pytest.raises(NoseprintError) as raised:
        destination.require(OTHER)
    assert raised.value.code is ErrorCode.STORE_CHANGED
    assert raised.value.facts == {"former": BUCKET, "present": OTHER}
    assert "sync --to-this-store" in raised.value.sentence("en")
    destination.require(BUCKET)


def test_a_mere_look_keeps_nothing(outbox: Outbox, destination: Destination, contents: MemoryContents) -> None:
    destination.check(OTHER)
    destination.require(BUCKET)
    destination.check(OTHER)
    sync(outbox, enrolment(contents, 1))
    destination.check(BUCKET)
    with pytest.raises(NoseprintError) as raised:
        destination.check(OTHER)
    assert raised.value.code is ErrorCode.STORE_CHANGED


def test_while_nothing_is_synced_any_store_may_be_the_one(
    outbox: Outbox, destination: Destination, contents: MemoryContents
) -> None:
    destination.require(BUCKET)
    outbox.enqueue(enrolment(contents, 1), NOON)
    destination.require(OTHER)
    sync(outbox, [])
    assert refused(destination, BUCKET) is ErrorCode.STORE_CHANGED


def test_what_an_earlier_version_synced_is_taken_to_be_in_the_first_store_that_is_asked_for(
    outbox: Outbox, destination: Destination, contents: MemoryContents
) -> None:
    sync(outbox, enrolment(contents, 1))
    destination.require(BUCKET)
    assert refused(destination, OTHER) is ErrorCode.STORE_CHANGED


def test_each_machine_has_a_store_of_its_own(
    engine: Engine, outbox: Outbox, destination: Destination, contents: MemoryContents
) -> None:
    destination.require(BUCKET)
    sync(outbox, enrolment(contents, 1))
    Destination(engine, TRAIL, "kiosk-2").require(OTHER)
    assert refused(destination, OTHER) is ErrorCode.STORE_CHANGED


def test_what_is_still_here_is_sent_to_the_new_store_and_the_rest_is_counted(
    engine: Engine, outbox: Outbox, destination: Destination, contents: MemoryContents
) -> None:
    destination.require(BUCKET)
    sync(outbox, enrolment(contents, 1))
    assert outbox.forget_expired(NOON.replace(year=2030), 99, NOON)
    sync(outbox, enrolment(contents, 2))
    Outbox(engine, "kiosk-2").enqueue(enrolment(contents, 3), NOON)
    assert destination.change(OTHER, NOON) == Moved(due=4, left=4)
    assert outbox.counts() == Counts(4, outbox.counts().waiting_bytes, 0)
    assert [run.pet_did for run in outbox.claim(9, NOON)] == [pet(2)]
    destination.require(OTHER)


def test_a_change_is_in_the_audit_trail(engine: Engine, destination: Destination) -> None:
    destination.change(OTHER, NOON, by="S1")
    (told,) = TRAIL.entries(engine)
    subject = hashlib.sha256(OTHER.encode()).hexdigest()
    assert (told.event_id, told.operator, told.subject) == ("NA-3009", "S1", subject)
    assert told.details == {"entries": 0, "left": 0}


def test_of_a_key_only_its_newest_content_goes_to_the_new_store(
    outbox: Outbox, destination: Destination, contents: MemoryContents
) -> None:
    old, new = (new_entry(contents, pet(1), "vector.npy", text, replaces=True) for text in (b"old", b"new"))
    sync(outbox, [old])
    sync(outbox, [new])
    assert destination.change(OTHER, NOON) == Moved(due=1, left=0)
    (run,) = outbox.claim(1, NOON)
    assert [entry.sha256 for entry in run.entries] == [new.sha256]


def test_no_vector_goes_to_a_store_without_its_photos(
    outbox: Outbox, destination: Destination, contents: MemoryContents
) -> None:
    sync(outbox, enrolment(contents, 1))
    assert outbox.forget_expired(NOON.replace(year=2030), 99, NOON)
    sync(outbox, [new_entry(contents, pet(1), "vector.npy", b"of a new model", replaces=True)])
    sync(outbox, [new_entry(contents, pet(1), "verify_1.jpg", b"a probe")])
    assert destination.change(OTHER, NOON) == Moved(due=1, left=4)
    (run,) = outbox.claim(1, NOON)
    assert [entry.key.rpartition("/")[2] for entry in run.entries] == ["verify_1.jpg"]


@pytest.mark.parametrize("fault", [None, LOST])
def test_nor_does_a_vector_that_was_still_to_be_sent(
    engine: Engine,
    outbox: Outbox,
    destination: Destination,
    contents: MemoryContents,
    fault: NoseprintError | None,
) -> None:
    sync(outbox, enrolment(contents, 1))
    assert outbox.forget_expired(NOON.replace(year=2030), 99, NOON)
    vector = new_entry(contents, pet(1), "vector.npy", b"of a new model", replaces=True)
    outbox.enqueue([vector], NOON)
    if fault:
        (run,) = outbox.claim(1, NOON)
        outbox.settle([Report(run, (), Fault(run.entries[0], fault, Handling.PARK))], NOON)
    assert destination.change(OTHER, NOON).parked == 1
    (held,) = outbox.open_entries(EntryState.PARKED)
    assert (held.key, held.error_code) == (vector.key, ErrorCode.PHOTOS_IN_FORMER_STORE)
    decisions = Decisions(engine, TRAIL, "kiosk-1")
    assert decisions.retry(NOON) == 0, "not among all others"
    assert vector.key not in [entry.key for run in outbox.claim(9, NOON) for entry in run.entries]
    assert decisions.retry(NOON, vector.key) == 1, "a person has copied its photos"
