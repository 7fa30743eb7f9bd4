"""One operator: role, new PIN, unlock, remove."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from kiosk_app.screens.staff.pin_twice import PinTwice
from kiosk_app.screens.staff.roles import ROLES
from kiosk_app.shell.question import Question
from kiosk_app.shell.screen import Screen
from kiosk_app.widgets.buttons import Button
from kiosk_app.widgets.facts import FactTable
from kiosk_app.widgets.layouts import Row
from noseprint.errors import Words
from noseprint.records.staff import Role

if TYPE_CHECKING:
    from collections.abc import Callable

    from kiosk_app.shell.desk import Desk
    from noseprint.records.staff import Operator, SignedIn

_STAFF_ID: Final = Words("직원 번호", "Staff id")
_ROLE: Final = Words("권한", "Role")
_SINCE: Final = Words("함께한 날", "Here since")
_FAILURES: Final = Words("연달아 틀린 PIN", "Wrong PINs in a row")
_NEW_PIN: Final = Words("새 PIN", "New PIN")
_UNLOCK: Final = Words("잠금 풀기", "Unlock")
_MAKE_ADMIN: Final = Words("관리자로 바꾸기", "Make an admin")
_MAKE_STAFF: Final = Words("직원으로 바꾸기", "Make staff")
_REMOVE: Final = Words("삭제", "Remove")
_ASK: Final = Words("{name} 님을 삭제할까요?", "Remove {name}?")
_MEANS: Final = Words(
    "더는 로그인할 수 없어요. 지금까지 한 일의 기록은 그대로 남아요.",
    "They can sign in no longer. What they did stays in the records.",
)


class OperatorScreen(Screen):
    """See the module.

    Args:
        desk: what the screen works with.
        operator: whose.
    """

    def __init__(self, desk: Desk, operator: Operator) -> None:
        super().__init__(desk.face, operator.name)
        self._desk = desk
        self._operator = operator
        face = desk.face
        self.facts = FactTable(face)
        self.pin_button = Button(face, _NEW_PIN, self._new_pin, "plain", "lock")
        self.unlock_button = Button(face, _UNLOCK, self._unlock, "plain", "tick")
        self.role_button = Button(face, _MAKE_ADMIN, self._change_role, "plain", "people")
        self.remove_button = Button(face, _REMOVE, self._ask_to_remove, "danger", "trash")
        actions = Row(face)
        actions.put(self.pin_button, self.role_button, self.unlock_button)
        actions.addStretch(1)
        self.body.put(self.facts)
        self.body.addLayout(actions)
        self.body.addStretch(1)
        self.act_with(desk.ways.back, self.remove_button)
        self._show(operator)

    def entered(self) -> None:
        """Look again; it may have changed."""
        self._look()

    def _look(self) -> None:
        def find() -> Operator:
            operators = self._desk.engine.operators.all(with_removed=True)
            return next(it for it in operators if it.staff_id == self._operator.staff_id)

        self._desk.jobs.begin(self, find).done(self._show).failed(self.explain)

    def _show(self, operator: Operator) -> None:
        self._operator = operator
        self.facts.show_facts(
            [
                (_STAFF_ID, operator.staff_id),
                (_ROLE, ROLES[operator.role]),
                (_SINCE, f"{operator.created_at.astimezone():%Y-%m-%d}"),
                (_FAILURES, str(operator.failures)),
            ]
        )
        self.role_button.say(_MAKE_STAFF if operator.role is Role.ADMIN else _MAKE_ADMIN)
        self.unlock_button.setEnabled(operator.failures > 0)

    @property
    def _by(self) -> SignedIn:
        signed_in = self._desk.session.signed_in
        if signed_in is None:
            raise RuntimeError("nobody is signed in")
        return signed_in

    def _do(self, operation: Callable[[], None]) -> None:
        self.explain(None)
        self._desk.jobs.begin(self, operation).done(lambda _: self._look()).failed(self.explain)

    def _unlock(self) -> None:
        operators, by = self._desk.engine.operators, self._by
        self._do(lambda: operators.unlock(by, self._operator.staff_id))

    def _change_role(self) -> None:
        operators, by = self._desk.engine.operators, self._by
        other = Role.STAFF if self._operator.role is Role.ADMIN else Role.ADMIN
        self._do(lambda: operators.change_role(by, self._operator.staff_id, other))

    def _new_pin(self) -> None:
        self._desk.ways.show_next(NewPin(self._desk, self._operator, self._by))

    def _ask_to_remove(self) -> None:
        operators, by, staff_id = self._desk.engine.operators, self._by, self._operator.staff_id
        remove = Question(
            self._desk,
            _ASK,
            _MEANS,
            _REMOVE,
            lambda: operators.remove(by, staff_id),
            lambda _: self._leave(),
            name=self._operator.name,
        )
        self._desk.ways.show_next(remove)

    def _leave(self) -> None:
        self._desk.ways.back()
        self._desk.ways.back()


class NewPin(Screen):
    """A new PIN for somebody."""

    def __init__(self, desk: Desk, operator: Operator, by: SignedIn) -> None:
        super().__init__(desk.face, operator.name)
        self._desk = desk
        self._staff_id = operator.staff_id
        self._by = by
        self.pin = PinTwice(desk, self._set)
        self.body.addLayout(self.pin)
        self.body.addStretch(1)
        self.setFocusProxy(self.pin.entry.pad)
        self.act_with(desk.ways.back)

    def left(self) -> None:
        """Forget what was entered."""
        self.pin.clear()

    def _set(self, pin: str) -> None:
        self.explain(None)
        operators = self._desk.engine.operators
        job = self._desk.jobs.begin(self, lambda: operators.set_pin(self._by, self._staff_id, pin))
        job.done(lambda _: self._desk.ways.back()).failed(self.explain)
