"""The tables of the operators and of the audit trail. A change here wants a migration beside it."""

# Annotations stay evaluated here: SQLAlchemy reads them while the program runs.
from datetime import datetime

from sqlalchemy.orm import Mapped, mapped_column

from noseprint.records.tables import Base


class OperatorRow(Base):
    """Who works here. A removed operator's row stays, so that no staff id ever means two people."""

    __tablename__ = "operators"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    sealed_name: Mapped[bytes]
    name_fingerprint: Mapped[bytes | None] = mapped_column(unique=True)  # None once removed: the name is free again
    role: Mapped[str]
    pin: Mapped[str]
    failures: Mapped[int]
    waits_from: Mapped[datetime]
    last_seen: Mapped[datetime]
    created_at: Mapped[datetime]
    removed_at: Mapped[datetime | None]


class AuditRow(Base):
    """One act; triggers refuse to change or delete it.

    All but the number is text, so that the hash covers exactly what is stored, whichever database reads it.
    """

    __tablename__ = "audit"

    seq: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    at: Mapped[str]
    event: Mapped[str]
    operator: Mapped[str]
    subject: Mapped[str] = mapped_column(index=True)
    details: Mapped[str]
    previous_hash: Mapped[str]
    hash: Mapped[str]


class AuditHeadRow(Base):
    """The newest act's number and hash under a seal, in one row, so that a missing end shows."""

    __tablename__ = "audit_head"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    seq: Mapped[int]
    hash: Mapped[str]
    seal: Mapped[str]
