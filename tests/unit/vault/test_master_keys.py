from __future__ import annotations

import base64
import errno
import logging
import os
import threading
from pathlib import Path

import pytest

from noseprint.errors import ErrorCode, NoseprintError
from noseprint.settings import Secret, Settings
from noseprint.vault.key_ring import KeyRing
from noseprint.vault.key_stores import KeyFile, KeysInEnvironment
from noseprint.vault.master_keys import MasterKeys, default_key_file
from tests.support.striking_disk import StrikingDisk, counting, deadly, survives


class PretendedKeyring:
    """A keyring in memory, or one that keeps nothing, or one that says it did."""

    place = "the pretended keyring"

    def __init__(self, kind: str = "working") -> None:
        self.kind = kind
        self.kept: Secret | None = None

    def read(self) -> Secret | None:
        return self.kept

    def keep(self, keys: Secret) -> bool:
        if self.kind == "working":
            self.kept = keys
        return self.kind != "locked"


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home of the test's own, so that no key of the developer's is found or made."""
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "home" / "config"))
    return tmp_path / "home"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data_dir=tmp_path / "data", master_key_file=str(tmp_path / "keys" / "master.key"))


def key_file(tmp_path: Path) -> Path:
    return tmp_path / "keys" / "master.key"


def in_base64(secret: bytes) -> Secret:
    return Secret(base64.b64encode(secret).decode())


class TestTheFirstStart:
    def test_makes_a_key_that_every_later_start_finds(self, settings: Settings, tmp_path: Path) -> None:
        made = MasterKeys.of(settings).open()
        assert MasterKeys.of(settings).open().key_ids == made.key_ids
        assert key_file(tmp_path).read_text() == made.written().reveal()

    def test_keeps_the_key_in_a_keyring_that_works(self, tmp_path: Path, home: Path) -> None:
        keyring = PretendedKeyring()
        made = MasterKeys.of(Settings(data_dir=tmp_path / "data"), keyring).open()
        assert keyring.kept is not None
        assert keyring.kept.reveal() == made.written().reveal()
        assert not [path for path in home.rglob("*") if path.name == "master.key"]

    @pytest.mark.parametrize("kind", ["locked", "swallowing"])
    def test_keeps_the_key_in_a_file_where_the_keyring_does_not(self, tmp_path: Path, home: Path, kind: str) -> None:
        keys = MasterKeys.of(Settings(data_dir=tmp_path / "data"), PretendedKeyring(kind))
        made = keys.open()
        assert default_key_file().is_relative_to(home)
        assert default_key_file().read_text() == made.written().reveal()
        assert keys.place() == str(default_key_file())

    def test_says_once_where_the_key_is_and_not_what_it_is(
        self, settings: Settings, tmp_path: Path, caplog: pytest.LogCaptureFixture
    ) -> None:
        caplog.set_level(logging.DEBUG)
        made = MasterKeys.of(settings).open()
        MasterKeys.of(settings).open()
        (line,) = caplog.records
        assert vars(line)["facts"] == {"key_id": made.current.key_id, "kept_in": str(key_file(tmp_path))}
        assert made.written().reveal().strip() not in repr(vars(line))

    def test_removes_what_a_killed_start_did_not_finish_writing(self, settings: Settings, tmp_path: Path) -> None:
        unfinished = key_file(tmp_path).with_name(".noseprint-part-1")
        unfinished.parent.mkdir(parents=True, exist_ok=True)
        unfinished.write_text("half of a key")
        MasterKeys.of(settings).open()
        assert not unfinished.exists()

    def test_by_many_at_once_ends_with_one_key(self, settings: Settings) -> None:
        found: list[tuple[str, ...]] = []
        ready = threading.Barrier(8)

        def start() -> None:
            ready.wait()
            found.append(MasterKeys.of(settings).open().key_ids)

        threads = [threading.Thread(target=start) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(found) == 8
        assert len(set(found)) == 1

    def test_of_another_process_meanwhile_gives_its_key(self, settings: Settings) -> None:
        """The other process makes its key between our first look and our taking of the lock."""
        others: list[str] = []

        def start_another(point: str) -> None:
            if point == "before mkdir" and not others:
                others.append(point)
                assert survives(lambda: MasterKeys.of(settings).open())

        ring = MasterKeys.of(settings, disk=StrikingDisk(start_another)).open()
        assert others
        assert MasterKeys.of(settings).open().key_ids == ring.key_ids

    def test_that_is_killed_anywhere_leaves_one_key_or_none(self, tmp_path: Path) -> None:
        points: list[str] = []
        MasterKeys.of(self.settings(tmp_path / "counted"), disk=counting(points)).open()
        assert len(points) > 10
        for at in range(len(points)):
            settings = self.settings(tmp_path / str(at))
            assert not survives(lambda at=at, settings=settings: MasterKeys.of(settings, disk=deadly(at)).open())
            left = Path(settings.master_key_file)
            kept = left.read_text() if left.exists() else None
            ring = MasterKeys.of(settings).open()
            assert kept in {None, ring.written().reveal()}
            assert MasterKeys.of(settings).open().key_ids == ring.key_ids

    def test_on_a_full_disk_is_refused_and_leaves_no_key(self, settings: Settings, tmp_path: Path) -> None:
        def full(point: str) -> None:
            if point == "before flush":
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

        with pytest.raises(NoseprintError) as caught:
            MasterKeys.of(settings, disk=StrikingDisk(full)).open()
        assert caught.value.code is ErrorCode.DISK_FULL
        assert not key_file(tmp_path).exists()

    @staticmethod
    def settings(folder: Path) -> Settings:
        return Settings(data_dir=folder / "data", master_key_file=str(folder / "keys" / "master.key"))


class TestWhereContentIsSealedAlready:
    def test_no_new_key_takes_the_place_of_a_lost_one(self, settings: Settings, tmp_path: Path) -> None:
        lost = KeyRing.generate().current.key_id
        with pytest.raises(NoseprintError) as caught:
            MasterKeys.of(settings).open(in_use={lost})
        assert caught.value.code is ErrorCode.MASTER_KEY_MISSING
        assert caught.value.facts == {"key_id": lost}
        assert str(key_file(tmp_path)) in caught.value.detail
        assert not key_file(tmp_path).exists()

    def test_another_key_is_not_taken_for_the_lost_one(self, settings: Settings) -> None:
        MasterKeys.of(settings).open()
        lost = KeyRing.generate().current.key_id
        with pytest.raises(NoseprintError) as caught:
            MasterKeys.of(settings).open(in_use={lost})
        assert caught.value.facts == {"key_id": lost}

    def test_former_keys_count(self, settings: Settings) -> None:
        former = MasterKeys.of(settings).open().current.key_id
        MasterKeys.of(settings).rotate()
        assert former in MasterKeys.of(settings).open(in_use={former}).key_ids


class TestPlaces:
    def test_the_environment_comes_first(self, settings: Settings, tmp_path: Path) -> None:
        MasterKeys.of(settings).open()
        given = Settings(
            data_dir=settings.data_dir, master_key=in_base64(bytes(32)), master_key_file=settings.master_key_file
        )
        keys = MasterKeys.of(given, PretendedKeyring())
        assert keys.open().written().reveal().strip() == in_base64(bytes(32)).reveal()
        assert keys.place() == "NOSEPRINT_MASTER_KEY"
        assert key_file(tmp_path).exists()

    def test_a_file_that_is_set_comes_before_the_keyring(self, settings: Settings, tmp_path: Path) -> None:
        keyring = PretendedKeyring()
        MasterKeys.of(settings, keyring).open()
        assert keyring.kept is None
        assert key_file(tmp_path).exists()

    def test_a_key_that_was_made_while_the_keyring_was_locked_is_found_later(self, tmp_path: Path) -> None:
        settings = Settings(data_dir=tmp_path / "data")
        made = MasterKeys.of(settings, PretendedKeyring("locked")).open()
        assert MasterKeys.of(settings, PretendedKeyring()).open().key_ids == made.key_ids

    def test_nothing_is_made_by_asking_for_the_place(self, settings: Settings, tmp_path: Path) -> None:
        assert MasterKeys.of(settings).place() == ""
        assert not key_file(tmp_path).exists()

    @pytest.mark.parametrize("name", ["data/master.key", "data/keys/master.key", "link/master.key"])
    def test_a_key_may_not_lie_beside_what_it_locks(self, tmp_path: Path, name: str) -> None:
        (tmp_path / "data").mkdir()
        (tmp_path / "link").symlink_to(tmp_path / "data")
        settings = Settings(data_dir=tmp_path / "data", master_key_file=str(tmp_path / name))
        with pytest.raises(NoseprintError, match="data folder") as caught:
            MasterKeys.of(settings)
        assert caught.value.code is ErrorCode.SETTINGS_INVALID

    def test_a_file_without_keys_is_refused_and_stays(self, settings: Settings, tmp_path: Path) -> None:
        key_file(tmp_path).parent.mkdir()
        key_file(tmp_path).touch(0o600)
        with pytest.raises(NoseprintError) as caught:
            MasterKeys.of(settings).open()
        assert caught.value.code is ErrorCode.SETTINGS_INVALID
        assert key_file(tmp_path).read_bytes() == b""


class TestRotation:
    def test_is_kept_with_the_former_keys(self, settings: Settings) -> None:
        former = MasterKeys.of(settings).open()
        rotated = MasterKeys.of(settings).rotate()
        assert rotated.key_ids[1:] == former.key_ids
        assert MasterKeys.of(settings).open().key_ids == rotated.key_ids

    def test_in_a_keyring_stays_there(self, tmp_path: Path) -> None:
        keyring = PretendedKeyring()
        keys = MasterKeys.of(Settings(data_dir=tmp_path / "data"), keyring)
        keys.open()
        assert keys.rotate().key_ids == keys.open().key_ids
        assert keys.place() == keyring.place

    def test_of_several_at_once_loses_no_key(self, settings: Settings) -> None:
        first = MasterKeys.of(settings).open()
        threads = [threading.Thread(target=MasterKeys.of(settings).rotate) for _ in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        ring = MasterKeys.of(settings).open()
        assert len(set(ring.key_ids)) == 7
        assert ring.oldest.key_id == first.current.key_id

    def test_that_is_killed_anywhere_leaves_the_former_ring_or_the_new_one(self, settings: Settings) -> None:
        MasterKeys.of(settings).open()
        points: list[str] = []
        MasterKeys.of(settings, disk=counting(points)).rotate()
        for at in range(len(points)):
            before = MasterKeys.of(settings).open().key_ids
            assert not survives(lambda at=at: MasterKeys.of(settings, disk=deadly(at)).rotate())
            after = MasterKeys.of(settings).open().key_ids
            assert after[-len(before) :] == before
            assert len(after) - len(before) in {0, 1}

    def test_of_keys_from_the_environment_is_left_to_whoever_set_them(self, tmp_path: Path) -> None:
        keys = MasterKeys([KeysInEnvironment(in_base64(bytes(32)))], tmp_path / "lock")
        with pytest.raises(NoseprintError, match="NOSEPRINT_MASTER_KEY") as caught:
            keys.rotate()
        assert caught.value.code is ErrorCode.SETTINGS_INVALID

    def test_of_no_key_is_refused(self, tmp_path: Path) -> None:
        with pytest.raises(NoseprintError) as caught:
            MasterKeys([KeyFile(tmp_path / "none")], tmp_path / "lock").rotate()
        assert caught.value.code is ErrorCode.MASTER_KEY_MISSING


def test_the_default_file_is_apart_from_the_default_data_folder() -> None:
    """Windows has one place for data and configuration; a name of its own keeps the key out of it."""
    assert default_key_file().parent.name == "noseprint-keys"


def test_nowhere_to_keep_a_key_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(NoseprintError) as caught:
        MasterKeys([PretendedKeyring("locked")], tmp_path / "lock").open()
    assert caught.value.code is ErrorCode.MASTER_KEY_MISSING
    assert "the pretended keyring" in caught.value.detail
