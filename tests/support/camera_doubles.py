"""Cameras and frames that a test makes up, and a way to wait for what a thread does."""

from __future__ import annotations

import queue
import threading
from typing import TYPE_CHECKING

import numpy as np

from noseprint.capture.camera import Frame

if TYPE_CHECKING:
    from collections.abc import Callable

    from noseprint.capture.camera import Pixels
    from noseprint.errors import NoseprintError

PATIENCE_S = 20.0


def pixels(shade: int = 128, *, width: int = 64, height: int = 48) -> Pixels:
    return np.full((height, width, 3), shade, np.uint8)


def frame(shade: int = 128, *, number: int = 1, at: float = 0.0) -> Frame:
    return Frame(pixels(shade), number, at)


class ScriptedCamera:
    """Gives what it is handed, frame or fault, one a read; without anything it waits, as a camera that hangs."""

    def __init__(self, *, always_moves: bool = True) -> None:
        self.always_moves = always_moves
        self.opened = self.closed = 0
        self.fault_at_opening: NoseprintError | None = None
        self._opening = threading.Condition()
        self._script: queue.Queue[Frame | NoseprintError] = queue.Queue()

    def hand(self, *happenings: Frame | NoseprintError) -> None:
        for happening in happenings:
            self._script.put(happening)

    def wait_for_openings(self, count: int) -> None:
        with self._opening:
            assert self._opening.wait_for(lambda: self.opened >= count, PATIENCE_S)

    def open(self) -> None:
        with self._opening:
            self.opened += 1
            self._opening.notify_all()
        if self.fault_at_opening:
            raise self.fault_at_opening

    def read(self) -> Frame:
        happening = self._script.get()
        if isinstance(happening, Frame):
            return happening
        raise happening

    def close(self) -> None:
        self.closed += 1


class Listener:
    """Remembers what it was told, and lets a test wait for it."""

    def __init__(self) -> None:
        self.heard: list[object] = []
        self._changed = threading.Condition()

    def __call__(self, told: object) -> None:
        with self._changed:
            self.heard.append(told)
            self._changed.notify_all()

    def wait_for(self, is_it: Callable[[object], bool], timeout_s: float = PATIENCE_S) -> object:
        """The first thing told, or still to be told, of which that is true."""
        with self._changed:
            assert self._changed.wait_for(lambda: any(map(is_it, self.heard)), timeout_s), self.heard[-5:]
            return next(filter(is_it, self.heard))

    def forget(self) -> None:
        with self._changed:
            self.heard.clear()
