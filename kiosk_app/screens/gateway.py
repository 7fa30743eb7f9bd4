"""The gateway server: whether it listens, where, how its requests go, and the last errors; looked at every second."""

from __future__ import annotations

from ipaddress import ip_address
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QTimer

from kiosk_app.design.measures import GAP, WIDE_GAP
from kiosk_app.shell.screen import Screen
from kiosk_app.widgets.facts import BigNumber, Table
from kiosk_app.widgets.frames import Scrolling
from kiosk_app.widgets.layouts import Column, Row
from kiosk_app.widgets.rows import Rows
from kiosk_app.widgets.signs import Notice
from kiosk_app.widgets.texts import Text
from noseprint.errors import ErrorCode, NoseprintError, Words

if TYPE_CHECKING:
    from embedded_server.statistics import FailedRequest, Figures, MethodFigures
    from kiosk_app.face import Face
    from kiosk_app.shell.desk import Desk

LOOK_EVERY_MS: Final = 1000
_TITLE: Final = Words("게이트웨이 서버", "Gateway server")
_LISTENING: Final = Words("게이트웨이의 요청을 받고 있어요", "The gateway can reach this kiosk")
_STOPPED: Final = Words("게이트웨이의 요청을 받지 못하고 있어요", "The gateway cannot reach this kiosk")
_STAFF_GO_ON: Final = Words(
    "등록과 조회는 그대로 할 수 있어요. 진단 화면을 열어 주소를 확인해 주세요.",
    "Enrolment and look-up work as ever. See the diagnostics about the address.",
)
_OPEN: Final = Words("암호화 없이 네트워크에 열려 있어요", "Open to the network without encryption")
_OPEN_MEANS: Final = Words(
    "같은 네트워크에 있는 누구나 사진을 보내고 결과를 엿볼 수 있어요. 병원 밖과 이어진 네트워크라면 관리자에게 "
    "알려 주소를 127.0.0.1로 바꾸고 암호화된 통로로 이어 주세요.",
    "Anyone on this network can send photos and read the answers. If it reaches beyond the clinic, ask an admin to "
    "set the address to 127.0.0.1 and to connect the gateway through an encrypted tunnel.",
)
_ANSWERED: Final = Words("답한 요청", "answered")
_FAILED: Final = Words("오류로 끝난 요청", "ended in an error")
_SINCE: Final = Words("부터", "since")
_HEADINGS: Final = (
    Words("요청", "Request"),
    Words("답함", "Answered"),
    Words("오류", "Errors"),
    Words("보통", "Usual"),
    Words("느릴 때", "Slow"),
)
_METHODS: Final = {
    "ExtractNoseVector": Words("비문 벡터 계산", "Nose print vector"),
    "CompareWithStoredImage": Words("저장된 사진과 비교", "Comparison with a stored photo"),
}
_LAST_ERRORS: Final = Words("최근 오류", "Last errors")
_NO_ERRORS: Final = Words("오류가 없었어요.", "There were none.")
_MILLISECONDS: Final = Words("{ms}ms", "{ms} ms")


class Gateway(Screen):
    """See the module.

    Args:
        desk: what the screen works with.
    """

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk.face, _TITLE)
        self._server = desk.engine.server
        face = desk.face
        self.state = Notice(face)
        self.warning = Notice(face, "bad")
        self.warning.give("bad", _OPEN, _OPEN_MEANS)
        self.answered, self.failed = BigNumber(face, _ANSWERED), BigNumber(face, _FAILED)
        self.since = BigNumber(face, _SINCE)
        self.methods = Table(face, _HEADINGS)
        self.errors = Rows(face, _NO_ERRORS)
        self._last: Figures | None = None
        self.body.addWidget(Scrolling(self._laid_out(face)), 1)
        self._timer = QTimer(self, interval=LOOK_EVERY_MS)
        self._timer.timeout.connect(self._look)
        self._show_state(desk.engine.server_fault)
        self.warning.setVisible(bool(self._server) and not is_private(desk.engine.settings.grpc_host))
        self.act_with(desk.ways.back)

    def entered(self) -> None:
        """Look, and go on looking."""
        self._look()
        self._timer.start()

    @property
    def looking(self) -> bool:
        """Whether it looks every second."""
        return self._timer.isActive()

    def left(self) -> None:
        """Nobody looks."""
        self._timer.stop()

    def _laid_out(self, face: Face) -> Column:
        numbers = Row(face, WIDE_GAP)
        numbers.put(self.answered, self.failed, self.since)
        whole = Column(face, WIDE_GAP, (0, 0, GAP, 0))
        whole.put(self.state, self.warning)
        whole.addLayout(numbers)
        whole.put(self.methods)
        below = Column(face, GAP)
        below.put(Text(face, _LAST_ERRORS, "strong"), self.errors)
        whole.addLayout(below)
        whole.addStretch(1)
        return whole

    def _show_state(self, fault: NoseprintError | None) -> None:
        if self._server:
            self.state.give("good", _LISTENING, self._server.address)
        else:
            self.state.give("bad", _STOPPED, fault or _STAFF_GO_ON)

    def _look(self) -> None:
        if self._server is None:
            return
        figures = self._server.statistics.figures()
        if figures == self._last:
            return
        self._last = figures
        self.answered.show_number(f"{sum(it.answered for it in figures.methods):,}")
        self.failed.show_number(f"{sum(it.failed for it in figures.methods):,}")
        self.since.show_number(f"{figures.since.astimezone():%H:%M}")
        self.methods.setVisible(bool(figures.methods))
        self.methods.show_lines([_line(it) for it in figures.methods])
        self.errors.show_rows([_failure(self.face, it) for it in figures.last_failures])


def is_private(host: str) -> bool:
    """Whether only this very computer can reach an address."""
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _line(figures: MethodFigures) -> list[Words | str]:
    return [
        _METHODS.get(figures.method, figures.method),
        f"{figures.answered:,}",
        f"{figures.failed:,}",
        _in_ms(figures.median_ms),
        _in_ms(figures.slow_ms),
    ]


def _in_ms(milliseconds: float) -> Words:
    shown = f"{milliseconds:,.0f}"
    return Words(_MILLISECONDS.ko.format(ms=shown), _MILLISECONDS.en.format(ms=shown))


def _failure(face: Face, failed: FailedRequest) -> Text:
    fault = NoseprintError(ErrorCode[failed.code])
    line = Text(face)
    head = f"{failed.at.astimezone():%H:%M:%S} · #{failed.number:,} · "
    line.say(
        Words(head + "{name} — {why} ({code})", head + "{name}: {why} ({code})"),
        name=_METHODS.get(failed.method, failed.method),
        why=Words(fault.sentence("ko"), fault.sentence("en")),
        code=fault.code.value,
    )
    return line
