"""The way through a look-up: one photo, one answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from kiosk_app.screens.capture.screen import Capture
from kiosk_app.screens.look_up.answered import Answered, look_up
from kiosk_app.screens.look_up.found import Found
from kiosk_app.screens.waiting import Waiting
from noseprint.errors import Words

if TYPE_CHECKING:
    from collections.abc import Callable

    from kiosk_app.shell.desk import Desk

_CAPTURE: Final = Words("어느 강아지인지 코를 찍어요", "Photograph the nose to see whose it is")
_SEARCHING: Final = Words("등록된 강아지와 비교하고 있어요", "Comparing with all enrolled dogs")
_WANTED: Final = 1


class LookUpFlow:
    """One look-up, by the camera or from a file.

    Args:
        desk: what the screens work with.
        enrol: begins an enrolment, for a dog that is unknown.
    """

    def __init__(self, desk: Desk, enrol: Callable[[], object]) -> None:
        self._desk = desk
        self._ways = desk.ways
        self._enrol = enrol

    def begin(self) -> None:
        """Take one photo."""
        self._ways.show_next(self._capture())

    def _capture(self) -> Capture:
        # One photo was wanted, so that nobody has to approve of too few.
        return Capture(self._desk, _CAPTURE, _WANTED, self._ways.back, lambda photos, _: self._search(photos[0]))

    def _take_again(self) -> None:
        self._ways.back()
        self._ways.show_instead(self._capture())

    def _enrol_it(self) -> None:
        self._ways.home()
        self._enrol()

    def _search(self, photo: bytes) -> None:
        desk, by = self._desk, self._desk.session.staff_id
        waiting = Waiting(desk.face, _SEARCHING, self._take_again)
        self._ways.show_next(waiting)
        job = desk.jobs.begin(waiting, lambda: look_up(desk.engine, photo, by))
        job.done(lambda answered: waiting.proceed(lambda: self._show(answered))).failed(waiting.stop)

    def _show(self, answered: Answered) -> None:
        self._ways.show_instead(Found(self._desk, answered, self._take_again, self._enrol_it))
