from __future__ import annotations

import errno
import io
import os
import shutil
import sqlite3
import tarfile
import threading
from contextlib import closing
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from noseprint.disk import Disk, exclusive, locked, shared
from noseprint.errors import ErrorCode, NoseprintError
from noseprint.records import backup as backups
from noseprint.records.backup import Source, back_up, check
from noseprint.records.restore import finish_interrupted, restore
from noseprint.vault.key_ring import KeyRing
from tests.support.clinic_data import NOON, ClinicData, pet
from tests.support.striking_disk import StrikingDisk, counting, deadly, survives
from tests.support.vault import VAULT

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator
    from datetime import datetime
    from pathlib import Path

    from noseprint.records.backup import Backup


@pytest.fixture
def data(tmp_path: Path) -> Iterator[ClinicData]:
    with ClinicData(tmp_path / "data") as clinic:
        yield clinic


@pytest.fixture
def file(tmp_path: Path) -> Path:
    (tmp_path / "stick").mkdir()
    return tmp_path / "stick" / "clinic.backup"


def source(data: ClinicData) -> Source:
    return Source(data.folder / "records.db", data.folder / "spool", data.spool.changing, data.vault.keys.key_ids)


def written(data: ClinicData, file: Path, disk: Disk | None = None) -> Backup:
    return back_up(source(data), file, NOON, disk)


def require(ring: KeyRing) -> Callable[[Collection[str]], object]:
    return lambda ids: [ring.key(key_id) for key_id in ids]


def brought_back(file: Path, folder: Path, disk: Disk | None = None, at: datetime = NOON) -> object:
    return restore(file, folder, require(VAULT.keys), at, disk)


def code_of(act: Callable[[], object]) -> ErrorCode:
    with pytest.raises(NoseprintError) as raised:
        act()
    return raised.value.code


def test_what_was_backed_up_comes_back_on_another_machine(data: ClinicData, file: Path, tmp_path: Path) -> None:
    enrolled = [data.enrol(number) for number in (1, 2)]
    verified = data.verify(1)
    report = written(data, file)
    assert report.lost == ()
    assert report.size == file.stat().st_size
    brought_back(file, tmp_path / "elsewhere")
    with ClinicData(tmp_path / "elsewhere") as other:
        assert other.records.find_pets() == enrolled[::-1]
        assert other.records.verifications(pet(1)) == [verified]
        assert other.waiting() == data.waiting()
        assert other.records.trail.verify(other.records.engine).seq == 3


def test_a_backup_holds_nothing_that_can_be_read_without_the_key(data: ClinicData, file: Path) -> None:
    data.enrol(1)
    written(data, file)
    content = file.read_bytes()
    ring = VAULT.keys.written().reveal().split()
    for secret in (
        "초코 1".encode(),
        "보호자 1".encode(),
        b"1012340001",
        b"photo one",
        *(key.encode() for key in ring),
    ):
        assert secret not in content
    assert file.stat().st_mode & 0o777 == 0o600


def test_a_backup_is_of_one_moment_while_others_write(data: ClinicData, file: Path, tmp_path: Path) -> None:
    stop = threading.Event()

    def enrol_on() -> None:
        number = 0
        while not stop.is_set() and number < 400:
            number += 1
            data.enrol(number)

    other = threading.Thread(target=enrol_on)
    other.start()
    try:
        while data.records.pet_count() < 5:
            stop.wait(0.01)
        written(data, file)
    finally:
        stop.set()
        other.join()
    brought_back(file, tmp_path / "elsewhere")
    with ClinicData(tmp_path / "elsewhere") as restored:
        count = restored.records.pet_count()
        assert 5 <= count <= data.records.pet_count()
        assert len(restored.waiting()) == 4 * count


def test_what_was_dropped_meanwhile_because_it_is_synced_is_no_loss(
    data: ClinicData, file: Path, tmp_path: Path
) -> None:
    data.enrol(1)
    data.enrol(2)
    folder = data.folder / "spool"

    taken = source(data)
    once = iter([True])

    def drop() -> None:
        data.sync()
        with data.spool.changing():
            for name in data.outbox.forget_expired(NOON + timedelta(days=9), 100, NOON) or []:
                data.spool.drop(name)

    # A folder that loses its contents when it is first looked into.
    class Vanishing(type(folder)):  # type: ignore[misc]
        def __truediv__(self, name: str) -> object:
            if next(once, False):
                drop()
            return super().__truediv__(name)

    report = back_up(Source(taken.database, Vanishing(folder), taken.changing, taken.key_ids), file, NOON)
    assert report.lost == ()
    brought_back(file, tmp_path / "elsewhere")
    with ClinicData(tmp_path / "elsewhere") as restored:
        assert restored.waiting() == {}
        assert restored.records.pet_count() == 2


