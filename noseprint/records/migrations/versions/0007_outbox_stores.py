"""To which store objects were synced, and entries that end without an upload because a person said so."""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"

_OPEN: Final = "state IN ('waiting', 'parked')"
_ENDED: Final = "state IN ('theirs', 'given_up')"


def upgrade() -> None:
    op.create_table(
        "outbox_stores",
        sa.Column("holder", sa.Text(), nullable=False),
        sa.Column("identity", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("holder", name="pk_outbox_stores"),
    )
    # What is open was what is not synced; now there are further ways to end.
    for name in ("open_pet", "open"):
        op.drop_index(f"ix_outbox_entries_{name}", table_name="outbox_entries")
    _create_partial_index("open_pet", ["pet_did", "id"], _OPEN)
    _create_partial_index("open", ["holder", "state", "size"], _OPEN)
    _create_partial_index("ended", ["id"], _ENDED)


def _create_partial_index(name: str, columns: list[str], where: str) -> None:
    condition = sa.text(where)
    op.create_index(
        f"ix_outbox_entries_{name}", "outbox_entries", columns, sqlite_where=condition, postgresql_where=condition
    )
