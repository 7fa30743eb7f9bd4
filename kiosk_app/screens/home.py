"""Home: three great buttons, and a line that tells the truth about camera, model, storage and gateway."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QTimer

from kiosk_app.design.measures import GAP, WIDE_GAP
from kiosk_app.shell.screen import Screen
from kiosk_app.widgets.buttons import Button, Tile
from kiosk_app.widgets.layouts import Row, Turning
from kiosk_app.widgets.status import StatusButton
from noseprint.capture.camera_state import CameraState
from noseprint.errors import Words

if TYPE_CHECKING:
    from collections.abc import Callable

    from kiosk_app.shell.desk import Desk
    from noseprint.sync.outbox import Counts

_LOOK_EVERY_MS: Final = 2000
_ENROL: Final = Words("비문 등록", "Enrol")
_ENROL_ABOUT: Final = Words("새 강아지를 등록해요", "Give a dog its identity")
_TRANSFER: Final = Words("소유권 이전", "Transfer")
_TRANSFER_ABOUT: Final = Words("같은 강아지인지 확인해요", "Check that it is the same dog")
_LOOK_UP: Final = Words("조회", "Look up")
_RECORDS: Final = Words("기록", "Records")
_SETTINGS: Final = Words("설정", "Settings")
_CAMERA: Final = Words("카메라", "Camera")
_SEE_CAMERA: Final = Words("카메라 확인", "Check camera")
_LOOK_UP_ABOUT: Final = Words("어떤 강아지인지 찾아요", "Find out which dog it is")


@dataclass(frozen=True, slots=True)
class Errands:
    """What can be begun from here; each shows a screen."""

    enrol: Callable[[], object]
    transfer: Callable[[], object]
    look_up: Callable[[], object]
    records: Callable[[], object]
    outbox: Callable[[], object]
    gateway: Callable[[], object]
    diagnostics: Callable[[], object]
    settings: Callable[[], object]


class Home(Screen):
    """The first screen of those who are signed in."""

    def __init__(self, desk: Desk, errands: Errands) -> None:
        super().__init__(desk.face)
        self._desk = desk
        face = desk.face
        self._tiles = Turning(face, WIDE_GAP)
        self.enrol = Tile(
            face,
            "nose",
            _ENROL,
            _ENROL_ABOUT,
            errands.enrol,
        )
        self.transfer = Tile(
            face,
            "transfer",
            _TRANSFER,
            _TRANSFER_ABOUT,
            errands.transfer,
        )
        self.look_up = Tile(
            face,
            "search",
            _LOOK_UP,
            _LOOK_UP_ABOUT,
            errands.look_up,
        )
        self._tiles.put(self.enrol, self.transfer, self.look_up, stretch=1)
        self.body.addLayout(self._tiles, 1)
        self.camera = StatusButton(face, _CAMERA, errands.diagnostics)
        self.model = StatusButton(face, Words("모델", "Model"), errands.diagnostics)
        self.storage = StatusButton(face, Words("저장소", "Storage"), errands.outbox)
        self.gateway = StatusButton(face, Words("게이트웨이", "Gateway"), errands.gateway)
        status, office = Row(face, 0), Row(face, 0)
        status.put(self.camera, self.model, self.storage, self.gateway)
        status.addStretch(1)
        office.addStretch(1)
        self.records = Button(face, _RECORDS, errands.records, "quiet", "records")
        self.settings = Button(face, _SETTINGS, errands.settings, "quiet", "settings", icon_only=True)
        office.put(self.records, self.settings)
        self._below = Turning(face, GAP)
        self._below.addLayout(status, 1)
        self._below.addLayout(office)
        self.foot.addLayout(self._below)
        desk.feed.fared.connect(self._show_camera)
        self._timer = QTimer(self, interval=_LOOK_EVERY_MS)
        self._timer.timeout.connect(self._look)

    def entered(self) -> None:
        """Look at how things are, and go on looking."""
        self._show_camera(self._desk.feed.state)
        self._look()
        self._timer.start()

    def left(self) -> None:
        """Nobody looks."""
        self._timer.stop()

    def turned(self, *, upright: bool) -> None:
        """The tiles stand below each other in an upright window."""
        self._tiles.turn(upright=upright)
        self._below.turn(upright=upright)

    def _show_camera(self, state: CameraState) -> None:
        if state.shows_noses:
            self.camera.show_state("good", _CAMERA)
        else:
            self.camera.show_state("quiet" if state is CameraState.OPENING else "bad", _SEE_CAMERA)

    def _look(self) -> None:
        engine = self._desk.engine
        self.model.show_state("good", Words("모델", "Model"))
        if engine.server:
            self.gateway.show_state("good", Words("게이트웨이 연결", "Gateway"))
        else:
            self.gateway.show_state("bad", Words("게이트웨이 멈춤", "Gateway stopped"))
        self._desk.jobs.begin(self, engine.holdings.outbox.counts).done(self._show_storage).failed(
            lambda _: self.storage.show_state("bad", Words("저장소 확인 필요", "Storage: see why"))
        )

    def _show_storage(self, counts: Counts) -> None:
        worker = self._desk.engine.worker
        if counts.parked:
            words = Words(f"저장소 · {counts.parked}건 확인 필요", f"Storage · {counts.parked} to be seen to")
            self.storage.show_state("caution", words)
        elif counts.waiting:
            held_up = worker is None or worker.trouble is not None
            words = Words(f"저장소 · {counts.waiting}건 대기", f"Storage · {counts.waiting} waiting")
            self.storage.show_state("caution" if held_up else "good", words)
        else:
            self.storage.show_state("good", Words("저장소", "Storage"))
