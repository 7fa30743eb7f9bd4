"""The audit trail: who did what and when, in rows that nobody can change, remove or reorder unseen.

Each row is hashed together with the hash of the row before it (HMAC-SHA256), under a key that is not in the
database: who has the database alone can break the chain but not mend it. The head holds the newest row's number
and hash under a seal made with the same key, so that a missing end is seen too. What it cannot show: that the
whole database was put back to an earlier state.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final, NamedTuple

from sqlalchemy import insert, select, update

from noseprint.errors import ErrorCode, NoseprintError
from noseprint.plain import in_utc
from noseprint.records.database import database_errors
from noseprint.records.staff_tables import AuditHeadRow, AuditRow

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from sqlalchemy import Connection, Engine, Row, Select
    from sqlalchemy.orm import Session

    from noseprint.records.audit_events import Act, AuditEvent, Fact
    from noseprint.vault.vault import Vault

    _AuditColumns = Row[int, str, str, str, str, str, str, str]
    _HeadColumns = Row[int, str, str]

BEGINNING: Final = "0" * 64
"""In the place of the hash before the first row."""

_HEAD: Final = 1
_BATCH: Final = 5000
_COLUMNS: Final = (
    AuditRow.seq,
    AuditRow.at,
    AuditRow.event,
    AuditRow.operator,
    AuditRow.subject,
    AuditRow.details,
    AuditRow.previous_hash,
    AuditRow.hash,
)


class Link(NamedTuple):
    """Where the next row is to be fastened: a row's number and hash."""

    seq: int
    hash: str


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """A row of the trail as it was read; ``event_id`` may be one that only a newer program knows."""

    seq: int
    at: datetime
    event_id: str
    operator: str
    subject: str
    details: dict[str, Fact]


class AuditTrail:
    """The chain of all acts; any thread may use it.

    Args:
        vault: whose key the chain's is made of; the same one as ever, or nothing in the trail is right.
    """

    def __init__(self, vault: Vault) -> None:
        self._key = vault.fingerprint("audit", "chain")

    def append(self, session: Session, act: Act, at: datetime) -> int:
        """Write an act down in the caller's own transaction: both are kept or neither.

        Until that transaction ends, every other that appends waits for it. A trail that is broken already takes
        further rows, since a clinic must go on working, but it stays broken: nothing seals its head again.

        Args:
            session: one whose transaction writes (``database.writing``).
            act: what was done.
            at: when, with a time zone.

        Returns:
            The number of the row.
        """
        head = _locked_head(session)
        newest = _newest(session)
        whole = head is not None and self._is_sealed(head) and newest.seq <= head.seq
        last = Link(head.seq, head.hash) if head is not None and whole else newest
        row = [last.seq + 1, _written(at), act.event.id, act.operator, act.subject, _canonical(act.details), last.hash]
        link = Link(last.seq + 1, self._hash("row", row))
        names = [column.key for column in _COLUMNS]
        session.execute(insert(AuditRow).values(dict(zip(names, [*row, link.hash], strict=True))))
        if whole:
            values = {"seq": link.seq, "hash": link.hash, "seal": self._hash("head", link)}
            session.execute(update(AuditHeadRow).where(AuditHeadRow.id == _HEAD).values(values))
        return link.seq

    def wait_for_turn(self, session: Session) -> None:
        """Let no other transaction append before this one ends, though it has nothing to append yet."""
        _locked_head(session)

    def verify(self, engine: Engine) -> Link:
        """Prove that no row was changed, removed, inserted or reordered.

        Returns:
            The newest row's number, which is how many there are, and its hash. Whoever keeps them elsewhere can
            tell later whether the trail was put back to an earlier state.

        Raises:
            NoseprintError: AUDIT_BROKEN with ``seq``, the first row that is not as it was written, or the newest
                one where only the head is not.
        """
        last = Link(0, BEGINNING)
        with database_errors(), _at_one_moment(engine) as connection:
            in_batches = connection.execution_options(yield_per=_BATCH)
            with in_batches.execute(select(*_COLUMNS).order_by(AuditRow.seq)) as rows:
                for row in rows:
                    last = self._next(last, row)
            head = connection.execute(_head_columns()).one_or_none()
        self._require_head(head, last)
        return last

    def entries(
        self,
        engine: Engine,
        *,
        since: datetime | None = None,
        event: AuditEvent | None = None,
        subject: str | None = None,
        limit: int = 100,
    ) -> list[AuditEntry]:
        """The newest acts, the newest first, unproven: ``verify`` says whether they are as they were written.

        Args:
            engine: where they are.
            since: none that is older than this, with a time zone.
            event: only acts of this kind.
            subject: only acts about this one.
            limit: how many at most.

        Raises:
            NoseprintError: AUDIT_BROKEN for a row that is none.
        """
        wanted = select(*_COLUMNS).order_by(AuditRow.seq.desc()).limit(limit)
        wanted = wanted.where(AuditRow.at >= _written(since)) if since else wanted
        wanted = wanted.where(AuditRow.event == event.id) if event else wanted
        wanted = wanted.where(AuditRow.subject == subject) if subject else wanted
        with database_errors(), engine.connect() as connection:
            return [_entry(row) for row in connection.execute(wanted)]

    def _next(self, last: Link, row: _AuditColumns) -> Link:
        if row.seq != last.seq + 1:
            raise _broken(last.seq + 1, "missing")
        if row.previous_hash != last.hash or row.hash != self._hash("row", row[:-1]):
            raise _broken(row.seq, "changed")
        return Link(row.seq, row.hash)

    def _require_head(self, head: _HeadColumns | None, last: Link) -> None:
        if head is None or not self._is_sealed(head):
            raise _broken(max(last.seq, 1), "the head was changed")
        if head.seq != last.seq:
            raise _broken(min(head.seq, last.seq) + 1, "missing" if head.seq > last.seq else "not in the head")
        if head.hash != last.hash:
            raise _broken(last.seq, "not the one in the head")

    def _is_sealed(self, head: _HeadColumns) -> bool:
        is_new = (head.seq, head.hash, head.seal) == (0, BEGINNING, "")
        return is_new or head.seal == self._hash("head", (head.seq, head.hash))

    def _hash(self, kind: str, parts: Iterable[object]) -> str:
        message = b"".join(map(_part, (kind, *parts)))
        return hmac.digest(self._key, message, hashlib.sha256).hex()


