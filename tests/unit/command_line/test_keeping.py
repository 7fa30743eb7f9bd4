"""A kiosk that crashes is there again; one that cannot start does not try for ever."""

from __future__ import annotations

import itertools

from command_line.keeping import SOON_S, keep_running, start_again


class Program:
    """Ends with these codes, in turn, each after so many seconds."""

    def __init__(self, *codes: int, lasting: float) -> None:
        self._codes = iter(codes)
        self._now = 0.0
        self._lasting = lasting
        self.starts = 0

    def __call__(self) -> int:
        self.starts += 1
        self._now += self._lasting
        return next(self._codes)

    def clock(self) -> float:
        return self._now


def test_what_crashed_is_started_again_until_somebody_ends_it() -> None:
    program = Program(-11, 1, -6, -9, 0, lasting=SOON_S + 1)
    assert keep_running(program, program.clock) == 0
    assert program.starts == 5


def test_what_fails_at_once_is_given_up_with_its_code() -> None:
    program = Program(*itertools.repeat(1, 9), lasting=1.0)
    assert keep_running(program, program.clock) == 1
    assert program.starts == 3


def test_this_program_is_found_again_by_its_own_interpreter() -> None:
    assert start_again(["--version"]) == 0
