"""Everything follows the window's size and the switch for the light."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from kiosk_app.design.measures import MAIN_TARGET, TARGET, scale_for
from kiosk_app.design.palette import PALETTES, Shade
from kiosk_app.design.theme import Theme

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot


@pytest.mark.parametrize(
    ("size", "scale"),
    [((1280, 800), 1.0), ((800, 1280), 1.0), ((1024, 768), 0.8), ((1920, 1080), 1.35), ((3840, 2160), 2.7)],
)
def test_the_scale_is_that_of_the_shorter_way(size: tuple[int, int], scale: float) -> None:
    assert scale_for(*size) == pytest.approx(scale)


def test_a_target_is_never_smaller_than_a_finger() -> None:
    theme = Theme(dots_per_inch=149.0)
    theme.fit(1024, 768)
    assert theme.target(TARGET) == 70  # 12 mm
    assert theme.target(MAIN_TARGET) >= 70


def test_type_is_never_too_small_to_be_read() -> None:
    theme = Theme()
    theme.fit(640, 480)
    assert theme.type_px(16) == 16


def test_widgets_hear_of_a_change_once_and_of_none_where_nothing_changed(qtbot: QtBot) -> None:
    theme = Theme()
    with qtbot.waitSignal(theme.changed):
        theme.use(Shade.DARK)
    assert theme.palette is PALETTES[Shade.DARK]
    with qtbot.assertNotEmitted(theme.changed):
        theme.use(Shade.DARK)
        theme.fit(1280, 800)
