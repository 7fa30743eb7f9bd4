"""The way through an enrolment: which screen follows which, and what is kept at its end."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Final

from kiosk_app.screens.approval import ApproveByAnother
from kiosk_app.screens.capture.screen import Capture
from kiosk_app.screens.enrolment.duplicate import Duplicate
from kiosk_app.screens.enrolment.form import EnrolmentForm
from kiosk_app.screens.enrolment.guardian import AskConsent, AskPhone
from kiosk_app.screens.enrolment.pet_form import PetForm
from kiosk_app.screens.enrolment.saved import Saved
from kiosk_app.screens.waiting import Waiting
from noseprint.errors import ErrorCode, NoseprintError, Words
from noseprint.records.approval import ApprovalReason

if TYPE_CHECKING:
    from kiosk_app.shell.desk import Desk
    from noseprint.clinic import Enrolment, RankedCandidate
    from noseprint.records.approval import Approval
    from noseprint.records.entities import Pet

_CAPTURE: Final = Words("{name}의 코를 찍어요", "Photograph {name}'s nose")
_SAVING: Final = Words("비문을 등록하고 있어요", "Enrolling")
_WANTED: Final = 5


class EnrolmentFlow:
    """One enrolment, from the guardian's telephone number to the Pet DID.

    What was told and photographed is kept as a draft from screen to screen, until the dog is saved or given up.

    Args:
        desk: what the screens work with.
        form: what was told already, of a draft; empty for a new enrolment.
    """

    def __init__(self, desk: Desk, form: EnrolmentForm | None = None) -> None:
        self._desk = desk
        self._staff_id = desk.session.staff_id
        self.form = form or EnrolmentForm()

    def begin(self) -> None:
        """Ask for the telephone number."""
        ask = AskPhone(self._desk, self.form, self._give_up, self._ask_consent, self._without_guardian)
        self._desk.ways.show_next(ask)

    def resume(self) -> None:
        """Go on where the draft ends: with the photos, or with what was not told yet."""
        if self.form.facts:
            self._capture()
        else:
            self.begin()

    def _without_guardian(self) -> None:
        self.form.forget_guardian()
        self._ask_facts()

    def _ask_consent(self, known: list[Pet]) -> None:
        self._keep_draft()
        ways = self._desk.ways
        ways.show_next(AskConsent(self._desk, self.form, known, ways.back, self._ask_facts))

    def _ask_facts(self) -> None:
        self._keep_draft()
        ways = self._desk.ways
        ways.show_next(PetForm(self._desk.face, self.form, ways.back, self._capture))

    def _capture(self) -> None:
        self._keep_draft()
        name = self.form.facts.name if self.form.facts else ""
        title = Words(*(text.format(name=name) for text in _CAPTURE))
        capture = Capture(self._desk, title, _WANTED, self._desk.ways.back, self._take)
        capture.bring(self.form.photos)
        capture.photos_changed.connect(self._keep_photos)
        self._desk.ways.show_next(capture)

    def _keep_photos(self, photos: list[bytes]) -> None:
        self.form.photos = photos
        self._keep_draft()

    def _take(self, photos: list[bytes], needs_approval: bool) -> None:
        self.form.photos = photos
        if needs_approval:
            ways, reason = self._desk.ways, ApprovalReason.TOO_FEW_GOOD_FRAMES
            ways.show_next(ApproveByAnother(self._desk, reason, ways.back, self._approved))
        else:
            self.form.approval = None
            self._save(allow_duplicate=False)

    def _approved(self, approval: Approval) -> None:
        self.form.approval = approval
        self._desk.ways.back()
        self._save(allow_duplicate=False)

    def _save(self, *, allow_duplicate: bool) -> None:
        desk = self._desk
        waiting = Waiting(desk.face, _SAVING, desk.ways.back)
        desk.ways.show_next(waiting)

        def enrol() -> Enrolment:
            request = self.form.request(
                minimum_photos=min(len(self.form.photos), desk.engine.settings.minimum_photos_camera),
                text_version=desk.engine.settings.consent_text_version,
                operator=self._staff_id,
                now=datetime.now(UTC),
                allow_duplicate=allow_duplicate,
            )
            enrolment = desk.engine.clinic.enrol(request, by=self._staff_id)
            desk.engine.drafts.drop(self._staff_id)
            desk.engine.wake_worker()
            return enrolment

        desk.jobs.begin(waiting, enrol).done(self._show_saved).failed(lambda fault: self._refused(waiting, fault))

    def _refused(self, waiting: Waiting, fault: NoseprintError) -> None:
        duplicates = fault.facts.get("duplicates")
        if fault.code is ErrorCode.ALREADY_ENROLLED and isinstance(duplicates, tuple):
            self._ask_about(duplicates[0])
        else:
            waiting.stop(fault)

    def _ask_about(self, candidate: RankedCandidate) -> None:
        allow = partial(self._save, allow_duplicate=True)
        decide = Duplicate(self._desk, self.form.photos[0], candidate, self._give_up, allow)
        self._desk.ways.show_instead(decide)

    def _show_saved(self, enrolment: Enrolment) -> None:
        ways = self._desk.ways
        ways.home()
        ways.show_next(Saved(self._desk, enrolment, ways.home))

    def _give_up(self) -> None:
        drafts, staff_id = self._desk.engine.drafts, self._staff_id
        self._desk.jobs.begin(self._desk.session, lambda: drafts.drop(staff_id))
        self._desk.ways.home()

    def _keep_draft(self) -> None:
        drafts, staff_id, draft = self._desk.engine.drafts, self._staff_id, self.form.draft()
        self._desk.jobs.begin(self._desk.session, lambda: drafts.keep(staff_id, draft)).failed(self._explain)

    def _explain(self, fault: NoseprintError) -> None:
        """A draft that cannot be kept does not stop the enrolment, but somebody should know."""
        self._desk.ways.explain(fault)
