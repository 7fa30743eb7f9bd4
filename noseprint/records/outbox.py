"""The outbox in the records: kept in the transaction that saves what it uploads, emptied by claims."""

from __future__ import annotations

import uuid
from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from sqlalchemy import func, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from noseprint.plain import in_utc
from noseprint.records import outbox_rows
from noseprint.records.audit_events import AuditEvent, act
from noseprint.records.database import database_errors, writing
from noseprint.records.outbox_tables import (
    KEPT,
    OPEN,
    SYNCED_AND_KEPT,
    OutboxEntryRow,
    OutboxLineRow,
)
from noseprint.records.tables import DatabaseIdRow
from noseprint.sync.outbox import Backlog, Counts, EntryKind, EntryState, Run, claimable

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Sequence
    from datetime import datetime

    from sqlalchemy import ColumnElement, Engine

    from noseprint.records.audit import AuditTrail
    from noseprint.sync.outbox import Entry, Fault, NewEntry, Report

LEASE: Final = timedelta(minutes=15)
"""A claim's length. Renewed before every object, it outlives the slowest upload of one."""

LONGEST_PAUSE: Final = timedelta(minutes=15)
"""No entry waits longer for its next try; what seems to was written by a clock that has been set back since."""

_HELD_ELSEWHERE: Final = timedelta(minutes=5)
# Threads look at the clock at slightly different moments: what is this much too late was still written by a good one.
_ALLOWANCE: Final = timedelta(minutes=1)
_INSERT: Final[dict[str, Callable[[type[OutboxLineRow]], sqlite.Insert | postgresql.Insert]]] = {
    "sqlite": sqlite.insert,
    "postgresql": postgresql.insert,
}


def enqueue(session: Session, entries: Sequence[NewEntry], *, holder: str, now: datetime) -> None:
    """Let entries wait, in this order, as part of the session's own transaction; they are due at once.

    Args:
        session: one that writes.
        entries: photos before vectors, the vector JSON last.
        holder: the machine that has their contents.
        now: the present moment.

    Raises:
        ValueError: the moment has no time zone.
    """
    now = in_utc(now)
    insert = _INSERT[session.get_bind().dialect.name]
    # Sorted: two programs that wait for each other's lines would wait for ever.
    for pet_did in sorted({entry.pet_did for entry in entries}):
        new = insert(OutboxLineRow).values(holder=holder, pet_did=pet_did, next_at=now)
        due = {"next_at": func.coalesce(OutboxLineRow.next_at, new.excluded.next_at)}
        session.execute(new.on_conflict_do_update(index_elements=["holder", "pet_did"], set_=due))
    session.add_all(outbox_rows.row(entry, holder, now) for entry in entries)
    session.flush()


