"""A clinic that has dogs, for the screens that show what was saved."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from noseprint.records.entities import GuardianDetails, Pet, PetFacts, Sex
from tests.ui.dogs import enrol, photos_of

if TYPE_CHECKING:
    from pathlib import Path

    from kiosk_app.engine import Engine


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
