"""Where files go."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kiosk_app.shell.save_to import SaveTo, sticks
from kiosk_app.shell.screen import Screen
from kiosk_app.widgets.rows import RowButton

if TYPE_CHECKING:
    from pathlib import Path

    from tests.ui.conftest import Kiosk


def rows(screen: SaveTo[int]) -> list[RowButton]:
    return [row for row in screen.rows.shown if isinstance(row, RowButton)]


def test_a_stick_that_is_plugged_in_later_is_found_and_written_to(kiosk: Kiosk, tmp_path: Path) -> None:
    plugged_in: list[Path] = []
    lengths: list[int] = []
    kiosk.show(Screen(kiosk.desk.face))
    screen = SaveTo(kiosk.desk, "a.txt", lambda file: file.write_text("words"), lengths.append, lambda: plugged_in)
    kiosk.window.show_next(screen)
    kiosk.until(lambda: len(rows(screen)) == 1)
    plugged_in.append(tmp_path)
    screen.again_button.click()
    kiosk.until(lambda: len(rows(screen)) == 2)
    assert rows(screen)[1].below.text() == str(tmp_path)
    rows(screen)[1].click()
    kiosk.until(lambda: lengths == [5])
    assert (tmp_path / "a.txt").read_text() == "words"


def test_the_system_itself_is_no_stick() -> None:
    assert all(str(folder) != folder.anchor for folder in sticks())
