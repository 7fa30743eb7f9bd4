"""Operators, and the audit trail with what keeps its rows from being changed."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

_REFUSED = "BEGIN SELECT RAISE(ABORT, 'the audit trail is append-only'); END"
# INSERT OR REPLACE would remove a row of SQLite's without its triggers for removal being asked.
_SQLITE_GUARDS = (
    f"CREATE TRIGGER audit_no_update BEFORE UPDATE ON audit {_REFUSED}",
    f"CREATE TRIGGER audit_no_delete BEFORE DELETE ON audit {_REFUSED}",
    f"CREATE TRIGGER audit_no_replace BEFORE INSERT ON audit WHEN NEW.seq IN (SELECT seq FROM audit) {_REFUSED}",  # noqa: S608 (all of it is written here)
    f"CREATE TRIGGER audit_head_no_delete BEFORE DELETE ON audit_head {_REFUSED}",
    f"CREATE TRIGGER audit_head_no_replace BEFORE INSERT ON audit_head {_REFUSED}",
)
_REFUSAL = "BEGIN RAISE EXCEPTION 'the audit trail is append-only'; END"
_REFUSING = "FOR EACH STATEMENT EXECUTE FUNCTION refuse_audit_change()"
_POSTGRESQL_GUARDS = (
    f"CREATE FUNCTION refuse_audit_change() RETURNS trigger LANGUAGE plpgsql AS $$ {_REFUSAL} $$",
    f"CREATE TRIGGER audit_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit {_REFUSING}",
    f"CREATE TRIGGER audit_head_stays BEFORE INSERT OR DELETE OR TRUNCATE ON audit_head {_REFUSING}",
)


def upgrade() -> None:
    _create_operators()
    _create_audit()
    on_postgresql = op.get_bind().dialect.name == "postgresql"
    for guard in _POSTGRESQL_GUARDS if on_postgresql else _SQLITE_GUARDS:
        op.execute(guard)


def _create_operators() -> None:
    op.create_table(
        "operators",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("sealed_name", sa.LargeBinary(), nullable=False),
        sa.Column("name_fingerprint", sa.LargeBinary(), nullable=True),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("pin", sa.Text(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        _moment("waits_from"),
        _moment("last_seen"),
        _moment("created_at"),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_operators"),
        sa.UniqueConstraint("name_fingerprint", name="uq_operators_name_fingerprint"),
    )


def _create_audit() -> None:
    op.create_table(
        "audit",
        sa.Column("seq", sa.Integer(), autoincrement=False, nullable=False),
        *(_text(name) for name in ("at", "event", "operator", "subject", "details", "previous_hash", "hash")),
        sa.PrimaryKeyConstraint("seq", name="pk_audit"),
    )
    head = op.create_table(
        "audit_head",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        _text("hash"),
        _text("seal"),
        sa.PrimaryKeyConstraint("id", name="pk_audit_head"),
    )
    op.bulk_insert(head, [{"id": 1, "seq": 0, "hash": "0" * 64, "seal": ""}])


def _moment(name: str) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=False)


def _text(name: str) -> sa.Column[object]:
    return sa.Column(name, sa.Text(), nullable=False)
