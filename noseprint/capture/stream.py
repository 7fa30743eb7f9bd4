"""A camera's frames, read by a thread of its own: the newest one for whoever asks, each one for a preview.

What goes wrong is told as a `CameraState`, and mended by opening the camera again.
"""

from __future__ import annotations

import logging
import threading
import time
from typing import TYPE_CHECKING, Final

from noseprint.capture.camera_state import CameraState, CameraWatch
from noseprint.errors import NoseprintError
from noseprint.logs import facts

if TYPE_CHECKING:
    from collections.abc import Callable

    from noseprint.capture.camera import Camera, Frame
    from noseprint.capture.camera_state import Patience
    from noseprint.errors import ErrorCode

_LOG = logging.getLogger(__name__)

BACK_OFF_S: Final = (0.2, 0.4, 0.8)
"""Pauses before a camera is opened again; the last one stays. Short, for a dog waits."""

_LOOK_EVERY_S: Final = 0.2
_PATIENCE_WITH_A_READ_S: Final = 0.5


def _nobody_listens(_: CameraState) -> None:
    pass


class CameraStream:
    """A camera that runs until it is stopped, whatever happens to it meanwhile.

    Callbacks are called from the stream's threads and must return soon; a Qt bridge emits a signal in them. All methods
    may be called from any thread but those of the callbacks.

    Args:
        camera: opened, read and closed by the stream alone.
        on_state: told each change of the state.
        patience: how long a trouble lasts until it is told.
        pauses: before the camera is opened again, in seconds.
        clock: seconds of the monotonic clock, the one that the camera's frames are stamped with.
    """

    def __init__(
        self,
        camera: Camera,
        on_state: Callable[[CameraState], None] = _nobody_listens,
        *,
        patience: Patience | None = None,
        pauses: tuple[float, ...] = BACK_OFF_S,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._camera = camera
        self._on_state = on_state
        self._pauses = pauses
        self._clock = clock
        self._watch = CameraWatch(always_moves=camera.always_moves, patience=patience)
        self._told: CameraState | None = None
        self._telling = threading.Lock()
        self._stopping = threading.Event()
        self._came = threading.Condition()
        self._newest: Frame | None = None
        self._count = 0
        self._failed_with: ErrorCode | None = None
        self._previews: tuple[Callable[[Frame], None], ...] = ()
        self._threads = (
            threading.Thread(target=self._read_on, name="camera", daemon=True),
            threading.Thread(target=self._look_after, name="camera watch", daemon=True),
        )

    @property
    def state(self) -> CameraState:
        """How the camera fares."""
        return self._watch.state

    def start(self) -> None:
        """Open the camera and read from it, once."""
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Close the camera, for good; a read that hangs in the system is left to its own end."""
        self._stopping.set()
        with self._came:
            self._came.notify_all()
        for thread in self._threads:
            if thread.ident is not None:
                thread.join(_PATIENCE_WITH_A_READ_S)
        self._change(self._watch.closed)

    def subscribe(self, preview: Callable[[Frame], None]) -> Callable[[], None]:
        """Give each frame to a preview, at the camera's rate; what is returned ends that."""
        with self._came:
            self._previews = (*self._previews, preview)

        def unsubscribe() -> None:
            with self._came:
                self._previews = tuple(other for other in self._previews if other is not preview)

        return unsubscribe

    def newest(self, after: Frame | None = None, timeout_s: float = 0.0) -> Frame | None:
        """The newest frame, or None where the camera shows nothing.

        Args:
            after: wait for a frame other than this one.
            timeout_s: for so long; None is the answer then.
        """
        with self._came:
            self._came.wait_for(lambda: self._stopping.is_set() or self._newest not in (None, after), timeout_s)
            return None if self._newest is after else self._newest

    def _read_on(self) -> None:
        failures = 0
        while not self._stopping.is_set():
            before = self._count
            self._read_until_fault()
            failures = 0 if self._count > before else failures + 1
            self._stopping.wait(self._pauses[min(failures, len(self._pauses) - 1)])

    def _read_until_fault(self) -> None:
        """Open the camera and read from it until it fails, wants to be opened again, or is not wanted any more."""
        try:
            self._change(lambda: self._watch.opening(self._clock()))
            self._camera.open()
            self._change(lambda: self._watch.opened(self._clock()))
            while not (self._stopping.is_set() or self._watch.wants_restart(self._clock())):
                self._take(self._camera.read())
        except NoseprintError as fault:
            self._log_once(fault)
            reason = fault
            self._change(lambda: self._watch.failed(reason))
        finally:
            self._camera.close()

    def _take(self, frame: Frame) -> None:
        shown = False

        def note() -> None:
            nonlocal shown
            shown = self._watch.saw(frame)

        self._change(note)
        if not shown:
            return
        with self._came:
            self._newest = frame if self._watch.state.shows_noses else None
            self._count += 1
            self._failed_with = None
            self._came.notify_all()
            previews = self._previews
        for preview in previews:
            preview(frame)

    def _log_once(self, fault: NoseprintError) -> None:
        """A camera that stays away is tried again all night; one line is enough."""
        if fault.code is not self._failed_with:
            _LOG.info("camera failed", extra=facts(code=fault.code.value, detail=fault.detail))
        self._failed_with = fault.code

    def _look_after(self) -> None:
        """Time passes for a camera that is silent as well."""
        while not self._stopping.wait(_LOOK_EVERY_S):
            self._change(lambda: self._watch.tick(self._clock()))

    def _change(self, happening: Callable[[], object]) -> None:
        """Let something happen to the watch, and tell when that changed the state."""
        with self._telling:
            if self._told is CameraState.CLOSED:
                return
            happening()
            state = self._watch.state
            if state is self._told:
                return
            self._told = state
            if not state.shows_noses:
                with self._came:
                    self._newest = None
            self._on_state(state)
