"""How a camera fares, told from its frames and faults alone: no thread, no clock of its own."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

import numpy as np

from noseprint.capture.camera import SILENCE_S
from noseprint.errors import ErrorCode, NoseprintError, Words

if TYPE_CHECKING:
    from noseprint.capture.camera import Frame, Pixels

# So many pixels of a frame, about, tell whether it is black and whether it is the one before.
_SAMPLED: Final = 4096
# Of 255. A covered sensor's noise stays below; what a lit room shows, however dimly, does not.
_BLACK: Final = 16
_ALL_BUT_HOT_PIXELS: Final = 99.0


class CameraState(StrEnum):
    """Everything that a camera can be."""

    OPENING = "opening"
    LIVE = "live"
    SLOW = "slow"
    BLACK = "black"
    FROZEN = "frozen"
    UNPLUGGED = "unplugged"
    BUSY = "busy"
    NOT_ALLOWED = "not_allowed"
    CLOSED = "closed"

    @property
    def words(self) -> Words:
        """What happened and what to do."""
        return _WORDS[self]

    @property
    def shows_noses(self) -> bool:
        """Whether its frames are worth looking at."""
        return self in (CameraState.LIVE, CameraState.SLOW)


_WORDS: Final = {
    CameraState.OPENING: Words("카메라를 켜고 있어요", "The camera is starting"),
    CameraState.LIVE: Words("카메라가 잘 켜져 있어요", "The camera is on"),
    CameraState.SLOW: Words(
        "카메라가 느려요. 조명을 밝게 하거나 다른 USB 단자에 꽂아 주세요.",
        "The camera is slow. Turn up the light, or use another USB port.",
    ),
    CameraState.BLACK: Words(
        "화면이 까매요. 렌즈 덮개를 열고 조명을 켜 주세요.",
        "The picture is black. Open the lens cover and switch on a light.",
    ),
    CameraState.FROZEN: Words(
        "화면이 멈췄어요. 다시 켜는 중이에요. 계속되면 카메라를 뽑았다 꽂아 주세요.",
        "The picture froze. Restarting the camera; if that does not help, unplug it and plug it in again.",
    ),
    CameraState.UNPLUGGED: Words(
        "카메라가 보이지 않아요. 케이블을 다시 꽂아 주세요. 꽂으면 저절로 켜져요.",
        "The camera is gone. Plug its cable in again; it comes back by itself.",
    ),
    CameraState.BUSY: Words(
        "다른 프로그램이 카메라를 쓰고 있어요. 그 프로그램을 닫으면 저절로 켜져요.",
        "Another program is using the camera. Close it, and the camera comes back by itself.",
    ),
    CameraState.NOT_ALLOWED: Words(
        "카메라를 쓸 권한이 없어요. 관리자에게 카메라 권한을 켜 달라고 해 주세요.",
        "The camera may not be used here. Ask an admin to allow it.",
    ),
    CameraState.CLOSED: Words("카메라를 껐어요", "The camera is off"),
}
_STATE_OF: Final = {
    ErrorCode.CAMERA_BUSY: CameraState.BUSY,
    ErrorCode.CAMERA_NOT_ALLOWED: CameraState.NOT_ALLOWED,
}


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a trouble lasts until it is told, and when the camera is opened again.

    Attributes:
        warm_up: first frames that are not shown: exposure and white balance settle in them.
        silence_s: without a frame until it counts as cut off.
        opening_s: that opening may take.
        black_s: of black.
        frozen_s: of the same picture.
        restart_s: from opening a frozen camera to opening it again.
        slow_below: frames a second, over `slow_over_s` seconds.
    """

    warm_up: int = 5
    silence_s: float = SILENCE_S
    opening_s: float = 5.0
    black_s: float = 1.0
    frozen_s: float = 1.5
    restart_s: float = 3.0
    slow_below: float = 8.0
    slow_over_s: float = 2.0


