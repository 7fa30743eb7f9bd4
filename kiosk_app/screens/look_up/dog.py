"""The dog that was found and whom to call; of an unknown one the photo that was looked up."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from kiosk_app.design.measures import SMALL_GAP
from kiosk_app.widgets.layouts import Column
from kiosk_app.widgets.pictures import Picture
from kiosk_app.widgets.rows import small
from kiosk_app.widgets.texts import Text
from noseprint.errors import Words
from noseprint.records.phone import written_phone

if TYPE_CHECKING:
    from kiosk_app.face import Face
    from kiosk_app.screens.look_up.answered import Answered

_CALL: Final = Words("보호자에게 연락해 주세요", "Please call the guardian")
_NO_GUARDIAN: Final = Words(
    "보호자 연락처를 보관하지 않은 강아지예요. Pet DID로 플랫폼에 물어봐 주세요.",
    "No guardian's contact is kept for this dog. Ask the platform, by its Pet DID.",
)
_JUST_NOW: Final = Words("지금 찍은 코", "The nose just taken")
_NOSE: Final = Words("등록된 코", "The enrolled nose")
_SIDE: Final = 232


class TheDog(QWidget):
    """See the module.

    Args:
        face: theme and speaker.
        answered: what was found.
    """

    def __init__(self, face: Face, answered: Answered) -> None:
        super().__init__()
        named = answered.found.pet_did is not None
        guardian = answered.named.guardian if answered.named else None
        words = _NOSE if named else _JUST_NOW
        self.nose = small(Picture(face, words, whole=False), face, _SIDE)
        self.nose.show_image(answered.picture)
        self.asked = Text(face, _CALL if guardian else _NO_GUARDIAN, "body", "quiet")
        self.guardian = Text(face, guardian.name if guardian else "", "instruction")
        self.phone = Text(face, written_phone(guardian.phone) if guardian else "", "verdict", "accent")
        self.phone.setWordWrap(False)
        self.pet_did = Text(face, (answered.found.pet_did or "").replace(":0x", ":\u200b0x"), "label")
        self.pet_did.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        column = Column(face, SMALL_GAP)
        column.put(self.nose, Text(face, words, "label", "quiet"))
        column.put(self.asked, self.guardian, self.phone, self.pet_did)
        column.addStretch(1)
        self.setLayout(column)
        self.asked.setVisible(named)
        self.guardian.setVisible(guardian is not None)
        self.phone.setVisible(guardian is not None)
        self.pet_did.setVisible(named and guardian is None)
