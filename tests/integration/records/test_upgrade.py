from __future__ import annotations

import os
import signal
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from noseprint.disk import locked
from noseprint.errors import ErrorCode, NoseprintError
from noseprint.records.database import connect, sqlite_url, writing
from noseprint.records.upgrade import COPIES_KEPT, Safeguard, copies, copies_folder, put_back, read_copy
from noseprint.vault.key_ring import KeyRing
from noseprint.vault.vault import Vault
from tests.support.striking_disk import StrikingDisk, deadly, survives

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from sqlalchemy import Connection, Engine

    from noseprint.disk import Disk

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
SECRET = "보호자 김하늘"


@pytest.fixture
def vault() -> Vault:
    return Vault(KeyRing.generate())


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "data #1" / "records.db"


@pytest.fixture
def engine(file: Path) -> Iterator[Engine]:
    """Records of an older version, with enough rows that a migration writes them to the disk before it commits."""
    file.parent.mkdir()
    opened = connect(sqlite_url(file))
    with writing(opened).begin() as connection:
        connection.exec_driver_sql("CREATE TABLE alembic_version (version_num TEXT)")
        connection.exec_driver_sql("INSERT INTO alembic_version VALUES ('0004')")
        connection.exec_driver_sql("CREATE TABLE guardians (name TEXT)")
        connection.exec_driver_sql("INSERT INTO guardians VALUES (?)", (SECRET,))
        connection.exec_driver_sql("INSERT INTO guardians VALUES (?)", [(f"guardian {n}",) for n in range(1000)])
    yield opened
    opened.dispose()


def change_half(connection: Connection) -> None:
    connection.exec_driver_sql("ALTER TABLE guardians ADD COLUMN sealed BLOB")
    connection.exec_driver_sql("UPDATE guardians SET sealed = zeroblob(2000), name = ''")


def upgrade(
    engine: Engine, vault: Vault, step: Callable[[Connection], None], disk: Disk | None = None, at: datetime = NOON
) -> None:
    with Safeguard(engine, vault, disk, lambda: at) as safeguard, writing(engine).begin() as connection:
        safeguard.keep_copy("0004")
        step(connection)
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '0005'")


