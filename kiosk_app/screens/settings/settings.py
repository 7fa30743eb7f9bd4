"""The groups of settings; pressing one shows its settings."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

from kiosk_app.screens.settings.group import GroupScreen
from kiosk_app.shell.screen import Screen
from kiosk_app.widgets.buttons import Button
from kiosk_app.widgets.frames import Scrolling
from kiosk_app.widgets.rows import RowButton, Rows
from noseprint.errors import NoseprintError, Words
from noseprint.settings_words import GROUPS

if TYPE_CHECKING:
    from collections.abc import Callable

    from kiosk_app.shell.desk import Desk
    from noseprint.settings_words import Group

_TITLE: Final = Words("설정", "Settings")
_NONE: Final = Words("관리자로 로그인하면 보여요.", "An admin sees them here.")
_STAFF: Final = Words("직원 관리", "Staff")
_LEAVE: Final = Words("키오스크 끄기", "Close the kiosk")


class SettingsScreen(Screen):
    """See the module; only admins see anything.

    Args:
        desk: what the screen works with.
        staff: what follows when the staff is to be seen to.
        leave: what follows when the kiosk is to be closed.
    """

    def __init__(self, desk: Desk, staff: Callable[[], object], leave: Callable[[], object]) -> None:
        super().__init__(desk.face, _TITLE)
        self._desk = desk
        self.rows = Rows(desk.face, _NONE)
        self.body.addWidget(Scrolling(self.rows), 1)
        self.staff_button = Button(desk.face, _STAFF, staff, "plain", "people")
        self.leave_button = Button(desk.face, _LEAVE, leave, "plain", "sign_out")
        self.act_with(desk.ways.back, self.leave_button, self.staff_button)

    def entered(self) -> None:
        """Show the groups to an admin, and to nobody else."""
        self.explain(None)
        allowed = self._allowed()
        self.staff_button.setEnabled(allowed)
        self.leave_button.setEnabled(allowed)
        self.rows.show_rows(self._row(group) for group in (GROUPS if allowed else ()))

    def _allowed(self) -> bool:
        try:
            self._desk.session.require_admin()
        except NoseprintError as fault:
            self.explain(fault)
            return False
        return True

    def _row(self, group: Group) -> RowButton:
        return RowButton(self.face, group.name, partial(self._open, group), below=group.about)

    def _open(self, group: Group) -> None:
        self._desk.ways.show_next(GroupScreen(self._desk, group))
