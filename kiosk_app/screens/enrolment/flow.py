"""The way through an enrolment: which screen follows which, and what is kept at its end."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from kiosk_app.screens.capture.screen import Capture
from kiosk_app.screens.enrolment.duplicate import Duplicate
from kiosk_app.screens.enrolment.form import EnrolmentForm
from kiosk_app.screens.enrolment.guardian import AskConsent, AskPhone
from kiosk_app.screens.enrolment.pet_form import PetForm
from kiosk_app.screens.enrolment.saved import Saved
from kiosk_app.screens.waiting import Waiting
from noseprint.errors import ErrorCode, NoseprintError, Words

if TYPE_CHECKING:
    from kiosk_app.shell.desk import Desk
    from noseprint.clinic import Enrolment, RankedCandidate
    from noseprint.records.entities import Pet

_CAPTURE: Final = Words("{name}의 코를 찍어요", "Photograph {name}'s nose")
_SAVING: Final = Words("비문을 등록하고 있어요", "Enrolling")
_WANTED: Final = 5


class EnrolmentFlow:
    """One enrolment, from the guardian's telephone number to the Pet DID.

    Args:
        desk: what the screens work with.
        form: what was told already, of a draft; empty for a new enrolment.
    """

    def __init__(self, desk: Desk, form: EnrolmentForm | None = None) -> None:
        self._desk = desk
        self.form = form or EnrolmentForm()

    def begin(self) -> None:
        """Ask for the telephone number."""
        ways = self._desk.ways
        ways.show_next(AskPhone(self._desk, self.form, ways.back, self._ask_consent, self._ask_facts))

    def _ask_consent(self, known: list[Pet]) -> None:
        ways = self._desk.ways
        ways.show_next(AskConsent(self._desk, self.form, known, ways.back, self._ask_facts))

    def _ask_facts(self) -> None:
        ways = self._desk.ways
        ways.show_next(PetForm(self._desk.face, self.form, ways.back, self._capture))

    def _capture(self) -> None:
        name = self.form.facts.name if self.form.facts else ""
        title = Words(*(text.format(name=name) for text in _CAPTURE))
        ways = self._desk.ways
        ways.show_next(Capture(self._desk, title, _WANTED, ways.back, self._take))

    def _take(self, photos: list[bytes], needs_approval: bool) -> None:
        self.form.photos = photos
        self._save(allow_duplicate=False)

    def _save(self, *, allow_duplicate: bool) -> None:
        desk = self._desk
        waiting = Waiting(desk.face, _SAVING, desk.ways.back)
        desk.ways.show_next(waiting)

        def enrol() -> Enrolment:
            request = self.form.request(
                minimum_photos=min(len(self.form.photos), desk.engine.settings.minimum_photos_camera),
                text_version=desk.engine.settings.consent_text_version,
                operator=desk.session.staff_id,
                now=datetime.now(UTC),
                allow_duplicate=allow_duplicate,
            )
            return desk.engine.clinic.enrol(request)

        desk.jobs.begin(waiting, enrol).done(self._show_saved).failed(lambda fault: self._refused(waiting, fault))

    def _refused(self, waiting: Waiting, fault: NoseprintError) -> None:
        duplicates = fault.facts.get("duplicates")
        if fault.code is ErrorCode.ALREADY_ENROLLED and isinstance(duplicates, tuple):
            self._ask_about(duplicates[0])
        else:
            waiting.stop(fault)

    def _ask_about(self, candidate: RankedCandidate) -> None:
        ways = self._desk.ways
        decide = Duplicate(
            self._desk,
            self.form.photos[0],
            candidate,
            ways.home,
            lambda: self._save(allow_duplicate=True),
        )
        ways.show_instead(decide)

    def _show_saved(self, enrolment: Enrolment) -> None:
        ways = self._desk.ways
        ways.home()
        ways.show_next(Saved(self._desk, enrolment, ways.home))
