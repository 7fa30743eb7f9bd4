"""The doctor names what is wrong and what to do; it never raises."""

from __future__ import annotations

import shutil
import socket
from collections import namedtuple
from datetime import UTC, datetime
from pathlib import Path

import pytest
from msgspec import structs
from sqlalchemy import text

from noseprint import doctor
from noseprint.bootstrap import open_holdings, open_store, open_vault, open_worker
from noseprint.doctor import NAMES, Finding, _sync, examine, report
from noseprint.settings import Secret, Settings
from noseprint.sync.dispatch import Dispatch
from noseprint.sync.outbox import EntryKind
from noseprint.sync.pet_objects import PetObject
from tests.support.clinic_data import ClinicData
from tests.support.outbox_doubles import NOON, pet


def finding(settings: Settings, name: str) -> Finding:
    return next(item for item in examine(settings) if item.name == name)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        free_port = probe.getsockname()[1]
    return Settings(data_dir=tmp_path / "data", grpc_port=free_port)


def test_a_healthy_machine_has_nothing_to_be_done(settings: Settings) -> None:
    assert [item.name for item in examine(settings) if not item.ok or item.advice_en] == []


def test_the_key_and_what_waits_are_told(settings: Settings) -> None:
    examine(settings)
    assert finding(settings, "key").finding.endswith("master.key")
    assert finding(settings, "sync").finding == "0 waiting"


def test_what_waits_is_no_illness_and_what_a_person_must_see_to_is(settings: Settings) -> None:
    photo = PetObject(pet(1), EntryKind.PHOTO, "a/image_1.jpg", b"ours", "image/jpeg")
    with open_holdings(settings) as holdings:
        with Dispatch(holdings.spool, holdings.outbox).prepared([photo]) as outgoing:
            holdings.outbox.enqueue(outgoing.entries, NOON)
        healthy = finding(settings, "sync")
        open_store(settings).put(photo.key, b"theirs", "image/jpeg")
        with open_worker(settings, holdings) as worker:
            worker.run_once()
    assert (healthy.ok, healthy.finding) == (True, f"1 waiting since {NOON.astimezone():%Y-%m-%d %H:%M}")
    sick = finding(settings, "sync")
    assert not sick.ok
    assert sick.finding.endswith("1 parked")
    assert "noseprint sync --list" in sick.advice_en


def test_another_storage_than_the_one_that_holds_what_was_synced_is_found(settings: Settings) -> None:
    photo = PetObject(pet(1), EntryKind.PHOTO, "a/image_1.jpg", b"ours", "image/jpeg")
    with open_holdings(settings) as holdings:
        with Dispatch(holdings.spool, holdings.outbox).prepared([photo]) as outgoing:
            holdings.outbox.enqueue(outgoing.entries, NOON)
        with open_worker(settings, holdings) as worker:
            worker.run_once()
    sick = _sync(structs.replace(settings, ncp_access_key="AKID", ncp_secret_key=Secret("s")))
    assert sick.finding.startswith("NP_2021")
    assert "sync --to-this-store" in sick.advice_en


def test_it_is_told_how_many_records_are_damaged(settings: Settings) -> None:
    with ClinicData(settings.data_dir, open_vault(settings)) as data:
        data.enrol(1)
        data.enrol(2)
        with data.records.engine.begin() as connection:
            connection.execute(text("UPDATE pets SET sealed = :sealed WHERE id = 1"), {"sealed": bytes(300)})
            connection.execute(text("UPDATE templates SET sealed_vector = :sealed"), {"sealed": bytes(300)})
    sick = finding(settings, "records")
    assert (sick.ok, sick.finding) == (False, "SQLite, NP_2010: 1 pets and 2 templates damaged")
    assert "noseprint reembed" in sick.advice_ko


def test_a_full_disk_is_found(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = namedtuple("usage", "total used free")  # noqa: PYI024
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage(10, 10, 0))
    sick = finding(settings, "data folder")
    assert not sick.ok
    assert "500" in sick.advice_en


def test_a_data_folder_that_cannot_be_made_is_found(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    sick = [item.name for item in examine(Settings(data_dir=tmp_path / "file" / "data")) if not item.ok]
    assert {"data folder", "records"} <= set(sick)


def test_a_store_that_refuses_is_found_within_its_deadline(settings: Settings, tmp_path: Path) -> None:
    unreachable = Settings(
        data_dir=tmp_path,
        grpc_port=settings.grpc_port,
        ncp_access_key="AKID",
        ncp_secret_key=Secret("s"),
        ncp_endpoint="http://127.0.0.1:9",
        storage_deadline_s=2.0,
    )
    sick = finding(unreachable, "storage")
    assert not sick.ok
    assert sick.finding.startswith("ML_5003")


def test_a_port_in_use_is_found(tmp_path: Path) -> None:
    with socket.socket() as busy:
        busy.bind(("127.0.0.1", 0))
        busy.listen()
        taken = Settings(data_dir=tmp_path, grpc_port=busy.getsockname()[1])
        assert not finding(taken, "port").ok


def test_a_missing_server_is_found(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "find_spec", lambda _: None)
    sick = finding(settings, "gRPC")
    assert (sick.ok, sick.advice_en) == (False, 'pip install ".[server]"')


def test_everything_that_is_looked_at_has_a_name(settings: Settings) -> None:
    assert {finding.name for finding in examine(settings)} == set(NAMES)


def test_a_port_that_this_very_program_serves_is_well(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as ours:
        port = ours.getsockname()[1]
        settings = Settings(data_dir=tmp_path, grpc_host="127.0.0.1", grpc_port=port)
        taken, served = (examine(settings, served_at=at)[-1] for at in ("", f"127.0.0.1:{port}"))
    assert (taken.ok, served.ok) == (False, True)


def test_a_report_tells_neither_secrets_nor_whose_folder_it_is(tmp_path: Path) -> None:
    folder = tmp_path / "김수의"
    settings = Settings(data_dir=folder, ncp_access_key="id", ncp_secret_key=Secret("hush"), operator_name="김수의")
    findings = [Finding("data folder", False, f"{folder} not writable"), Finding("key", True, str(Path.home() / "k"))]
    told = report(settings, findings, datetime(2026, 11, 21, 9, tzinfo=UTC))
    assert "BAD   data folder: (data folder) not writable" in told
    assert "good  key: ~" in told
    assert "changed settings: data_dir, operator_name, ncp_access_key, ncp_secret_key" in told
    assert not any(secret in told for secret in ("김수의", "hush", str(Path.home())))
