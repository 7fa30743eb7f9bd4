"""What the record screens show, read in the background."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from kiosk_app.widgets.rows import decoded
from noseprint.errors import NoseprintError
from noseprint.records.acts import searched

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from PySide6.QtGui import QImage

    from kiosk_app.engine import Engine
    from kiosk_app.work.jobs import Reporter
    from noseprint.records.entities import Pet
    from noseprint.records.history import Happening

# As many rows are made within 20 ms; the window must not wait for 50.
MOST_FOUND: Final = 20
THUMBNAIL_PX: Final = 160
PHOTO_PX: Final = 480


@dataclass(frozen=True, slots=True)
class Photo:
    """A photo that was fetched: its key, and the image to show."""

    key: str
    image: QImage


@dataclass(frozen=True, slots=True)
class Record:
    """One pet, all that happened to it, and the names of the staff who did it."""

    pet: Pet
    history: Sequence[Happening]
    staff: dict[str, str]


def find(engine: Engine, text: str, by: str) -> list[Pet]:
    """The pets in which a text occurs, or the newest ones; written into the trail, without the text.

    Raises:
        NoseprintError: the codes of the records.
    """
    records = engine.holdings.records
    found = records.find_pets(text, MOST_FOUND)
    records.note(searched(len(found), by), datetime.now(UTC))
    return found


def read(engine: Engine, pet_did: str) -> Record:
    """One pet with its history.

    Raises:
        NoseprintError: PET_NOT_FOUND; the codes of the records.
    """
    records = engine.holdings.records
    staff = {operator.staff_id: operator.name for operator in engine.operators.all(with_removed=True)}
    return Record(records.pet(pet_did), records.history(pet_did), staff)


def fetch(engine: Engine, keys: Iterable[str], side_px: int, report: Reporter) -> None:
    """Fetch photos one after the other, and report each as a ``Photo``; what cannot be fetched is left out."""
    for key in keys:
        try:
            content = engine.clinic.objects.load_photo(key)
        except NoseprintError:
            continue  # the empty place says it; the storage's trouble is told on the home screen
        report(Photo(key, decoded(content, side_px)))