def present(file: Path) -> tuple[str, list[tuple[object, ...]]]:
    """The version, and the rows of guardians in full."""
    with closing(sqlite3.connect(file)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        (version,) = connection.execute("SELECT version_num FROM alembic_version").fetchone()
        return version, connection.execute("SELECT * FROM guardians").fetchall()


def test_what_was_there_before_a_migration_can_be_read_from_its_copy(
    engine: Engine, file: Path, vault: Vault, tmp_path: Path
) -> None:
    before = present(file)
    upgrade(engine, vault, change_half)
    assert present(file)[0] == "0005"
    (copy,) = copies(file)
    assert copy.name == "20260301T120000000000Z-0004.copy"
    (tmp_path / "former.db").write_bytes(read_copy(copy, vault))
    assert present(tmp_path / "former.db") == before


def test_a_copy_shows_nothing_of_what_it_holds(engine: Engine, file: Path, vault: Vault) -> None:
    upgrade(engine, vault, change_half)
    (copy,) = copies(file)
    assert SECRET.encode() not in copy.read_bytes()
    assert b"SQLite format" not in copy.read_bytes()
    assert copy.stat().st_mode & 0o777 == 0o600


def test_a_migration_that_raises_in_the_middle_changes_nothing_and_says_where_the_copy_is(
    engine: Engine, file: Path, vault: Vault
) -> None:
    before = present(file)

    def fails(connection: Connection) -> None:
        change_half(connection)
        raise KeyError(SECRET)

    with pytest.raises(NoseprintError) as raised:
        upgrade(engine, vault, fails)
    assert raised.value.code is ErrorCode.RECORDS_NOT_UPGRADED
    assert raised.value.facts["path"] == copies(file)[0]
    assert SECRET not in str(raised.value)
    assert raised.value.__cause__ is None
    assert present(file) == before


def test_a_refused_statement_is_told_without_the_values_of_its_row(engine: Engine, vault: Vault) -> None:
    def refused(connection: Connection) -> None:
        connection.exec_driver_sql("CREATE UNIQUE INDEX one ON guardians (name)")
        connection.exec_driver_sql("INSERT INTO guardians VALUES (?)", (SECRET,))

    with pytest.raises(NoseprintError) as raised:
        upgrade(engine, vault, refused)
    assert raised.value.code is ErrorCode.RECORDS_NOT_UPGRADED
    assert raised.value.detail == "IntegrityError"


def test_even_a_step_that_committed_half_is_undone_from_the_copy(engine: Engine, file: Path, vault: Vault) -> None:
    before = present(file)

    def commits(connection: Connection) -> None:
        change_half(connection)
        connection.exec_driver_sql("COMMIT")
        connection.exec_driver_sql("BEGIN")
        raise ValueError

    with pytest.raises(NoseprintError) as raised:
        upgrade(engine, vault, commits)
    assert raised.value.code is ErrorCode.RECORDS_NOT_UPGRADED
    assert present(file) == before


def test_no_other_program_migrates_until_a_failed_migration_is_undone(
    engine: Engine, file: Path, vault: Vault, monkeypatch: pytest.MonkeyPatch
) -> None:
    found: list[ErrorCode] = []

    def watched(file: Path, image: bytes) -> None:
        with pytest.raises(NoseprintError) as raised, locked(file.with_name(".noseprint-migrating"), wait_s=0.0):
            pass
        found.append(raised.value.code)
        put_back(file, image)

    def commits(connection: Connection) -> None:
        change_half(connection)
        connection.exec_driver_sql("COMMIT")
        connection.exec_driver_sql("BEGIN")
        raise ValueError

    monkeypatch.setattr("noseprint.records.upgrade.put_back", watched)
    with pytest.raises(NoseprintError):
        upgrade(engine, vault, commits)
    assert found == [ErrorCode.ALREADY_RUNNING]
    with locked(file.with_name(".noseprint-migrating"), wait_s=0.0):
        pass


def test_records_that_cannot_be_copied_are_told_by_a_code(engine: Engine, file: Path, vault: Vault) -> None:
    engine.dispose()
    file.write_bytes(b"no database" * 1000)
    with Safeguard(engine, vault) as safeguard, pytest.raises(NoseprintError) as raised:
        safeguard.keep_copy("0004")
    assert raised.value.code is ErrorCode.RECORDS_DAMAGED


def test_an_error_that_has_a_code_keeps_it(engine: Engine, file: Path, vault: Vault) -> None:
    before = present(file)

    def fails(connection: Connection) -> None:
        change_half(connection)
        raise NoseprintError(ErrorCode.MASTER_KEY_MISSING, key_id="ab")

    with pytest.raises(NoseprintError) as raised:
        upgrade(engine, vault, fails)
    assert raised.value.code is ErrorCode.MASTER_KEY_MISSING
    assert present(file) == before


def test_a_migration_killed_in_the_middle_changes_nothing_and_can_be_done_again(
    engine: Engine, file: Path, vault: Vault
) -> None:
    before = present(file)
    engine.dispose()

    def dies(connection: Connection) -> None:
        change_half(connection)
        os.kill(os.getpid(), signal.SIGKILL)

    assert not survives(lambda: upgrade(connect(sqlite_url(file)), vault, dies))
    assert present(file) == before
    upgrade(engine, vault, change_half, at=NOON + timedelta(hours=1))
    assert present(file)[0] == "0005"
    assert len(copies(file)) == 2


def test_a_kill_at_any_step_of_the_copying_leaves_the_records_and_no_half_copy(
    engine: Engine, file: Path, vault: Vault
) -> None:
    before = present(file)
    engine.dispose()
    for point in range(200):
        at = NOON + timedelta(minutes=point)
        if survives(
            lambda point=point, at=at: upgrade(connect(sqlite_url(file)), vault, failing_later, deadly(point), at)
        ):
            break
        assert present(file) == before
        assert all(read_copy(copy, vault) for copy in copies(file))
    assert point > 10
    assert not [entry for entry in copies_folder(file).iterdir() if entry.name.startswith(".")]


def failing_later(connection: Connection) -> None:
    connection.exec_driver_sql("CREATE TABLE IF NOT EXISTS other (number INTEGER)")


def test_the_last_copies_are_kept(engine: Engine, file: Path, vault: Vault) -> None:
    for day in range(5):
        upgrade(engine, vault, lambda _: None, at=NOON + timedelta(days=day))
    assert len(copies(file)) == COPIES_KEPT == 3
    assert copies(file)[0].name.startswith("20260303")


def test_a_new_database_has_nothing_to_be_kept(engine: Engine, file: Path, vault: Vault) -> None:
    with Safeguard(engine, vault) as safeguard:
        safeguard.keep_copy("")
    assert copies(file) == []


@pytest.mark.parametrize("harm", [lambda it: it[:-1], lambda it: it[:25], lambda _: b"", lambda it: it + b"\0"])
def test_a_harmed_copy_is_told(engine: Engine, file: Path, vault: Vault, harm: Callable[[bytes], bytes]) -> None:
    upgrade(engine, vault, change_half)
    (copy,) = copies(file)
    copy.write_bytes(harm(copy.read_bytes()))
    with pytest.raises(NoseprintError) as raised:
        read_copy(copy, vault)
    assert raised.value.code is ErrorCode.ARCHIVE_DAMAGED


def test_a_full_disk_stops_the_migration_before_it_begins(engine: Engine, file: Path, vault: Vault) -> None:
    def full(point: str) -> None:
        if point == "within fill":
            raise OSError(28, "No space left on device")

    before = present(file)
    with pytest.raises(NoseprintError) as raised:
        upgrade(engine, vault, change_half, StrikingDisk(full))
    assert raised.value.code is ErrorCode.DISK_FULL
    assert present(file) == before
