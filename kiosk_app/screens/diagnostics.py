"""Diagnostics: what works on this machine, what does not, what to do about it, and a report to save."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from kiosk_app.design.measures import GAP
from kiosk_app.shell.save_to import SaveTo
from kiosk_app.shell.screen import Screen
from kiosk_app.widgets.buttons import Button
from kiosk_app.widgets.frames import Scrolling
from kiosk_app.widgets.layouts import Column
from kiosk_app.widgets.rows import Line, Rows
from kiosk_app.widgets.signs import SIGNS, Notice, Sign
from noseprint.disk import Disk
from noseprint.doctor import NAMES, examine, report
from noseprint.errors import Words

if TYPE_CHECKING:
    from kiosk_app.shell.desk import Desk
    from kiosk_app.widgets.texts import Tone
    from noseprint.doctor import Finding

_TITLE: Final = Words("진단", "Diagnostics")
_LOOKING: Final = Words("확인하고 있어요…", "Looking…")
_WELL: Final = Words("모두 괜찮아요", "All is well")
_NOT_WELL: Final = Words("확인이 필요한 것이 있어요", "Some things need a person")
_NOT_WELL_MEANS: Final = Words(
    "이미 저장한 것은 안전해요. 아래의 할 일을 보세요.", "What was saved is safe. See below."
)
_BROKEN: Final = Words("고쳐야 할 것이 있어요", "Some things must be mended")
_NOTHING_YET: Final = Words("아직 확인하지 않았어요.", "Nothing was looked at yet.")
_AGAIN: Final = Words("다시 확인", "Look again")
_SAVE: Final = Words("보고서 저장", "Save the report")
_SAVED: Final = Words("보고서를 저장했어요", "The report is saved")
_SAVED_MEANS: Final = Words(
    "개인정보와 비밀 키는 들어 있지 않아요. 도움을 청할 때 보내 주세요.",
    "It holds no personal data and no secrets. Send it when you ask for help.",
)
_GENTLE: Final = frozenset({"sync"})


class Diagnostics(Screen):
    """See the module.

    Args:
        desk: what the screen works with.
    """

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk.face, _TITLE)
        self._desk = desk
        self._findings: list[Finding] = []
        self.state, self.saved = Notice(desk.face), Notice(desk.face, "good")
        self.saved.hide()
        self.rows = Rows(desk.face, _NOTHING_YET)
        whole = Column(desk.face, GAP, (0, 0, GAP, 0))
        whole.put(self.saved, self.state, self.rows)
        whole.addStretch(1)
        self.body.addWidget(Scrolling(whole), 1)
        self.again_button = Button(desk.face, _AGAIN, self._examine, "plain", "retry")
        self.save_button = Button(desk.face, _SAVE, self._ask_where, "main", "save")
        self.act_with(desk.ways.back, self.again_button, main=self.save_button)

    def entered(self) -> None:
        """Look at everything, unless that was done already."""
        if not self._findings:
            self._examine()

    def _examine(self) -> None:
        self.explain(None)
        self.saved.hide()
        self.state.give("accent", _LOOKING)
        self._wait(looking=True)
        engine = self._desk.engine
        served_at = engine.server.address if engine.server else ""
        job = self._desk.jobs.begin(self, lambda: examine(engine.settings, served_at=served_at))
        job.done(self._show).failed(self.explain).finally_(lambda: self._wait(looking=False))

    def _wait(self, *, looking: bool) -> None:
        self.again_button.setDisabled(looking)
        self.save_button.setDisabled(looking)

    def _show(self, findings: list[Finding]) -> None:
        self._findings = findings
        tones = {_tone(item) for item in findings}
        if "bad" in tones:
            self.state.give("bad", _BROKEN, _NOT_WELL_MEANS)
        elif "caution" in tones:
            self.state.give("caution", _NOT_WELL, _NOT_WELL_MEANS)
        else:
            self.state.give("good", _WELL)
        worst_first = sorted(findings, key=lambda item: item.ok)
        self.rows.show_rows(self._line(item) for item in worst_first)

    def _line(self, item: Finding) -> Line:
        tone = _tone(item)
        advice = Words(item.advice_ko, item.advice_en)
        sign = Sign(self.face, SIGNS[tone], tone)
        return Line(self.face, sign, NAMES[item.name], item.said, "" if item.ok else advice)

    def _ask_where(self) -> None:
        now = datetime.now(UTC)
        text = report(self._desk.engine.settings, self._findings, now).encode()
        name = f"noseprint-report-{now.astimezone():%Y%m%d-%H%M}.txt"
        self._desk.ways.show_next(SaveTo(self._desk, name, lambda file: Disk().write(file, text), self._tell_saved))

    def _tell_saved(self, _: None) -> None:
        self.saved.give("good", _SAVED, _SAVED_MEANS)
        self.saved.show()


def _tone(item: Finding) -> Tone:
    if item.ok:
        return "good"
    return "caution" if item.name in _GENTLE else "bad"
