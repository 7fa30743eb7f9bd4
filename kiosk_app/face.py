"""What every widget needs to show itself: the theme and the speaker."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kiosk_app.design.theme import Theme
    from kiosk_app.speech.speaker import Speaker


@dataclass(frozen=True, slots=True)
class Face:
    """How the kiosk looks and speaks."""

    theme: Theme
    speaker: Speaker
