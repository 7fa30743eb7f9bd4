"""The tables of the records, the same on SQLite and PostgreSQL. A change here wants a migration beside it.

What is personal stands in columns whose names begin with ``SEALED_PREFIX``, see ``sealing``; no other column may
hold any of it.
"""

# Annotations stay evaluated here: SQLAlchemy reads them while the program runs.
from datetime import UTC, datetime
from typing import Final

from sqlalchemy import DateTime, Dialect, ForeignKey, MetaData, UniqueConstraint
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship
from sqlalchemy.types import Double, LargeBinary, Text, TypeDecorator

SEALED_PREFIX: Final = "sealed"
"""Begins the names of the columns that hold what a vault has sealed; a new master key is put on all of them."""

_NAMES: Final = {
    "ix": "ix_%(table_name)s_%(column_0_name)s",
    "uq": "uq_%(table_name)s_%(column_0_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s",
    "pk": "pk_%(table_name)s",
}


class UtcMoment(TypeDecorator[datetime]):
    """A timezone-aware moment in UTC; SQLite, which forgets time zones, is reminded of it."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_result_value(
        self,
        value: datetime | None,
        dialect: Dialect,  # noqa: ARG002 (SQLAlchemy's signature)
    ) -> datetime | None:
        """Read a moment in UTC, whatever time zone the connection speaks."""
        if value is None or value.tzinfo is None:
            return value and value.replace(tzinfo=UTC)
        return value.astimezone(UTC)


class Base(DeclarativeBase):
    """What all tables share: explicit names of constraints, and which Python type is which column."""

    metadata = MetaData(naming_convention=_NAMES)
    type_annotation_map: Final = {str: Text(), float: Double(), datetime: UtcMoment(), bytes: LargeBinary()}


class MasterKeyRow(Base):
    """A master key that is in use: content may be sealed under it, or fingerprints are made with it, or both."""

    __tablename__ = "master_keys"

    key_id: Mapped[str] = mapped_column(primary_key=True)
    seals: Mapped[bool]
    fingerprints: Mapped[bool]


class DatabaseIdRow(Base):
    """The only row: what tells this database from every other one, drawn when it was made and kept in its backups."""

    __tablename__ = "database_ids"

    id: Mapped[str] = mapped_column(primary_key=True)


class GuardianRow(Base):
    """A guardian who agreed to be remembered, known by the fingerprint of the telephone number."""

    __tablename__ = "guardians"
    __table_args__ = (UniqueConstraint("phone_fingerprint", name="uq_guardians_phone"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    phone_fingerprint: Mapped[str]
    sealed: Mapped[bytes]
    created_at: Mapped[datetime]


class PhotoRow(Base):
    """An enrolment photo; position 0 is the best."""

    __tablename__ = "photos"

    pet_id: Mapped[int] = mapped_column(ForeignKey("pets.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str]
    sha256: Mapped[str]
    quality: Mapped[float]


class ConsentRow(Base):
    """What was agreed to at an enrolment."""

    __tablename__ = "consents"

    pet_id: Mapped[int] = mapped_column(ForeignKey("pets.id"), primary_key=True)
    kind: Mapped[str] = mapped_column(primary_key=True)
    text_version: Mapped[str]
    given_at: Mapped[datetime]


class TemplateRow(Base):
    """A pet's vector by one model; the key begins with the model, since whole galleries are read by it."""

    __tablename__ = "templates"

    model_sha256: Mapped[str] = mapped_column(primary_key=True)
    pet_id: Mapped[int] = mapped_column(ForeignKey("pets.id"), primary_key=True, index=True)
    model_name: Mapped[str]
    quality: Mapped[float]
    sealed_vector: Mapped[bytes]
    created_at: Mapped[datetime]


class VerificationRow(Base):
    """One comparison of a probe with a pet, which another clinic may have enrolled: so it refers to no row."""

    __tablename__ = "verifications"

    id: Mapped[int] = mapped_column(primary_key=True)
    pet_did: Mapped[str] = mapped_column(index=True)
    image_key: Mapped[str] = mapped_column(index=True)
    similarity: Mapped[float]
    cosine: Mapped[float]
    inliers: Mapped[int | None]
    verdict: Mapped[str]
    model_name: Mapped[str]
    model_sha256: Mapped[str]
    quality: Mapped[float]
    sealed_operator: Mapped[bytes]
    created_at: Mapped[datetime]
    approved_by: Mapped[str | None]
    approval_reason: Mapped[str | None]


class SigningKeyRow(Base):
    """The key that signs this clinic's results; the only row, made when it is first asked for."""

    __tablename__ = "signing_keys"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    sealed_key: Mapped[bytes]
    created_at: Mapped[datetime]


class PetRow(Base):
    """A pet and its enrolment, of which it has one.

    Whatever changes what a pet can be found by, its guardian's details too, adds one to ``revision``.
    """

    __tablename__ = "pets"
    __table_args__ = (UniqueConstraint("microchip_fingerprint", name="uq_pets_microchip"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    pet_did: Mapped[str] = mapped_column(unique=True)
    microchip_fingerprint: Mapped[str | None]
    sealed: Mapped[bytes]
    guardian_id: Mapped[int | None] = mapped_column(ForeignKey("guardians.id"), index=True)
    model_name: Mapped[str]
    model_sha256: Mapped[str]
    quality: Mapped[float]
    created_at: Mapped[datetime]
    approved_by: Mapped[str | None]
    approval_reason: Mapped[str | None]
    revision: Mapped[int]
    erased_at: Mapped[datetime | None]

    guardian: Mapped[GuardianRow | None] = relationship(lazy="selectin")
    photos: Mapped[list[PhotoRow]] = relationship(lazy="selectin", order_by=PhotoRow.position)
    consents: Mapped[list[ConsentRow]] = relationship(lazy="selectin", order_by=ConsentRow.kind)
    templates: Mapped[list[TemplateRow]] = relationship(lazy="raise")
