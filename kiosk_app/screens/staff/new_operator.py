"""Letting someone work here: a name, a role, a PIN."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from kiosk_app.design.measures import GAP, MARGIN
from kiosk_app.screens.staff.pin_twice import PinTwice
from kiosk_app.screens.staff.roles import ROLES
from kiosk_app.shell.screen import Screen
from kiosk_app.widgets.fields import Choice, Field
from kiosk_app.widgets.layouts import Column, Turning
from kiosk_app.widgets.texts import Text
from noseprint.errors import ErrorCode, NoseprintError, Words
from noseprint.records.staff import Role

if TYPE_CHECKING:
    from kiosk_app.shell.desk import Desk

_TITLE: Final = Words("직원 추가", "Add someone")
_NAME: Final = Words("이름", "Name")
_ROLE: Final = Words("권한", "Role")
_ABOUT: Final = Words(
    "직원은 등록·확인·조회를, 관리자는 설정과 직원 관리까지 할 수 있어요.",
    "Staff enrol, verify and look up; admins also change settings and staff.",
)
_NAME_FIRST: Final = Words("이름을 먼저 적어 주세요", "Write the name first")


class NewOperator(Screen):
    """See the module.

    Args:
        desk: what the screen works with.
    """

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk.face, _TITLE)
        self._desk = desk
        self.name = Field(desk.face, _NAME, longest=80)
        self.role = Choice(desk.face, _ROLE, [(role.value, words) for role, words in ROLES.items()])
        self.pin = PinTwice(desk, self._add)
        about = Column(desk.face, GAP)
        about.put(self.name, self.role, Text(desk.face, _ABOUT, "label", "quiet"))
        about.addStretch(1)
        self._both = Turning(desk.face, 3 * MARGIN)
        self._both.addLayout(about, 1)
        self._both.addLayout(self.pin, 1)
        self.body.addLayout(self._both)
        self.body.addStretch(1)
        self.setFocusProxy(self.name)
        self.act_with(desk.ways.back)

    def left(self) -> None:
        """Forget what was entered."""
        self.pin.clear()

    def turned(self, *, upright: bool) -> None:
        """The name above the keys in an upright window."""
        self._both.turn(upright=upright)

    def _add(self, pin: str) -> None:
        self.explain(None)
        if not self.name.text:
            self.name.complain(_NAME_FIRST)
            return
        name, role, by = self.name.text, Role(self.role.value), self._desk.session.signed_in
        job = self._desk.jobs.begin(self, lambda: self._desk.engine.operators.add(by, name, role, pin))
        job.done(lambda _: self._desk.ways.back()).failed(self._refused)

    def _refused(self, fault: NoseprintError) -> None:
        if fault.code is ErrorCode.OPERATOR_NAME_TAKEN:
            self.name.complain(fault)
        else:
            self.explain(fault)