class Outbox:
    """One machine's entries, as ``noseprint.sync.outbox.Outbox`` promises, and what a person does with them.

    Args:
        engine: the database of the records, migrated.
        holder: the machine's name; the same for every program on one data folder.
        lease: how long a claim lasts.
        longest_pause: the longest wait for the next try; that of the worker's backoff.
        trail: where it is written down that photos were dropped; nowhere when left out.
    """

    def __init__(
        self,
        engine: Engine,
        holder: str,
        *,
        lease: timedelta = LEASE,
        longest_pause: timedelta = LONGEST_PAUSE,
        trail: AuditTrail | None = None,
    ) -> None:
        self._engine = engine
        self._writer = writing(engine)
        self._holder = holder
        self._lease = lease
        self._longest_pause = longest_pause
        self._trail = trail

    @property
    def holder(self) -> str:
        """Whose entries these are."""
        return self._holder

    def enqueue(self, entries: Sequence[NewEntry], now: datetime) -> None:
        """Let entries wait, in a transaction of their own."""
        with self._writing() as session:
            enqueue(session, entries, holder=self._holder, now=now)

    def claim(self, limit: int, now: datetime) -> list[Run]:
        """Take what is due, at most ``limit`` pets, those due longest first."""
        now = in_utc(now)
        runs: list[Run] = []
        with self._writing() as session:
            while wanted := limit - len(runs):
                lines = self._due_lines(session, wanted, now)
                runs += self._claimed(session, lines, now)
                if len(lines) < wanted:
                    break
        return runs

    def renew(self, run: Run, now: datetime) -> bool:
        """Let the lease begin anew; False when another one has the claim now."""
        with self._writing() as session:
            line = self._line_of(session, run)
            if line:
                line.claimed_until = in_utc(now) + self._lease
        return line is not None

    def settle(self, reports: Sequence[Report], now: datetime) -> list[Report]:
        """Keep what became of runs and give their pets free; say which reports were still wanted."""
        now = in_utc(now)
        with self._writing() as session:
            in_order = sorted(reports, key=lambda report: report.run.pet_did)
            lines = [(report, self._line_of(session, report.run)) for report in in_order]
            kept = [(report, line) for report, line in lines if line]
            outbox_rows.keep(session, [report for report, _ in kept], now)
            open_entries = outbox_rows.open_entries(session, [line.pet_did for _, line in kept])
            for report, line in kept:
                line.claim = line.claimed_until = None
                line.next_at = self._next_turn(line, open_entries[line.pet_did], report.fault, now)
        return [report for report, _ in kept]

    def next_due(self) -> datetime | None:
        """When the next entry can be claimed, maybe in the past; None while nothing waits that could be."""
        free = select(OutboxLineRow.next_at).where(self._my_line(), OutboxLineRow.claim.is_(None))
        waiting = free.where(OutboxLineRow.next_at.is_not(None))
        taken = select(OutboxLineRow.claimed_until).where(self._my_line(), OutboxLineRow.claim.is_not(None))
        with self._reading() as session:
            first = [
                session.scalar(waiting.order_by(OutboxLineRow.next_at).limit(1)),
                session.scalar(taken.order_by(OutboxLineRow.claimed_until).limit(1)),
            ]
        return min(filter(None, first), default=None)

    def counts(self) -> Counts:
        """How much is not synced yet."""
        size = func.coalesce(func.sum(OutboxEntryRow.size), 0)
        counted = (
            select(OutboxEntryRow.state, func.count(), size).where(OPEN, self._mine()).group_by(OutboxEntryRow.state)
        )
        with self._reading() as session:
            found = {state: (int(number), int(total)) for state, number, total in session.execute(counted)}
        waiting, waiting_bytes = found.get(EntryState.WAITING, (0, 0))
        return Counts(waiting, waiting_bytes, parked=found.get(EntryState.PARKED, (0, 0))[0])

    def kept(self, key: str) -> Entry | None:
        """The newest entry of a key whose local copy is there, synced or not; None where there is none."""
        mine = select(OutboxEntryRow).where(OutboxEntryRow.key == key, self._mine(), KEPT)
        with self._reading() as session:
            row = session.scalar(mine.order_by(OutboxEntryRow.id.desc()).limit(1))
            return outbox_rows.entry(row) if row else None

    def open_keys(self, prefix: str) -> set[str]:
        """The keys that begin so and are not synced yet."""
        beginning = OutboxEntryRow.key.startswith(prefix, autoescape=True)
        with self._reading() as session:
            return set(session.scalars(select(OutboxEntryRow.key).where(OPEN, self._mine(), beginning)))

    def open_entries(self, state: EntryState | None = None) -> list[Entry]:
        """The entries that are not synced, or those of one state among them, in their order."""
        wanted = select(OutboxEntryRow).where(OPEN, self._mine()).order_by(OutboxEntryRow.id)
        if state:
            wanted = wanted.where(OutboxEntryRow.state == state)
        with self._reading() as session:
            return [outbox_rows.entry(row) for row in session.scalars(wanted)]

    def hasten(self, now: datetime) -> None:
        """Make everything due that waits for its next try, because a person asked to sync now."""
        with self._writing() as session:
            self._make_due(session, OutboxLineRow.next_at > in_utc(now), now)

    def forget_claims(self) -> None:
        """Give free what a program had claimed that is no more; only who knows that it has ended may."""
        with self._writing() as session:
            outbox_rows.lock_lines(session, self._my_line())
            claimed = update(OutboxLineRow).where(self._my_line(), OutboxLineRow.claim.is_not(None))
            session.execute(claimed.values(claim=None, claimed_until=None))

    def forget_expired(self, before: datetime, limit: int, now: datetime) -> list[str] | None:
        """Note that contents synced before that moment are kept no longer, and name those that nobody mentions now."""
        old = select(OutboxEntryRow).where(SYNCED_AND_KEPT, self._mine())
        oldest = old.where(OutboxEntryRow.synced_at < in_utc(before)).order_by(OutboxEntryRow.synced_at).limit(limit)
        with self._writing() as session:
            rows = session.scalars(oldest).all()
            names = {row.spool_name for row in rows}
            for row in rows:
                row.kept = False
            session.flush()
            dropped = names - self._mentioned(session, OutboxEntryRow.spool_name.in_(names))
            self._tell_photos(session, {row.spool_name for row in rows if row.kind != EntryKind.VECTOR} & dropped, now)
            return sorted(dropped) if rows else None

    def backlog(self) -> Backlog:
        """How many pets have something that is not synced yet, and since when the oldest of it waits."""
        pets, oldest = func.count(OutboxEntryRow.pet_did.distinct()), func.min(OutboxEntryRow.created_at)
        with self._reading() as session:
            return Backlog(*session.execute(select(pets, oldest).where(OPEN, self._mine())).one())

    def owner(self) -> str:
        """What a spool is marked with whose contents are this machine's in this database."""
        with self._reading() as session:
            return f"{session.scalars(select(DatabaseIdRow.id)).one()} {self._holder}"

    def mentioned(self) -> set[str]:
        """The spool names that must be kept."""
        with self._reading() as session:
            return self._mentioned(session)

    def _due_lines(self, session: Session, limit: int, now: datetime) -> list[OutboxLineRow]:
        """Lines that nobody else may take before this transaction has ended."""
        until = OutboxLineRow.claimed_until
        free = or_(OutboxLineRow.claim.is_(None), until <= now, until > now + self._lease + _ALLOWANCE)
        some = select(OutboxLineRow).where(self._my_line(), free).order_by(OutboxLineRow.next_at)
        unlocked = some.with_for_update(skip_locked=True)
        due = session.scalars(unlocked.where(OutboxLineRow.next_at <= now).limit(limit)).all()
        if len(due) == limit:
            return list(due)
        beyond = unlocked.where(OutboxLineRow.next_at > now + self._longest_pause + _ALLOWANCE)
        return [*due, *session.scalars(beyond.limit(limit - len(due)))]

    def _claimed(self, session: Session, lines: Sequence[OutboxLineRow], now: datetime) -> Iterator[Run]:
        open_entries = outbox_rows.open_entries(session, [line.pet_did for line in lines])
        for line in lines:
            run = claimable(open_entries[line.pet_did], self._holder)
            if run:
                line.claim = uuid.uuid4().hex
                line.claimed_until = now + self._lease
                yield Run(line.pet_did, line.claim, run)
            else:
                line.claim = line.claimed_until = None
                line.next_at = self._next_turn(line, open_entries[line.pet_did], None, now)
        session.flush()

    def _next_turn(
        self, line: OutboxLineRow, open_entries: Sequence[Entry], fault: Fault | None, now: datetime
    ) -> datetime | None:
        """When the line is to be looked at again; None while only a person or a new entry can change anything."""
        if claimable(open_entries, self._holder):
            # What goes on at once keeps its place before those that came later.
            return in_utc(fault.next_at) if fault and fault.next_at else line.next_at or now
        held_here = any(entry.holder == self._holder and entry.state is EntryState.WAITING for entry in open_entries)
        held_elsewhere = any(entry.holder != self._holder for entry in open_entries)
        return now + min(_HELD_ELSEWHERE, self._longest_pause) if held_here and held_elsewhere else None

    def _make_due(self, session: Session, which: ColumnElement[bool], now: datetime) -> None:
        outbox_rows.lock_lines(session, self._my_line(), which)
        session.execute(update(OutboxLineRow).where(self._my_line(), which).values(next_at=in_utc(now)))

    def _mentioned(self, session: Session, *which: ColumnElement[bool]) -> set[str]:
        mine = select(OutboxEntryRow.spool_name).where(KEPT, self._mine(), *which)
        return set(session.scalars(mine))

    def _tell_photos(self, session: Session, dropped: Collection[str], now: datetime) -> None:
        if dropped and self._trail:
            self._trail.append(session, act(AuditEvent.PHOTOS_DROPPED, photos=len(dropped)), now)

    def _mine(self) -> ColumnElement[bool]:
        return OutboxEntryRow.holder == self._holder

    def _my_line(self) -> ColumnElement[bool]:
        return OutboxLineRow.holder == self._holder

    def _line_of(self, session: Session, run: Run) -> OutboxLineRow | None:
        """The line of a claim while it holds, and nobody can enqueue into it before this transaction has ended."""
        claimed = select(OutboxLineRow).where(
            self._my_line(), OutboxLineRow.pet_did == run.pet_did, OutboxLineRow.claim == run.claim
        )
        return session.scalar(claimed.with_for_update())

    @contextmanager
    def _reading(self) -> Iterator[Session]:
        with database_errors(), Session(self._engine) as session:
            yield session

    @contextmanager
    def _writing(self) -> Iterator[Session]:
        with database_errors(), Session(self._writer) as session, session.begin():
            yield session
