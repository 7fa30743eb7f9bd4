"""Every icon that is named is there and can be seen."""

from __future__ import annotations

from importlib.resources import files
from typing import TYPE_CHECKING

import pytest
from PySide6.QtGui import QColor

from kiosk_app.design.icons import icon

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

NAMES = sorted(file.name.removesuffix(".svg") for file in files("kiosk_app.design").joinpath("line_icons").iterdir())


@pytest.mark.parametrize("name", NAMES)
def test_an_icon_is_drawn_in_the_colour_that_is_asked_for(qtbot: QtBot, name: str) -> None:
    del qtbot
    image = icon(name, QColor("#0b5f5a"), 48).toImage()
    seen = [image.pixelColor(x, y) for x in range(48) for y in range(48) if image.pixelColor(x, y).alpha() > 200]
    assert len(seen) > 40
    assert all(abs(pixel.green() - 0x5F) < 8 for pixel in seen)


def test_an_icon_that_is_not_there_is_an_error(qtbot: QtBot) -> None:
    del qtbot
    with pytest.raises(FileNotFoundError):
        icon("unicorn", QColor("black"), 24)
