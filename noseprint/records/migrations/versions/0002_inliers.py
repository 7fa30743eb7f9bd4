"""What the keypoints said at a verification; of earlier ones the vectors alone decided."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.add_column("verifications", sa.Column("inliers", sa.Integer(), nullable=True))
