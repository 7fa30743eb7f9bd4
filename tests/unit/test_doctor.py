"""The doctor names what is wrong and what to do; it never raises."""

from __future__ import annotations

import shutil
import socket
from collections import namedtuple
from typing import TYPE_CHECKING

import pytest

from noseprint import doctor
from noseprint.doctor import Finding, examine
from noseprint.settings import Secret, Settings

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
