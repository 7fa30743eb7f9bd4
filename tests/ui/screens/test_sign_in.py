"""Signing in by PIN, and the very first start."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kiosk_app.screens.sign_in import FirstStart, SignIn
from noseprint.records.staff import Operator, Role, SignedIn

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

    from kiosk_app.widgets.number_pad import NumberPad
    from tests.ui.conftest import Kiosk

PIN = "274913"


class Arrivals:
    """Who came in."""

    def __init__(self) -> None:
        self.seen: list[tuple[SignedIn, Operator]] = []

    def __call__(self, signed_in: SignedIn, operator: Operator) -> None:
        self.seen.append((signed_in, operator))


def enter(qtbot: QtBot, pad: NumberPad, pin: str) -> None:
    qtbot.keyClicks(pad, pin)
    pad.confirmed.emit()


def test_the_first_person_becomes_an_admin_and_is_signed_in(kiosk: Kiosk) -> None:
    came = Arrivals()
    screen = FirstStart(kiosk.desk, came)
    kiosk.show(screen)
    screen.name.fill("김수의")
    enter(kiosk.qtbot, screen.entry.pad, PIN)
    enter(kiosk.qtbot, screen.entry.pad, PIN)
    kiosk.until(lambda: bool(came.seen))
    signed_in, operator = came.seen[0]
    assert (signed_in.role, operator.name) == (Role.ADMIN, "김수의")


def test_two_pins_that_differ_set_nobody_up(kiosk: Kiosk) -> None:
    came = Arrivals()
    screen = FirstStart(kiosk.desk, came)
    kiosk.show(screen)
    screen.name.fill("김수의")
    enter(kiosk.qtbot, screen.entry.pad, PIN)
    enter(kiosk.qtbot, screen.entry.pad, "274914")
    kiosk.settle()
    assert "두 PIN이 달라요" in screen.trouble.text()
    assert not came.seen
    assert not kiosk.desk.engine.operators.all()


def test_a_weak_pin_is_refused_in_words_and_can_be_chosen_again(kiosk: Kiosk) -> None:
    came = Arrivals()
    screen = FirstStart(kiosk.desk, came)
    kiosk.show(screen)
    screen.name.fill("김수의")
    for pin in ("1234", "1234"):
        enter(kiosk.qtbot, screen.entry.pad, pin)
    kiosk.until(screen.trouble.isVisible)
    assert "NP_1017" in screen.trouble.text()
    for pin in (PIN, PIN):
        enter(kiosk.qtbot, screen.entry.pad, pin)
    kiosk.until(lambda: bool(came.seen))


def test_the_right_pin_lets_in_and_a_wrong_one_says_so(kiosk: Kiosk) -> None:
    kiosk.desk.engine.operators.add(None, "김수의", Role.ADMIN, PIN)
    came = Arrivals()
    screen = SignIn(kiosk.desk, came)
    kiosk.show(screen)
    enter(kiosk.qtbot, screen.entry.pad, "999999")
    kiosk.until(screen.trouble.isVisible)
    assert "NP_1012" in screen.trouble.text()
    kiosk.until(screen.entry.pad.isEnabled)
    enter(kiosk.qtbot, screen.entry.pad, PIN)
    kiosk.until(lambda: bool(came.seen))
    assert came.seen[0][1].name == "김수의"


def test_nothing_that_was_typed_stays_when_the_screen_is_left(kiosk: Kiosk) -> None:
    kiosk.desk.engine.operators.add(None, "김수의", Role.ADMIN, PIN)
    screen = SignIn(kiosk.desk, Arrivals())
    kiosk.show(screen)
    kiosk.qtbot.keyClicks(screen.entry.pad, "27")
    assert screen.entry.length == 2
    screen.left()
    assert screen.entry.length == 0
