from __future__ import annotations

import errno
import os
from typing import TYPE_CHECKING

import pytest

from noseprint.errors import ErrorCode, NoseprintError
from noseprint.settings import Secret
from noseprint.vault.key_stores import KeyFile, KeysInEnvironment

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "keys" / "master.key"


def test_a_file_gives_back_what_it_keeps(file: Path) -> None:
    store = KeyFile(file)
    assert store.read() is None
    assert store.keep(Secret("first\n"))
    assert store.keep(Secret("second\n"))
    kept = store.read()
    assert kept is not None
    assert kept.reveal() == "second\n"
    assert store.place == str(file)


def test_a_file_and_its_folder_belong_to_their_owner_alone(file: Path) -> None:
    KeyFile(file).keep(Secret("x"))
    assert (file.stat().st_mode & 0o777, file.parent.stat().st_mode & 0o777) == (0o600, 0o700)


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604, 0o660, 0o610])
def test_a_file_that_is_open_to_others_is_refused(file: Path, mode: int) -> None:
    KeyFile(file).keep(Secret("the-secret"))
    file.chmod(mode)
    with pytest.raises(NoseprintError, match="chmod 600") as caught:
        KeyFile(file).read()
    assert caught.value.code is ErrorCode.SETTINGS_INVALID
    assert "the-secret" not in str(caught.value)


@pytest.mark.parametrize("mode", [0o600, 0o400])
def test_a_file_that_its_owner_alone_can_read_is_taken(file: Path, mode: int) -> None:
    KeyFile(file).keep(Secret("x"))
    file.chmod(mode)
    assert KeyFile(file).read()


def test_a_link_counts_as_the_file_that_it_leads_to(file: Path, tmp_path: Path) -> None:
    KeyFile(file).keep(Secret("x"))
    (tmp_path / "link").symlink_to(file)
    assert KeyFile(tmp_path / "link").read()
    file.chmod(0o644)
    with pytest.raises(NoseprintError):
        KeyFile(tmp_path / "link").read()


def test_a_file_that_cannot_be_read_is_an_error_and_no_missing_one(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> None:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    monkeypatch.setattr("pathlib.Path.open", broken)
    with pytest.raises(NoseprintError) as caught:
        KeyFile(file).read()
    assert caught.value.code is ErrorCode.FILE_NOT_READABLE
    assert caught.value.facts == {"path": file}


def test_a_file_of_other_things_is_read_for_the_ring_to_refuse(file: Path) -> None:
    file.parent.mkdir()
    file.write_bytes(b"\xff\x00\x80")
    file.chmod(0o600)
    assert KeyFile(file).read()


def test_the_environment_gives_keys_and_keeps_none() -> None:
    assert KeysInEnvironment(Secret("")).read() is None
    store = KeysInEnvironment(Secret("given"))
    assert not store.keep(Secret("other"))
    kept = store.read()
    assert kept is not None
    assert kept.reveal() == "given"
