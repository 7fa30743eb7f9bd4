"""The tables of the records, the same on SQLite and PostgreSQL. A change here wants a migration beside it."""

# Annotations stay evaluated here: SQLAlchemy reads them while the program runs.
from datetime import UTC, datetime
from typing import Final

from sqlalchemy import DateTime, Dialect, ForeignKey, MetaData
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship
from sqlalchemy.types import Double, LargeBinary, Text, TypeDecorator

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


class GuardianRow(Base):
    """A guardian who agreed to be remembered, known by the telephone number."""

    __tablename__ = "guardians"

    id: Mapped[int] = mapped_column(primary_key=True)
    phone: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
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
    vector: Mapped[bytes]
    created_at: Mapped[datetime]


class VerificationRow(Base):
    """One comparison of a probe with a pet, which another clinic may have enrolled: so it refers to no row."""

    __tablename__ = "verifications"

    id: Mapped[int] = mapped_column(primary_key=True)
    pet_did: Mapped[str] = mapped_column(index=True)
    image_key: Mapped[str]
    similarity: Mapped[float]
    cosine: Mapped[float]
    inliers: Mapped[int | None]
    verdict: Mapped[str]
    model_name: Mapped[str]
    model_sha256: Mapped[str]
    quality: Mapped[float]
    operator: Mapped[str]
    created_at: Mapped[datetime]


class PetRow(Base):
    """A pet and its enrolment, of which it has one."""

    __tablename__ = "pets"

    id: Mapped[int] = mapped_column(primary_key=True)
    pet_did: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    species: Mapped[str]
    breed: Mapped[str]
    age_years: Mapped[int | None]
    sex: Mapped[str]
    neutered: Mapped[bool | None]
    colour: Mapped[str]
    weight_kg: Mapped[float | None]
    features: Mapped[str]
    microchip: Mapped[str | None] = mapped_column(unique=True)
    guardian_id: Mapped[int | None] = mapped_column(ForeignKey("guardians.id"), index=True)
    model_name: Mapped[str]
    model_sha256: Mapped[str]
    quality: Mapped[float]
    operator: Mapped[str]
    created_at: Mapped[datetime]

    guardian: Mapped[GuardianRow | None] = relationship(lazy="selectin")
    photos: Mapped[list[PhotoRow]] = relationship(lazy="selectin", order_by=PhotoRow.position)
    consents: Mapped[list[ConsentRow]] = relationship(lazy="selectin", order_by=ConsentRow.kind)
    templates: Mapped[list[TemplateRow]] = relationship(lazy="raise")
