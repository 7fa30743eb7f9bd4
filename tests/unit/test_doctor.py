"""The doctor names what is wrong and what to do; it never raises."""

from __future__ import annotations

import shutil
import socket
from collections import namedtuple
from typing import TYPE_CHECKING

import pytest

from noseprint import doctor
from noseprint.bootstrap import open_holdings, open_store, open_worker
from noseprint.doctor import Finding, examine
from noseprint.settings import Secret, Settings
from noseprint.sync.dispatch import Dispatch
from noseprint.sync.outbox import EntryKind
from noseprint.sync.pet_objects import PetObject
from tests.support.outbox_doubles import NOON, pet

if TYPE_CHECKING:
    from pathlib import Path


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
