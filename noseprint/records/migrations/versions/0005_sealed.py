"""Nothing personal in plain columns: names, numbers, facts and vectors are sealed, look-ups go by fingerprints.

What is done to the values is written out here, apart from the program's present forms: this step must go on
reading what version 0004 wrote, however those change.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

import sqlalchemy as sa
from alembic import op

if TYPE_CHECKING:
    from collections.abc import Callable

    from noseprint.vault.vault import Vault

revision = "0005"
down_revision = "0004"

_BATCH: Final = 500
_FACTS: Final = (
    "name",
    "species",
    "breed",
    "age_years",
    "sex",
    "neutered",
    "colour",
    "weight_kg",
    "features",
    "microchip",
)
# Any value that is computed makes PostgreSQL write the table anew, without what was updated and dropped before.
_SAME_MOMENT: Final = "created_at + interval '0'"


def upgrade() -> None:
    migration = op.get_context()
    if migration.config is None:
        raise ValueError("run by the program alone, which gives the vault")
    vault: Vault = migration.config.attributes["vault"]
    op.create_table(
        "master_keys",
        sa.Column("key_id", sa.Text(), nullable=False),
        sa.Column("seals", sa.Boolean(), nullable=False),
        sa.Column("fingerprints", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("key_id", name="pk_master_keys"),
    )
    for table in ("guardians", "pets"):
        _add_sealed(table, "sealed")
    _add_sealed("templates", "sealed_vector")
    _add_sealed("verifications", "sealed_operator")
    _seal_rows(vault)
    _drop_plain_columns()
    if op.get_bind().dialect.name == "postgresql":
        _leave_no_remains()


def _add_sealed(table: str, column: str) -> None:
    # SQLite wants something to stand in the rows that are there. An empty value never opens.
    op.add_column(table, sa.Column(column, sa.LargeBinary(), nullable=False, server_default=sa.text("''")))


def _seal_rows(vault: Vault) -> None:
    def guardian(row: Any) -> dict[str, object]:  # noqa: ANN401 (a row of whatever columns were asked for)
        phone = vault.fingerprint("phone", row.phone).hex()
        document = _json({"name": row.name, "phone": row.phone})
        return {"phone": phone, "sealed": vault.seal(document, f"guardian:{phone}")}

    def pet(row: Any) -> dict[str, object]:  # noqa: ANN401
        facts = {fact: getattr(row, fact) for fact in _FACTS}
        document = _json({"facts": facts, "operator": row.operator})
        microchip = vault.fingerprint("microchip", row.microchip).hex() if row.microchip else None
        return {"microchip": microchip, "sealed": vault.seal(document, f"pet:{row.pet_did}")}

    def template(row: Any) -> dict[str, object]:  # noqa: ANN401
        context = f"template:{dids[row.pet_id]}:{row.model_sha256}"
        return {"sealed_vector": vault.seal(row.vector, context)}

    def verification(row: Any) -> dict[str, object]:  # noqa: ANN401
        return {"sealed_operator": vault.seal(row.operator.encode(), f"verification:{row.image_key}:operator")}

    pets = op.get_bind().execute(sa.text("SELECT id, pet_did FROM pets"))
    dids = {row.id: row.pet_did for row in pets}
    _each("guardians", ["id"], guardian, ["phone", "name"])
    _each("pets", ["id"], pet, ["pet_did", "operator", *_FACTS])
    _each("templates", ["model_sha256", "pet_id"], template, ["vector"])
    _each("verifications", ["id"], verification, ["image_key", "operator"])


def _each(table_name: str, key: list[str], changes: Callable[[Any], dict[str, object]], others: list[str]) -> None:
    """Change every row, some at a time, by the values that are computed from it."""
    table = sa.Table(table_name, sa.MetaData(), autoload_with=op.get_bind())
    parts = [table.c[part] for part in key]
    wanted = sa.select(*parts, *(table.c[other] for other in others)).order_by(*parts).limit(_BATCH)
    last: tuple[object, ...] | None = None
    while True:
        following = wanted.where(sa.tuple_(*parts) > last) if last else wanted
        rows = op.get_bind().execute(following).all()
        for row in rows:
            this = [part == getattr(row, part.name) for part in parts]
            op.get_bind().execute(table.update().where(*this).values(changes(row)))
        if len(rows) < _BATCH:
            return
        last = tuple(getattr(rows[-1], part) for part in key)


def _drop_plain_columns() -> None:
    # Renamed, not replaced: SQLite keeps the constraint that makes them unique only so.
    op.alter_column("guardians", "phone", new_column_name="phone_fingerprint")
    op.alter_column("pets", "microchip", new_column_name="microchip_fingerprint")
    op.drop_column("guardians", "name")
    for fact in _FACTS:
        if fact != "microchip":
            op.drop_column("pets", fact)
    op.drop_column("pets", "operator")
    op.drop_column("templates", "vector")
    op.drop_column("verifications", "operator")


def _leave_no_remains() -> None:
    for table in ("guardians", "pets", "templates", "verifications"):
        op.execute(f"ALTER TABLE {table} ALTER COLUMN created_at TYPE timestamptz USING {_SAME_MOMENT}")


def _json(document: dict[str, object]) -> bytes:
    return json.dumps(document, ensure_ascii=False).encode()
