"""A new PIN, entered twice."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from kiosk_app.design.measures import SMALL_GAP
from kiosk_app.screens.sign_in import PinEntry
from kiosk_app.widgets.layouts import Column
from kiosk_app.widgets.texts import Text
from noseprint.errors import Words

if TYPE_CHECKING:
    from collections.abc import Callable

    from kiosk_app.shell.desk import Desk

_CHOOSE: Final = Words("새 PIN을 눌러 주세요 (숫자 4~12자리)", "Enter the new PIN (4 to 12 digits)")
_REPEAT: Final = Words("한 번 더 눌러 주세요", "Enter it once more")
_NOT_THE_SAME: Final = Words("두 PIN이 달라요. 다시 눌러 주세요.", "The two PINs differ. Enter it again.")


class PinTwice(Column):
    """See the module.

    Args:
        desk: what the screen works with.
        chosen: told a PIN that was entered the same way twice.
    """

    def __init__(self, desk: Desk, chosen: Callable[[str], object]) -> None:
        super().__init__(desk.face, SMALL_GAP)
        self._chosen = chosen
        self._first = ""
        self.asks = Text(desk.face, _CHOOSE, "strong")
        self.entry = PinEntry(desk, self._take)
        self.put(self.asks)
        self.addLayout(self.entry)

    def clear(self) -> None:
        """Forget what was entered."""
        self._first = ""
        self.entry.clear()
        self.asks.say(_CHOOSE)

    def _take(self, pin: str) -> None:
        if not self._first:
            self._first = pin
            self.asks.say(_REPEAT)
        elif pin == self._first:
            self.clear()
            self._chosen(pin)
        else:
            self.clear()
            self.asks.say(_NOT_THE_SAME)
