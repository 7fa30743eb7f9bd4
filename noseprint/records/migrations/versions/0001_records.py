"""The first records: guardians, pets, photos, consents, templates and verifications."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "guardians",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("phone", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        _moment("created_at"),
        sa.PrimaryKeyConstraint("id", name="pk_guardians"),
        sa.UniqueConstraint("phone", name="uq_guardians_phone"),
    )
    _create_pets()
    _create_photos_and_consents()
    _create_templates()
    _create_verifications()


def _create_pets() -> None:
    op.create_table(
        "pets",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("pet_did", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("species", sa.Text(), nullable=False),
        sa.Column("breed", sa.Text(), nullable=False),
        sa.Column("age_years", sa.Integer(), nullable=True),
        sa.Column("sex", sa.Text(), nullable=False),
        sa.Column("neutered", sa.Boolean(), nullable=True),
        sa.Column("colour", sa.Text(), nullable=False),
        sa.Column("weight_kg", sa.Double(), nullable=True),
        sa.Column("features", sa.Text(), nullable=False),
        sa.Column("microchip", sa.Text(), nullable=True),
        sa.Column("guardian_id", sa.Integer(), nullable=True),
        sa.Column("model_name", sa.Text(), nullable=False),
        sa.Column("model_sha256", sa.Text(), nullable=False),
        sa.Column("quality", sa.Double(), nullable=False),
        sa.Column("operator", sa.Text(), nullable=False),
        _moment("created_at"),
        sa.PrimaryKeyConstraint("id", name="pk_pets"),
        sa.UniqueConstraint("pet_did", name="uq_pets_pet_did"),
        sa.UniqueConstraint("microchip", name="uq_pets_microchip"),
        sa.ForeignKeyConstraint(["guardian_id"], ["guardians.id"], name="fk_pets_guardian_id"),
    )
    op.create_index("ix_pets_guardian_id", "pets", ["guardian_id"])


def _create_photos_and_consents() -> None:
    op.create_table(
        "photos",
        sa.Column("pet_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("quality", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("pet_id", "position", name="pk_photos"),
        _of_pet("photos"),
    )
    op.create_table(
        "consents",
        sa.Column("pet_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("text_version", sa.Text(), nullable=False),
        _moment("given_at"),
        sa.PrimaryKeyConstraint("pet_id", "kind", name="pk_consents"),
        _of_pet("consents"),
    )


def _create_templates() -> None:
    op.create_table(
        "templates",
        sa.Column("model_sha256", sa.Text(), nullable=False),
        sa.Column("pet_id", sa.Integer(), nullable=False),
        sa.Column("model_name", sa.Text(), nullable=False),
        sa.Column("quality", sa.Double(), nullable=False),
        sa.Column("vector", sa.LargeBinary(), nullable=False),
        _moment("created_at"),
        sa.PrimaryKeyConstraint("model_sha256", "pet_id", name="pk_templates"),
        _of_pet("templates"),
    )
    op.create_index("ix_templates_pet_id", "templates", ["pet_id"])


def _create_verifications() -> None:
    op.create_table(
        "verifications",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("pet_did", sa.Text(), nullable=False),
        sa.Column("image_key", sa.Text(), nullable=False),
        sa.Column("similarity", sa.Double(), nullable=False),
        sa.Column("cosine", sa.Double(), nullable=False),
        sa.Column("verdict", sa.Text(), nullable=False),
        sa.Column("model_name", sa.Text(), nullable=False),
        sa.Column("model_sha256", sa.Text(), nullable=False),
        sa.Column("quality", sa.Double(), nullable=False),
        sa.Column("operator", sa.Text(), nullable=False),
        _moment("created_at"),
        sa.PrimaryKeyConstraint("id", name="pk_verifications"),
    )
    op.create_index("ix_verifications_pet_did", "verifications", ["pet_did"])


def _moment(name: str) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=False)


def _of_pet(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(["pet_id"], ["pets.id"], name=f"fk_{table}_pet_id")
