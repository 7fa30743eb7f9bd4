from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from noseprint.errors import ErrorCode, NoseprintError
from noseprint.records.audit import BEGINNING, AuditTrail
from noseprint.records.audit_events import AuditEvent, act
from noseprint.records.database import connect, migrate, writing
from noseprint.vault.key_ring import KeyRing
from noseprint.vault.vault import Vault

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Engine

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
VAULT = Vault(KeyRing.generate())


def did(number: int) -> str:
    return f"did:ethr:besu:0x{number:040x}"


def append(engine: Engine, trail: AuditTrail, number: int) -> int:
    done = act(AuditEvent.PET_ENROLLED, "S1", did(number), photos=number, quality=80.5)
    with Session(writing(engine)) as session, session.begin():
        return trail.append(session, done, NOON + timedelta(minutes=number))


@pytest.fixture(scope="session")
def trail() -> AuditTrail:
    return AuditTrail(VAULT)


@pytest.fixture
def engine(url: str) -> Iterator[Engine]:
    opened = connect(url)
    migrate(opened, VAULT)
    yield opened
    opened.dispose()


def test_what_was_done_is_read_again_newest_first(engine: Engine, trail: AuditTrail) -> None:
    for number in (1, 2, 3):
        assert append(engine, trail, number) == number
    entries = trail.entries(engine)
    assert [(entry.seq, entry.subject) for entry in entries] == [(3, did(3)), (2, did(2)), (1, did(1))]
    assert entries[0].at == NOON + timedelta(minutes=3)
    assert entries[0].details == {"photos": 3, "quality": 80.5}
    assert (entries[0].event_id, entries[0].operator) == ("NA-1001", "S1")
    assert trail.verify(engine).seq == 3


def test_an_empty_trail_is_whole(engine: Engine, trail: AuditTrail) -> None:
    assert trail.verify(engine) == (0, BEGINNING)
    assert trail.entries(engine) == []


def test_acts_are_picked_by_moment_kind_and_number(engine: Engine, trail: AuditTrail) -> None:
    for number in (1, 2, 3):
        append(engine, trail, number)
    with Session(writing(engine)) as session, session.begin():
        trail.append(session, act(AuditEvent.RECORDS_SEARCHED, found=2), NOON + timedelta(hours=1))
    assert [entry.seq for entry in trail.entries(engine, since=NOON + timedelta(minutes=2))] == [4, 3, 2]
    assert [entry.seq for entry in trail.entries(engine, event=AuditEvent.PET_ENROLLED, limit=2)] == [3, 2]


def test_an_act_that_is_rolled_back_was_never_written_down(engine: Engine, trail: AuditTrail) -> None:
    append(engine, trail, 1)
    with Session(writing(engine)) as session:
        trail.append(session, act(AuditEvent.RECORDS_SEARCHED, found=2), NOON)
        session.rollback()
    assert append(engine, trail, 2) == 2
    assert trail.verify(engine).seq == 2


def test_several_acts_of_one_transaction_are_one_chain(engine: Engine, trail: AuditTrail) -> None:
    with Session(writing(engine)) as session, session.begin():
        for found in range(3):
            trail.append(session, act(AuditEvent.RECORDS_SEARCHED, found=found), NOON)
    assert trail.verify(engine).seq == 3


def test_kiosks_that_write_at_the_same_time_keep_one_chain(url: str, engine: Engine, trail: AuditTrail) -> None:
    kiosks = [engine, connect(url), connect(url)]

    def work(kiosk: int) -> list[int]:
        return [append(kiosks[kiosk % 3], trail, number) for number in range(1, 9)]

    with ThreadPoolExecutor(6) as threads:
        numbers = [number for done in threads.map(work, range(6)) for number in done]
    for kiosk in kiosks[1:]:
        kiosk.dispose()
    assert sorted(numbers) == list(range(1, 49))
    assert trail.verify(engine).seq == 48


def test_a_trail_is_proven_while_others_write(engine: Engine, trail: AuditTrail) -> None:
    append(engine, trail, 1)
    with ThreadPoolExecutor(1) as thread:
        writing_on = thread.submit(lambda: [append(engine, trail, number) for number in range(2, 30)])
        while not writing_on.done():
            assert trail.verify(engine).seq >= 1
        assert writing_on.exception() is None
    assert trail.verify(engine).seq == 29


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit SET operator = 'S2'",
        "UPDATE audit SET operator = 'S2' WHERE seq = 2",
        "DELETE FROM audit WHERE seq = 2",
        "DELETE FROM audit",
        "DELETE FROM audit_head",
        "INSERT INTO audit SELECT * FROM audit WHERE seq = 2",
        "INSERT INTO audit_head VALUES (2, 0, '', '')",
    ],
)
def test_the_database_itself_refuses_to_change_or_remove_acts(
    engine: Engine, trail: AuditTrail, statement: str
) -> None:
    for number in (1, 2, 3):
        append(engine, trail, number)
    with pytest.raises(DBAPIError), engine.begin() as connection:
        connection.execute(text(statement))
    assert trail.verify(engine).seq == 3


@pytest.mark.parametrize("table", ["audit", "audit_head"])
def test_no_statement_of_one_databases_own_gets_around_that(engine: Engine, trail: AuditTrail, table: str) -> None:
    append(engine, trail, 1)
    statement = {"sqlite": f"REPLACE INTO {table} SELECT * FROM {table}", "postgresql": f"TRUNCATE {table}"}  # noqa: S608
    with pytest.raises(DBAPIError), engine.begin() as connection:
        connection.execute(text(statement[engine.dialect.name]))
    assert trail.verify(engine).seq == 1


def test_a_changed_row_is_found_on_every_database(url: str, engine: Engine, trail: AuditTrail) -> None:
    for number in (1, 2, 3):
        append(engine, trail, number)
    other = create_engine(url)
    with other.begin() as connection:
        table = " ON audit" if engine.dialect.name == "postgresql" else ""
        guard = "audit_append_only" if table else "audit_no_update"
        connection.execute(text(f"DROP TRIGGER {guard}{table}"))
        connection.execute(text("UPDATE audit SET details = '{}' WHERE seq = 2"))
    other.dispose()
    with pytest.raises(NoseprintError) as caught:
        trail.verify(engine)
    assert (caught.value.code, caught.value.facts["seq"]) == (ErrorCode.AUDIT_BROKEN, 2)
