"""The whole story: sign-in, enrolment, duplicate, transfer, look-up, outbox, settings, each step looked at."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from kiosk_app.screens.capture.screen import Capture
from kiosk_app.screens.diagnostics import Diagnostics
from kiosk_app.screens.enrolment.duplicate import Duplicate
from kiosk_app.screens.enrolment.guardian import AskConsent, AskPhone
from kiosk_app.screens.enrolment.pet_form import PetForm
from kiosk_app.screens.enrolment.saved import Saved
from kiosk_app.screens.gateway import Gateway
from kiosk_app.screens.home import Home
from kiosk_app.screens.look_up.found import Found
from kiosk_app.screens.outbox.outbox import Outbox
from kiosk_app.screens.records.search import RecordSearch
from kiosk_app.screens.settings.settings import SettingsScreen
from kiosk_app.screens.sign_in import FirstStart, SignIn
from kiosk_app.screens.transfer.find_pet import FindPet
from kiosk_app.screens.transfer.new_guardian import NewGuardian
from kiosk_app.screens.transfer.signed import SignedResult
from kiosk_app.screens.transfer.verdict import VerdictScreen
from kiosk_app.tour.guide import Guide, Wait, first_button_of, press, require, texts_of
from noseprint.capture.simulated_camera import GOOD

if TYPE_CHECKING:
    from collections.abc import Iterator

    from PySide6.QtWidgets import QAbstractButton

    from kiosk_app.kiosk import Kiosk
    from kiosk_app.shell.screen import Screen
    from kiosk_app.widgets.number_pad import NumberPad
    from noseprint.capture.simulated_camera import SimulatedCamera
    from noseprint.matching.similarity import Verdict

_PIN: Final = "274913"
_FRAMES_UNTIL_SEEN: Final = 5
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
        yield from self._transfer("dog-1", "same")
        yield from self._transfer("dog-4", "different")
        yield from self._look_up("dog-1", "초코")
        yield from self._look_up("dog-5", "")
        yield from self._office()

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
        yield from self._bring("dog-1")
        yield from self._tell_about("쿠키", picture=False)
        yield from guide.shows(Duplicate)
        yield from guide.keep_picture("duplicate")
        require("초코" in texts_of(guide.window), "the dog that is enrolled already is not named")
        press(guide.screen(Duplicate).same_button)
        yield from guide.shows(Home)

    def _transfer(self, dog: str, verdict: Verdict) -> Iterator[Wait]:
        """The dog before the camera is said to be 초코."""
        guide = self._guide
        yield from self._bring(dog)
        press(guide.screen(Home).transfer)
        yield from guide.shows(FindPet)
        find = guide.screen(FindPet)
        find.field.fill("초코")
        yield Wait("the pet that was searched for", lambda: bool(find.rows.shown) and self._kiosk.desk.jobs.idle)
        if verdict == "same":
            yield from guide.keep_picture("transfer-find")
        press(first_button_of(find.rows))
        yield from guide.shows(VerdictScreen)
        screen = guide.screen(VerdictScreen)
        yield from guide.keep_picture(f"transfer-{verdict}")
        require(screen.result.verdict == verdict, f"the verdict is {screen.result.verdict}, not {verdict}")
        press(screen.main_button)
        if verdict == "same":
            yield from self._sign()
        yield from guide.shows(Home)

    def _sign(self) -> Iterator[Wait]:
        guide = self._guide
        yield from guide.shows(NewGuardian)
        guardian = guide.screen(NewGuardian)
        yield from guide.keep_picture("transfer-new-guardian")
        press(guardian.without_button)
        yield from guide.shows(SignedResult)
        yield from guide.keep_picture("transfer-signed")
        press(guide.screen(SignedResult).home_button)

    def _look_up(self, dog: str, name: str) -> Iterator[Wait]:
        """Whose nose is it? Without a name nobody knows."""
        guide = self._guide
        yield from self._bring(dog)
        press(guide.screen(Home).look_up)
        yield from guide.shows(Found)
        found = guide.screen(Found)
        yield from guide.keep_picture("look-up-found" if name else "look-up-unknown")
        named = found.answered.found.pet_did
        require(bool(named) == bool(name), "a stranger was named" if named else "the dog was not named")
        require(name in texts_of(guide.window), f"{name} is not to be read")
        self._kiosk.window.home()
        yield from guide.shows(Home)

    def _office(self) -> Iterator[Wait]:
        """What staff and admins see between dogs."""
        guide, window = self._guide, self._kiosk.window
        home = guide.screen(Home)
        rooms: tuple[tuple[str, QAbstractButton, type[Screen]], ...] = (
            ("records", home.records, RecordSearch),
            ("outbox", home.storage, Outbox),
            ("gateway", home.gateway, Gateway),
            ("diagnostics", home.model, Diagnostics),
            ("settings", home.settings, SettingsScreen),
        )
        for name, button, kind in rooms:
            press(button)
            yield from guide.shows(kind)
            yield from guide.keep_picture(name)
            require(not guide.screen(kind).trouble.isVisible(), guide.screen(kind).trouble.text())
            window.home()
            yield from guide.shows(Home)

    def _bring(self, dog: str) -> Iterator[Wait]:
        """Put a dog before the camera, and wait until the former one has left the picture."""
        self._camera.show(dog, GOOD)
        frames: list[object] = []
        seen = self._kiosk.desk.feed.framed.connect(frames.append)
        yield Wait("the dog before the camera", lambda: len(frames) >= _FRAMES_UNTIL_SEEN)
        self._kiosk.desk.feed.framed.disconnect(seen)

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
