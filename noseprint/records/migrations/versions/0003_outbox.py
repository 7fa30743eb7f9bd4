"""The outbox: objects that wait to be uploaded, and the lines in which they wait."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.create_table(
        "outbox_entries",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("pet_did", sa.Text(), nullable=False),
        sa.Column("holder", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("content_type", sa.Text(), nullable=False),
        sa.Column("spool_name", sa.Text(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("replaces", sa.Boolean(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("error_code", sa.Text(), nullable=True),
        sa.Column("error_detail", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("synced_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("kept", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_outbox_entries"),
    )
    _create_indexes_of_entries()
    op.create_table(
        "outbox_lines",
        sa.Column("holder", sa.Text(), nullable=False),
        sa.Column("pet_did", sa.Text(), nullable=False),
        sa.Column("next_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("claim", sa.Text(), nullable=True),
        sa.Column("claimed_until", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("holder", "pet_did", name="pk_outbox_lines"),
    )
    op.create_index("ix_outbox_lines_due", "outbox_lines", ["holder", "next_at"])
    _create_partial_index("lines", "claimed", ["holder", "claimed_until"], "claim IS NOT NULL")


def _create_indexes_of_entries() -> None:
    op.create_index("ix_outbox_entries_key", "outbox_entries", ["key"])
    _create_partial_index("entries", "open_pet", ["pet_did", "id"], "state <> 'synced'")
    _create_partial_index("entries", "open", ["holder", "state", "size"], "state <> 'synced'")
    _create_partial_index("entries", "kept", ["holder", "spool_name"], "kept")
    _create_partial_index("entries", "synced_and_kept", ["holder", "synced_at"], "state = 'synced' AND kept")


def _create_partial_index(table: str, name: str, columns: list[str], where: str) -> None:
    condition = sa.text(where)
    op.create_index(
        f"ix_outbox_{table}_{name}",
        f"outbox_{table}",
        columns,
        sqlite_where=condition,
        postgresql_where=condition,
    )
