"""Saved: the Pet DID with its QR code, and the certificate to print or to keep as a file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import Qt

from kiosk_app.certificate import Certificate
from kiosk_app.design.measures import GAP, WIDE_GAP
from kiosk_app.shell.screen import Screen
from kiosk_app.widgets.buttons import Button
from kiosk_app.widgets.layouts import Column, Turning
from kiosk_app.widgets.pictures import Picture, QrCode
from kiosk_app.widgets.texts import Text
from kiosk_app.widgets.verdict import Answer
from noseprint.errors import Words

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from kiosk_app.shell.desk import Desk
    from noseprint.clinic import Enrolment

_SAVED: Final = Words("{name}의 비문을 등록했어요", "{name} is enrolled")
_SAFE: Final = Words(
    "이 기기에 안전하게 보관했고, 저장소에는 자동으로 보내요.",
    "It is kept safely here and goes to the storage by itself.",
)
_CODE: Final = Words("Pet DID QR 코드", "QR code of the Pet DID")
_NOSE: Final = Words("등록된 코", "The enrolled nose")
_QUALITY: Final = Words("사진 {photos}장 · 품질 {quality:.0f}", "{photos} photos · quality {quality:.0f}")
_PDF: Final = Words("등록증 저장", "Save certificate")
_PRINT: Final = Words("인쇄", "Print")
_WRITTEN: Final = Words("저장했어요: {file}", "Saved: {file}")
_DONE: Final = Words("처음으로", "Home")


class Saved(Screen):
    """Show what became of the enrolment.

    Args:
        desk: what the screen works with.
        enrolment: as the clinic gave it.
        home: leave.
    """

    def __init__(
        self,
        desk: Desk,
        enrolment: Enrolment,
        home: Callable[[], object],
    ) -> None:
        super().__init__(desk.face)
        face, self._desk = desk.face, desk
        pet, best = enrolment.pet, enrolment.aggregate.samples[0].photo
        self.certificate = Certificate(pet, best, desk.engine.settings.clinic_name)
        self.answer = Answer(face)
        self.answer.give("good", Words(*(text.format(name=pet.facts.name) for text in _SAVED)), _SAFE)
        nose = Picture(face, _NOSE)
        nose.show_file(best)
        code = QrCode(face, _CODE)
        code.show_text(pet.pet_did)
        self.pet_did = Text(face, pet.pet_did.replace(":0x", ":\u200b0x"), "body")
        self.pet_did.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        count = len(enrolment.aggregate.samples)
        about = Column(face, GAP)
        about.put(code, stretch=1)
        about.put(self.pet_did)
        about.put(Text(face, _QUALITY, "label", "quiet", photos=count, quality=enrolment.aggregate.quality))
        self._both = Turning(face, WIDE_GAP)
        self._both.put(nose, stretch=1)
        self._both.addLayout(about, 1)
        self.written = Text(face, "", "label", "good")
        self.written.hide()
        self.body.put(self.answer)
        self.body.addLayout(self._both, 1)
        self.body.put(self.written)
        self.pdf_button = Button(face, _PDF, self._save, "plain", "save")
        self.print_button = Button(face, _PRINT, self._print, "plain", "print")
        self.home_button = Button(face, _DONE, home, "main", "tick")
        self.act_with(None, self.pdf_button, self.print_button, main=self.home_button)

    def turned(self, *, upright: bool) -> None:
        """The code below the nose in an upright window."""
        self._both.turn(upright=upright)

    def _save(self) -> None:
        pet = self.certificate.pet
        speaker, files = self.face.speaker, self._desk.files

        def write() -> Path:
            file = files.place_for(f"noseprint-{pet.pet_did[-8:]}.pdf")
            self.certificate.save_as_pdf(file, speaker)
            return file

        self._desk.jobs.begin(self, write).done(self._say_where).failed(self.explain)

    def _print(self) -> None:
        self._desk.files.print_with(self, lambda printer: self.certificate.print_on(printer, self.face.speaker))

    def _say_where(self, file: Path) -> None:
        self.written.say(_WRITTEN, file=file)
        self.written.show()
