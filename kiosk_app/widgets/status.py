"""A part of the kiosk's state: a sign that is never colour alone, and a word; pressing it explains."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from kiosk_app.widgets.buttons import Button

if TYPE_CHECKING:
    from collections.abc import Callable

    from kiosk_app.face import Face
    from noseprint.errors import Words

State = Literal["good", "caution", "bad", "quiet"]
_SIGNS = {"good": "tick", "caution": "hand", "bad": "cross", "quiet": "info"}


class StatusButton(Button):
    """One entry of the status line."""

    def __init__(self, face: Face, words: Words, pressed: Callable[[], object]) -> None:
        self._state: State = "quiet"
        super().__init__(face, words, pressed, "quiet", "info")

    @property
    def state(self) -> State:
        """How things are."""
        return self._state

    def show_state(self, state: State, words: Words) -> None:
        """Say how things are."""
        self._state = state
        self.say(words)
        self.show_icon(_SIGNS[state])

    def _icon_role(self) -> str:
        return self._state
