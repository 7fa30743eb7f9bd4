"""The screens and the ways between them: which follows which, who may see what."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

import msgspec

from kiosk_app.screens.diagnostics import Diagnostics
from kiosk_app.screens.enrolment.flow import EnrolmentFlow
from kiosk_app.screens.enrolment.form import EnrolmentForm
from kiosk_app.screens.enrolment.resume import Resume
from kiosk_app.screens.gateway import Gateway
from kiosk_app.screens.home import Errands, Home
from kiosk_app.screens.look_up.flow import LookUpFlow
from kiosk_app.screens.outbox.outbox import Outbox
from kiosk_app.screens.records.search import RecordSearch
from kiosk_app.screens.settings.settings import SettingsScreen
from kiosk_app.screens.sign_in import FirstStart, SignIn
from kiosk_app.screens.staff.staff import Staff
from kiosk_app.screens.transfer.flow import TransferFlow
from kiosk_app.screens.waiting import Waiting
from kiosk_app.shell.head import Head
from kiosk_app.shell.idle import IdleWatch
from noseprint.errors import NoseprintError, Words

if TYPE_CHECKING:
    from kiosk_app.shell.desk import Desk
    from kiosk_app.shell.window import Window
    from kiosk_app.work.sync_news import SyncNews
    from noseprint.records.drafts import Drafts
    from noseprint.records.staff import Operator, SignedIn

_OPENING: Final = Words("시작하고 있어요", "Starting")


class Kiosk:
    """The screens and the ways between them.

    Args:
        desk: what the screens work with.
        window: shows them.
        news: of the sync worker.
    """

    def __init__(self, desk: Desk, window: Window, news: SyncNews) -> None:
        self.desk = desk
        self._news = news
        self.window = window
        self._idle = IdleWatch(desk.engine.settings.idle_lock_s, self.lock)
        window.put_head(Head(desk.face, desk.session, desk.engine.settings.clinic_name, self.sign_out))

    def begin(self) -> None:
        """Ask who is there, or set up the first admin where nobody works here yet."""
        desk = self.desk
        self.window.begin_with(Waiting(desk.face, _OPENING, self.begin))
        desk.jobs.begin(self.window, desk.engine.operators.all).done(self._welcome).failed(self._cannot_begin)

    @property
    def is_ready(self) -> bool:
        """Whether somebody can use it."""
        return self.desk.jobs.idle and not isinstance(self.window.screen_shown, Waiting)

    def sign_out(self) -> None:
        """Somebody leaves; what was not saved is gone."""
        self._note_leaving()
        self.window.begin_with(SignIn(self.desk, self._enter))

    def leave(self) -> None:
        """Close the kiosk; only an admin may.

        The window of a kiosk that fills the screen closes in no other way.
        """
        try:
            self.desk.session.require_admin()
        except NoseprintError as fault:
            self.window.explain(fault)
            return
        self.window.keep_open(locked=False)
        self.window.close()

    def lock(self) -> None:
        """Nobody has touched anything for a while: what is under way stays, behind a PIN."""
        if self.desk.session.signed_in is None:
            return
        staff_id = self.desk.session.staff_id
        self._note_leaving()
        self.window.cover(SignIn(self.desk, partial(self._unlock, staff_id)))

    def _unlock(self, before: str, signed_in: SignedIn, operator: Operator) -> None:
        """Whoever left it finds it as it was; another one begins at home."""
        if signed_in.staff_id == before:
            self.desk.session.begin(signed_in, operator)
            self.window.uncover()
        else:
            self._enter(signed_in, operator)

    def _note_leaving(self) -> None:
        if who := self.desk.session.signed_in:
            self.desk.jobs.begin(self.window, lambda: self.desk.engine.operators.sign_out(who))
        self.desk.session.end()

    def _welcome(self, operators: list[Operator]) -> None:
        kind = SignIn if operators else FirstStart
        self.window.begin_with(kind(self.desk, self._enter))

    def _cannot_begin(self, fault: NoseprintError) -> None:
        trouble = Waiting(self.desk.face, _OPENING, self.begin)
        self.window.begin_with(trouble)
        trouble.stop(fault)

    def _enter(self, signed_in: SignedIn, operator: Operator) -> None:
        self.desk.session.begin(signed_in, operator)
        self.window.begin_with(Home(self.desk, self._errands()))
        drafts = self.desk.engine.drafts
        job = self.desk.jobs.begin(self.desk.session, lambda: _form_in(drafts, signed_in.staff_id))
        job.done(partial(self._offer_draft, signed_in)).failed(self.window.explain)

    def _offer_draft(self, owner: SignedIn, form: EnrolmentForm | None) -> None:
        """An enrolment that a crash or a stranger's sign-in broke off."""
        if form is None or self.desk.session.signed_in is not owner:
            return

        def go_on() -> None:
            self.window.home()
            EnrolmentFlow(self.desk, form).resume()

        drafts, staff_id = self.desk.engine.drafts, self.desk.session.staff_id

        def give_up() -> None:
            self.desk.jobs.begin(self.desk.session, lambda: drafts.drop(staff_id))
            self.window.home()

        self.window.show_next(Resume(self.desk.face, form, go_on, give_up))

    def _errands(self) -> Errands:
        desk, show = self.desk, self.window.show_next
        return Errands(
            enrol=lambda: EnrolmentFlow(desk).begin(),
            transfer=lambda: TransferFlow(desk).begin(),
            look_up=lambda: LookUpFlow(desk, lambda: EnrolmentFlow(desk).begin()).begin(),
            records=lambda: show(RecordSearch(desk)),
            outbox=lambda: show(Outbox(desk, self._news)),
            gateway=lambda: show(Gateway(desk)),
            diagnostics=lambda: show(Diagnostics(desk)),
            settings=lambda: show(SettingsScreen(desk, lambda: show(Staff(desk)), self.leave)),
        )


def _form_in(drafts: Drafts, staff_id: str) -> EnrolmentForm | None:
    """What a draft holds; one that another program's version wrote is dropped."""
    draft = drafts.load(staff_id)
    if draft is None:
        return None
    try:
        return EnrolmentForm.of_draft(draft)
    except (KeyError, ValueError, msgspec.ValidationError):
        drafts.drop(staff_id)
        return None
