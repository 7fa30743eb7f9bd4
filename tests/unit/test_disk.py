from __future__ import annotations

import errno
import fcntl
import os
import signal
import threading
import time
from typing import TYPE_CHECKING

import pytest

from noseprint import disk as disk_module
from noseprint.disk import PART_PREFIX, Disk, _patiently, exclusive, locked, shared
from noseprint.errors import ErrorCode, NoseprintError
from tests.support.striking_disk import StrikingDisk, counting, deadly, survives

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

WRITE_POINTS = [
    "before create",
    "after create",
    "before fill",
    "within fill",
    "after fill",
    "before flush",
    "after flush",
    "before rename",
    "after rename",
    "before flush_folder",
    "after flush_folder",
]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "file"


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


def failing(at: str, number: int) -> StrikingDisk:
    def strike(point: str) -> None:
        if point == at:
            raise OSError(number, os.strerror(number))

    return StrikingDisk(strike)


def test_a_file_is_written_and_replaced_whole(file: Path) -> None:
    Disk().write(file, b"old")
    Disk().write(file, b"new and longer")
    assert file.read_bytes() == b"new and longer"
    assert list(file.parent.iterdir()) == [file]


def test_files_and_folders_belong_to_their_owner_alone(file: Path) -> None:
    folder = file.parent / "a" / "b"
    before = os.umask(0)
    try:
        Disk().make_folder(folder)
        Disk().write(folder / "file", b"x")
    finally:
        os.umask(before)
    assert (mode(folder), mode(folder.parent), mode(folder / "file")) == (0o700, 0o700, 0o600)


def test_content_is_on_the_disk_before_its_name_and_its_name_before_the_return(file: Path) -> None:
    points: list[str] = []
    counting(points).write(file, b"content")
    assert points == WRITE_POINTS


def test_a_removal_is_on_the_disk_before_the_return(file: Path) -> None:
    file.touch()
    points: list[str] = []
    counting(points).remove(file)
    assert points == ["before unlink", "after unlink", "before flush_folder", "after flush_folder"]
    assert not file.exists()


def test_removing_what_is_not_there_is_fine(file: Path) -> None:
    Disk().remove(file)


def test_each_new_folder_is_on_the_disk_before_the_next_one(tmp_path: Path) -> None:
    flushed: list[Path] = []

    class Noting(Disk):
        def flush_folder(self, folder: Path) -> None:
            flushed.append(folder)

    Noting().make_folder(tmp_path / "a" / "b")
    Noting().make_folder(tmp_path / "a" / "b")
    assert flushed == [tmp_path, tmp_path / "a"]


@pytest.mark.parametrize("at", range(len(WRITE_POINTS)), ids=WRITE_POINTS)
def test_a_process_that_is_killed_leaves_the_old_file_or_the_new_one(file: Path, at: int) -> None:
    Disk().write(file, b"the old content")
    assert not survives(lambda: deadly(at).write(file, b"the new content, longer"))
    renamed = at >= WRITE_POINTS.index("after rename")
    assert file.read_bytes() == (b"the new content, longer" if renamed else b"the old content")
    left = [path for path in file.parent.iterdir() if path != file]
    assert all(path.name.startswith(PART_PREFIX) and mode(path) == 0o600 for path in left)
    Disk().write(file, b"the next content")
    assert file.read_bytes() == b"the next content"


@pytest.mark.parametrize("point", ["before create", "before fill", "within fill", "before flush", "before rename"])
def test_a_write_that_fails_leaves_the_old_file_and_nothing_else(file: Path, point: str) -> None:
    Disk().write(file, b"old")
    with pytest.raises(NoseprintError):
        failing(point, errno.ENOSPC).write(file, b"new")
    assert file.read_bytes() == b"old"
    assert list(file.parent.iterdir()) == [file]


