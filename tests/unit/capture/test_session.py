"""The capture of one dog's nose, transition by transition."""

from __future__ import annotations

import pytest

from noseprint.capture.analysis import FrameReport, Meters
from noseprint.capture.camera import Frame
from noseprint.capture.framing import Advice
from noseprint.capture.instructions import Instruction
from noseprint.capture.intake import NO_NOSE, REASONS, REPEATED
from noseprint.capture.quality import Component, Flaw, Quality
from noseprint.capture.session import CaptureRules, CaptureSession
from noseprint.capture.taking import CapturedPhoto
from noseprint.errors import Words
from tests.support.camera_doubles import pixels

PIXELS = pixels()


def report(
    at: float, instruction: Instruction = Instruction.GOOD, *, score: float = 90.0, shows_nose: bool = True
) -> FrameReport:
    quality = Quality((Component(Flaw.BLURRED, 1.0, score),), score)
    return FrameReport(Frame(PIXELS, 1, at), None, shows_nose, Advice.HOLD, quality, Meters(1.0, 1.0, 1.0), instruction)


def photo(number: int, *, from_file: bool = False) -> CapturedPhoto:
    return CapturedPhoto(bytes([number]), 90.0, from_file)


def with_photos(count: int, *, from_file: bool = False, rules: CaptureRules | None = None) -> CaptureSession:
    session = CaptureSession(rules)
    for number in range(count):
        assert session.keep(photo(number, from_file=from_file)) is None
    return session


def let_time_pass(session: CaptureSession, seconds: float, begun: float = 0.0) -> None:
    for step in range(int(seconds * 10) + 1):
        session.see(report(begun + step / 10, Instruction.CLOSER))


def test_a_good_frame_is_asked_for_and_another_is_not() -> None:
    session = CaptureSession()
    assert session.see(report(0.0, Instruction.CLOSER)) is None
    good = report(0.1)
    assert session.see(good) is good


def test_no_other_frame_is_asked_for_while_one_is_being_taken() -> None:
    session = CaptureSession()
    session.see(report(0.0))
    assert session.see(report(5.0)) is None
    session.keep(photo(1))
    assert session.see(report(5.1)) is not None


def test_photos_lie_an_interval_apart() -> None:
    session = CaptureSession()
    session.see(report(0.0))
    session.keep(photo(1))
    assert session.see(report(0.7)) is None
    assert session.see(report(0.8)) is not None


def test_a_frame_that_came_to_nothing_costs_no_interval() -> None:
    session = CaptureSession()
    session.see(report(0.0))
    session.miss()
    assert session.see(report(0.1)) is not None


def test_five_photos_make_it_complete_and_it_says_so_at_once() -> None:
    session = with_photos(4)
    session.see(report(0.0))
    assert not session.may_go_on
    session.keep(photo(5))
    assert session.is_complete
    assert session.may_go_on
    assert session.instruction is Instruction.DONE
    assert session.see(report(10.0)) is None
    assert session.keep(photo(6)) == Words("사진이 다 찼어요", "There are enough photos")


def test_one_photo_is_enough_to_look_a_dog_up() -> None:
    session = with_photos(1, rules=CaptureRules(wanted=1))
    assert session.is_complete
    assert session.minimum == 1


def test_the_same_photo_does_not_count_twice() -> None:
    session = with_photos(1)
    assert session.keep(photo(0)) == REASONS[REPEATED]
    assert len(session.photos) == 1


def test_a_photo_that_was_removed_is_taken_again() -> None:
    session = with_photos(5)
    session.remove(1)
    assert session.photos == (photo(0), photo(2), photo(3), photo(4))
    assert not session.is_complete
    assert session.see(report(0.0)) is not None
    with pytest.raises(IndexError):
        session.remove(7)


def test_beginning_again_takes_all_photos_out_and_keeps_the_tries() -> None:
    session = with_photos(3)
    let_time_pass(session, 61.0)
    session.restart()
    assert session.photos == ()
    assert session.tries_made == 1
    assert session.see(report(61.1)) is not None


def test_instructions_stay_for_a_second() -> None:
    session = CaptureSession()
    session.see(report(0.0, Instruction.CLOSER))
    for number in range(1, 30):
        session.see(report(number / 30, Instruction.MORE_LIGHT))
        assert session.instruction is Instruction.CLOSER
    session.see(report(1.0, Instruction.MORE_LIGHT))
    assert session.instruction is Instruction.MORE_LIGHT


def test_after_three_minutes_a_second_person_may_approve_of_three_photos() -> None:
    session = with_photos(3)
    let_time_pass(session, 179.0)
    assert not session.may_go_on_with_approval
    let_time_pass(session, 2.0, begun=179.1)
    assert session.tries_made == 3
    assert session.may_go_on_with_approval
    assert not session.may_go_on


def test_nobody_may_approve_of_fewer_than_the_minimum() -> None:
    session = with_photos(2)
    let_time_pass(session, 200.0)
    assert not session.may_go_on_with_approval


def test_no_approval_is_asked_for_where_none_is_needed() -> None:
    session = with_photos(4)
    let_time_pass(session, 200.0)
    session.keep(photo(9))
    assert not session.may_go_on_with_approval


def test_time_without_a_picture_is_no_try() -> None:
    session = CaptureSession()
    session.see(report(0.0, Instruction.CLOSER))
    session.see(report(600.0, Instruction.CLOSER))
    assert session.tries_made == 0


def test_the_shutter_takes_what_is_there_though_it_could_be_better() -> None:
    session = CaptureSession()
    present = report(0.0, Instruction.SHARPEN, score=30.0)
    session.see(present)
    assert session.shutter(0.1) is present


def test_the_shutter_says_why_not() -> None:
    session = CaptureSession()
    assert session.shutter(0.0) == Words("카메라 화면이 없어요", "There is no picture")
    session.see(report(0.0, Instruction.SHOW_NOSE, shows_nose=False))
    assert session.shutter(0.1) == REASONS[NO_NOSE]
    session.see(report(0.2, Instruction.SHARPEN, score=10.0))
    assert session.shutter(0.3) == REASONS[Flaw.BLURRED]
    assert session.shutter(1.3) == Words("카메라 화면이 없어요", "There is no picture")
    assert with_photos(5).shutter(0.0) == Words("사진이 다 찼어요", "There are enough photos")


def test_two_photos_from_files_are_enough_and_one_is_not() -> None:
    assert not with_photos(1, from_file=True).may_go_on
    assert with_photos(2, from_file=True).may_go_on
    assert with_photos(2, from_file=True).minimum == 2


def test_photos_of_both_kinds_need_as_many_as_the_camera() -> None:
    session = with_photos(2, from_file=True)
    session.keep(photo(9))
    assert not session.may_go_on
    assert session.minimum == 3
