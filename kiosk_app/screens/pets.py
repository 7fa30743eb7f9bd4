"""Pets as staff tell them apart: photo, name, breed, guardian; fetched in the background."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QObject
from PySide6.QtGui import QImage

from kiosk_app.speech.breeds import breed_words
from kiosk_app.widgets.pictures import Picture
from kiosk_app.widgets.rows import scaled, small
from noseprint.errors import NoseprintError, Words

if TYPE_CHECKING:
    from kiosk_app.shell.desk import Desk
    from kiosk_app.work.jobs import Job, Reporter
    from noseprint.records.entities import Pet

_PHOTO: Final = Words("코 사진", "Photo of the nose")
_THUMBNAIL_PX: Final = 160


def about(pet: Pet) -> Words:
    """Breed and guardian; what is not known is left out."""
    breed, guardian = breed_words(pet.facts.breed), pet.guardian.name if pet.guardian else ""
    both = breed if isinstance(breed, Words) else Words(breed, breed)
    return Words(*(" · ".join(filter(None, (word, guardian))) for word in both))


class NosePhotos(QObject):
    """Small pictures of pets' noses, filled one after the other; what cannot be fetched stays an empty place.

    Args:
        desk: what they are fetched with.
        owner: the screen that shows them.
    """

    def __init__(self, desk: Desk, owner: QObject) -> None:
        super().__init__(owner)
        self._desk = desk
        self._pictures: dict[str, Picture] = {}
        self._fetching: Job[None] | None = None

    def place_for(self, pet_did: str) -> Picture:
        """An empty place for a pet's photo, filled by the next :meth:`fetch`."""
        self._pictures[pet_did] = small(Picture(self._desk.face, _PHOTO, whole=False), self._desk.face)
        return self._pictures[pet_did]

    def fetch(self) -> None:
        """Fill the places that were asked for."""
        clinic, wanted = self._desk.engine.clinic, list(self._pictures)

        def load(report: Reporter) -> None:
            for pet_did in wanted:
                try:
                    photo = clinic.best_photo(pet_did)
                except NoseprintError:
                    continue  # the empty place says it; the storage's trouble is told on the home screen
                if photo:
                    report((pet_did, scaled(QImage.fromData(photo), _THUMBNAIL_PX)))

        self._fetching = self._desk.jobs.begin_reporting(self, load).progress(self._show)

    def forget(self) -> None:
        """The places are gone; nothing is fetched any more."""
        if self._fetching:
            self._fetching.cancel()
        self._fetching = None
        self._pictures = {}

    def _show(self, fetched: object) -> None:
        match fetched:
            case (str() as pet_did, QImage() as image) if pet_did in self._pictures:
                self._pictures[pet_did].show_image(image)
