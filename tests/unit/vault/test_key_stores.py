from __future__ import annotations

import errno
import os
from typing import TYPE_CHECKING

import pytest

from noseprint.errors import ErrorCode, NoseprintError
from noseprint.settings import Secret
from noseprint.vault.key_ring import KeyRing
from noseprint.vault.key_stores import KeyFile, KeysInEntries, KeysInEnvironment

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


class Killed(BaseException):
    """What a killed process does: nothing after it runs."""


class Keyring:
    """Entries in memory; a change can be the last that a process makes, or keep a part of what it was given."""

    def __init__(self) -> None:
        self.entries: dict[str, str] = {}
        self.changes = 10**6
        self.cuts_longer_than = 10**6

    def read(self, name: str) -> Secret | None:
        return Secret(self.entries[name]) if self.entries.get(name) else None

    def write(self, name: str, text: Secret) -> bool:
        self._change()
        self.entries[name] = text.reveal()[: self.cuts_longer_than]
        return True

    def remove(self, name: str) -> None:
        self._change()
        self.entries.pop(name, None)

    def _change(self) -> None:
        self.changes -= 1
        if self.changes < 0:
            raise Killed


def test_a_keyring_gives_back_what_it_keeps_and_has_one_entry() -> None:
    keyring = Keyring()
    store = KeysInEntries(keyring, "a keyring")
    assert store.read() is None
    for text in ("first", "second"):
        assert store.keep(Secret(text))
        kept = store.read()
        assert kept is not None
        assert kept.reveal() == text
    assert len(keyring.entries) == 1


def test_a_keyring_that_keeps_a_part_of_longer_keys_has_the_former_ones_still() -> None:
    keyring, ring = Keyring(), KeyRing.generate()
    store = KeysInEntries(keyring, "a keyring")
    assert store.keep(ring.written())
    keyring.cuts_longer_than = len(ring.written().reveal()) + 5
    before = dict(keyring.entries)
    assert not store.keep(ring.rotated().written())
    kept = store.read()
    assert kept is not None
    assert kept.reveal() == ring.written().reveal()
    assert before.items() <= keyring.entries.items()


def test_a_change_of_keys_that_is_killed_anywhere_loses_none() -> None:
    ring = KeyRing.generate()
    changed, points = ring.rotated(), 0
    killed = True
    while killed:
        keyring = Keyring()
        store = KeysInEntries(keyring, "a keyring")
        store.keep(ring.written())
        keyring.changes = points
        try:
            store.keep(changed.written())
        except Killed:
            points += 1
        else:
            killed = False
        keyring.changes = 10**6
        kept = store.read()
        assert kept is not None
        assert set(ring.key_ids) <= set(KeyRing.parse(kept, store.place).key_ids)
        assert store.keep(changed.written())
        assert len(keyring.entries) == 1
    assert points == 3


def test_keys_whose_entry_was_lost_in_a_change_are_found_beside_it() -> None:
    keyring = Keyring()
    store = KeysInEntries(keyring, "a keyring")
    store.keep(Secret("first"))
    keyring.changes = 2
    with pytest.raises(Killed):
        store.keep(Secret("second"))
    keyring.entries["master-keys"] = ""
    kept = store.read()
    assert kept is not None
    assert kept.reveal() == "second"
