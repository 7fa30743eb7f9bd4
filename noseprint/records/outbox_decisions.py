"""What a person decides about what waits: conflicts with the store, and machines that are lost."""

from __future__ import annotations

import hashlib
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final, Literal

from sqlalchemy import and_, case, func, or_, select, update
from sqlalchemy.orm import Session

from noseprint.errors import ErrorCode, NoseprintError
from noseprint.plain import in_utc
from noseprint.records import outbox_rows
from noseprint.records.audit_events import NOBODY, AuditEvent, act
from noseprint.records.database import database_errors, writing
from noseprint.records.outbox_tables import ENDED_WITHOUT_UPLOAD, KEPT, OPEN, OutboxEntryRow, OutboxLineRow
from noseprint.sync.outbox import EntryKind, EntryState, HolderBacklog

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from sqlalchemy import ColumnElement, Engine, Update

    from noseprint.records.audit import AuditTrail
    from noseprint.sync.outbox import Entry

Kept = Literal["ours", "theirs"]
"""Which content stays after a conflict: this machine's, or the one that the store has."""

_ENROLMENT: Final = tuple(kind.value for kind in EntryKind if kind.is_enrolment)
# No object of this session stands for such a row.
_IN_THE_DATABASE: Final = {"synchronize_session": False}


class Decisions:
    """Each decision is one transaction, with its row in the audit trail.

    Every method raises NoseprintError RECORDS_UNAVAILABLE or RECORDS_DAMAGED when the database cannot be used.

    Args:
        engine: the database of the records.
        trail: where decisions are written down.
        holder: the machine at which the person sits.
    """

    def __init__(self, engine: Engine, trail: AuditTrail, holder: str) -> None:
        self._engine = engine
        self._writer = writing(engine)
        self._trail = trail
        self._holder = holder

    def retry(self, now: datetime, key: str | None = None) -> int:
        """Let entries of this machine wait again: those that are parked, and those that were given up with it.

        A vector whose photos the former store alone has is tried by its own key only: whoever names it has copied them.

        Args:
            now: the present moment.
            key: only those of this key, and, where it was given up, of the whole enrolment: no vector comes without
                its photos.

        Returns:
            How many they were.
        """
        stopped = OutboxEntryRow.state.in_((EntryState.PARKED.value, EntryState.GIVEN_UP.value))
        mine, which = OutboxEntryRow.holder == self._holder, self._named(key) if key is not None else _not_left()
        waiting = {"state": EntryState.WAITING.value, "attempts": 0}
        again = update(OutboxEntryRow).where(mine, stopped, KEPT, which).values(waiting).returning(OutboxEntryRow.id)
        open_ones = select(OutboxEntryRow.pet_did).where(OPEN, mine)
        locked = [OutboxLineRow.holder == self._holder]
        if key is not None:
            locked.append(OutboxLineRow.pet_did.in_(select(OutboxEntryRow.pet_did).where(OutboxEntryRow.key == key)))
        lines = update(OutboxLineRow).where(*locked, OutboxLineRow.pet_did.in_(open_ones)).values(next_at=in_utc(now))
        with self._writing() as session:
            outbox_rows.lock_lines(session, *locked)
            found = session.scalars(again, execution_options=_IN_THE_DATABASE).all()
            session.execute(lines, execution_options=_IN_THE_DATABASE)
        return len(found)

    def settle_conflict(self, key: str, kept: Kept, now: datetime, *, by: str = NOBODY) -> None:
        """Say which content is the right one under a key where the store has another than this machine.

        Ours waits again, and takes the place of theirs. Theirs ends the entry: the content here is let go, and the
        next worker sweeps it.

        Raises:
            NoseprintError: INVALID_REQUEST when there is no conflict under the key.
        """
        conflicts = select(OutboxEntryRow).where(
            OPEN,
            OutboxEntryRow.holder == self._holder,
            OutboxEntryRow.key == key,
            OutboxEntryRow.state == EntryState.PARKED,
            OutboxEntryRow.error_code == ErrorCode.OBJECT_CONFLICT,
        )
        pets = select(OutboxEntryRow.pet_did).where(OutboxEntryRow.key == key)
        with self._writing() as session:
            outbox_rows.lock_lines(session, OutboxLineRow.holder == self._holder, OutboxLineRow.pet_did.in_(pets))
            rows = session.scalars(conflicts.order_by(OutboxEntryRow.id)).all()
            if not rows:
                raise NoseprintError(ErrorCode.INVALID_REQUEST, "under this key the storage has no other content")
            for row in rows:
                if kept == "ours":
                    row.state, row.attempts, row.replaces = EntryState.WAITING.value, 0, True
                else:
                    row.state, row.kept = EntryState.THEIRS.value, False
            line = _lines(self._holder).where(OutboxLineRow.pet_did == rows[0].pet_did)
            session.execute(line.values(next_at=in_utc(now)))
            for row in rows:
                self._trail.append(session, act(AuditEvent.CONFLICT_SETTLED, by, row.pet_did, settled=kept), now)

    def ended(self, limit: int) -> list[Entry]:
        """The newest entries, of all machines, that ended without an upload because a person said so."""
        newest = select(OutboxEntryRow).where(ENDED_WITHOUT_UPLOAD).order_by(OutboxEntryRow.id.desc()).limit(limit)
        with self._reading() as session:
            return [outbox_rows.entry(row) for row in session.scalars(newest)]

    def ended_count(self) -> int:
        """How many entries, of all machines, ended without an upload."""
        with self._reading() as session:
            return session.scalars(select(func.count()).select_from(OutboxEntryRow).where(ENDED_WITHOUT_UPLOAD)).one()

    def holders(self) -> list[HolderBacklog]:
        """The machines that hold something which is not synced, by name."""
        with self._reading() as session:
            return _backlogs(session)

    def give_up(self, holder: str, now: datetime, *, by: str = NOBODY) -> HolderBacklog:
        """End what a machine holds that is lost, so that nothing waits for it any more.

        Contents that lay only there never reach the store. Should the machine be found, it still has them: it drops
        none of them, and ``Outbox.retry`` lets them wait again.

        Returns:
            What it was.

        Raises:
            NoseprintError: INVALID_REQUEST for this very machine, and for one of which nothing waits.
        """
        if holder == self._holder:
            raise NoseprintError(ErrorCode.INVALID_REQUEST, "this is the very machine that would be given up")
        pets = select(OutboxEntryRow.pet_did).where(OPEN, OutboxEntryRow.holder == holder)
        with self._writing() as session:
            outbox_rows.lock_lines(session, or_(OutboxLineRow.holder == holder, OutboxLineRow.pet_did.in_(pets)))
            session.execute(_lines(holder).values(next_at=None, claim=None, claimed_until=None))
            lost = next((found for found in _backlogs(session) if found.holder == holder), None)
            if lost is None:
                raise NoseprintError(ErrorCode.INVALID_REQUEST, "nothing waits on a machine of this name")
            held_up = update(OutboxLineRow).where(OutboxLineRow.next_at > in_utc(now), OutboxLineRow.pet_did.in_(pets))
            session.execute(held_up.values(next_at=in_utc(now)), execution_options=_IN_THE_DATABASE)
            ending = update(OutboxEntryRow).where(OPEN, OutboxEntryRow.holder == holder)
            session.execute(ending.values(state=EntryState.GIVEN_UP.value), execution_options=_IN_THE_DATABASE)
            subject, entries = hashlib.sha256(holder.encode()).hexdigest(), lost.waiting + lost.parked
            done = act(AuditEvent.MACHINE_GIVEN_UP, by, subject, entries=entries, pets=lost.pets)
            self._trail.append(session, done, now)
        return lost

    def _named(self, key: str) -> ColumnElement[bool]:
        """Entries of a key, and those of an enrolment that was given up together with it."""
        given_up = OutboxEntryRow.state == EntryState.GIVEN_UP, OutboxEntryRow.kind.in_(_ENROLMENT)
        of_key = OutboxEntryRow.key == key, OutboxEntryRow.holder == self._holder
        pets = select(OutboxEntryRow.pet_did).where(*of_key, *given_up)
        return or_(OutboxEntryRow.key == key, and_(*given_up, OutboxEntryRow.pet_did.in_(pets)))

    @contextmanager
    def _reading(self) -> Iterator[Session]:
        with database_errors(), Session(self._engine) as session:
            yield session

    @contextmanager
    def _writing(self) -> Iterator[Session]:
        with database_errors(), Session(self._writer) as session, session.begin():
            yield session


def _lines(holder: str) -> Update:
    return update(OutboxLineRow).where(OutboxLineRow.holder == holder)


def _not_left() -> ColumnElement[bool]:
    return OutboxEntryRow.error_code.is_distinct_from(ErrorCode.PHOTOS_IN_FORMER_STORE.value)


def _backlogs(session: Session) -> list[HolderBacklog]:
    waits = OutboxEntryRow.state == EntryState.WAITING
    counted = select(
        OutboxEntryRow.holder,
        func.count(OutboxEntryRow.pet_did.distinct()),
        func.sum(case((waits, 1), else_=0)),
        func.sum(case((waits, 0), else_=1)),
        func.max(OutboxEntryRow.created_at),
    )
    found = session.execute(counted.where(OPEN).group_by(OutboxEntryRow.holder).order_by(OutboxEntryRow.holder))
    return [HolderBacklog(*row) for row in found]
