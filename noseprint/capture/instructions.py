"""The one thing to do next, in words that people read: what to do, not what is wrong with a number."""

from __future__ import annotations

from collections import Counter, deque
from enum import StrEnum
from typing import Final

from noseprint.capture.framing import Advice
from noseprint.capture.quality import Flaw
from noseprint.errors import Words

CHANGES_EVERY_S: Final = 1.0
"""An instruction stays for so long, or nobody can read it."""

_OPINION_S: Final = 0.4
_DETAIL: Final = frozenset({Flaw.BLURRED, Flaw.SMEARED, Flaw.MOVING})


class Instruction(StrEnum):
    """Everything that the person at the camera may be told."""

    SHOW_NOSE = "show_nose"
    CLOSER = "closer"
    FARTHER = "farther"
    TO_THE_MIDDLE = "to_the_middle"
    STRAIGHTEN = "straighten"
    FACE_CAMERA = "face_camera"
    MORE_LIGHT = "more_light"
    LESS_LIGHT = "less_light"
    LESS_GLARE = "less_glare"
    SIDE_LIGHT = "side_light"
    SHARPEN = "sharpen"
    HOLD_STILL = "hold_still"
    GOOD = "good"
    DONE = "done"

    @property
    def words(self) -> Words:
        """What to say."""
        return _WORDS[self]


_WORDS: Final = {
    Instruction.SHOW_NOSE: Words("강아지 코를 화면에 보여 주세요", "Show the dog's nose"),
    Instruction.CLOSER: Words("조금 더 가까이", "A little closer"),
    Instruction.FARTHER: Words("조금 더 멀리", "A little farther away"),
    Instruction.TO_THE_MIDDLE: Words("코를 화면 가운데로", "Nose to the middle"),
    Instruction.STRAIGHTEN: Words("기울지 않게 똑바로", "Hold it level"),
    Instruction.FACE_CAMERA: Words("코가 정면을 보게 해 주세요", "Turn the nose to the camera"),
    Instruction.MORE_LIGHT: Words("빛이 부족해요 — 조명 쪽으로", "Too dark — move to the light"),
    Instruction.LESS_LIGHT: Words("너무 밝아요 — 조명에서 조금 멀리", "Too bright — away from the light"),
    Instruction.LESS_GLARE: Words("빛이 반사돼요 — 살짝 돌려 주세요", "It glares — turn it a little"),
    Instruction.SIDE_LIGHT: Words("코를 닦고 옆에서 비춰 주세요", "Wipe the nose, light it from the side"),
    Instruction.SHARPEN: Words("흐려요 — 조금 떨어져서 잠깐 멈춰 주세요", "Blurred — a little back, then hold"),
    Instruction.HOLD_STILL: Words("움직이지 않게 잡아 주세요", "Hold still"),
    Instruction.GOOD: Words("좋아요 — 그대로!", "Good — stay like this!"),
    Instruction.DONE: Words("다 찍었어요", "All done"),
}

AGAINST_ADVICE: Final = {
    Advice.NO_NOSE: Instruction.SHOW_NOSE,
    Advice.CLOSER: Instruction.CLOSER,
    Advice.FARTHER: Instruction.FARTHER,
    Advice.LEFT: Instruction.TO_THE_MIDDLE,
    Advice.RIGHT: Instruction.TO_THE_MIDDLE,
    Advice.UP: Instruction.TO_THE_MIDDLE,
    Advice.DOWN: Instruction.TO_THE_MIDDLE,
    Advice.STRAIGHTEN: Instruction.STRAIGHTEN,
    Advice.TURN: Instruction.FACE_CAMERA,
}
"""What to do for each advice but HOLD. Where the middle lies everyone sees, mirrored preview or not."""

AGAINST_FLAW: Final = {
    Flaw.BLURRED: Instruction.SHARPEN,
    Flaw.SMEARED: Instruction.HOLD_STILL,
    Flaw.DARK: Instruction.MORE_LIGHT,
    Flaw.OVEREXPOSED: Instruction.LESS_LIGHT,
    Flaw.GLARING: Instruction.LESS_GLARE,
    Flaw.FLAT: Instruction.SIDE_LIGHT,
    Flaw.SMALL: Instruction.CLOSER,
    Flaw.ROLLED: Instruction.STRAIGHTEN,
    Flaw.TURNED: Instruction.FACE_CAMERA,
    Flaw.MOVING: Instruction.HOLD_STILL,
}
"""What to do about each flaw."""


def instruction_for(advice: Advice, flaws: tuple[Flaw, ...]) -> Instruction:
    """The most useful thing to do.

    Without light nothing else can be seen, so that comes first; then the nose and its place; then what costs most.

    Args:
        advice: from the framing.
        flaws: those that do harm, worst first; none in a good picture.
    """
    if Flaw.DARK in flaws:
        return Instruction.MORE_LIGHT
    if advice is not Advice.HOLD:
        return AGAINST_ADVICE[advice]
    # What is blurred has no relief either, and no light from the side would bring it back.
    told = [flaw for flaw in flaws if not (flaw is Flaw.FLAT and _DETAIL & set(flaws))]
    return AGAINST_FLAW[told[0]] if told else Instruction.GOOD


class SteadyInstruction:
    """Shows what most of the last frames say, and keeps it long enough to be read."""

    def __init__(self) -> None:
        self.shown = Instruction.SHOW_NOSE
        self._since: float | None = None
        self._heard: deque[tuple[float, Instruction]] = deque()

    def hear(self, instruction: Instruction, at: float) -> Instruction:
        """Take note of what one frame says; what is to be shown now."""
        self._heard.append((at, instruction))
        while self._heard[0][0] < at - _OPINION_S:
            self._heard.popleft()
        (wanted, _), *_ = Counter(said for _, said in self._heard).most_common(1)
        if wanted is not self.shown and (self._since is None or at - self._since >= CHANGES_EVERY_S):
            self.shown, self._since = wanted, at
        return self.shown
