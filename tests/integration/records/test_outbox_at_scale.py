"""Ten thousand enrolments that wait slow nothing down: every question is answered by an index."""

from __future__ import annotations

import subprocess
import sys
import time
from collections import Counter
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import event, text

from noseprint.records.audit import AuditTrail
from noseprint.records.database import connect, migrate
from noseprint.records.outbox import Outbox
from noseprint.records.outbox_decisions import Decisions
from noseprint.sync.outbox import Report
from tests.support.outbox_doubles import NOON, MemoryContents, enrolment, new_entry, pet
from tests.support.vault import VAULT

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection, Engine

PETS = 2000
CLAIM_ALL = """
import sys
from datetime import datetime
from noseprint.records.database import connect
from noseprint.records.outbox import Outbox
from noseprint.sync.outbox import Report

url, now = sys.argv[1:]
outbox = Outbox(connect(url), "kiosk-1")
print("ready", flush=True)
sys.stdin.readline()
while runs := outbox.claim(2, datetime.fromisoformat(now)):
    print(*(run.pet_did for run in runs), sep="\\n", flush=True)
    outbox.settle([Report(run, run.entries) for run in runs], datetime.fromisoformat(now))
"""


@pytest.fixture
def engine(url: str) -> Iterator[Engine]:
    opened = connect(url)
    migrate(opened, VAULT)
    yield opened
    opened.dispose()


@pytest.fixture
def outbox(engine: Engine) -> Outbox:
    return Outbox(engine, "kiosk-1")


def let_wait(outbox: Outbox, pets: int, photos: int = 5) -> None:
    contents = MemoryContents()
    outbox.enqueue([entry for n in range(1000, 1000 + pets) for entry in enrolment(contents, n, photos)], NOON)


def test_a_claim_among_thousands_costs_no_more_than_among_few(outbox: Outbox) -> None:
    let_wait(outbox, 20)
    few = _seconds_of_turns(outbox)
    let_wait(outbox, PETS)
    assert _seconds_of_turns(outbox) < 4 * few + 0.05


def _seconds_of_turns(outbox: Outbox) -> float:
    """The quickest of some claims with their settling."""
    taken = []
    for _ in range(5):
        start = time.perf_counter()
        (run,) = outbox.claim(1, NOON)
        outbox.settle([Report(run, run.entries)], NOON)
        outbox.next_due()
        taken.append(time.perf_counter() - start)
    return min(taken)


def test_no_question_reads_a_whole_table(file_url: str) -> None:
    engine = connect(file_url)
    migrate(engine, VAULT)
    outbox = Outbox(engine, "kiosk-1")
    let_wait(outbox, 3)
    asked: list[tuple[str, object]] = []

    def note(_: Connection, __: object, statement: str, parameters: object, ___: object, ____: object) -> None:
        asked.append((statement, parameters))

    event.listen(engine, "before_cursor_execute", note)
    (run,) = outbox.claim(1, NOON)
    outbox.renew(run, NOON)
    outbox.settle([Report(run, run.entries)], NOON)
    outbox.next_due()
    outbox.counts()
    outbox.kept(run.entries[0].key)
    outbox.forget_expired(NOON + timedelta(days=1), 10, NOON)
    outbox.mentioned()
    outbox.open_entries()
    outbox.backlog()
    Decisions(engine, AuditTrail(VAULT), "kiosk-1").ended(9)
    Decisions(engine, AuditTrail(VAULT), "kiosk-1").holders()
    outbox.enqueue([new_entry(MemoryContents(), pet(1), "verify_1.jpg", b"v")], NOON)
    event.remove(engine, "before_cursor_execute", note)
    assert len(asked) >= 14
    with engine.connect() as connection:
        for statement, parameters in asked:
            if statement.startswith(("SELECT", "UPDATE")):
                plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters).all()
                assert not [step for step in plan if _reads_a_table(step[3])], (statement, plan)
    engine.dispose()


def _reads_a_table(step: str) -> bool:
    """Whether a step of a plan reads what grows for years; the indexes of what is open or given up are short."""
    return step.startswith("SCAN") and not step.endswith(("INDEX ix_outbox_entries_open", "ix_outbox_entries_ended"))


def test_programs_that_claim_at_once_never_get_the_same(url: str, engine: Engine, outbox: Outbox) -> None:
    let_wait(outbox, 40, photos=1)
    programs = [
        subprocess.Popen(
            [sys.executable, "-c", CLAIM_ALL, url, NOON.isoformat()],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(2)
    ]
    for program in programs:
        assert program.stdout is not None
        assert program.stdout.readline() == "ready\n"
        assert program.stdin is not None
    for program in programs:
        assert program.stdin is not None
        program.stdin.write("\n")
        program.stdin.flush()
    taken = Counter(did for program in programs for did in program.communicate(timeout=60)[0].split())
    assert taken == Counter(pet(number) for number in range(1000, 1040))
    with engine.connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM outbox_entries WHERE state = 'waiting'")) == 0
