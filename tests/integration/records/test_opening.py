from __future__ import annotations

import logging
import sqlite3
import sys
import traceback
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import TYPE_CHECKING, Any

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import URL, create_engine, event, make_url, text

from noseprint.errors import ErrorCode, NoseprintError
from noseprint.records.records import Records, postgresql_url, sqlite_url
from noseprint.records.tables import Base
from tests.support.old_records import make_records_of
from tests.support.vault import VAULT

if TYPE_CHECKING:
    from pathlib import Path

    from alembic.config import Config

    from tests.integration.records.conftest import MakeEnrolment


def refusal(url: URL | str) -> NoseprintError:
    with pytest.raises(NoseprintError) as caught:
        Records.open(url, VAULT)
    return caught.value


def set_version(url: str, version: str) -> None:
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = :version"), {"version": version})
    engine.dispose()


def test_the_migrations_make_the_tables_that_the_program_uses(url: str) -> None:
    Records.open(url, VAULT).close()
    engine = create_engine(url)
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), Base.metadata) == []
    engine.dispose()


def test_what_was_kept_is_there_when_opened_again(url: str, make_enrolment: MakeEnrolment) -> None:
    with Records.open(url, VAULT) as records:
        pet = records.enrol(make_enrolment())
    with Records.open(url, VAULT) as records:
        assert records.pet(pet.pet_did) == pet


def test_the_records_of_a_newer_program_are_refused(url: str) -> None:
    Records.open(url, VAULT).close()
    set_version(url, "9999")
    error = refusal(url)
    assert error.code is ErrorCode.RECORDS_TOO_NEW
    assert "9999" in error.detail


def test_several_may_open_a_new_database_at_the_same_moment(url: str) -> None:
    start = Barrier(4)

    def open_and_count() -> int:
        start.wait()
        with Records.open(url, VAULT) as records:
            return len(records.find_pets())

    with ThreadPoolExecutor(4) as threads:
        counts = [threads.submit(open_and_count) for _ in range(4)]
    assert [count.result() for count in counts] == [0, 0, 0, 0]


def test_migrating_leaves_the_programs_logging_alone(file_url: str, capfd: pytest.CaptureFixture[str]) -> None:
    def state() -> tuple[object, ...]:
        return (
            *logging.root.handlers,
            logging.root.level,
            logging.getLogger("alembic").handlers,
            logging.root.disabled,
        )

    before = state()
    Records.open(file_url, VAULT).close()
    assert state() == before
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize(
    "folder", ["what?x=1", "100%", "%41", "a#b", "two words", "a&b=c", "x@y:1", "기록 100%(s)", "?mode=memory"]
)
def test_the_folder_may_have_any_name(tmp_path: Path, folder: str) -> None:
    file = tmp_path / folder / "records.db"
    file.parent.mkdir()
    with Records.open(sqlite_url(file), VAULT) as records:
        assert records.find_pets() == []
    assert [kept for kept in tmp_path.rglob("*") if kept.is_file() and kept.suffix] == [file]


def test_an_address_may_be_written_as_a_url_too(tmp_path: Path, make_enrolment: MakeEnrolment) -> None:
    file = tmp_path / "records.db"
    with Records.open(sqlite_url(file), VAULT) as records:
        pet = records.enrol(make_enrolment())
    with Records.open(f"sqlite:///{file}", VAULT) as records:
        assert records.find_pets() == [pet]


def test_a_servers_address_is_taken_as_it_is_and_hides_its_password() -> None:
    address = postgresql_url("::1", 1, "kim@clinic", "pa/ss:w@rd%?#", "noses & more")
    assert (address.host, address.port, address.username) == ("::1", 1, "kim@clinic")
    assert (address.password, address.database) == ("pa/ss:w@rd%?#", "noses & more")
    assert "w@rd" not in f"{address} {address!r}"
    assert make_url(address.render_as_string(hide_password=False)) == address


@pytest.mark.parametrize(
    ("pragma", "value"),
    [("journal_mode", "wal"), ("synchronous", 2), ("foreign_keys", 1), ("busy_timeout", 5000)],
)
def test_sqlite_writes_through_waits_and_minds_references(file_url: str, pragma: str, value: object) -> None:
    with Records.open(file_url, VAULT) as records, records._engine.connect() as connection:
        assert connection.exec_driver_sql(f"PRAGMA {pragma}").scalar() == value


