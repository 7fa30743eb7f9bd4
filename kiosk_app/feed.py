"""The camera in the window's thread: the newest frame, the newest report, how the camera fares; nothing piles up."""

from __future__ import annotations

from threading import Lock
from typing import TYPE_CHECKING, Generic, TypeVar

from PySide6.QtCore import QObject, Qt, Signal, Slot

from noseprint.capture.analysis import FrameAnalyst, FrameJudge
from noseprint.capture.stream import CameraStream

if TYPE_CHECKING:
    from noseprint.capture.analysis import FrameReport
    from noseprint.capture.camera import Camera, Frame
    from noseprint.capture.camera_state import CameraState
    from noseprint.capture.finder import NoseFinder
    from noseprint.errors import NoseprintError

Newest = TypeVar("Newest")


class _Latest(Generic[Newest]):
    """The last thing that came; who comes to fetch it finds that one, however many came meanwhile."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._waiting: Newest | None = None

    def put(self, item: Newest) -> bool:
        """Leave something; True when somebody must be told to fetch it."""
        with self._lock:
            told = self._waiting is not None
            self._waiting = item
        return not told

    def take(self) -> Newest | None:
        """Fetch it."""
        with self._lock:
            item, self._waiting = self._waiting, None
        return item


class CameraFeed(QObject):
    """A camera that runs from :meth:`start` to :meth:`stop`; frames are analysed only between ``watch`` and ``rest``.

    Args:
        camera: opened and closed by the feed's own thread.
        finder: finds the nose.
        minimum_quality: the score, 0 to 100, from which a photo counts.
    """

    framed = Signal(object)
    """A :class:`Frame` to show."""
    reported = Signal(object)
    """A :class:`FrameReport`."""
    fared = Signal(object)
    """A :class:`CameraState`."""
    failed = Signal(object)
    """A NoseprintError of the analysis; the next frame may do better."""
    _frame_waits = Signal()
    _report_waits = Signal()

    def __init__(self, camera: Camera, finder: NoseFinder, minimum_quality: float) -> None:
        super().__init__()
        self.camera = camera
        self._finder, self._minimum_quality = finder, minimum_quality
        self._frame: _Latest[Frame] = _Latest()
        self._report: _Latest[FrameReport] = _Latest()
        self._stream = CameraStream(camera, self.fared.emit)
        self._analyst: FrameAnalyst | None = None
        self._resting: FrameAnalyst | None = None
        self._frame_waits.connect(self._show, Qt.ConnectionType.QueuedConnection)
        self._report_waits.connect(self._tell, Qt.ConnectionType.QueuedConnection)
        self._stream.subscribe(self._on_frame)

    @property
    def state(self) -> CameraState:
        """How the camera fares."""
        return self._stream.state

    def start(self) -> None:
        """Open the camera, once."""
        self._stream.start()

    def watch(self) -> None:
        """Begin to analyse frames."""
        if self._analyst is None:
            judge = FrameJudge(self._finder, self._minimum_quality)
            self._analyst = FrameAnalyst(self._stream, judge, self._on_report, self._on_fault)
            self._analyst.start()

    def rest(self) -> None:
        """Analyse no more frames; the picture goes on. Returns at once: the analyst ends with its present frame."""
        if self._analyst:
            self._analyst.leave()
            self._resting = self._analyst
            self._analyst = None

    def stop(self) -> None:
        """Close the camera, for good."""
        self.rest()
        if self._resting:
            self._resting.stop()
        self._stream.stop()

    def _on_frame(self, frame: Frame) -> None:
        if self._frame.put(frame):
            self._frame_waits.emit()

    def _on_report(self, report: FrameReport) -> None:
        if self._report.put(report):
            self._report_waits.emit()

    def _on_fault(self, fault: NoseprintError) -> None:
        self.failed.emit(fault)

    @Slot()
    def _show(self) -> None:
        if frame := self._frame.take():
            self.framed.emit(frame)

    @Slot()
    def _tell(self) -> None:
        if report := self._report.take():
            self.reported.emit(report)