class CameraWatch:
    """Tells a camera's state.

    Args:
        always_moves: see :class:`noseprint.capture.camera.Camera`; without it nothing counts as frozen.
        patience: how long it waits before it tells.
    """

    def __init__(self, *, always_moves: bool, patience: Patience | None = None) -> None:
        self.state = CameraState.OPENING
        self._always_moves = always_moves
        self._patience = patience or Patience()
        self._is_open = False
        self._since = 0.0  # when the camera was opened, or began to be
        self._heard = 0.0
        self._frames = 0
        self._arrivals: deque[float] = deque()
        self._sample: Pixels | None = None
        self._same_since = 0.0
        self._black_since: float | None = None

    def opening(self, at: float) -> None:
        """The camera begins to be opened; what was wrong with it stays said until a frame says otherwise."""
        self._is_open, self._since, self._frames = False, at, 0
        self._arrivals.clear()

    def opened(self, at: float) -> None:
        """The camera is open and should give frames."""
        self._is_open, self._since, self._heard = True, at, at

    def failed(self, fault: NoseprintError) -> None:
        """The camera could not be opened, or broke off."""
        self._is_open = False
        self.state = _STATE_OF.get(fault.code, CameraState.UNPLUGGED)

    def closed(self) -> None:
        """The camera was closed on purpose."""
        self._is_open, self.state = False, CameraState.CLOSED

    def saw(self, frame: Frame) -> bool:
        """Take note of a frame; whether it is past the warm-up, and to be shown."""
        self._heard = frame.at
        self._frames += 1
        self._count(frame.at)
        sample = _sampled(frame.pixels)
        if self._sample is None or not np.array_equal(sample, self._sample):
            self._sample, self._same_since = sample, frame.at
        self._black_since = self._black_from(sample, frame.at)
        if self._frames <= self._patience.warm_up:
            return False
        self.state = self._state_at(frame.at)
        return True

    def tick(self, at: float) -> None:
        """Time went by: a camera that is silent for too long is cut off."""
        if self._is_open and at - self._heard >= self._patience.silence_s:
            self.state = CameraState.UNPLUGGED
        if self.state is CameraState.OPENING and at - self._since >= self._patience.opening_s:
            self.state = CameraState.UNPLUGGED

    def wants_restart(self, at: float) -> bool:
        """Whether closing and opening the camera might help."""
        return self.state is CameraState.FROZEN and at - self._since >= self._patience.restart_s

    def _state_at(self, at: float) -> CameraState:
        if self._black_since is not None:
            # Until it is told, what was told before stays.
            black = at - self._black_since >= self._patience.black_s
            return CameraState.BLACK if black else self._before_black()
        if self._always_moves and self._stands_still(at):
            return CameraState.FROZEN
        return CameraState.SLOW if self._is_slow(at) else CameraState.LIVE

    def _black_from(self, sample: Pixels, at: float) -> float | None:
        if not _is_black(sample):
            return None
        return at if self._black_since is None else self._black_since

    def _before_black(self) -> CameraState:
        return CameraState.LIVE if self.state is CameraState.OPENING else self.state

    def _stands_still(self, at: float) -> bool:
        """A frozen camera that was opened again is frozen until its picture changes."""
        still = at - self._same_since
        return still >= self._patience.frozen_s or (self.state is CameraState.FROZEN and still > 0.0)

    def _count(self, at: float) -> None:
        self._arrivals.append(at)
        while self._arrivals[0] < at - self._patience.slow_over_s:
            self._arrivals.popleft()

    def _is_slow(self, at: float) -> bool:
        over = self._patience.slow_over_s
        return at - self._since >= over and len(self._arrivals) < self._patience.slow_below * over


def _sampled(pixels: Pixels) -> Pixels:
    step = max(1, int((pixels.shape[0] * pixels.shape[1] / _SAMPLED) ** 0.5))
    return pixels[::step, ::step].copy()


def _is_black(sample: Pixels) -> bool:
    return float(np.percentile(sample, _ALL_BUT_HOT_PIXELS)) <= _BLACK
