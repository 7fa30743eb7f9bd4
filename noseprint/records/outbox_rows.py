"""Between the outbox's words and its rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select, update

from noseprint.records.outbox_tables import OPEN, OutboxEntryRow, OutboxLineRow
from noseprint.sync.outbox import Entry, EntryKind, EntryState, Handling

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import ColumnElement
    from sqlalchemy.orm import Session

    from noseprint.sync.outbox import Fault, NewEntry, Report


def open_entries(session: Session, pet_dids: Sequence[str]) -> dict[str, list[Entry]]:
    """The entries of these pets that are not synced, of all holders, in their order."""
    found: dict[str, list[Entry]] = {pet_did: [] for pet_did in pet_dids}
    rows = select(OutboxEntryRow).where(OPEN, OutboxEntryRow.pet_did.in_(pet_dids)).order_by(OutboxEntryRow.id)
    for row in session.scalars(rows):
        found[row.pet_did].append(entry(row))
    return found


def lock_lines(session: Session, *which: ColumnElement[bool]) -> None:
    """Let nobody else change these lines before this transaction has ended.

    Everybody locks lines before entries, and those before the audit trail: who came the other way round, or to
    several lines in an order of their own, could wait for ever for one that waits for them.
    """
    lines = select(OutboxLineRow.pet_did).where(*which).order_by(OutboxLineRow.pet_did, OutboxLineRow.holder)
    session.execute(lines.with_for_update()).all()


def keep(session: Session, reports: Sequence[Report], now: datetime) -> None:
    """Note what was confirmed and what went wrong; a try counts unless it failed for a reason of the machine's."""
    if ids := [entry.id for report in reports for entry in report.synced]:
        done = {"state": EntryState.SYNCED.value, "synced_at": now, "error_code": None, "error_detail": ""}
        session.execute(update(OutboxEntryRow).where(OutboxEntryRow.id.in_(ids)).values(done))
    for report in reports:
        if report.fault:
            _keep_fault(session, report.fault)


def _keep_fault(session: Session, fault: Fault) -> None:
    row = session.get_one(OutboxEntryRow, fault.entry.id)
    row.error_code, row.error_detail = fault.error.code.value, fault.error.detail
    if fault.handling is not Handling.HALT:
        row.attempts += 1
    if fault.handling is Handling.PARK:
        row.state = EntryState.PARKED.value


def row(new: NewEntry, holder: str, now: datetime) -> OutboxEntryRow:
    """The row of an entry that begins to wait."""
    return OutboxEntryRow(
        pet_did=new.pet_did,
        holder=holder,
        kind=new.kind.value,
        key=new.key,
        content_type=new.content_type,
        spool_name=new.spool_name,
        sha256=new.sha256,
        size=new.size,
        replaces=new.replaces,
        state=EntryState.WAITING.value,
        attempts=0,
        error_detail="",
        created_at=now,
        kept=True,
    )


def entry(row: OutboxEntryRow) -> Entry:
    """The entry as it is kept."""
    return Entry(
        pet_did=row.pet_did,
        kind=EntryKind(row.kind),
        key=row.key,
        content_type=row.content_type,
        spool_name=row.spool_name,
        sha256=row.sha256,
        size=row.size,
        replaces=row.replaces,
        id=row.id,
        holder=row.holder,
        state=EntryState(row.state),
        attempts=row.attempts,
        error_code=row.error_code,
        error_detail=row.error_detail,
        created_at=row.created_at,
        synced_at=row.synced_at,
        kept=row.kept,
    )
