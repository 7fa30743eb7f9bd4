"""The capture: the live picture as large as it gets, one sentence, three meters, and the photos filling up.

Each good frame is taken by itself; when all are there it says so and moves on.
"""

from __future__ import annotations

import time
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QWidget

from kiosk_app.design.measures import GAP, WIDE_GAP
from kiosk_app.shell.screen import Screen
from kiosk_app.widgets.buttons import Button
from kiosk_app.widgets.camera_view import CameraView
from kiosk_app.widgets.layouts import Column, Turning
from kiosk_app.widgets.meters import Meter
from kiosk_app.widgets.pictures import Thumbnails
from kiosk_app.widgets.texts import Text
from noseprint.bootstrap import capture_rules
from noseprint.capture.instructions import Instruction
from noseprint.capture.session import CaptureSession
from noseprint.capture.taking import CapturedPhoto, Refused
from noseprint.errors import NoseprintError, Words

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from kiosk_app.shell.desk import Desk
    from noseprint.capture.analysis import FrameReport
    from noseprint.capture.camera import Frame
    from noseprint.capture.camera_state import CameraState

_SHARPNESS: Final = Words("선명도", "Sharpness")
_LIGHT: Final = Words("밝기", "Light")
_DISTANCE: Final = Words("거리", "Distance")
_FROM_FILES: Final = Words("파일에서", "From files")
_SHUTTER: Final = Words("수동 촬영", "Take one")
_NEXT: Final = Words("다음", "Next")
_APPROVE: Final = Words("다른 직원의 승인으로 진행", "Go on with approval")
_MISSING: Final = Words("{there}장 찍었어요. {wanted}장이 필요해요.", "{there} of {wanted} photos")
_COMPLETE: Final = Words("다 찍었어요. 다음으로 넘어가요.", "All done. Moving on.")
_RETAKE: Final = Words("{number}번 사진을 지웠어요. 다시 찍을게요.", "Photo {number} is gone; it will be taken again.")
# Long enough to see the last photo arrive and to read that it was the last.
_MOVES_ON_MS: Final = 1200


