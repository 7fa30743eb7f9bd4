"""Signing in: who, then the PIN on the kiosk's own keys. At the very first start the first admin is set up."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QSizePolicy

from kiosk_app.design.measures import GAP, MARGIN, SMALL_GAP
from kiosk_app.shell.screen import Screen
from kiosk_app.widgets.buttons import Button
from kiosk_app.widgets.fields import Field
from kiosk_app.widgets.layouts import Column, Turning
from kiosk_app.widgets.number_pad import NumberPad
from kiosk_app.widgets.texts import Text
from noseprint.errors import NoseprintError, Words
from noseprint.records.staff import Role

if TYPE_CHECKING:
    from collections.abc import Callable

    from kiosk_app.shell.desk import Desk
    from noseprint.records.staff import Operator, SignedIn

_SHORTEST_PIN: Final = 4
_LONGEST_PIN: Final = 12
_WHO: Final = Words("누구세요?", "Who are you?")
_ENTER_PIN: Final = Words("{name} 님, PIN을 눌러 주세요", "{name}, enter your PIN")
_WELCOME: Final = Words("처음 오셨네요", "Welcome")
_FIRST_ADMIN: Final = Words(
    "관리자를 먼저 정할게요. 이름을 적고 PIN을 정해 주세요.",
    "Let us set up the first admin: write a name and choose a PIN.",
)
_NAME: Final = Words("이름", "Name")
_CHOOSE_PIN: Final = Words("PIN을 정해 주세요 (숫자 4~12자리)", "Choose a PIN (4 to 12 digits)")
_REPEAT_PIN: Final = Words("한 번 더 눌러 주세요", "Enter it once more")
_NOT_THE_SAME: Final = Words("두 PIN이 달라요. 처음부터 다시 정해 주세요.", "The two PINs differ. Choose again.")
_NAME_FIRST: Final = Words("이름을 먼저 적어 주세요", "Write the name first")


class PinEntry(Column):
    """Dots for the digits that were entered, and the keys below."""

    def __init__(self, desk: Desk, entered: Callable[[str], object]) -> None:
        super().__init__(desk.face, GAP)
        self._entered = entered
        self._pin = ""
        self._dots = Text(desk.face, "", "title")
        self._dots.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.pad = NumberPad(desk.face)
        self.pad.digit.connect(self._add)
        self.pad.erased.connect(self._erase)
        self.pad.confirmed.connect(self._confirm)
        self.put(self._dots)
        self.put(self.pad, align=Qt.AlignmentFlag.AlignHCenter)
        self._show()

    @property
    def length(self) -> int:
        """How many digits were entered."""
        return len(self._pin)

    def clear(self) -> None:
        """Forget what was entered."""
        self._pin = ""
        self._show()

    def _add(self, digit: str) -> None:
        if len(self._pin) < _LONGEST_PIN:
            self._pin += digit
            self._show()

    def _erase(self) -> None:
        self._pin = self._pin[:-1]
        self._show()

    def _confirm(self) -> None:
        if len(self._pin) >= _SHORTEST_PIN:
            pin = self._pin
            self.clear()
            self._entered(pin)

    def _show(self) -> None:
        empty = max(_SHORTEST_PIN - len(self._pin), 0)
        self._dots.say("● " * len(self._pin) + "○ " * empty)


class SignIn(Screen):
    """Choose yourself, enter your PIN.

    Args:
        desk: what the screen works with.
        signed_in: what follows.
    """

    def __init__(self, desk: Desk, signed_in: Callable[[SignedIn, Operator], object]) -> None:
        super().__init__(desk.face, _WHO)
        self._desk = desk
        self._signed_in = signed_in
        self._chosen: Operator | None = None
        self._people = Column(desk.face, GAP)
        self.entry = PinEntry(desk, self._try)
        self._both = Turning(desk.face, 3 * MARGIN)
        self._both.addLayout(self._people, 1)
        self._both.addLayout(self.entry, 1)
        self.body.addLayout(self._both)
        self.body.addStretch(1)
        self.setFocusProxy(self.entry.pad)
        self.act_with()

    def entered(self) -> None:
        """Ask who works here; it may have changed."""
        operators = self._desk.engine.operators
        self._desk.jobs.begin(self, operators.all).done(self._offer).failed(self.explain)

    def left(self) -> None:
        """Forget what was entered."""
        self.entry.clear()

    def turned(self, *, upright: bool) -> None:
        """People above the keys in an upright window."""
        self._both.turn(upright=upright)

    def _offer(self, operators: list[Operator]) -> None:
        while item := self._people.takeAt(0):
            if widget := item.widget():
                widget.deleteLater()
        for operator in operators:
            button = Button(self.face, operator.name, partial(self._choose, operator), "plain", "person")
            button.setCheckable(True)
            button.setAutoExclusive(True)
            button.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
            button.setChecked(len(operators) == 1)
            self._people.put(button)
        self._people.addStretch(1)
        if len(operators) == 1:
            self._choose(operators[0])

    def _choose(self, operator: Operator) -> None:
        self._chosen = operator
        self.entry.clear()
        self.explain(None)
        self.heading.say(_ENTER_PIN, name=operator.name)
        self.entry.pad.setFocus()

    def _try(self, pin: str) -> None:
        if self._chosen is None:
            return
        who = self._chosen
        self.explain(None)
        self.entry.pad.setEnabled(False)
        job = self._desk.jobs.begin(self, lambda: self._desk.engine.operators.sign_in(who.staff_id, pin))
        job.done(lambda signed_in: self._signed_in(signed_in, who)).failed(self.explain).finally_(self._again)

    def _again(self) -> None:
        self.entry.pad.setEnabled(True)
        self.entry.pad.setFocus()


class FirstStart(Screen):
    """Set up the first admin; nobody works here yet."""

    def __init__(self, desk: Desk, signed_in: Callable[[SignedIn, Operator], object]) -> None:
        super().__init__(desk.face, _WELCOME)
        self._desk = desk
        self._signed_in = signed_in
        self._first_pin = ""
        self.name = Field(desk.face, _NAME, longest=80)
        self._asks = Text(desk.face, _CHOOSE_PIN, "instruction")
        self.entry = PinEntry(desk, self._take)
        about = Column(desk.face, GAP)
        about.put(Text(desk.face, _FIRST_ADMIN), self.name)
        about.addStretch(1)
        keys = Column(desk.face, SMALL_GAP)
        keys.put(self._asks)
        keys.addLayout(self.entry)
        self._both = Turning(desk.face, 3 * MARGIN)
        self._both.addLayout(about, 1)
        self._both.addLayout(keys, 1)
        self.body.addLayout(self._both)
        self.body.addStretch(1)
        self.setFocusProxy(self.name)
        self.act_with()

    def left(self) -> None:
        """Forget what was entered."""
        self.entry.clear()
        self._first_pin = ""

    def turned(self, *, upright: bool) -> None:
        """The name above the keys in an upright window."""
        self._both.turn(upright=upright)

    def _take(self, pin: str) -> None:
        if not self.name.text:
            self.name.complain(_NAME_FIRST)
        elif not self._first_pin:
            self._first_pin = pin
            self._asks.say(_REPEAT_PIN)
        elif pin != self._first_pin:
            self._start_over()
            self.warn(_NOT_THE_SAME)
        else:
            self._set_up(self.name.text, pin)

    def _start_over(self) -> None:
        self._first_pin = ""
        self._asks.say(_CHOOSE_PIN)

    def _set_up(self, name: str, pin: str) -> None:
        operators = self._desk.engine.operators

        def add_and_sign_in() -> tuple[SignedIn, Operator]:
            operator = operators.add(None, name, Role.ADMIN, pin)
            return operators.sign_in(operator.staff_id, pin), operator

        job = self._desk.jobs.begin(self, add_and_sign_in)
        job.done(lambda both: self._signed_in(*both)).failed(self._refused)

    def _refused(self, fault: NoseprintError) -> None:
        self._start_over()
        self.explain(fault)
