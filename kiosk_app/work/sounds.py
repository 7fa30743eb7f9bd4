"""The soft click of a photo that was taken. Qt's own player is in a package that we do not need otherwise."""

from __future__ import annotations

import math
import shutil
import struct
import sys
import tempfile
import wave
from io import BytesIO
from pathlib import Path
from typing import Final

from PySide6.QtCore import QProcess

_RATE: Final = 22050
_LENGTH_S: Final = 0.045
_PITCH_HZ: Final = 1400.0
_LOUDNESS: Final = 0.3
_DECAY_S: Final = 0.008
_PLAYERS: Final = ("pw-play", "paplay", "aplay")


class Sounds:
    """Plays sounds where the system can; a clinic may switch them off.

    Args:
        on: whether anything is heard.
    """

    def __init__(self, *, on: bool = True) -> None:
        self.on = on
        self._player = next(filter(None, map(shutil.which, _PLAYERS)), "")
        self._file: Path | None = None

    def click(self) -> None:
        """A photo was taken."""
        if not self.on:
            return
        if sys.platform == "win32":
            import winsound  # noqa: PLC0415 (there is one on Windows alone)

            winsound.PlaySound(str(self._written()), winsound.SND_FILENAME | winsound.SND_ASYNC)
        elif self._player:
            QProcess.startDetached(self._player, [str(self._written())])

    def close(self) -> None:
        """Take the file away that the player reads."""
        if self._file:
            self._file.unlink(missing_ok=True)
            self._file = None

    def _written(self) -> Path:
        if self._file is None:
            with tempfile.NamedTemporaryFile(suffix=".wav", delete=False) as file:
                file.write(click_as_wav())
            self._file = Path(file.name)
        return self._file


def click_as_wav() -> bytes:
    """A short decaying tone: a WAV file, mono, 16 bits, 22,050 samples a second."""
    times = (number / _RATE for number in range(round(_RATE * _LENGTH_S)))
    levels = (_LOUDNESS * math.exp(-at / _DECAY_S) * math.sin(2 * math.pi * _PITCH_HZ * at) for at in times)
    samples = b"".join(struct.pack("<h", round(level * 32767)) for level in levels)
    file = BytesIO()
    with wave.open(file, "wb") as written:
        written.setnchannels(1)
        written.setsampwidth(2)
        written.setframerate(_RATE)
        written.writeframes(samples)
    return file.getvalue()
