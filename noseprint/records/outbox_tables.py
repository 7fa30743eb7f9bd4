"""The tables of the outbox, the same on SQLite and PostgreSQL. A change here wants a migration beside it."""

# Annotations stay evaluated here: SQLAlchemy reads them while the program runs.
from datetime import datetime
from typing import Final

from sqlalchemy import Index, TextClause, text
from sqlalchemy.orm import Mapped, mapped_column

from noseprint.records.tables import Base

# A query finds a partial index only by the very words of its condition: none of these may become a parameter.
OPEN: Final = text("state IN ('waiting', 'parked')")
ENDED_WITHOUT_UPLOAD: Final = text("state IN ('theirs', 'given_up')")
KEPT: Final = text("kept")
SYNCED_AND_KEPT: Final = text("state = 'synced' AND kept")
_CLAIMED: Final = text("claim IS NOT NULL")


def _partial_index(name: str, *columns: str, where: TextClause) -> Index:
    return Index(f"ix_outbox_{name}", *columns, sqlite_where=where, postgresql_where=where)


class OutboxEntryRow(Base):
    """One object to be uploaded; its number is its place in the order of its pet."""

    __tablename__ = "outbox_entries"

    id: Mapped[int] = mapped_column(primary_key=True)
    pet_did: Mapped[str]
    holder: Mapped[str]
    kind: Mapped[str]
    key: Mapped[str] = mapped_column(index=True)
    content_type: Mapped[str]
    spool_name: Mapped[str]
    sha256: Mapped[str]
    size: Mapped[int]
    replaces: Mapped[bool]
    state: Mapped[str]
    attempts: Mapped[int]
    error_code: Mapped[str | None]
    error_detail: Mapped[str]
    created_at: Mapped[datetime]
    synced_at: Mapped[datetime | None]
    kept: Mapped[bool]

    # What is synced grows for years; what is asked all the time is what is not.
    __table_args__ = (
        _partial_index("entries_open_pet", "pet_did", "id", where=OPEN),
        _partial_index("entries_open", "holder", "state", "size", where=OPEN),
        _partial_index("entries_ended", "id", where=ENDED_WITHOUT_UPLOAD),
        _partial_index("entries_kept", "holder", "spool_name", where=KEPT),
        _partial_index("entries_synced_and_kept", "holder", "synced_at", where=SYNCED_AND_KEPT),
    )


class OutboxLineRow(Base):
    """The line in which a pet's entries on one machine wait: claims are of lines, so that order holds inside a pet.

    ``next_at`` is when the first of the line may be uploaded, and nothing while none may be.
    """

    __tablename__ = "outbox_lines"

    holder: Mapped[str] = mapped_column(primary_key=True)
    pet_did: Mapped[str] = mapped_column(primary_key=True)
    next_at: Mapped[datetime | None]
    claim: Mapped[str | None]
    claimed_until: Mapped[datetime | None]

    __table_args__ = (
        Index("ix_outbox_lines_due", "holder", "next_at"),
        _partial_index("lines_claimed", "holder", "claimed_until", where=_CLAIMED),
    )


class OutboxStoreRow(Base):
    """The store that "synced" speaks of, for one machine's entries; it names no secret and no person."""

    __tablename__ = "outbox_stores"

    holder: Mapped[str] = mapped_column(primary_key=True)
    identity: Mapped[str]
