"""What a folder adds to the promises of every object store: atomic writes, and no way out of it."""

from __future__ import annotations

import errno
import os
import re
import stat
from pathlib import Path
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from noseprint import disk
from noseprint.errors import ErrorCode, NoseprintError
from noseprint.sync.local_store import LocalStore, escaped
from tests.support.striking_disk import counting, deadly, survives

DID = "did:ethr:besu:0x" + "0a" * 20
KEY = f"nose-print-photo/{DID}/image_1.jpg"


@pytest.fixture
def store(tmp_path: Path) -> LocalStore:
    return LocalStore(tmp_path / "data" / "store", escape_names=False)


def root(tmp_path: Path) -> Path:
    return tmp_path / "data" / "store"


def code_of(caught: pytest.ExceptionInfo[NoseprintError]) -> ErrorCode:
    return caught.value.code


def files_below(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def test_a_key_is_a_path_as_it_stands(tmp_path: Path, store: LocalStore) -> None:
    store.put(KEY, b"nose", "image/jpeg")
    assert files_below(root(tmp_path)) == [KEY]
    assert (root(tmp_path) / KEY).read_bytes() == b"nose"


def test_on_windows_a_key_is_a_path_that_it_accepts(tmp_path: Path) -> None:
    LocalStore(tmp_path, escape_names=True).put(KEY, b"nose", "image/jpeg")
    encoded = "0x" + "0a" * 20
    assert files_below(tmp_path) == [f"nose-print-photo/did%3Aethr%3Abesu%3A{encoded}/image_1.jpg"]


@pytest.mark.parametrize(
    ("part", "name"),
    [
        ("a:b", "a%3Ab"),
        ("100%", "100%25"),
        ("end.", "end%2E"),
        ("end ", "end%20"),
        ("CON", "%43ON"),
        ("nul.txt", "%6Eul.txt"),
        ("console", "console"),
        ('<>"|?*', "%3C%3E%22%7C%3F%2A"),
    ],
)
def test_what_windows_refuses_in_a_name_is_encoded(part: str, name: str) -> None:
    assert escaped(part) == name


@given(st.text(alphabet=st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="/\\"), min_size=1))
def test_an_encoded_name_is_accepted_and_leads_back(part: str) -> None:
    name = escaped(part)
    assert unquote(name) == part
    assert not re.search(r'[<>:"|?*]|[. ]$', name)


def test_a_foreign_name_that_no_key_has_is_not_listed(tmp_path: Path) -> None:
    store = LocalStore(tmp_path, escape_names=True)
    store.put("a:b", b"x", "image/jpeg")
    (tmp_path / "a%2Dd").touch()
    assert list(store.keys("")) == ["a:b"]


def test_leftovers_of_a_write_that_was_cut_off_are_never_listed(tmp_path: Path, store: LocalStore) -> None:
    store.put(KEY, b"nose", "image/jpeg")
    (root(tmp_path) / KEY).with_name(".noseprint-part-0123").write_bytes(b"half")
    assert list(store.keys("")) == [KEY]