@pytest.mark.parametrize(
    "url",
    [
        "sqlite:///{folder}/no-such-folder/records.db",
        "sqlite:///file:{folder}/read-only.db?mode=ro&uri=true",
        "sqlite:///{folder}/locked.db?timeout=0",
        "postgresql+psycopg://nobody:secret-word@127.0.0.1:1/records",
        "mysql://127.0.0.1/records",
        "not a URL: secret-word",
        "postgresql+psycopg://nobody:0/secret-word@127.0.0.1:1/records",
        "postgresql+nodriver://nobody:secret-word@127.0.0.1/records",
        postgresql_url("127.0.0.1", 1, "nobody", "secret-word", "records"),
    ],
)
def test_a_database_that_cannot_be_used_is_unavailable(url: URL | str, tmp_path: Path) -> None:
    Records.open(f"sqlite:///{tmp_path / 'read-only.db'}", VAULT).close()
    Records.open(f"sqlite:///{tmp_path / 'locked.db'}", VAULT).close()
    other = sqlite3.connect(tmp_path / "locked.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    error = refusal(url.format(folder=tmp_path) if isinstance(url, str) else url)
    other.close()
    assert error.code is ErrorCode.RECORDS_UNAVAILABLE
    assert error.retryable
    assert error.detail
    assert "secret-word" not in "".join(traceback.format_exception(error))


def test_postgresql_without_its_driver_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)
    error = refusal("postgresql+psycopg://127.0.0.1:1/records")
    assert error.code is ErrorCode.FACE_NOT_INSTALLED
    assert error.facts == {"extra": "postgres"}


def test_a_call_that_finds_every_connection_taken_says_so(file_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with Records.open(file_url, VAULT) as records:
        pool: Any = records._engine.pool
        monkeypatch.setattr(pool, "_timeout", 0.01)
        taken = [records._engine.connect() for _ in range(15)]
        with pytest.raises(NoseprintError) as caught:
            records.find_pets()
        for connection in taken:
            connection.close()
        assert caught.value.code is ErrorCode.RECORDS_UNAVAILABLE
        assert records.find_pets() == []


def test_a_migration_that_fails_leaves_nothing_behind(file_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    real = command.upgrade

    def fail_at_the_end(config: Config, revision: str) -> None:
        real(config, revision)
        raise KeyboardInterrupt

    monkeypatch.setattr(command, "upgrade", fail_at_the_end)
    with pytest.raises(KeyboardInterrupt):
        Records.open(file_url, VAULT)
    monkeypatch.undo()
    engine = create_engine(file_url)
    with engine.connect() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM sqlite_master").scalar() == 0
    engine.dispose()
    Records.open(file_url, VAULT).close()


def test_a_verification_from_before_keypoints_were_weighed_is_read_as_such(file_url: str) -> None:
    columns = ("id", "pet_did", "image_key", "similarity", "cosine", "verdict", "model_name", "model_sha256")
    values = (1, "did:ethr:besu:0x1", "key", 0.9, 0.8, "same", "model", "ab")
    row = dict(zip(columns, values, strict=True)) | {"quality": 50.0, "operator": "staff"}
    make_records_of("0001", file_url, [("verifications", row | {"created_at": "2026-11-20 12:00:00"})])
    with Records.open(file_url, VAULT) as records:
        (kept,) = records.verifications("did:ethr:besu:0x1")
    assert (kept.similarity, kept.inliers, kept.verdict, kept.operator) == (0.9, None, "same", "staff")


def test_closing_lets_go_of_the_files(file_url: str, tmp_path: Path) -> None:
    records = Records.open(file_url, VAULT)
    records.find_pets()
    records.close()
    records.close()
    assert [file.name for file in tmp_path.iterdir() if file.suffix] == ["records.db"]


def test_a_disk_without_room_is_told_as_that_and_names_its_folder(
    tmp_path: Path, make_enrolment: MakeEnrolment
) -> None:
    with Records.open(f"sqlite:///{tmp_path / 'records.db'}", VAULT) as records:

        def fill(connection: sqlite3.Connection, *_: object) -> None:
            connection.execute("PRAGMA max_page_count = 1")  # as many as it has already

        records._engine.dispose()
        event.listen(records._engine, "connect", fill)
        with pytest.raises(NoseprintError) as caught:
            deque((records.enrol(make_enrolment()) for _ in range(200)), maxlen=0)
    assert caught.value.code is ErrorCode.DISK_FULL
    assert str(tmp_path) in caught.value.sentence("en")
