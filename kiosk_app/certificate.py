"""The certificate of an enrolment: one page of A4 with the nose, the Pet DID and its QR code, as PDF or on paper."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QMarginsF, QRectF, Qt
from PySide6.QtGui import QFont, QImage, QPageLayout, QPageSize, QPainter, QPdfWriter

from kiosk_app.design.fonts import FAMILY
from kiosk_app.design.palette import PALETTES, Shade
from kiosk_app.speech.breeds import breed_words
from kiosk_app.widgets.pictures import qr_image
from noseprint.errors import ErrorCode, NoseprintError, Words

if TYPE_CHECKING:
    from pathlib import Path

    from PySide6.QtGui import QPagedPaintDevice

    from kiosk_app.speech.speaker import Speaker
    from noseprint.records.entities import Pet

_TITLE: Final = Words("반려견 비문 등록증", "Dog nose print certificate")
_NAME: Final = Words("이름", "Name")
_BREED: Final = Words("품종", "Breed")
_MICROCHIP: Final = Words("마이크로칩", "Microchip")
_ENROLLED: Final = Words("등록일", "Enrolled on")
_CLINIC: Final = Words("등록 병원", "Enrolled at")
_PET_DID: Final = Words("Pet DID", "Pet DID")
_MARGIN_MM: Final = 20.0
_RESOLUTION: Final = 300
_PAGE_WIDTH_MM: Final = 210.0 - 2 * _MARGIN_MM
_NOSE_MM: Final = 100.0
_QR_MM: Final = 42.0
_TITLE_MM, _LINE_MM, _SMALL_MM = 11.0, 6.0, 4.2


@dataclass(frozen=True, slots=True)
class Certificate:
    """What the page says.

    Attributes:
        pet: the dog; its guardian does not stand on the page.
        photo: JPEG or PNG file of its nose.
        clinic: who enrolled it.
    """

    pet: Pet
    photo: bytes
    clinic: str

    def save_as_pdf(self, file: Path, speaker: Speaker) -> None:
        """Write the page as a PDF file.

        Raises:
            NoseprintError: FILE_NOT_READABLE when the file cannot be written.
        """
        writer = QPdfWriter(str(file))
        writer.setResolution(_RESOLUTION)
        writer.setTitle(speaker.say(_TITLE))
        self.print_on(writer, speaker)
        del writer
        if not file.is_file() or not file.stat().st_size:
            raise NoseprintError(ErrorCode.FILE_NOT_READABLE, "the PDF could not be written", path=file)

    def print_on(self, device: QPagedPaintDevice, speaker: Speaker) -> None:
        """Draw the page on paper or into a PDF."""
        margins = QMarginsF(_MARGIN_MM, _MARGIN_MM, _MARGIN_MM, _MARGIN_MM)
        a4 = QPageSize(QPageSize.PageSizeId.A4)
        device.setPageLayout(
            QPageLayout(a4, QPageLayout.Orientation.Portrait, margins, QPageLayout.Unit.Millimeter, QMarginsF())
        )
        painter = QPainter()
        if painter.begin(device):
            painter.scale(painter.viewport().width() / _PAGE_WIDTH_MM, painter.viewport().width() / _PAGE_WIDTH_MM)
            self._draw(_Page(painter), speaker)
            painter.end()

    def _draw(self, page: _Page, speaker: Speaker) -> None:
        say = speaker.say
        page.line(say(_TITLE), _TITLE_MM, bold=True)
        page.picture(QImage.fromData(self.photo), _NOSE_MM)
        facts = self.pet.facts
        rows = [
            (_NAME, facts.name),
            (_BREED, say(breed) if isinstance(breed := breed_words(facts.breed), Words) else breed),
            (_MICROCHIP, facts.microchip or ""),
            (_ENROLLED, f"{self.pet.created_at.astimezone():%Y-%m-%d}"),
            (_CLINIC, self.clinic),
        ]
        for words, text in rows:
            if text:
                page.row(say(words), text)
        page.code(self.pet.pet_did, say(_PET_DID))


class _Page:
    """Draws from the top downwards, in millimetres."""

    def __init__(self, painter: QPainter) -> None:
        self._painter = painter
        self._down = 0.0

    def line(self, text: str, height: float, *, bold: bool = False, quiet: bool = False, left: float = 0.0) -> None:
        self._write(text, QRectF(left, self._down, _PAGE_WIDTH_MM - left, height * 1.4), height, bold=bold, quiet=quiet)
        self._down += height * 1.6

    def picture(self, image: QImage, height: float) -> None:
        size = image.size().scaled(round(_PAGE_WIDTH_MM), round(height), Qt.AspectRatioMode.KeepAspectRatio)
        self._painter.drawImage(QRectF(0, self._down, size.width(), size.height()), image)
        self._down += size.height() + _LINE_MM

    def row(self, label: str, text: str) -> None:
        height = _LINE_MM * 1.4
        self._write(label, QRectF(0, self._down, 40, height), _SMALL_MM, quiet=True)
        self._write(text, QRectF(40, self._down, _PAGE_WIDTH_MM - 40, height), _LINE_MM)
        self._down += height + 1

    def code(self, text: str, label: str) -> None:
        self._down += _LINE_MM
        self._painter.drawImage(QRectF(0, self._down, _QR_MM, _QR_MM), qr_image(text))
        beside = QRectF(_QR_MM + 6, self._down + 8, _PAGE_WIDTH_MM - _QR_MM - 6, _SMALL_MM * 1.5)
        self._write(label, beside, _SMALL_MM, quiet=True)
        self._write(text, beside.translated(0, _SMALL_MM * 2), _SMALL_MM * 0.8)

    def _write(self, text: str, area: QRectF, height: float, *, bold: bool = False, quiet: bool = False) -> None:
        font = QFont(FAMILY)
        # The painter is scaled to millimetres; Qt wants whole pixels, so the letters are drawn large and made small.
        font.setPixelSize(100)
        font.setWeight(QFont.Weight.Bold if bold else QFont.Weight.Normal)
        palette = PALETTES[Shade.LIGHT]
        share = height / 100
        self._painter.save()
        self._painter.setFont(font)
        self._painter.setPen(palette.quiet if quiet else palette.ink)
        self._painter.translate(area.topLeft())
        self._painter.scale(share, share)
        within = QRectF(0, 0, area.width() / share, area.height() / share)
        self._painter.drawText(within, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, text)
        self._painter.restore()