def test_content_that_is_lost_is_told_and_the_rest_kept(data: ClinicData, file: Path) -> None:
    data.enrol(1)
    name = min(data.outbox.mentioned())
    data.spool.drop(name)
    report = written(data, file)
    assert report.lost == (name,)
    assert len(report.manifest.files) == 4


def test_what_is_lost_does_not_make_a_backup_begin_again(
    data: ClinicData, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data.enrol(1)
    data.spool.drop(min(data.outbox.mentioned()))
    copied: list[Path] = []
    copy = backups._copy

    def counted(database: Path, snapshot: Path) -> None:
        copied.append(snapshot)
        copy(database, snapshot)

    monkeypatch.setattr(backups, "_copy", counted)
    assert len(written(data, file).lost) == 1
    assert len(copied) == 1


def test_records_that_are_not_whole_are_not_backed_up(data: ClinicData, file: Path) -> None:
    data.enrol(1)
    data.records.close()
    with closing(sqlite3.connect(data.folder / "records.db")) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    with (data.folder / "records.db").open("r+b") as database:
        database.seek(3 * 16384)
        database.write(os.urandom(16384))
    file.write_bytes(b"the last good one")
    assert code_of(lambda: written(data, file)) is ErrorCode.RECORDS_DAMAGED
    assert file.read_bytes() == b"the last good one"


def test_every_cut_is_told_and_takes_nothing(data: ClinicData, file: Path, tmp_path: Path) -> None:
    data.enrol(1)
    written(data, file)
    whole = file.read_bytes()
    end = whole.rindex(b'"files"')
    for length in [0, 1, 100, 512, 513, 1024, *range(1025, end, end // 15)]:
        file.write_bytes(whole[:length])
        assert code_of(lambda: brought_back(file, tmp_path / "elsewhere")) is ErrorCode.ARCHIVE_DAMAGED
    assert sorted(path.name for path in tmp_path.iterdir()) == ["data", "stick"]


def test_every_altered_byte_of_a_content_is_told(data: ClinicData, file: Path) -> None:
    data.enrol(1)
    written(data, file)
    whole = file.read_bytes()
    with tarfile.open(file) as archive:
        places = [member.offset_data + member.size // 2 for member in archive if member.size]
    for place in places:
        file.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
        assert code_of(lambda: check(file)) is ErrorCode.ARCHIVE_DAMAGED


@pytest.mark.parametrize("name", ["../evil", "/etc/evil", "spool/../../evil", "spool/x", "records.db/x", "other"])
def test_a_file_that_belongs_to_no_backup_is_refused(file: Path, tmp_path: Path, name: str) -> None:
    with tarfile.open(file, "w") as archive:
        header = tarfile.TarInfo(name)
        header.size = 4
        archive.addfile(header, io.BytesIO(b"evil"))
    assert code_of(lambda: brought_back(file, tmp_path / "elsewhere")) is ErrorCode.ARCHIVE_DAMAGED
    assert not (tmp_path / "elsewhere").exists()


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    assert code_of(lambda: brought_back(tmp_path / "none", tmp_path / "data")) is ErrorCode.FILE_NOT_READABLE


def test_without_its_master_key_nothing_is_put_in_the_place_of_anything(
    data: ClinicData, file: Path, tmp_path: Path
) -> None:
    written(data, file)
    other = require(KeyRing.generate())
    assert code_of(lambda: restore(file, tmp_path / "x", other, NOON)) is ErrorCode.MASTER_KEY_MISSING
    assert not (tmp_path / "x").exists()


def test_records_of_a_newer_program_are_not_restored(data: ClinicData, file: Path) -> None:
    data.enrol(1)
    data.records.close()
    with closing(sqlite3.connect(data.folder / "records.db")) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
        connection.commit()
    written(data, file)
    assert code_of(lambda: brought_back(file, data.folder)) is ErrorCode.RECORDS_TOO_NEW
    assert sorted(path.name for path in data.folder.parent.iterdir()) == ["data", "stick"]


def test_the_former_folder_is_kept_and_what_no_backup_holds_is_carried_over(data: ClinicData, file: Path) -> None:
    data.enrol(1)
    data.sync()
    written(data, file)
    data.enrol(2)
    (data.folder / "noseprint.toml").write_text('language = "en"')
    data.records.close()
    before = {path.name for path in data.folder.iterdir()}
    restored = restore(file, data.folder, require(VAULT.keys), NOON)
    assert restored.former == data.folder.with_name("data.before-restore-20260301T120000123456Z")
    assert before - {path.name for path in restored.former.iterdir()} <= {"records.db-wal", "records.db-shm"}
    with ClinicData(data.folder) as now:
        assert now.records.pet_count() == 1
        assert list(now.objects.photos(pet(1))) == [b"photo one of 1", b"photo two of 1"]
    (data.folder / "noseprint.toml").write_text('language = "ko"')
    assert "en" in (restored.former / "noseprint.toml").read_text()
    with ClinicData(restored.former) as former:
        assert former.records.pet_count() == 2


def test_the_copies_from_before_upgrades_stay(data: ClinicData, file: Path) -> None:
    written(data, file)
    data.records.close()
    (data.folder / "records.db.copies").mkdir()
    (data.folder / "records.db.copies" / "1.copy").write_bytes(b"sealed")
    brought_back(file, data.folder)
    assert (data.folder / "records.db.copies" / "1.copy").read_bytes() == b"sealed"


def test_what_cannot_be_linked_is_copied_and_flushed_before_the_folder_takes_its_place(
    data: ClinicData, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written(data, file)
    data.records.close()
    (data.folder / "models").mkdir()
    (data.folder / "models" / "nose.onnx").write_bytes(b"model")

    def no_links(*_: object) -> None:
        raise OSError(errno.EPERM, os.strerror(errno.EPERM))

    def flushed(linking: Callable[..., None]) -> int:
        points: list[str] = []
        monkeypatch.setattr(os, "link", linking)
        brought_back(file, data.folder, counting(points), NOON + timedelta(hours=len(points)))
        assert (data.folder / "models" / "nose.onnx").read_bytes() == b"model"
        return points.count("after flush")

    linked = flushed(os.link)
    shutil.rmtree(next(data.folder.parent.glob("data.before-restore-*")))
    assert flushed(no_links) == linked + 1


def test_a_folder_in_use_is_left_alone(data: ClinicData, file: Path) -> None:
    written(data, file)
    with shared(data.folder):
        assert code_of(lambda: brought_back(file, data.folder)) is ErrorCode.ALREADY_RUNNING
    with exclusive(data.folder):
        assert code_of(lambda: brought_back(file, data.folder)) is ErrorCode.ALREADY_RUNNING
    with locked(data.folder / ".noseprint-syncing"):
        assert code_of(lambda: brought_back(file, data.folder)) is ErrorCode.ALREADY_RUNNING
    assert sorted(path.name for path in data.folder.parent.iterdir()) == ["data", "stick"]


def test_a_restore_killed_at_any_step_has_happened_wholly_or_not_at_all(
    data: ClinicData, file: Path, tmp_path: Path
) -> None:
    data.enrol(1, (b"photo",))
    written(data, file)
    data.enrol(2, (b"photo",))
    data.records.close()
    points: list[str] = []
    shutil.copytree(data.folder, tmp_path / "trial")
    brought_back(file, tmp_path / "trial", counting(points))
    outcomes = set()
    for point in range(len(points)):
        folder = tmp_path / f"at-{point}" / "data"
        shutil.copytree(data.folder, folder)
        assert not survives(lambda folder=folder, point=point: brought_back(file, folder, deadly(point)))
        finish_interrupted(folder)
        with ClinicData(folder) as clinic:
            count = clinic.records.pet_count()
            assert len(clinic.waiting()) == 3 * count
        outcomes.add(count)
        if point % 10 == 0:
            brought_back(file, folder, at=NOON + timedelta(hours=1))
            with ClinicData(folder) as clinic:
                assert clinic.records.pet_count() == 1
    assert len(points) > 40
    assert outcomes == {1, 2}


def test_a_restore_is_done_though_a_program_that_starts_has_put_the_folder_in_its_place(
    data: ClinicData, file: Path
) -> None:
    data.enrol(1)
    written(data, file)
    data.enrol(2)
    data.records.close()
    brought_back(file, data.folder, Overtaken(data.folder))
    with ClinicData(data.folder) as clinic:
        assert clinic.records.pet_count() == 1


class Overtaken(Disk):
    """A disk of a restore beside which a program starts at the worst moment.

    Args:
        folder: the data folder.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def rename(self, source: Path, target: Path) -> None:
        super().rename(source, target)
        if source == self._folder:
            assert finish_interrupted(self._folder)


def test_a_backup_killed_at_any_step_leaves_the_earlier_one_or_a_whole_one(data: ClinicData, file: Path) -> None:
    data.enrol(1)
    points: list[str] = []
    written(data, file, counting(points))
    earlier = file.read_bytes()
    data.records.close()
    for point in range(len(points)):
        assert not survives(lambda point=point: written(data, file, deadly(point)))
        assert file.read_bytes() == earlier or check(file)
    written(data, file)
    assert not list(data.folder.glob(".noseprint-part-*"))


def test_a_full_disk_leaves_the_earlier_backup(data: ClinicData, file: Path) -> None:
    def full(point: str) -> None:
        if point == "before flush":
            raise OSError(28, "No space left on device")

    file.write_bytes(b"the last good one")
    assert code_of(lambda: written(data, file, StrikingDisk(full))) is ErrorCode.DISK_FULL
    assert file.read_bytes() == b"the last good one"
    assert list(file.parent.iterdir()) == [file]
