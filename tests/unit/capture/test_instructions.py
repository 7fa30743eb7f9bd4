"""The one thing to do next."""

from __future__ import annotations

from itertools import pairwise

import pytest

from noseprint.capture.framing import Advice
from noseprint.capture.instructions import AGAINST_ADVICE, AGAINST_FLAW, Instruction, SteadyInstruction, instruction_for
from noseprint.capture.quality import Flaw


@pytest.mark.parametrize(
    ("advice", "flaws", "instruction"),
    [
        (Advice.HOLD, (), Instruction.GOOD),
        (Advice.NO_NOSE, (), Instruction.SHOW_NOSE),
        (Advice.NO_NOSE, (Flaw.DARK,), Instruction.MORE_LIGHT),
        (Advice.CLOSER, (Flaw.BLURRED, Flaw.DARK), Instruction.MORE_LIGHT),
        (Advice.CLOSER, (Flaw.BLURRED,), Instruction.CLOSER),
        (Advice.LEFT, (Flaw.BLURRED,), Instruction.TO_THE_MIDDLE),
        (Advice.HOLD, (Flaw.TURNED, Flaw.BLURRED), Instruction.FACE_CAMERA),
        (Advice.HOLD, (Flaw.FLAT, Flaw.BLURRED), Instruction.SHARPEN),
        (Advice.HOLD, (Flaw.FLAT,), Instruction.SIDE_LIGHT),
        (Advice.HOLD, (Flaw.MOVING,), Instruction.HOLD_STILL),
    ],
)
def test_the_most_useful_thing_comes_first(advice: Advice, flaws: tuple[Flaw, ...], instruction: Instruction) -> None:
    assert instruction_for(advice, flaws) is instruction


def test_there_is_something_to_do_for_everything() -> None:
    assert set(AGAINST_ADVICE) == set(Advice) - {Advice.HOLD}
    assert set(AGAINST_FLAW) == set(Flaw)


@pytest.mark.parametrize("instruction", Instruction)
def test_every_instruction_is_one_short_sentence_in_both_languages(instruction: Instruction) -> None:
    assert 0 < len(instruction.words.ko) <= 36
    assert 0 < len(instruction.words.en) <= 44


def test_the_first_thing_is_said_at_once() -> None:
    assert SteadyInstruction().hear(Instruction.CLOSER, 10.0) is Instruction.CLOSER


def test_it_changes_at_most_once_a_second() -> None:
    steady = SteadyInstruction()
    changes, shown = [], None
    for number in range(150):
        wanted = (Instruction.CLOSER, Instruction.MORE_LIGHT)[number // 20 % 2]
        if steady.hear(wanted, number / 30) is not shown:
            shown = steady.shown
            changes.append(number / 30)
    assert len(changes) > 2
    assert all(later - sooner >= 1.0 for sooner, later in pairwise(changes))


def test_one_strange_frame_changes_nothing() -> None:
    steady = SteadyInstruction()
    for number in range(60):
        steady.hear(Instruction.SHOW_NOSE if number == 45 else Instruction.CLOSER, number / 30)
        assert steady.shown is Instruction.CLOSER


def test_what_lasts_is_said_within_a_second_and_a_half() -> None:
    steady = SteadyInstruction()
    steady.hear(Instruction.CLOSER, 0.0)
    for number in range(1, 46):
        steady.hear(Instruction.MORE_LIGHT, number / 30)
    assert steady.shown is Instruction.MORE_LIGHT
