"""To which store "synced" refers: kept from the first upload on, and changed only because a person says so."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from sqlalchemy import ColumnElement, and_, exists, func, not_, select, update
from sqlalchemy.orm import Session, aliased

from noseprint.errors import ErrorCode, NoseprintError
from noseprint.plain import in_utc
from noseprint.records import outbox_rows
from noseprint.records.audit_events import NOBODY, AuditEvent, act
from noseprint.records.database import database_errors, writing
from noseprint.records.outbox_tables import OPEN, OutboxEntryRow, OutboxLineRow, OutboxStoreRow
from noseprint.sync.outbox import EntryKind, EntryState, Moved

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Engine

    from noseprint.records.audit import AuditTrail


class Destination:
    """The store of one machine's objects.

    Args:
        engine: the database of the records.
        trail: where a change is written down.
        holder: the machine.
    """

    def __init__(self, engine: Engine, trail: AuditTrail, holder: str) -> None:
        self._engine = engine
        self._writer = writing(engine)
        self._trail = trail
        self._holder = holder

    def require(self, identity: str) -> None:
        """Return if uploads may go to this store; to be asked before the first of them.

        It becomes the machine's store where none is known, as in a database of an earlier version, and while nothing
        is synced, since nothing is claimed of another one then.

        Args:
            identity: the store's name, the same at every start and without any secret.

        Raises:
            NoseprintError: STORE_CHANGED when what is synced is in another store; RECORDS_UNAVAILABLE,
                RECORDS_DAMAGED.
        """
        with database_errors(), Session(self._writer) as session, session.begin():
            self._require_no_other(session, identity)
            session.merge(OutboxStoreRow(holder=self._holder, identity=identity))

    def check(self, identity: str) -> None:
        """Return if ``require`` would; nothing is kept.

        Raises:
            NoseprintError: those of ``require``.
        """
        with database_errors(), Session(self._engine) as session:
            self._require_no_other(session, identity)

    def change(self, identity: str, now: datetime, *, by: str = NOBODY) -> Moved:
        """Let uploads go to this store from now on; what is synced and still here is to be uploaded again.

        Only the newest content of a key goes there, and no vector of which a photo was dropped: an enrolment that is
        not whole here is in the former store alone, and nobody may find a vector without its photos. Such a vector
        that was still to be sent is parked with PHOTOS_IN_FORMER_STORE. No worker of this machine may be at work.

        Args:
            identity: as for ``require``.
            now: the present moment.
            by: who decided it.

        Raises:
            NoseprintError: RECORDS_UNAVAILABLE, RECORDS_DAMAGED.
        """
        again = {"state": EntryState.WAITING.value, "synced_at": None, "attempts": 0}
        whole = OutboxEntryRow.kept, not_(_is_vector_of_dropped_photos())
        moving = update(OutboxEntryRow).where(self._synced(), _is_newest(), *whole).values(again)
        left = select(func.count()).select_from(OutboxEntryRow).where(self._synced(), _is_newest())
        mine, my_lines = OutboxEntryRow.holder == self._holder, OutboxLineRow.holder == self._holder
        stopped = {"state": EntryState.PARKED.value, "error_code": ErrorCode.PHOTOS_IN_FORMER_STORE.value}
        parking = update(OutboxEntryRow).where(OPEN, mine, _is_vector_of_dropped_photos()).values(stopped)
        waiting = select(OutboxEntryRow.pet_did).where(OPEN, mine)
        lines = update(OutboxLineRow).where(my_lines, OutboxLineRow.pet_did.in_(waiting))
        in_the_database = {"synchronize_session": False}
        with database_errors(), Session(self._writer) as session, session.begin():
            outbox_rows.lock_lines(session, my_lines)
            session.merge(OutboxStoreRow(holder=self._holder, identity=identity))
            parked = session.scalars(parking.returning(OutboxEntryRow.id), execution_options=in_the_database).all()
            due = session.scalars(moving.returning(OutboxEntryRow.id), execution_options=in_the_database).all()
            session.execute(lines.values(next_at=in_utc(now)), execution_options=in_the_database)
            moved = Moved(len(due), session.scalars(left).one(), len(parked))
            subject = hashlib.sha256(identity.encode()).hexdigest()
            done = act(AuditEvent.STORE_CHANGED, by, subject, entries=moved.due, left=moved.left)
            self._trail.append(session, done, now)
        return moved

    def _require_no_other(self, session: Session, identity: str) -> None:
        known = session.get(OutboxStoreRow, self._holder)
        if known is None or known.identity == identity:
            return
        if session.scalar(select(OutboxEntryRow.id).where(self._synced()).limit(1)) is not None:
            raise NoseprintError(ErrorCode.STORE_CHANGED, former=known.identity, present=identity)

    def _synced(self) -> ColumnElement[bool]:
        return and_(OutboxEntryRow.holder == self._holder, OutboxEntryRow.state == EntryState.SYNCED)


def _is_newest() -> ColumnElement[bool]:
    later = aliased(OutboxEntryRow)
    same = later.key == OutboxEntryRow.key, later.holder == OutboxEntryRow.holder, later.id > OutboxEntryRow.id
    return not_(exists().where(*same))


def _is_vector_of_dropped_photos() -> ColumnElement[bool]:
    photo = aliased(OutboxEntryRow)
    dropped = photo.pet_did == OutboxEntryRow.pet_did, photo.kind == EntryKind.PHOTO, not_(photo.kept)
    return and_(OutboxEntryRow.kind == EntryKind.VECTOR, exists().where(*dropped))
