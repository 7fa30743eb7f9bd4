"""The way through a change of guardian: find the pet, verify its nose, sign the result."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from kiosk_app.screens.approval import ApproveByAnother
from kiosk_app.screens.capture.screen import Capture
from kiosk_app.screens.transfer.find_pet import FindPet, Subject
from kiosk_app.screens.transfer.new_guardian import NewGuardian
from kiosk_app.screens.transfer.signed import Signed, SignedResult
from kiosk_app.screens.transfer.verdict import AfterVerdict, VerdictScreen
from kiosk_app.screens.waiting import Waiting
from kiosk_app.widgets.pictures import qr_image
from noseprint.errors import Words
from noseprint.records.approval import ApprovalReason

if TYPE_CHECKING:
    from kiosk_app.shell.desk import Desk
    from noseprint.clinic import VerificationResult
    from noseprint.records.approval import Approval

_CAPTURE: Final = Words("{name}의 코를 찍어요", "Photograph {name}'s nose")
_COMPARING: Final = Words("등록된 비문과 비교하고 있어요", "Comparing with the enrolled nose print")
_NOTING: Final = Words("승인을 기록하고 있어요", "Writing the approval down")
_SIGNING: Final = Words("결과에 서명하고 있어요", "Signing the result")
_WANTED: Final = 1


class TransferFlow:
    """One change of guardian, from the pet's QR code or name to the signed result.

    Args:
        desk: what the screens work with.
    """

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._ways = desk.ways

    def begin(self) -> None:
        """Ask which pet it is."""
        self._ways.show_next(FindPet(self._desk, self._ways.back, self._take_photo))

    def _take_photo(self, subject: Subject) -> None:
        self._ways.show_next(self._capture(subject))

    def _take_again(self, subject: Subject) -> None:
        """From a verdict, or a photo that could not be compared, to a new capture in the former one's place."""
        self._ways.back()
        self._ways.show_instead(self._capture(subject))

    def _find_another(self) -> None:
        """From a verdict, past the capture, to the search."""
        self._ways.back()
        self._ways.back()

    def _capture(self, subject: Subject) -> Capture:
        title = Words(*(text.format(name=subject.name) for text in _CAPTURE))
        # One photo was wanted, so that nobody has to approve of too few.
        return Capture(self._desk, title, _WANTED, self._ways.back, lambda photos, _: self._verify(subject, photos[0]))

    def _verify(self, subject: Subject, photo: bytes) -> None:
        desk, by = self._desk, self._desk.session.staff_id
        waiting = Waiting(desk.face, _COMPARING, lambda: self._take_again(subject))
        self._ways.show_next(waiting)

        def verify() -> VerificationResult:
            result = desk.engine.clinic.verify(subject.pet_did, photo, by, by=by)
            desk.engine.wake_worker()
            return result

        def follow(result: VerificationResult) -> None:
            waiting.proceed(lambda: self._show_verdict(subject, result))

        desk.jobs.begin(waiting, verify).done(follow).failed(waiting.stop)

    def _show_verdict(self, subject: Subject, result: VerificationResult) -> None:
        after = AfterVerdict(
            back=self._find_another,
            again=lambda: self._take_again(subject),
            approve=lambda: self._ask_for_approval(subject, result),
            sign=lambda: self._ask_for_guardian(subject, result),
            stop=self._ways.home,
        )
        self._ways.show_instead(VerdictScreen(self._desk, result, after))

    def _ask_for_approval(self, subject: Subject, result: VerificationResult) -> None:
        screen = ApproveByAnother(
            self._desk,
            ApprovalReason.REVIEW_BAND,
            self._ways.back,
            lambda approval: self._approve(subject, result, approval),
        )
        self._ways.show_next(screen)

    def _approve(self, subject: Subject, result: VerificationResult, approval: Approval) -> None:
        """Keep the second person's word; the verdict is shown with it in the place of the open one."""
        desk, by = self._desk, self._desk.session.staff_id
        waiting = Waiting(desk.face, _NOTING, self._ways.back)
        self._ways.show_instead(waiting)

        def follow(approved: VerificationResult) -> None:
            waiting.proceed(lambda: self._show_approved(subject, approved))

        job = desk.jobs.begin(waiting, lambda: desk.engine.clinic.approve(result, approval, by=by))
        job.done(follow).failed(waiting.stop)

    def _show_approved(self, subject: Subject, approved: VerificationResult) -> None:
        self._ways.back()
        self._show_verdict(subject, approved)

    def _ask_for_guardian(self, subject: Subject, result: VerificationResult) -> None:
        screen = NewGuardian(self._desk, self._ways.back, lambda phone: self._sign(subject, result, phone))
        self._ways.show_next(screen)

    def _sign(self, subject: Subject, result: VerificationResult, phone: str | None) -> None:
        desk, by = self._desk, self._desk.session.staff_id
        waiting = Waiting(desk.face, _SIGNING, self._ways.back)
        self._ways.show_next(waiting)

        def sign() -> Signed:
            statement = desk.engine.clinic.attest(result, phone, by=by)
            return Signed(statement, qr_image(statement.compact))

        def follow(signed: Signed) -> None:
            waiting.proceed(lambda: self._show_signed(subject, signed))

        desk.jobs.begin(waiting, sign).done(follow).failed(waiting.stop)

    def _show_signed(self, subject: Subject, signed: Signed) -> None:
        self._ways.home()
        self._ways.show_next(SignedResult(self._desk, subject.name, signed, self._ways.home))
