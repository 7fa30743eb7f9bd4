"""The screens and the ways between them: which follows which, who may see what."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kiosk_app.screens.enrolment.flow import EnrolmentFlow
from kiosk_app.screens.home import Errands, Home
from kiosk_app.screens.sign_in import FirstStart, SignIn
from kiosk_app.shell.head import Head

if TYPE_CHECKING:
    from kiosk_app.shell.desk import Desk
    from kiosk_app.shell.screen import Screen
    from kiosk_app.shell.window import Window
    from noseprint.records.staff import Operator, SignedIn


class Kiosk:
    """The screens and the ways between them.

    Args:
        desk: what the screens work with.
        window: shows them.
    """

    def __init__(self, desk: Desk, window: Window) -> None:
        self.desk = desk
        self.window = window
        window.put_head(Head(desk.face, desk.session, desk.engine.settings.clinic_name, self.sign_out))

    def begin(self) -> None:
        """Ask who is there, or set up the first admin where nobody works here yet."""
        operators = self.desk.engine.operators.all()
        first: Screen = SignIn(self.desk, self._enter) if operators else FirstStart(self.desk, self._enter)
        self.window.begin_with(first)

    def sign_out(self) -> None:
        """Somebody leaves."""
        if who := self.desk.session.signed_in:
            self.desk.jobs.begin(self.window, lambda: self.desk.engine.operators.sign_out(who))
        self.desk.session.end()
        self.begin()

    def _enter(self, signed_in: SignedIn, operator: Operator) -> None:
        self.desk.session.begin(signed_in, operator)
        self.window.begin_with(Home(self.desk, self._errands()))

    def _errands(self) -> Errands:
        nowhere = self.window.home
        return Errands(
            enrol=lambda: EnrolmentFlow(self.desk).begin(),
            transfer=nowhere,
            look_up=nowhere,
            records=nowhere,
            outbox=nowhere,
            gateway=nowhere,
            diagnostics=nowhere,
            settings=nowhere,
        )
