from __future__ import annotations

import errno
import os
import threading
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from noseprint.disk import PART_PREFIX, Disk
from noseprint.errors import ErrorCode, NoseprintError
from noseprint.sync.spool import Spool, keys_in_use
from noseprint.vault.key_ring import KeyRing
from noseprint.vault.sealed import key_id_of
from noseprint.vault.vault import Vault
from tests.support.striking_disk import StrikingDisk, counting, deadly, survives

VAULT = Vault(KeyRing.generate())
PHOTO = b"\xff\xd8 a photograph of a nose \xff\xd9" * 20


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "data" / "spool"


@pytest.fixture
def spool(folder: Path) -> Spool:
    return Spool(folder, VAULT)


def code_of(spool: Spool, name: str) -> ErrorCode:
    with pytest.raises(NoseprintError) as caught:
        spool.read(name)
    return caught.value.code


def test_what_was_put_is_read_by_its_name(spool: Spool) -> None:
    names = {content: spool.put(content) for content in (PHOTO, b"", b"x")}
    assert {content: spool.read(name) for content, name in names.items()} == {c: c for c in names}
    assert spool.names() == sorted(names.values())


def test_the_same_content_is_kept_once(spool: Spool, folder: Path) -> None:
    name = spool.put(PHOTO)
    before = (folder / name).read_bytes()
    assert spool.put(PHOTO) == name
    assert spool.names() == [name]
    assert (folder / name).read_bytes() == before


@given(st.binary(max_size=50), st.binary(max_size=50))
def test_names_tell_contents_apart_and_nothing_about_them(one: bytes, other: bytes) -> None:
    names = [Spool(Path(), VAULT)._name_of(content) for content in (one, other)]
    assert (names[0] == names[1]) == (one == other)
    assert Spool(Path(), Vault(KeyRing.generate()))._name_of(one) != names[0]


def test_neither_files_nor_names_show_the_content(spool: Spool, folder: Path) -> None:
    spool.put(PHOTO)
    for file in folder.rglob("*"):
        assert PHOTO[:20] not in file.read_bytes()
        assert file.stat().st_mode & 0o777 == 0o600
    assert folder.stat().st_mode & 0o777 == 0o700


def test_an_unknown_name_has_no_content(spool: Spool) -> None:
    assert code_of(spool, "0" * 64) is ErrorCode.OBJECT_NOT_FOUND
    spool.put(PHOTO)
    assert code_of(spool, "0" * 64) is ErrorCode.OBJECT_NOT_FOUND


@pytest.mark.parametrize("name", ["../secret", "", ".", "/etc/passwd", "0" * 63, "G" * 64, "0" * 64 + "\n"])
def test_no_name_leads_out_of_the_folder(spool: Spool, folder: Path, name: str) -> None:
    spool.put(PHOTO)
    (folder.parent / "secret").write_bytes(b"secret")
    assert code_of(spool, name) is ErrorCode.OBJECT_NOT_FOUND
    spool.drop(name)
    assert (folder.parent / "secret").exists()
    assert len(spool.names()) == 1


def test_a_dropped_content_is_gone_and_may_be_dropped_again(spool: Spool) -> None:
    name = spool.put(PHOTO)
    spool.drop(name)
    spool.drop(name)
    assert spool.names() == []
    assert code_of(spool, name) is ErrorCode.OBJECT_NOT_FOUND


def test_a_spool_that_is_not_there_yet_is_empty(spool: Spool, folder: Path) -> None:
    assert spool.names() == []
    assert spool.sweep(()) == 0
    spool.drop("0" * 64)
    assert not folder.exists()


def test_a_damaged_file_is_told_and_mended_by_its_content(spool: Spool, folder: Path) -> None:
    name = spool.put(PHOTO)
    sealed = (folder / name).read_bytes()
    (folder / name).write_bytes(sealed[:-1])
    assert code_of(spool, name) is ErrorCode.SEALED_DAMAGED
    assert spool.put(PHOTO) == name
    assert spool.read(name) == PHOTO


def test_files_that_changed_places_are_told(spool: Spool, folder: Path) -> None:
    one, other = spool.put(PHOTO), spool.put(b"another photo")
    (folder / one).replace(folder / other)
    assert code_of(spool, other) is ErrorCode.SEALED_DAMAGED


def test_a_missing_key_is_told_and_is_no_missing_file(folder: Path) -> None:
    name = Spool(folder, VAULT).put(PHOTO)
    assert code_of(Spool(folder, Vault(KeyRing.generate())), name) is ErrorCode.MASTER_KEY_MISSING


def test_after_a_change_of_the_key_names_stay_and_files_follow(folder: Path) -> None:
    vault = Vault(VAULT.keys.rotated())
    name = Spool(folder, VAULT).put(PHOTO)
    spool = Spool(folder, vault)
    assert spool.put(PHOTO) == name
    spool.rewrap(name)
    assert key_id_of((folder / name).read_bytes()) == vault.keys.current.key_id
    assert spool.read(name) == PHOTO
    before = (folder / name).stat().st_mtime_ns
    spool.rewrap(name)
    assert (folder / name).stat().st_mtime_ns == before


def test_a_spool_tells_which_key_it_needs_before_there_is_a_vault(spool: Spool, folder: Path) -> None:
    assert keys_in_use(folder) == set()
    with spool.changing():
        (folder / ("0" * 64)).write_bytes(b"damaged")
        assert keys_in_use(folder) == set()
        spool.put(PHOTO)
    assert keys_in_use(folder) == {VAULT.keys.current.key_id}


