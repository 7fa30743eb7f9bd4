"""The list of who works here."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

from kiosk_app.screens.staff.new_operator import NewOperator
from kiosk_app.screens.staff.operator import OperatorScreen
from kiosk_app.screens.staff.roles import ROLES
from kiosk_app.shell.screen import Screen
from kiosk_app.widgets.buttons import Button
from kiosk_app.widgets.frames import Scrolling
from kiosk_app.widgets.rows import RowButton, Rows
from kiosk_app.widgets.signs import Sign
from noseprint.errors import NoseprintError, Words

if TYPE_CHECKING:
    from kiosk_app.shell.desk import Desk
    from noseprint.records.staff import Operator

_TITLE: Final = Words("직원", "Staff")
_ADD: Final = Words("직원 추가", "Add someone")
_NOBODY: Final = Words("아직 아무도 없어요.", "Nobody yet.")
_WRONG_PINS: Final = Words("PIN을 {count}번 틀렸어요", "{count} wrong PINs in a row")


class Staff(Screen):
    """See the module; only admins see anything.

    Args:
        desk: what the screen works with.
    """

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk.face, _TITLE)
        self._desk = desk
        self.rows = Rows(desk.face, _NOBODY)
        self.rows.hide()
        self.body.addWidget(Scrolling(self.rows), 1)
        self.add_button = Button(desk.face, _ADD, lambda: desk.ways.show_next(NewOperator(desk)), "main", "plus")
        self.act_with(desk.ways.back, main=self.add_button)

    def entered(self) -> None:
        """Ask who works here; it may have changed."""
        self.explain(None)
        self.add_button.setEnabled(False)
        try:
            self._desk.session.require_admin()
        except NoseprintError as fault:
            self.explain(fault)
            return
        self._desk.jobs.begin(self, self._desk.engine.operators.all).done(self._show).failed(self.explain)

    def _show(self, operators: list[Operator]) -> None:
        self.add_button.setEnabled(True)
        self.rows.show()
        self.rows.show_rows(self._row(operator) for operator in operators)

    def _row(self, operator: Operator) -> RowButton:
        role, failures = ROLES[operator.role], operator.failures
        below = role
        if failures:
            ko, en = _WRONG_PINS.ko.format(count=failures), _WRONG_PINS.en.format(count=failures)
            below = Words(f"{role.ko} · {ko}", f"{role.en} · {en}")
        return RowButton(
            self.face,
            operator.name,
            partial(self._open, operator),
            below=below,
            beside=operator.staff_id,
            before=Sign(self.face, "hand" if failures else "person", "caution" if failures else "ink"),
        )

    def _open(self, operator: Operator) -> None:
        self._desk.ways.show_next(OperatorScreen(self._desk, operator))
