"""A second person's approval, the key that signs results, what was erased, and what tells that a pet was changed."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    op.create_table(
        "signing_keys",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("sealed_key", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_signing_keys"),
    )
    for table in ("pets", "verifications"):
        op.add_column(table, sa.Column("approved_by", sa.Text(), nullable=True))
        op.add_column(table, sa.Column("approval_reason", sa.Text(), nullable=True))
    op.add_column("pets", sa.Column("revision", sa.Integer(), nullable=False, server_default=sa.text("0")))
    op.add_column("pets", sa.Column("erased_at", sa.DateTime(timezone=True), nullable=True))
    op.create_index("ix_verifications_image_key", "verifications", ["image_key"])
    op.create_index("ix_audit_subject", "audit", ["subject"])