class TestSweeping:
    def test_removes_what_nobody_mentions(self, spool: Spool) -> None:
        kept, left = spool.put(PHOTO), spool.put(b"left")
        assert spool.sweep({kept, "0" * 64}) == 1
        assert spool.names() == [kept]
        assert code_of(spool, left) is ErrorCode.OBJECT_NOT_FOUND

    def test_removes_what_was_not_finished_and_nothing_of_others(self, spool: Spool, folder: Path) -> None:
        name = spool.put(PHOTO)
        (folder / f"{PART_PREFIX}0123").write_bytes(b"half")
        (folder / "notes.txt").touch()
        with spool.changing():
            assert spool.sweep({name}) == 1
            assert {"notes.txt", name} <= {file.name for file in folder.iterdir()}

    def test_is_on_the_disk_once_for_all_files(self, folder: Path) -> None:
        points: list[str] = []
        spool = Spool(folder, VAULT, counting(points))
        for number in range(5):
            spool.put(bytes([number]))
        points.clear()
        assert spool.sweep(()) == 5
        assert points.count("before unlink") == 5
        assert points[-2:] == ["before flush_folder", "after flush_folder"]
        assert points.count("before flush_folder") == 1
        points.clear()
        assert spool.sweep(()) == 0
        assert points == []


class TestAKillAnywhere:
    def test_while_putting_leaves_the_content_whole_or_not_at_all(self, tmp_path: Path) -> None:
        points: list[str] = []
        Spool(tmp_path / "counted", VAULT, counting(points)).put(PHOTO)
        assert len(points) > 10
        for at in range(len(points)):
            folder = tmp_path / str(at)
            assert not survives(lambda at=at, folder=folder: Spool(folder, VAULT, deadly(at)).put(PHOTO))
            spool = Spool(folder, VAULT)
            assert [spool.read(name) for name in spool.names()] in ([], [PHOTO])
            name = spool.put(PHOTO)
            assert spool.sweep({name}) <= 1
            assert [file.name for file in folder.iterdir()] == [name]

    def test_while_sweeping_removes_nothing_that_is_mentioned(self, tmp_path: Path) -> None:
        for at in range(8):
            folder = tmp_path / str(at)
            kept = Spool(folder, VAULT).put(PHOTO)
            Spool(folder, VAULT).put(b"one")
            Spool(folder, VAULT).put(b"other")
            survives(lambda at=at, folder=folder, kept=kept: Spool(folder, VAULT, deadly(at)).sweep({kept}))
            spool = Spool(folder, VAULT)
            assert spool.read(kept) == PHOTO
            spool.sweep({kept})
            assert spool.names() == [kept]


def test_content_is_on_the_disk_when_its_name_is_given(folder: Path) -> None:
    points: list[str] = []
    Spool(folder, VAULT, counting(points)).put(PHOTO)
    order = [point for point in points if point in {"after flush", "before rename", "after rename"}]
    assert order == ["after flush", "before rename", "after rename"]
    assert points[-1] == "after flush_folder"


def test_content_that_is_there_already_is_made_sure_of(folder: Path) -> None:
    """Whoever put it may have died between naming the file and flushing the folder."""
    points: list[str] = []
    Spool(folder, VAULT).put(PHOTO)
    Spool(folder, VAULT, counting(points)).put(PHOTO)
    assert points == ["before flush_folder", "after flush_folder"]


@pytest.mark.parametrize(
    ("number", "code"),
    [(errno.ENOSPC, ErrorCode.DISK_FULL), (errno.EROFS, ErrorCode.FOLDER_NOT_USABLE)],
    ids=["full", "read-only"],
)
def test_a_disk_that_refuses_loses_nothing(folder: Path, number: int, code: ErrorCode) -> None:
    def refuse(_: str) -> None:
        raise OSError(number, os.strerror(number))

    name = Spool(folder, VAULT).put(PHOTO)
    with pytest.raises(NoseprintError) as caught:
        Spool(folder, VAULT, StrikingDisk(refuse)).put(b"new")
    assert caught.value.code is code
    assert Spool(folder, VAULT).names() == [name]
    assert Spool(folder, VAULT).read(name) == PHOTO


def test_a_folder_that_cannot_be_listed_is_no_empty_spool(spool: Spool, monkeypatch: pytest.MonkeyPatch) -> None:
    spool.put(PHOTO)

    def denied(*_: object) -> None:
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))

    monkeypatch.setattr("pathlib.Path.iterdir", denied)
    for act in (spool.names, lambda: spool.sweep(())):
        with pytest.raises(NoseprintError) as caught:
            act()
        assert caught.value.code is ErrorCode.FOLDER_NOT_USABLE


def test_a_sweep_cannot_come_between_a_put_and_what_mentions_it(folder: Path) -> None:
    """An enrolment from the command line while the kiosk starts: the photo is there before its row is."""
    mentioned: set[str] = set()
    holding = threading.Event()

    def enrol() -> None:
        spool = Spool(folder, VAULT)
        with spool.changing():
            name = spool.put(PHOTO)
            holding.set()
            time.sleep(0.02)
            mentioned.add(name)

    enrolling = threading.Thread(target=enrol)
    enrolling.start()
    holding.wait()
    spool = Spool(folder, VAULT)
    with spool.changing():
        assert spool.sweep(set(mentioned)) == 0
    enrolling.join()
    assert spool.names() == list(mentioned)


def test_many_threads_may_put_the_same_content(folder: Path) -> None:
    names: list[str] = []
    threads = [threading.Thread(target=lambda: names.append(Spool(folder, VAULT).put(PHOTO))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(names) == 8
    assert [file.name for file in folder.iterdir()] == [names[0]]
    assert Spool(folder, VAULT, Disk()).read(names[0]) == PHOTO