class Capture(Screen):
    """Take photos of one nose.

    Args:
        desk: what the screen works with.
        title: whose nose, and what for.
        wanted: photos: five to enrol, one to verify or look up.
        back: leave.
        taken: what follows, with the JPEG files, when there are enough; the second argument tells whether a second
            person must approve of so few.
    """

    photos_changed = Signal(object)
    """The JPEG files that there are now."""

    def __init__(
        self,
        desk: Desk,
        title: Words,
        wanted: int,
        back: Callable[[], object],
        taken: Callable[[list[bytes], bool], object],
    ) -> None:
        super().__init__(desk.face, title)
        self._desk, self._taken = desk, taken
        self._is_shown = False
        face, feed = desk.face, desk.feed
        self.session = CaptureSession(capture_rules(desk.engine.settings, wanted))
        self.view = CameraView(face)
        self.sentence = Text(face, Instruction.SHOW_NOSE.words, "instruction")
        self.sharpness, self.light, self.distance = (Meter(face, words) for words in (_SHARPNESS, _LIGHT, _DISTANCE))
        self.thumbnails = Thumbnails(face, wanted, self._retake)
        self.count = Text(face, "", "label", "quiet")
        self._both = Turning(face, WIDE_GAP)
        self._both.put(self.view, stretch=5)
        self._both.put(self._side(), stretch=2)
        self.body.addLayout(self._both, 1)
        self.shutter_button = Button(face, _SHUTTER, self._shutter, "plain", "camera")
        self.files_button = Button(face, _FROM_FILES, self._choose_files, "plain", "files")
        self.next_button = Button(face, _NEXT, self._go_on, "main", "next")
        self.act_with(back, self.files_button, self.shutter_button, main=self.next_button)
        self._moving_on = QTimer(self, singleShot=True, interval=_MOVES_ON_MS)
        self._moving_on.timeout.connect(self._go_on)
        feed.framed.connect(self._show_frame)
        feed.reported.connect(self._hear)
        feed.fared.connect(self._show_camera)
        feed.failed.connect(self.explain)
        self._show_photos()

    def _side(self) -> QWidget:
        column = Column(self.face, GAP)
        column.put(self.sentence)
        column.addStretch(1)
        column.put(self.sharpness, self.light, self.distance)
        column.addStretch(1)
        column.put(self.count, self.thumbnails)
        side = QWidget()
        side.setLayout(column)
        return side

    def entered(self) -> None:
        """Look at frames."""
        self._is_shown = True
        self._desk.feed.watch()
        self._move_on_if_complete()
        self._show_camera(self._desk.feed.state)

    def left(self) -> None:
        """Look at no more frames."""
        self._is_shown = False
        self._moving_on.stop()
        self._desk.feed.rest()

    def turned(self, *, upright: bool) -> None:
        """The meters below the picture in an upright window."""
        self._both.turn(upright=upright)

    def bring(self, photos: Sequence[bytes]) -> None:
        """Begin with photos that the camera took before."""
        taking = self._desk.taking
        if photos:
            job = self._desk.jobs.begin(self, lambda: taking.files([("", photo) for photo in photos]))
            job.done(lambda both: self._take_back(both[0])).failed(self.explain)

    def take_files(self, files: Sequence[tuple[str, bytes]]) -> None:
        """Take in photos that somebody chose: their names and contents."""
        taking = self._desk.taking
        job = self._desk.jobs.begin(self, lambda: taking.files(files))
        job.done(lambda both: self._take_from_files(*both)).failed(self.explain)

    def _take_back(self, photos: Sequence[CapturedPhoto]) -> None:
        for photo in photos:
            self.session.keep(replace(photo, from_file=False))
        self._show_photos()

    def _show_frame(self, frame: Frame) -> None:
        self.view.show_frame(frame.pixels)

    def _show_camera(self, state: CameraState) -> None:
        if not state.shows_noses:
            self.view.darken()
            self.sentence.say(state.words)

    def _hear(self, report: FrameReport) -> None:
        wanted = self.session.see(report)
        meters = report.meters
        self.sharpness.show_value(meters.sharpness)
        self.light.show_value(meters.light)
        self.distance.show_value(meters.distance)
        if self._desk.feed.state.shows_noses:
            self.sentence.say(self.session.instruction.words)
        self.view.show_progress(self._share, good=report.instruction is Instruction.GOOD)
        self._offer_ways_on()
        if wanted:
            self._take(wanted)

    def _take(self, report: FrameReport, *, by_hand: bool = False) -> None:
        taking = self._desk.taking
        job = self._desk.jobs.begin(self, lambda: taking.frame(report.frame))
        job.done(partial(self._keep, by_hand=by_hand)).failed(self._miss)

    def _keep(self, photo: CapturedPhoto | Refused, *, by_hand: bool) -> None:
        if isinstance(photo, Refused):
            self.session.miss()
            if by_hand:
                self.warn(photo.words)
            return
        if self.session.keep(photo) is None:
            self.view.flash()
            self._desk.sounds.click()
        self._show_photos()

    def _miss(self, fault: NoseprintError) -> None:
        self.session.miss()
        self.explain(fault)

    def _shutter(self) -> None:
        answer = self.session.shutter(time.monotonic())
        if isinstance(answer, Words):
            self.warn(answer)
        else:
            self.explain(None)
            self._take(answer, by_hand=True)

    def _retake(self, place: int) -> None:
        if place < len(self.session.photos):
            self._moving_on.stop()
            self.session.remove(place)
            self._show_photos()
            self.count.say(_RETAKE, number=place + 1)

    def _choose_files(self) -> None:
        self._desk.files.choose_photos(self, self.take_files)

    def _take_from_files(self, photos: Sequence[CapturedPhoto], refused: Sequence[Refused]) -> None:
        self.explain(None)
        for photo in photos:
            if why := self.session.keep(photo):
                self.warn(why)
        if refused:
            self.warn(_refusals(refused))
        self._show_photos()

    def _show_photos(self) -> None:
        photos = [photo.jpeg for photo in self.session.photos]
        self.thumbnails.show_photos(photos)
        self.photos_changed.emit(photos)
        if self.session.is_complete:
            self.count.say(_COMPLETE)
            self._move_on_if_complete()
        else:
            self.count.say(_MISSING, there=len(photos), wanted=self.session.rules.wanted)
        self.view.show_progress(self._share, good=False)
        self._offer_ways_on()

    def _move_on_if_complete(self) -> None:
        """A photo may come while the screen is locked away: nothing moves on behind the lock."""
        if self._is_shown and self.session.is_complete:
            self._moving_on.start()

    def _offer_ways_on(self) -> None:
        approved = self.session.may_go_on_with_approval
        self.next_button.setEnabled(self.session.may_go_on or approved)
        self.next_button.say(_APPROVE if approved else _NEXT)

    def _go_on(self) -> None:
        self._moving_on.stop()
        needs_approval = self.session.may_go_on_with_approval
        if self.session.may_go_on or needs_approval:
            self._taken([photo.jpeg for photo in self.session.photos], needs_approval)

    @property
    def _share(self) -> float:
        return len(self.session.photos) / self.session.rules.wanted


def _refusals(refused: Sequence[Refused]) -> Words:
    ko = " ".join(f"{photo.name}: {photo.words.ko}." for photo in refused)
    en = " ".join(f"{photo.name}: {photo.words.en}." for photo in refused)
    return Words(ko, en)