@pytest.mark.parametrize("step", ["fsync", "replace"])
def test_a_write_that_fails_leaves_the_old_object_and_nothing_else(
    tmp_path: Path, store: LocalStore, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    store.put(KEY, b"old", "image/jpeg")

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    target = "os.fsync" if step == "fsync" else "pathlib.Path.replace"
    monkeypatch.setattr(target, full)
    with pytest.raises(NoseprintError, match="No space left on device") as caught:
        store.put(KEY, b"new", "image/jpeg")
    assert code_of(caught) is ErrorCode.STORAGE_CONNECTION_ERROR
    assert store.get(KEY) == b"old"
    assert files_below(root(tmp_path)) == [KEY]


def test_a_write_that_was_killed_anywhere_leaves_nothing_once_it_is_swept(tmp_path: Path) -> None:
    points: list[str] = []
    LocalStore(tmp_path / "counted", disk=counting(points)).put("pets/1.jpg", b"content", "image/jpeg")
    for at in range(len(points)):
        folder = tmp_path / str(at)
        store = LocalStore(folder, disk=deadly(at))
        assert not survives(lambda store=store: store.put("pets/1.jpg", b"content", "image/jpeg"))
        LocalStore(folder).sweep()
        assert files_below(folder) in ([], ["pets/1.jpg"])
    LocalStore(tmp_path / "none").sweep()


def test_content_is_on_the_disk_before_its_name_and_the_names_before_the_return(
    store: LocalStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps: list[str] = []
    fsync, replace = os.fsync, Path.replace

    def noting_fsync(handle: int) -> None:
        steps.append("folder" if stat.S_ISDIR(os.fstat(handle).st_mode) else "file")
        fsync(handle)

    def noting_replace(source: Path, target: Path) -> Path:
        steps.append("name")
        return replace(source, target)

    store.put("pet/a", b"x", "image/jpeg")
    monkeypatch.setattr("os.fsync", noting_fsync)
    monkeypatch.setattr("pathlib.Path.replace", noting_replace)
    store.put("pet/b", b"x", "image/jpeg")
    assert steps == ["file", "name", "folder"]
    steps.clear()
    store.put("new/deep/c", b"x", "image/jpeg")
    assert steps == ["folder", "folder", "file", "name", "folder"]


def test_where_folders_cannot_be_opened_names_are_left_to_the_journal(
    store: LocalStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.put("a", b"x", "image/jpeg")
    monkeypatch.setattr(disk, "_FLUSH_FOLDERS", False)
    monkeypatch.setattr("os.open", None)
    store.delete("a")
    assert not store.exists("a")


def test_a_link_out_of_the_folder_is_followed_by_nothing(tmp_path: Path, store: LocalStore) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "secret").write_text("secret")
    store.put("pet/a", b"x", "image/jpeg")
    (root(tmp_path) / "way").symlink_to(outside, target_is_directory=True)
    (root(tmp_path) / "file").symlink_to(outside / "secret")
    for key in "way/secret", "way/new", "file":
        for call in (
            lambda key=key: store.get(key),
            lambda key=key: store.put(key, b"overwritten", "image/jpeg"),
            lambda key=key: store.exists(key),
            lambda key=key: store.delete(key),
        ):
            with pytest.raises(NoseprintError, match="leads out") as caught:
                call()
            assert code_of(caught) is ErrorCode.STORAGE_CONNECTION_ERROR
    assert list(store.keys("")) == ["pet/a"]
    with pytest.raises(NoseprintError, match="leads out"):
        store.keys("way/")
    assert files_below(outside) == ["secret"]
    assert (outside / "secret").read_text() == "secret"


def test_the_folder_itself_may_be_reached_through_a_link(tmp_path: Path) -> None:
    (tmp_path / "disk").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "disk", target_is_directory=True)
    store = LocalStore(tmp_path / "link")
    store.put("a/b", b"x", "image/jpeg")
    assert list(store.keys("a/")) == ["a/b"]


def test_a_link_that_turns_in_a_circle_holds_no_object(tmp_path: Path, store: LocalStore) -> None:
    store.check()
    (root(tmp_path) / "loop").symlink_to(root(tmp_path) / "loop")
    assert not store.exists("loop")
    assert list(store.keys("")) == []


def test_a_key_below_an_object_holds_none_and_cannot_be_written(store: LocalStore) -> None:
    store.put("pet", b"x", "image/jpeg")
    assert not store.exists("pet/a")
    assert list(store.keys("pet/")) == []
    with pytest.raises(NoseprintError) as caught:
        store.put("pet/a", b"x", "image/jpeg")
    assert code_of(caught) is ErrorCode.STORAGE_CONNECTION_ERROR


def test_deleting_a_folder_of_objects_deletes_none(store: LocalStore) -> None:
    store.put("pet/a", b"x", "image/jpeg")
    store.delete("pet")
    assert store.exists("pet/a")


def test_a_folder_that_is_not_there_yet_is_an_empty_store(tmp_path: Path, store: LocalStore) -> None:
    assert list(store.keys("")) == []
    assert not store.exists(KEY)
    store.delete(KEY)
    assert not root(tmp_path).exists()


def test_a_check_makes_the_folder_and_leaves_nothing_in_it(tmp_path: Path, store: LocalStore) -> None:
    store.check()
    assert list(root(tmp_path).iterdir()) == []


def test_a_folder_that_cannot_be_made_fails_the_check(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(NoseprintError, match="cannot use") as caught:
        LocalStore(tmp_path / "file" / "store").check()
    assert code_of(caught) is ErrorCode.STORAGE_CONNECTION_ERROR


def test_a_folder_that_cannot_be_listed_is_an_error_not_an_empty_store(
    store: LocalStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.put("pet/a", b"x", "image/jpeg")

    def denied(*_: object) -> None:
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr("os.scandir", denied)
    with pytest.raises(NoseprintError, match="Permission denied"):
        store.keys("")


def test_an_object_that_cannot_be_read_is_an_error_not_a_missing_one(
    store: LocalStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.put(KEY, b"x", "image/jpeg")

    def broken(*_: object) -> None:
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr("pathlib.Path.read_bytes", broken)
    with pytest.raises(NoseprintError, match="Input/output error") as caught:
        store.get(KEY)
    assert code_of(caught) is ErrorCode.STORAGE_CONNECTION_ERROR


def test_an_object_that_vanishes_while_it_is_read_is_a_missing_one(
    store: LocalStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.put(KEY, b"x", "image/jpeg")

    def vanished(*_: object) -> None:
        raise FileNotFoundError(errno.ENOENT, "No such file or directory")

    monkeypatch.setattr("pathlib.Path.read_bytes", vanished)
    with pytest.raises(NoseprintError) as caught:
        store.get(KEY)
    assert code_of(caught) is ErrorCode.OBJECT_NOT_FOUND
