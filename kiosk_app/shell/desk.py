"""What a screen works with: looks and speech, the engine, work in the background, the way to other screens."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from PySide6.QtCore import QObject, Signal

from noseprint.errors import ErrorCode, NoseprintError
from noseprint.records.staff import Role

if TYPE_CHECKING:
    from kiosk_app.engine import Engine
    from kiosk_app.face import Face
    from kiosk_app.feed import CameraFeed
    from kiosk_app.shell.files import Files
    from kiosk_app.shell.screen import Screen
    from kiosk_app.work.jobs import Jobs
    from kiosk_app.work.sounds import Sounds
    from noseprint.capture.taking import Taking
    from noseprint.records.staff import Operator, SignedIn


class Ways(Protocol):
    """The ways from screen to screen; the window knows them."""

    def show_next(self, screen: Screen) -> None:
        """Show a screen over the present one."""
        ...

    def show_instead(self, screen: Screen) -> None:
        """Show a screen in the place of the present one."""
        ...

    def back(self) -> None:
        """Leave the present screen for the one below it."""
        ...

    def home(self) -> None:
        """Leave all screens but the first."""
        ...

    def explain(self, fault: NoseprintError) -> None:
        """Say on the screen that is shown what went wrong behind it."""
        ...


class Session(QObject):
    """Who is signed in; ``changed`` says that it is somebody else, or nobody."""

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.signed_in: SignedIn | None = None
        self.operator: Operator | None = None

    def begin(self, signed_in: SignedIn, operator: Operator) -> None:
        """Somebody has signed in."""
        self.signed_in, self.operator = signed_in, operator
        self.changed.emit()

    def end(self) -> None:
        """Nobody is signed in any more."""
        self.signed_in = self.operator = None
        self.changed.emit()

    def require_admin(self) -> None:
        """Let only an admin pass.

        Raises:
            NoseprintError: NOT_ALLOWED, also where nobody is signed in.
        """
        if self.signed_in is None:
            raise NoseprintError(ErrorCode.NOT_ALLOWED)
        self.signed_in.require(Role.ADMIN)

    @property
    def staff_id(self) -> str:
        """Whose acts the trail shows.

        Raises:
            RuntimeError: nobody is signed in: a screen that needs somebody was shown too early.
        """
        if self.signed_in is None:
            raise RuntimeError("nobody is signed in")
        return self.signed_in.staff_id


@dataclass(frozen=True, slots=True)
class Desk:
    """See the module.

    Attributes:
        face: theme and speaker.
        engine: records, clinic, worker, server.
        feed: the camera.
        taking: makes photos of frames and files.
        jobs: work in the background.
        ways: from screen to screen.
        session: who is signed in.
        sounds: the click of a photo.
        files: choosing files, and where files go.
    """

    face: Face
    engine: Engine
    feed: CameraFeed
    taking: Taking
    jobs: Jobs
    ways: Ways
    session: Session
    sounds: Sounds
    files: Files