@pytest.mark.parametrize(
    ("number", "code"),
    [
        (errno.ENOSPC, ErrorCode.DISK_FULL),
        (errno.EDQUOT, ErrorCode.DISK_FULL),
        (errno.EROFS, ErrorCode.FOLDER_NOT_USABLE),
        (errno.EACCES, ErrorCode.FOLDER_NOT_USABLE),
        (errno.EIO, ErrorCode.FOLDER_NOT_USABLE),
    ],
    ids=errno.errorcode.get,
)
@pytest.mark.parametrize("action", ["write", "remove", "make_folder"])
def test_a_disk_that_refuses_has_a_code_and_names_the_folder(
    tmp_path: Path, action: str, number: int, code: ErrorCode
) -> None:
    broken = failing(
        {"write": "before flush", "remove": "before unlink", "make_folder": "before mkdir"}[action], number
    )
    path = tmp_path / "new"
    with pytest.raises(NoseprintError) as caught:
        broken.write(path, b"x") if action == "write" else getattr(broken, action)(path)
    assert caught.value.code is code
    assert caught.value.facts == {"path": path if action == "make_folder" else tmp_path}
    assert caught.value.detail == os.strerror(number)
    assert caught.value.retryable == (code is ErrorCode.DISK_FULL)


def test_a_folder_that_is_gone_has_a_code(tmp_path: Path) -> None:
    with pytest.raises(NoseprintError) as caught:
        Disk().write(tmp_path / "gone" / "file", b"x")
    assert caught.value.code is ErrorCode.FOLDER_NOT_USABLE


