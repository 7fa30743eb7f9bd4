"""The capture of one dog's nose, from the first frame to the last photo: what to say, what to take, when it is enough.

No threads, no clock and no pictures are made here: it is given reports and photos, by one thread, and answers at once.
Whether all photos show the same dog is judged at enrolment, which leaves strangers out; a session does not embed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from noseprint.capture.instructions import Instruction, SteadyInstruction
from noseprint.capture.intake import NO_NOSE, REASONS, REPEATED
from noseprint.capture.taking import CapturedPhoto, reasons_in_words
from noseprint.errors import Words

if TYPE_CHECKING:
    from noseprint.capture.analysis import FrameReport

_NO_PICTURE: Final = Words("카메라 화면이 없어요", "There is no picture")
_FULL: Final = Words("사진이 다 찼어요", "There are enough photos")
# What the camera showed longer ago than this is not what the person at the shutter sees.
_PRESENT_S: Final = 1.0


@dataclass(frozen=True, slots=True)
class CaptureRules:
    """What a capture needs; the settings say some of the numbers.

    Attributes:
        wanted: photos that make a capture complete: five to enrol, one to verify or look up.
        minimum: photos without which nobody may go on, approved or not.
        minimum_from_files: the same where all photos are from files.
        minimum_quality: the score, 0 to 100, from which a photo counts.
        interval_s: from one photo to the next, in seconds. A hand sways and a dog breathes within a second: photos
            that lie closer together share blur, light and pose, and a template gains nothing from the second.
        try_s: seconds of a try, in which the camera showed something.
        tries: after which a second person may approve of fewer photos.
    """

    wanted: int = 5
    minimum: int = 3
    minimum_from_files: int = 2
    minimum_quality: float = 25.0
    interval_s: float = 0.8
    try_s: float = 60.0
    tries: int = 3


class CaptureSession:
    """A capture under way.

    A caller shows it every report (:meth:`see`), lets :class:`noseprint.capture.taking.Taking` make a photo of the
    frame that it asks for, and hands over the photo (:meth:`keep`) or that it came to nothing (:meth:`miss`).

    Args:
        rules: what is needed.
    """

    def __init__(self, rules: CaptureRules | None = None) -> None:
        self.rules = rules or CaptureRules()
        self._photos: list[CapturedPhoto] = []
        self._steady = SteadyInstruction()
        self._present: FrameReport | None = None
        self._is_taking = False
        self._taken_at: float | None = None
        self._tried_s = 0.0

    @property
    def photos(self) -> tuple[CapturedPhoto, ...]:
        """The photos taken so far, in their order."""
        return tuple(self._photos)

    @property
    def instruction(self) -> Instruction:
        """The one thing to say now; it changes at most once a second, but for the end."""
        return Instruction.DONE if self.is_complete else self._steady.shown

    @property
    def is_complete(self) -> bool:
        """Whether all wanted photos are there."""
        return len(self._photos) >= self.rules.wanted

    @property
    def may_go_on(self) -> bool:
        """Whether the photos suffice: as many as wanted, or from files alone and as many as files need."""
        return self.is_complete or (self._from_files_alone and len(self._photos) >= self.minimum)

    @property
    def may_go_on_with_approval(self) -> bool:
        """Whether a second person may approve of what there is; the caller records who did."""
        tried_enough = self.tries_made >= self.rules.tries
        return tried_enough and not self.may_go_on and len(self._photos) >= self.minimum

    @property
    def minimum(self) -> int:
        """The least photos of these kinds: what an `EnrolmentRequest` asks for."""
        least = self.rules.minimum_from_files if self._from_files_alone else self.rules.minimum
        return min(least, self.rules.wanted)

    @property
    def tries_made(self) -> int:
        """Minutes that went by without all photos; what the camera did not show does not count."""
        return int(self._tried_s / self.rules.try_s)

    def see(self, report: FrameReport) -> FrameReport | None:
        """Take note of a frame.

        Returns:
            The same report when its frame is to be taken now. Until `keep` or `miss` no other is asked for.
        """
        at = report.frame.at
        self._count_time(at)
        self._present = report
        self._steady.hear(report.instruction, at)
        is_good = report.instruction is Instruction.GOOD
        return self._asked_for(report) if is_good and self._is_free(at) else None

    def shutter(self, at: float) -> FrameReport | Words:
        """Somebody pressed the shutter: the frame to take, or why not.

        Args:
            at: now, in seconds of the clock that frames are stamped with.
        """
        report = self._present
        if self.is_complete:
            return _FULL
        if report is None or at - report.frame.at > _PRESENT_S:
            return _NO_PICTURE
        if not report.may_show_nose:
            return REASONS[NO_NOSE]
        if report.quality.score < self.rules.minimum_quality:
            return reasons_in_words(report.quality.main_flaws)
        return self._asked_for(report)

    def keep(self, photo: CapturedPhoto) -> Words | None:
        """Put a photo to the others; None, or why it does not count beside them."""
        self._is_taking = False
        if self.is_complete:
            return _FULL
        if any(photo.jpeg == other.jpeg for other in self._photos):
            return REASONS[REPEATED]
        self._photos.append(photo)
        return None

    def miss(self) -> None:
        """No photo came of the frame that was asked for: another may be asked for at once."""
        self._is_taking = False
        self._taken_at = None

    def remove(self, place: int) -> None:
        """Take a photo out, so that another one is taken for it.

        Args:
            place: in `photos`, from 0.

        Raises:
            IndexError: there is no such photo.
        """
        self._photos.pop(place)

    def restart(self) -> None:
        """Begin again with no photo; the tries made stay counted."""
        self._photos.clear()
        self._taken_at = None

    @property
    def _from_files_alone(self) -> bool:
        return bool(self._photos) and all(photo.from_file for photo in self._photos)

    def _asked_for(self, report: FrameReport) -> FrameReport:
        self._is_taking, self._taken_at = True, report.frame.at
        return report

    def _is_free(self, at: float) -> bool:
        if self.is_complete or self._is_taking:
            return False
        return self._taken_at is None or at - self._taken_at >= self.rules.interval_s

    def _count_time(self, at: float) -> None:
        if self._present and not self.is_complete:
            self._tried_s += min(max(at - self._present.frame.at, 0.0), _PRESENT_S)
