"""Dogs to enrol, and records to take away, for the tests of the screens."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from noseprint.clinic import EnrolmentRequest
from noseprint.records.entities import Consent, ConsentKind, GuardianDetails, Pet, PetFacts

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
