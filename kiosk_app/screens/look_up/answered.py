"""What a look-up answered, and what the records say of the dogs in it; read in the background."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtGui import QImage

from kiosk_app.widgets.rows import scaled
from noseprint.errors import ErrorCode, NoseprintError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kiosk_app.engine import Engine
    from noseprint.clinic import LookUp
    from noseprint.records.entities import Pet

_SHOWN_OF_DID = 8
_PICTURE_PX = 480


@dataclass(frozen=True, slots=True)
class Answered:
    """What was found.

    Attributes:
        found: the clinic's answer.
        pets: by Pet DID; who was deleted meanwhile is missing.
        picture: the named dog's enrolment photo, empty where none is at hand; else the photo that was looked up.
    """

    found: LookUp
    pets: Mapping[str, Pet]
    picture: QImage

    @property
    def named(self) -> Pet | None:
        """The dog, where it was named and the records hold it."""
        return self.pets.get(self.found.pet_did or "")

    @property
    def name(self) -> str:
        """What the named dog is called: without a name in the records the end of its Pet DID; empty for unknown."""
        name = self.named.facts.name if self.named else ""
        return name or (self.found.pet_did or "")[-_SHOWN_OF_DID:]

    @property
    def is_unsure(self) -> bool:
        """Whether none was named although one is like it."""
        return self.found.pet_did is None and any(
            candidate.verdict != "different" for candidate in self.found.candidates
        )


def look_up(engine: Engine, photo: bytes, by: str) -> Answered:
    """Ask the clinic, and the records about the dogs in its answer.

    Raises:
        NoseprintError: the codes of ``Clinic.look_up`` and of the records.
    """
    found = engine.clinic.look_up(photo, by=by)
    shown = _nose_of(engine, found.pet_did) if found.pet_did else photo
    picture = scaled(QImage.fromData(shown), _PICTURE_PX) if shown else QImage()
    return Answered(found, _known(engine, found), picture)


def _known(engine: Engine, found: LookUp) -> dict[str, Pet]:
    pets: dict[str, Pet] = {}
    for candidate in found.candidates:
        try:
            pets[candidate.pet_did] = engine.holdings.records.pet(candidate.pet_did)
        except NoseprintError as fault:
            if fault.code is not ErrorCode.PET_NOT_FOUND:
                raise
    return pets


def _nose_of(engine: Engine, pet_did: str) -> bytes | None:
    """The answer stands without a photo: a storage that is away does not take it back."""
    try:
        return engine.clinic.best_photo(pet_did)
    except NoseprintError:
        return None
