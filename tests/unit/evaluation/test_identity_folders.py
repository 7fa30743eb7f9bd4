"""What the folder reader promises to whoever sorts photos into folders."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from noseprint.errors import ErrorCode, NoseprintError
from noseprint.evaluation.identity_folders import IdentityPhoto, read_identity_folder

if TYPE_CHECKING:
    from pathlib import Path


def _put(folder: Path, *names: str) -> None:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()


def _read(folder: Path) -> list[tuple[str, str]]:
    return [(photo.identity, photo.path.relative_to(folder).as_posix()) for photo in read_identity_folder(folder)]


def test_sub_folders_are_identities_and_everything_is_sorted(tmp_path: Path) -> None:
    _put(tmp_path, "b/2.png", "b/1.jpg", "a/9.JPEG")

    assert _read(tmp_path) == [("a", "a/9.JPEG"), ("b", "b/1.jpg"), ("b", "b/2.png")]


def test_a_flat_photo_is_an_identity_named_by_its_stem(tmp_path: Path) -> None:
    _put(tmp_path, "a/1.jpg", "rex.jpg")

    assert read_identity_folder(tmp_path)[-1] == IdentityPhoto("rex", tmp_path / "rex.jpg")


def test_two_dogs_of_one_name_never_become_one_identity(tmp_path: Path) -> None:
    _put(tmp_path, "rex/1.jpg", "rex.jpg", "max.jpg", "max.jpg.png", "max.png")

    identities = [identity for identity, _ in _read(tmp_path)]

    assert identities == ["rex", "max", "max.jpg", "max.png", "rex.jpg"]


def test_hidden_entries_other_files_and_deeper_folders_are_left_out(tmp_path: Path) -> None:
    _put(tmp_path, "a/1.jpg", "a/._1.jpg", "a/notes.txt", "a/deeper/2.jpg", ".cache/3.jpg", ".b.png", "README.md")
    (tmp_path / "folder.jpg").mkdir()

    assert _read(tmp_path) == [("a", "a/1.jpg")]


@pytest.mark.parametrize("name", ["absent", "file.jpg", "empty", "only-text"])
def test_a_folder_without_photos_is_refused_with_its_path(tmp_path: Path, name: str) -> None:
    _put(tmp_path, "file.jpg", "only-text/notes.txt")
    (tmp_path / "empty").mkdir()

    with pytest.raises(NoseprintError) as refused:
        read_identity_folder(tmp_path / name)

    assert refused.value.code is ErrorCode.FOLDER_NOT_USABLE
    assert refused.value.facts["path"] == tmp_path / name
    assert name in refused.value.sentence("en")
