"""Who may work here."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from kiosk_app.screens.staff.new_operator import NewOperator
from kiosk_app.screens.staff.operator import NewPin, OperatorScreen
from kiosk_app.screens.staff.staff import Staff
from kiosk_app.shell.question import Question
from kiosk_app.widgets.rows import RowButton
from noseprint.errors import NoseprintError
from noseprint.records.staff import Operator, Role

if TYPE_CHECKING:
    from kiosk_app.screens.staff.pin_twice import PinTwice
    from tests.ui.conftest import Kiosk

PIN = "493817"


@pytest.fixture
def nurse(kiosk: Kiosk) -> Operator:
    """Someone beside the admin, who is signed in."""
    kiosk.sign_in()
    return kiosk.desk.engine.operators.add(kiosk.desk.session.signed_in, "이간호", Role.STAFF, PIN)


def staff(kiosk: Kiosk) -> Staff:
    screen = Staff(kiosk.desk)
    kiosk.show(screen)
    return screen


def names(screen: Staff) -> list[str]:
    return [row.headline.text() for row in screen.rows.shown if isinstance(row, RowButton)]


def enter(kiosk: Kiosk, pin: PinTwice, *entered: str) -> None:
    for digits in entered:
        kiosk.qtbot.keyClicks(pin.entry.pad, digits)
        pin.entry.pad.confirmed.emit()


def opened(kiosk: Kiosk, name: str) -> OperatorScreen:
    screen = staff(kiosk)
    row = next(row for row in screen.rows.shown if isinstance(row, RowButton) and row.headline.text() == name)
    row.click()
    kiosk.settle()
    found = kiosk.window.screen_shown
    assert isinstance(found, OperatorScreen)
    return found


def test_an_admin_sees_who_works_here(kiosk: Kiosk, nurse: Operator) -> None:
    assert names(staff(kiosk)) == ["김수의", nurse.name]


def test_staff_see_nobody_and_are_told_why(kiosk: Kiosk, nurse: Operator) -> None:
    kiosk.desk.session.begin(kiosk.desk.engine.operators.sign_in(nurse.staff_id, PIN), nurse)
    screen = staff(kiosk)
    assert names(screen) == []
    assert "NP_1014" in screen.trouble.text()
    assert not screen.add_button.isEnabled()


def adding(kiosk: Kiosk) -> NewOperator:
    kiosk.sign_in()
    staff(kiosk).add_button.click()
    screen = kiosk.window.screen_shown
    assert isinstance(screen, NewOperator)
    return screen


def test_someone_new_can_sign_in_with_the_pin_that_was_chosen(kiosk: Kiosk) -> None:
    screen = adding(kiosk)
    screen.name.fill("박새내기")
    screen.role.choose("admin")
    enter(kiosk, screen.pin, PIN, PIN)
    kiosk.until(lambda: isinstance(kiosk.window.screen_shown, Staff))
    kiosk.settle()
    assert kiosk.desk.engine.operators.sign_in("S2", PIN).role is Role.ADMIN


def test_two_pins_that_differ_add_nobody(kiosk: Kiosk) -> None:
    screen = adding(kiosk)
    screen.name.fill("박새내기")
    enter(kiosk, screen.pin, PIN, "493818")
    kiosk.settle()
    assert "두 PIN이 달라요" in screen.pin.asks.text()
    assert len(kiosk.desk.engine.operators.all()) == 1


def test_a_name_is_needed(kiosk: Kiosk) -> None:
    screen = adding(kiosk)
    enter(kiosk, screen.pin, PIN, PIN)
    assert screen.name.line.property("tone") == "bad"
    assert len(kiosk.desk.engine.operators.all()) == 1


def test_a_name_that_is_taken_is_said_at_its_field(kiosk: Kiosk) -> None:
    screen = adding(kiosk)
    screen.name.fill("김수의")
    enter(kiosk, screen.pin, PIN, PIN)
    kiosk.until(lambda: screen.name.line.property("tone") == "bad")


def test_a_weak_pin_is_refused_in_words(kiosk: Kiosk) -> None:
    screen = adding(kiosk)
    screen.name.fill("박새내기")
    enter(kiosk, screen.pin, "1234", "1234")
    kiosk.until(screen.trouble.isVisible)
    assert "NP_1017" in screen.trouble.text()


def test_nothing_that_was_typed_stays_when_the_screen_is_left(kiosk: Kiosk) -> None:
    screen = adding(kiosk)
    kiosk.qtbot.keyClicks(screen.pin.entry.pad, "49")
    screen.left()
    assert screen.pin.entry.length == 0


def test_a_role_is_changed_and_back(kiosk: Kiosk, nurse: Operator) -> None:
    screen = opened(kiosk, nurse.name)
    screen.role_button.click()
    kiosk.until(lambda: "관리자" in screen.facts.values)
    assert screen.role_button.text() == "직원으로 바꾸기"
    screen.role_button.click()
    kiosk.until(lambda: "직원" in screen.facts.values)


def test_the_last_admin_stays_one(kiosk: Kiosk, nurse: Operator) -> None:
    assert nurse
    screen = opened(kiosk, "김수의")
    screen.role_button.click()
    kiosk.until(screen.trouble.isVisible)
    assert "NP_1018" in screen.trouble.text()


def test_wrong_pins_are_seen_and_forgotten(kiosk: Kiosk, nurse: Operator) -> None:
    with pytest.raises(NoseprintError):
        kiosk.desk.engine.operators.sign_in(nurse.staff_id, "000001")
    screen = opened(kiosk, nurse.name)
    assert screen.facts.values[-1] == "1"
    screen.unlock_button.click()
    kiosk.until(lambda: screen.facts.values[-1] == "0")
    assert not screen.unlock_button.isEnabled()


def test_a_new_pin_lets_in_and_the_old_one_no_longer(kiosk: Kiosk, nurse: Operator) -> None:
    opened(kiosk, nurse.name).pin_button.click()
    screen = kiosk.window.screen_shown
    assert isinstance(screen, NewPin)
    enter(kiosk, screen.pin, "860142", "860142")
    kiosk.until(lambda: isinstance(kiosk.window.screen_shown, OperatorScreen))
    kiosk.settle()
    operators = kiosk.desk.engine.operators
    assert operators.sign_in(nurse.staff_id, "860142").staff_id == nurse.staff_id
    with pytest.raises(NoseprintError):
        operators.sign_in(nurse.staff_id, PIN)


def test_removing_asks_first(kiosk: Kiosk, nurse: Operator) -> None:
    opened(kiosk, nurse.name).remove_button.click()
    question = kiosk.window.screen_shown
    assert isinstance(question, Question)
    assert nurse.name in question.heading.text()
    question.yes_button.click()
    kiosk.until(lambda: isinstance(kiosk.window.screen_shown, Staff))
    kiosk.settle()
    assert [operator.name for operator in kiosk.desk.engine.operators.all()] == ["김수의"]


def test_the_last_admin_cannot_be_removed(kiosk: Kiosk, nurse: Operator) -> None:
    assert nurse
    opened(kiosk, "김수의").remove_button.click()
    question = kiosk.window.screen_shown
    assert isinstance(question, Question)
    question.yes_button.click()
    kiosk.until(question.trouble.isVisible)
    assert "NP_1018" in question.trouble.text()
    assert question.yes_button.isEnabled()
