"""The commands about the master keys, and what a person is told who has lost one."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from command_line import demo
from command_line.main import main
from noseprint import bootstrap
from noseprint.disk import exclusive
from noseprint.settings import Settings

if TYPE_CHECKING:
    from pathlib import Path

Run = Callable[..., tuple[int, Any]]


@pytest.fixture(autouse=True)
def _at_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A data folder and a key file of its own."""
    monkeypatch.setenv("NOSEPRINT_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("NOSEPRINT_MASTER_KEY_FILE", str(tmp_path / "keys" / "master.key"))
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    def run_command(*arguments: object) -> tuple[int, Any]:
        code = main([*map(str, arguments), "--json"])
        return code, json.loads(capsys.readouterr().out)

    return run_command


def test_the_keys_place_is_told_once_there_are_keys(run: Run, tmp_path: Path) -> None:
    assert run("keys", "place") == (0, {"place": ""})
    run("pets")
    assert run("keys", "place") == (0, {"place": str(tmp_path / "keys" / "master.key")})


def test_a_new_key_is_put_in_front_of_the_former_one(run: Run, tmp_path: Path) -> None:
    run("pets")
    former = (tmp_path / "keys" / "master.key").read_text()
    code, done = run("keys", "rotate")
    assert (code, done["ok"], done["values"], done["files"]) == (0, True, 0, 0)
    assert (tmp_path / "keys" / "master.key").read_text().endswith(former)
    assert run("pets") == (0, {"pets": []})


def test_no_key_changes_under_a_program_that_is_running(run: Run, tmp_path: Path) -> None:
    run("pets")
    with exclusive(tmp_path / "data"):
        code, answer = run("keys", "rotate")
    assert (code, answer["error"]["name"]) == (1, "ALREADY_RUNNING")


def test_a_lost_key_is_told_and_no_new_one_takes_its_place(run: Run, tmp_path: Path) -> None:
    run("pets")
    (tmp_path / "keys" / "master.key").unlink()
    for command in (("pets",), ("keys", "rotate"), ("operator", "list")):
        code, answer = run(*command)
        assert (code, answer["error"]["code"], answer["error"]["name"]) == (1, "NP_2009", "MASTER_KEY_MISSING")
    assert not (tmp_path / "keys" / "master.key").exists()


def test_content_that_waits_alone_tells_that_a_key_was_lost(tmp_path: Path, run: Run) -> None:
    settings = Settings(data_dir=tmp_path / "data", master_key_file=str(tmp_path / "keys" / "master.key"))
    bootstrap.open_spool(settings, bootstrap.open_vault(settings)).put(b"a photo")
    (tmp_path / "keys" / "master.key").unlink()
    (tmp_path / "data" / "records.db").unlink()
    assert run("pets")[1]["error"]["name"] == "MASTER_KEY_MISSING"


def test_the_demonstration_has_a_key_of_its_own(tmp_path: Path) -> None:
    apart = demo.apart_from_the_clinics_own(Settings(), tmp_path)
    assert bootstrap.master_keys(apart).place() == "NOSEPRINT_MASTER_KEY"
    with bootstrap.open_records(apart):
        pass
    assert not (tmp_path / "keys").exists()


def test_people_read_it_in_their_language(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--lang", "en", "keys", "place"]) == 0
    assert "none yet" in capsys.readouterr().out
    run("pets")
    assert main(["keys", "rotate"]) == 0
    assert "키의 사본을 새로 남겨 주세요" in capsys.readouterr().out
