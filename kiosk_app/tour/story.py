"""The whole story: sign-in, enrolment, duplicate, transfer, look-up, outbox, settings, each step looked at."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from kiosk_app.screens.capture.screen import Capture
from kiosk_app.screens.enrolment.duplicate import Duplicate
from kiosk_app.screens.enrolment.guardian import AskConsent, AskPhone
from kiosk_app.screens.enrolment.pet_form import PetForm
from kiosk_app.screens.enrolment.saved import Saved
from kiosk_app.screens.home import Home
from kiosk_app.screens.sign_in import FirstStart, SignIn
from kiosk_app.tour.guide import Guide, Wait, press, require, texts_of
from noseprint.capture.simulated_camera import GOOD

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kiosk_app.kiosk import Kiosk
    from kiosk_app.widgets.number_pad import NumberPad
    from noseprint.capture.simulated_camera import SimulatedCamera

_PIN: Final = "274913"
_PHONE: Final = "01023456789"


class Tour:
    """The story of a day.

    Args:
        guide: leads through it.
        kiosk: what is shown.
        camera: dogs are put before it.
    """

    def __init__(self, guide: Guide, kiosk: Kiosk, camera: SimulatedCamera) -> None:
        self._guide, self._kiosk, self._camera = guide, kiosk, camera

    def story(self) -> Iterator[Wait]:
        """All of it, in turn."""
        yield from self._first_start()
        yield from self._sign_in()
        yield from self._enrol()
        yield from self._enrol_again()

    def _first_start(self) -> Iterator[Wait]:
        guide = self._guide
        yield from guide.shows(FirstStart)
        yield from guide.keep_picture("first-start")
        screen = guide.screen(FirstStart)
        screen.name.fill("김수의")
        enter(screen.entry.pad, _PIN)
        enter(screen.entry.pad, _PIN)
        yield from guide.shows(Home)
        yield from guide.keep_picture("home")

    def _sign_in(self) -> Iterator[Wait]:
        guide = self._guide
        self._kiosk.sign_out()
        yield from guide.shows(SignIn)
        yield from guide.keep_picture("sign-in")
        enter(guide.screen(SignIn).entry.pad, _PIN)
        yield from guide.shows(Home)

    def _enrol(self) -> Iterator[Wait]:
        guide = self._guide
        self._camera.show("dog-1")
        yield from self._tell_about("초코", picture=True)
        capture = guide.screen(Capture)
        yield from guide.keep_picture("capture-too-far")
        yield Wait("three photos", lambda: len(capture.session.photos) >= 3)  # noqa: PLR2004
        yield from guide.keep_picture("capture-good")
        yield from guide.shows(Saved)
        yield from guide.keep_picture("saved")
        saved = guide.screen(Saved)
        require("did:ethr:besu:" in saved.pet_did.text(), "the Pet DID is not shown")
        press(saved.pdf_button)
        yield Wait("the certificate", saved.written.isVisible)
        press(saved.home_button)
        yield from guide.shows(Home)

    def _enrol_again(self) -> Iterator[Wait]:
        guide = self._guide
        self._camera.show("dog-1", GOOD)
        yield from self._tell_about("쿠키", picture=False)
        yield from guide.shows(Duplicate)
        yield from guide.keep_picture("duplicate")
        require("초코" in texts_of(guide.window), "the dog that is enrolled already is not named")
        press(guide.screen(Duplicate).same_button)
        yield from guide.shows(Home)

    def _tell_about(self, name: str, *, picture: bool) -> Iterator[Wait]:
        """From home to the capture of a dog of this name."""
        guide = self._guide
        press(guide.screen(Home).enrol)
        yield from guide.shows(AskPhone)
        phone = guide.screen(AskPhone)
        enter(phone.pad, _PHONE)
        yield from guide.shows(AskConsent)
        consent = guide.screen(AskConsent)
        consent.name.fill("이보호")
        consent.identification.agree(True)
        if picture:
            yield from guide.keep_picture("consent")
        press(consent.next_button)
        yield from guide.shows(PetForm)
        form = guide.screen(PetForm)
        form.name.fill(name)
        form.breed.choose("Poodle")
        if picture:
            yield from guide.keep_picture("pet")
        press(form.next_button)
        yield Wait("the capture", lambda: isinstance(guide.window.screen_shown, Capture))


def enter(pad: NumberPad, digits: str) -> None:
    """Press digits, then confirm."""
    for digit in digits:
        pad.digit.emit(digit)
    pad.confirmed.emit()