def _part(value: object) -> bytes:
    # The lengths keep `ab` + `c` and `a` + `bc` apart. A damaged row can hold anything, and is to be told as such.
    text = value if isinstance(value, str) else repr(value)
    content = text.encode("utf-8", "surrogatepass")
    return len(content).to_bytes(4, "big") + content


def _head_columns() -> Select[int, str, str]:
    return select(AuditHeadRow.seq, AuditHeadRow.hash, AuditHeadRow.seal).where(AuditHeadRow.id == _HEAD)


def _locked_head(session: Session) -> _HeadColumns | None:
    return session.execute(_head_columns().with_for_update()).one_or_none()


def _newest(session: Session) -> Link:
    newest = session.execute(select(AuditRow.seq, AuditRow.hash).order_by(AuditRow.seq.desc()).limit(1)).one_or_none()
    return Link(newest.seq, newest.hash) if newest else Link(0, BEGINNING)


def _at_one_moment(engine: Engine) -> Connection:
    # PostgreSQL would show the rows as of one moment and the head as of another; SQLite's transactions never do.
    isolated = {"isolation_level": "REPEATABLE READ"} if engine.dialect.name == "postgresql" else {}
    return engine.connect().execution_options(**isolated)


def _written(moment: datetime) -> str:
    """A moment as text of one length, so that its order is the alphabet's."""
    return in_utc(moment).isoformat(timespec="microseconds").replace("+00:00", "Z")


def _canonical(details: Mapping[str, Fact]) -> str:
    return json.dumps(dict(details), sort_keys=True, separators=(",", ":"))


def _entry(row: _AuditColumns) -> AuditEntry:
    try:
        at, details = datetime.fromisoformat(row.at), json.loads(row.details)
    except (TypeError, ValueError):
        raise _broken(row.seq, "not readable") from None
    if at.utcoffset() is None or not isinstance(details, dict):
        raise _broken(row.seq, "not readable")
    return AuditEntry(row.seq, at.astimezone(UTC), row.event, row.operator, row.subject, details)


def _broken(seq: int, how: str) -> NoseprintError:
    return NoseprintError(ErrorCode.AUDIT_BROKEN, f"row {seq}: {how}", seq=seq)
