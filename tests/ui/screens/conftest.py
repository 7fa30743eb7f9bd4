"""A clinic that has dogs, for the screens that show what was saved."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from noseprint.clinic import EnrolmentRequest
from noseprint.records.entities import Consent, ConsentKind, GuardianDetails, Pet, PetFacts, Sex

if TYPE_CHECKING:
    from pathlib import Path

    from kiosk_app.engine import Engine

NOW = datetime(2026, 11, 21, 9, tzinfo=UTC)


def photos_of(noses: Path, dog: str) -> list[bytes]:
    return [file.read_bytes() for file in sorted((noses / dog).glob("*.jpg"))]


def enrol(engine: Engine, photos: list[bytes], facts: PetFacts, guardian: GuardianDetails) -> Pet:
    consents = (Consent(ConsentKind.IDENTIFICATION, "2026-11", NOW),)
    return engine.clinic.enrol(EnrolmentRequest(photos, 2, facts, guardian, consents)).pet


def take_records_away(engine: Engine) -> None:
    """Let nobody open the records any more: a folder lies in their place."""
    file = engine.settings.data_dir / "records.db"
    engine.holdings.records.close()
    for part in file.parent.glob(f"{file.name}*"):
        part.rename(part.with_name(f"gone-{part.name}"))
    file.mkdir()


@pytest.fixture
def choco(engine: Engine, noses: Path) -> Pet:
    """A dog with all that can be told about one."""
    facts = PetFacts(
        "초코", breed="Maltese", age_years=3, sex=Sex.MALE, neutered=True, weight_kg=4.2, microchip="410094000000001"
    )
    return enrol(engine, photos_of(noses, "dog-1"), facts, GuardianDetails("박보호", "010-1234-5678"))


@pytest.fixture
def bori(engine: Engine, noses: Path) -> Pet:
    """Another one, of a breed that no list has."""
    return enrol(
        engine, photos_of(noses, "dog-2"), PetFacts("보리", breed="진돗개"), GuardianDetails("최하늘", "010-9999-0000")
    )
