"""An id of the database's own, so that contents are never swept beside records that they are not of."""

from __future__ import annotations

from uuid import uuid4

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    ids = op.create_table(
        "database_ids",
        sa.Column("id", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_database_ids"),
    )
    op.bulk_insert(ids, [{"id": uuid4().hex}])
