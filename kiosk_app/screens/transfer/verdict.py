"""The verdict: the answer first, then how alike the noses are and where, in a quiet voice what it means, one way on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from kiosk_app.design.measures import GAP, WIDE_GAP
from kiosk_app.screens.transfer.words import APPROVED, TO_DO, points_of, reported
from kiosk_app.shell.screen import Screen
from kiosk_app.widgets.buttons import Button
from kiosk_app.widgets.evidence import Evidence
from kiosk_app.widgets.layouts import Column, Turning
from kiosk_app.widgets.similarity import Similarity
from kiosk_app.widgets.texts import Text
from kiosk_app.widgets.verdict import Answer
from noseprint.bootstrap import thresholds
from noseprint.errors import Words
from noseprint.evidence import EvidencePicture, picture_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from kiosk_app.shell.desk import Desk
    from noseprint.clinic import VerificationResult
    from noseprint.errors import NoseprintError

_EVIDENCE: Final = Words("두 코와 서로 맞는 점", "Both noses and their matching points")
_SIGN: Final = Words("서명된 결과 만들기", "Make a signed result")
_AGAIN: Final = Words("다시 찍기", "Take again")
_APPROVE: Final = Words("다른 직원의 승인", "A colleague's approval")
_STOP: Final = Words("이전 그만두기", "Stop the transfer")


@dataclass(frozen=True, slots=True)
class AfterVerdict:
    """What may follow a verdict.

    Attributes:
        back: find another pet.
        again: take another photo of the same dog.
        approve: ask a second person.
        sign: make the signed result.
        stop: leave the transfer.
    """

    back: Callable[[], object]
    again: Callable[[], object]
    approve: Callable[[], object]
    sign: Callable[[], object]
    stop: Callable[[], object]


class VerdictScreen(Screen):
    """Say whether it is the dog that it is said to be.

    Args:
        desk: what the screen works with.
        result: as the clinic gave it.
        after: what may follow.
    """

    def __init__(self, desk: Desk, result: VerificationResult, after: AfterVerdict) -> None:
        super().__init__(desk.face)
        self._desk, self.result = desk, result
        face = desk.face
        self.answer = Answer(face)
        self.answer.give_verdict(result.verdict, APPROVED if result.approval else TO_DO[result.verdict])
        self.evidence = Evidence(face, _EVIDENCE)
        self.similarity = Similarity(face, thresholds(desk.engine.settings))
        self.similarity.show_similarity(result.comparison.similarity)
        self.points = Text(face, "", "label", "quiet")
        self.report = Text(face, "", "label", "quiet")
        self._both = Turning(face, WIDE_GAP)
        self._both.put(self.evidence)
        self._both.put(self._beside())
        self.body.put(self.answer)
        self.body.addLayout(self._both, 1)
        self.main_button, self.other_button = self._ways_on(after)
        self.act_with(after.back, *filter(None, [self.other_button]), main=self.main_button)

    def _beside(self) -> QWidget:
        engine = self._desk.engine
        means = reported(
            self.result.verdict, engine.clinic.embedder.identity.name, thresholds(self._desk.engine.settings)
        )
        self.report.say(means or "")
        self.report.setVisible(means is not None)
        column = Column(self.face, GAP)
        column.put(self.similarity, self.points, self.report)
        column.addStretch(1)
        beside = QWidget()
        beside.setLayout(column)
        return beside

    def _ways_on(self, after: AfterVerdict) -> tuple[Button, Button | None]:
        """The one next step, and what else may be done: sign, look again, or stop."""
        face, result = self.face, self.result
        if result.verdict == "different":
            again = Button(face, _AGAIN, after.again, "plain", "retry")
            return Button(face, _STOP, after.stop, "main", "cross"), again
        if result.verdict == "review" and result.approval is None:
            approve = Button(face, _APPROVE, after.approve, "plain", "people")
            return Button(face, _AGAIN, after.again, "main", "retry"), approve
        return Button(face, _SIGN, after.sign, "main", "next"), None

    def entered(self) -> None:
        """Draw the matching points."""
        objects, limits = self._desk.engine.clinic.objects, self._desk.taking.limits
        job = self._desk.jobs.begin(self, lambda: picture_of(objects, self.result, limits))
        job.done(self._show_evidence).failed(self._do_without)

    def turned(self, *, upright: bool) -> None:
        """The similarity below the noses in an upright window."""
        self._both.turn(upright=upright)
        self._both.setStretch(0, 0 if upright else 3)
        self._both.setStretch(1, 1 if upright else 2)
        self._both.setAlignment(self.evidence, Qt.AlignmentFlag(0) if upright else Qt.AlignmentFlag.AlignTop)

    def _show_evidence(self, picture: EvidencePicture) -> None:
        self.evidence.show_file(picture.png)
        self.points.say(points_of(self.result, picture.inliers))

    def _do_without(self, fault: NoseprintError) -> None:
        """The verdict stands; only the picture is missing."""
        self.points.explain(fault)
