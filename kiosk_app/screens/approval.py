"""A second person's word: another operator than the one signed in chooses themself and enters their PIN."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

from PySide6.QtWidgets import QSizePolicy

from kiosk_app.design.measures import GAP, MARGIN
from kiosk_app.screens.sign_in import PinEntry
from kiosk_app.shell.screen import Screen
from kiosk_app.widgets.buttons import Button
from kiosk_app.widgets.layouts import Column, Turning
from kiosk_app.widgets.texts import Text
from noseprint.errors import Words
from noseprint.records.approval import Approval, ApprovalReason

if TYPE_CHECKING:
    from collections.abc import Callable

    from kiosk_app.shell.desk import Desk
    from kiosk_app.work.jobs import Job
    from noseprint.records.staff import Operator

_TITLE: Final = Words("다른 직원의 승인을 받아 주세요", "Ask a colleague to approve")
_ASKED: Final = {
    ApprovalReason.TOO_FEW_GOOD_FRAMES: Words(
        "좋은 사진이 모자라요. 사진을 함께 보고, 이대로 진행해도 되면 승인해 주세요. 승인한 사실은 기록에 남아요.",
        "There are fewer good photos than wanted. Look at them together and approve if they will do. "
        "The record will say so.",
    ),
    ApprovalReason.REVIEW_BAND: Words(
        "두 사진을 함께 비교해 보고, 같은 강아지라고 생각하면 승인해 주세요. 승인한 사실은 기록에 남아요.",
        "Compare both photos together, and approve if you think it is the same dog. The record will say so.",
    ),
}
_ENTER_PIN: Final = Words("{name} 님, 승인하려면 PIN을 눌러 주세요", "{name}, enter your PIN to approve")
_NOBODY_ELSE: Final = Words(
    "승인할 다른 직원이 없어요. 관리자가 설정에서 직원을 더할 수 있어요.",
    "Nobody else works here. An admin can add operators in the settings.",
)


class ApproveByAnother(Screen):
    """Let another person than the one signed in approve; who is signed in stays so.

    Args:
        desk: what the screen works with.
        reason: why a second person is asked.
        back: leave without an approval.
        approved: what follows, told who it was.
    """

    def __init__(
        self,
        desk: Desk,
        reason: ApprovalReason,
        back: Callable[[], object],
        approved: Callable[[Approval], object],
    ) -> None:
        super().__init__(desk.face, _TITLE)
        self._desk, self._reason, self._approved = desk, reason, approved
        self._chosen: Operator | None = None
        self._trying: Job[Approval] | None = None
        self.asked = Text(desk.face, _ASKED[reason])
        self.people: list[Button] = []
        self._people = Column(desk.face, GAP)
        self._prompt = Text(desk.face, "", "strong")
        self.entry = PinEntry(desk, self._try)
        asking = Column(desk.face, GAP)
        asking.put(self.asked)
        asking.addLayout(self._people)
        asking.addStretch(1)
        keys = Column(desk.face, GAP)
        keys.put(self._prompt)
        keys.addLayout(self.entry)
        self._both = Turning(desk.face, 3 * MARGIN)
        self._both.addLayout(asking, 1)
        self._both.addLayout(keys, 1)
        self.body.addLayout(self._both)
        self.body.addStretch(1)
        self.entry.pad.setEnabled(False)
        self.setFocusProxy(self.entry.pad)
        self.act_with(back)

    def entered(self) -> None:
        """Ask who else works here."""
        operators = self._desk.engine.operators
        self._desk.jobs.begin(self, operators.all).done(self._offer).failed(self.explain)

    def left(self) -> None:
        """Forget what was entered; what is tried now leads nowhere any more."""
        self.entry.clear()
        if self._trying:
            self._trying.cancel()

    def turned(self, *, upright: bool) -> None:
        """People above the keys in an upright window."""
        self._both.turn(upright=upright)

    def _offer(self, operators: list[Operator]) -> None:
        present = self._desk.session.signed_in
        others = [operator for operator in operators if present is None or operator.staff_id != present.staff_id]
        for button in self.people:
            self._people.removeWidget(button)
            button.deleteLater()
        self.people = [self._button_of(operator) for operator in others]
        self._people.put(*self.people)
        if not others:
            self.warn(_NOBODY_ELSE)
        elif len(others) == 1:
            self.people[0].setChecked(True)
            self._choose(others[0])

    def _button_of(self, operator: Operator) -> Button:
        button = Button(self.face, operator.name, partial(self._choose, operator), "plain", "person")
        button.setCheckable(True)
        button.setAutoExclusive(True)
        button.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        return button

    def _choose(self, operator: Operator) -> None:
        self._chosen = operator
        self.entry.clear()
        self.explain(None)
        self._prompt.say(_ENTER_PIN, name=operator.name)
        self._again()

    def _try(self, pin: str) -> None:
        if self._chosen is None or self._desk.session.signed_in is None:
            return
        who, present = self._chosen.staff_id, self._desk.session.staff_id
        operators, reason = self._desk.engine.operators, self._reason

        def approve() -> Approval:
            approval = Approval(who, reason)
            approval.require_second(present)
            operators.sign_out(operators.sign_in(who, pin))
            return approval

        self.explain(None)
        self.entry.pad.setEnabled(False)
        self._trying = self._desk.jobs.begin(self, approve)
        self._trying.done(self._approved).failed(self.explain).finally_(self._again)

    def _again(self) -> None:
        self.entry.pad.setEnabled(True)
        self.entry.pad.setFocus()