def test_where_folders_cannot_be_opened_names_are_left_to_the_journal(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(disk_module, "_FLUSH_FOLDERS", False)
    file.touch()
    monkeypatch.setattr("os.open", None)
    Disk().remove(file)
    assert not file.exists()


def test_a_second_instance_on_a_folder_is_refused_at_once(tmp_path: Path) -> None:
    with exclusive(tmp_path):
        began = time.monotonic()
        with pytest.raises(NoseprintError) as caught, exclusive(tmp_path):
            pytest.fail("two instances")
        assert time.monotonic() - began < 1
    assert caught.value.code is ErrorCode.ALREADY_RUNNING
    assert caught.value.facts == {"path": tmp_path}


def test_two_folders_may_have_an_instance_each(tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    with exclusive(tmp_path), exclusive(tmp_path / "other"):
        pass


def test_a_folder_is_free_after_an_instance_left_it(tmp_path: Path) -> None:
    with pytest.raises(KeyError), exclusive(tmp_path):
        raise KeyError
    with exclusive(tmp_path):
        pass


def test_a_folder_is_free_after_its_instance_was_killed(tmp_path: Path) -> None:
    def run_until_killed() -> None:
        with exclusive(tmp_path):
            os.kill(os.getpid(), signal.SIGKILL)

    assert not survives(run_until_killed)
    with exclusive(tmp_path):
        pass


def test_another_process_cannot_take_a_folder_in_use(tmp_path: Path) -> None:
    refused = tmp_path / "refused"

    def try_it() -> None:
        try:
            with exclusive(tmp_path):
                pass
        except NoseprintError:
            refused.touch()

    with exclusive(tmp_path):
        survives(try_it)
    assert refused.exists()


def test_many_share_a_folder_and_nobody_has_it_alone_meanwhile(tmp_path: Path) -> None:
    with shared(tmp_path):
        with shared(tmp_path):
            pass
        with pytest.raises(NoseprintError) as caught, exclusive(tmp_path):
            pytest.fail("alone among others")
    assert caught.value.code is ErrorCode.ALREADY_RUNNING
    with exclusive(tmp_path):
        pass


def test_nobody_comes_into_a_folder_that_someone_has_alone(tmp_path: Path) -> None:
    with exclusive(tmp_path), pytest.raises(NoseprintError) as caught, shared(tmp_path):
        pytest.fail("not alone")
    assert caught.value.code is ErrorCode.ALREADY_RUNNING
    assert caught.value.facts == {"path": tmp_path}


def test_another_process_that_shares_a_folder_keeps_it_until_it_is_killed(tmp_path: Path) -> None:
    inside, told = os.pipe()
    child = os.fork()
    if not child:
        with shared(tmp_path):
            os.write(told, b"in")
            signal.pause()
    assert os.read(inside, 2) == b"in"
    try:
        with pytest.raises(NoseprintError) as caught, exclusive(tmp_path):
            pytest.fail("alone among others")
    finally:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        os.close(inside)
        os.close(told)
    assert caught.value.code is ErrorCode.ALREADY_RUNNING
    with exclusive(tmp_path):
        pass


def test_a_lock_counts_in_the_folder_that_has_the_name_now(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A restore puts another folder in the place of the one in which the lock's file was opened."""
    folder = tmp_path / "data"
    folder.mkdir()
    real = disk_module._try_share

    def moved_meanwhile(handle: int) -> bool:
        if not (tmp_path / "former").exists():
            folder.rename(tmp_path / "former")
            folder.mkdir()
            (folder / disk_module.INSTANCE_LOCK).touch()
        return real(handle)

    monkeypatch.setattr(disk_module, "_try_share", moved_meanwhile)
    with shared(folder), pytest.raises(NoseprintError), exclusive(folder):
        pytest.fail("alone among others")


class HeldOpenError(PermissionError):
    """What Windows answers for the moments in which a virus scanner has a file open."""

    winerror = 32


def failing_first(times: int, fault: type[PermissionError] = HeldOpenError) -> Callable[[], None]:
    left = iter(range(times))

    def act() -> None:
        if next(left, None) is not None:
            raise fault

    return act


def test_what_another_program_holds_open_for_a_moment_is_tried_again() -> None:
    waited: list[float] = []
    _patiently(failing_first(2), (1.0, 2.0, 3.0), waited.append)
    assert waited == [1.0, 2.0]


def test_what_it_holds_open_for_long_is_given_up() -> None:
    waited: list[float] = []
    with pytest.raises(PermissionError):
        _patiently(failing_first(3), (1.0, 2.0), waited.append)
    assert waited == [1.0, 2.0]


def test_what_is_forbidden_is_not_tried_again() -> None:
    with pytest.raises(PermissionError):
        _patiently(failing_first(1, PermissionError), (1.0,), pytest.fail)


@pytest.mark.parametrize("step", ["replace", "unlink"])
def test_renaming_and_removing_are_patient(file: Path, monkeypatch: pytest.MonkeyPatch, step: str) -> None:
    """On this system with no pause at all: the first refusal is the last."""
    Disk().write(file, b"x")
    tried: list[Callable[[], object]] = []
    monkeypatch.setattr(disk_module, "_patiently", tried.append)
    Disk().rename(file, file.with_name("other")) if step == "replace" else Disk().unlink(file)
    assert file.exists()
    tried[0]()
    assert not file.exists()


def test_a_lock_waits_for_the_other_threads(tmp_path: Path) -> None:
    inside, most = 0, 0

    def work() -> None:
        nonlocal inside, most
        with locked(tmp_path / "lock"):
            inside += 1
            most = max(most, inside)
            time.sleep(0.002)
            inside -= 1

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (inside, most) == (0, 1)


def test_a_lock_that_is_held_for_long_is_given_up(tmp_path: Path) -> None:
    with locked(tmp_path / "lock"), pytest.raises(NoseprintError) as caught, locked(tmp_path / "lock", wait_s=0.02):
        pytest.fail("two inside")
    assert caught.value.code is ErrorCode.ALREADY_RUNNING


def test_a_folder_without_locks_has_a_code(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_locks(*_: object) -> None:
        raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))

    monkeypatch.setattr(fcntl, "flock", no_locks)
    with pytest.raises(NoseprintError) as caught, locked(tmp_path / "lock"):
        pytest.fail("inside without a lock")
    assert caught.value.code is ErrorCode.FOLDER_NOT_USABLE


def test_a_folder_that_is_not_there_cannot_be_locked(tmp_path: Path) -> None:
    with pytest.raises(NoseprintError) as caught, exclusive(tmp_path / "gone"):
        pytest.fail("inside nothing")
    assert caught.value.code is ErrorCode.FOLDER_NOT_USABLE
