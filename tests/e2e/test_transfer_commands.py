"""Exports, data sets and backups, as a person or a script asks for them."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from command_line.main import main
from noseprint.bootstrap import open_vault
from noseprint.errors import ErrorCode, NoseprintError
from noseprint.records.entities import Consent, ConsentKind
from noseprint.records.records import Records
from noseprint.settings import load_settings
from noseprint.vault.key_ring import KeyRing
from tests.support.clinic_data import NOON, ClinicData, pet
from tests.support.pictures import encoded, noise

if TYPE_CHECKING:
    from pathlib import Path

Run = Callable[..., tuple[int, Any]]


@pytest.fixture(autouse=True)
def _at_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A data folder and a master key of its own."""
    monkeypatch.setenv("NOSEPRINT_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("NOSEPRINT_MASTER_KEY", KeyRing.generate().written().reveal())
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run a command with --json and these lines on standard input, and give its exit code and its answer."""

    def run_command(*arguments: object, typed: tuple[str, ...] = ()) -> tuple[int, Any]:
        monkeypatch.setattr(sys, "stdin", io.StringIO("".join(f"{line}\n" for line in typed)))
        code = main([*map(str, arguments), "--json"])
        return code, json.loads(capsys.readouterr().out)

    return run_command


@pytest.fixture
def enrolled(tmp_path: Path) -> None:
    """Two dogs, one of them with both consents."""
    with ClinicData(tmp_path / "data", open_vault(load_settings()), "this machine") as data:
        both = tuple(Consent(kind, "2026-11", NOON) for kind in ConsentKind)
        data.enrol(1, (encoded(noise(), "JPEG"),), consents=both)
        data.enrol(2)


@pytest.mark.usefixtures("enrolled")
def test_what_waits_goes_from_one_data_folder_into_another_once(run: Run, tmp_path: Path) -> None:
    code, exported = run("export", tmp_path / "stick.npx")
    assert (code, exported["pets"], exported["entries"]) == (0, 2, 7)
    there = ("--data-dir", tmp_path / "there")
    code, taken = run("import", tmp_path / "stick.npx", *there, typed=(exported["code"],))
    assert code == 0
    assert taken == {
        "ok": True,
        "sender": exported["sender"],
        "enrolled": 2,
        "entries": 7,
        "known": 0,
        "refused": [],
    }
    code, again = run("import", tmp_path / "stick.npx", "--from", exported["sender"], *there, typed=(exported["code"],))
    assert (code, again["enrolled"], again["entries"], again["known"]) == (0, 0, 0, 2)
    assert run("export", tmp_path / "second.npx", *there)[1]["entries"] == 7
    events = [entry["event"] for entry in run("audit", "show", *there)[1]["entries"]]
    assert events == ["NA-3001", "NA-3002", "NA-3002", "NA-3011", "NA-3011"]


@pytest.mark.usefixtures("enrolled")
def test_the_code_is_shown_though_the_export_cannot_be_noted(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise NoseprintError(ErrorCode.DISK_FULL, path=tmp_path)

    with monkeypatch.context() as while_full:
        while_full.setattr(Records, "note", full)
        code, exported = run("export", tmp_path / "stick.npx")
    assert (code, exported["ok"], exported["not_noted"], exported["left_out"]) == (1, False, "NP_2011", [])
    taken = run("import", tmp_path / "stick.npx", "--data-dir", tmp_path / "there", typed=(exported["code"],))[1]
    assert taken["enrolled"] == 2


@pytest.mark.usefixtures("enrolled")
def test_a_wrong_code_and_a_wrong_sender_take_in_nothing(run: Run, tmp_path: Path) -> None:
    _, exported = run("export", tmp_path / "stick.npx")
    there = ("--data-dir", tmp_path / "there")
    code, answer = run("import", tmp_path / "stick.npx", *there, typed=("0000",))
    assert (code, answer["error"]["code"]) == (1, "NP_2015")
    options = ("--from", "AAAA-AAAA-AAAA-AAAA", *there)
    code, answer = run("import", tmp_path / "stick.npx", *options, typed=(exported["code"],))
    assert (code, answer["error"]["code"]) == (1, "NP_2020")
    (tmp_path / "stick.npx").write_bytes(b"something else")
    code, answer = run("import", tmp_path / "stick.npx", *there, typed=(exported["code"],))
    assert (code, answer["error"]["code"]) == (1, "NP_2016")
    assert not (tmp_path / "there" / "records.db").exists()


def test_nothing_is_written_where_nothing_waits(run: Run, tmp_path: Path) -> None:
    assert run("export", tmp_path / "stick.npx") == (0, {"ok": True, "pets": 0})
    assert not (tmp_path / "stick.npx").exists()


@pytest.mark.usefixtures("enrolled")
def test_a_data_set_holds_the_dogs_of_those_who_agreed(run: Run, tmp_path: Path) -> None:
    code, answer = run("dataset", "export", tmp_path / "set")
    assert (code, answer["identities"], answer["photos"], answer["added"]) == (0, 1, 1, 1)
    assert run("dataset", "export", tmp_path / "set")[1]["added"] == 0


@pytest.mark.usefixtures("enrolled")
def test_a_backup_brings_back_what_was_there(run: Run, tmp_path: Path) -> None:
    code, written = run("backup", tmp_path / "clinic.backup")
    assert (code, written["files"], written["lost"]) == (0, 7 + 1, [])
    with ClinicData(tmp_path / "data", open_vault(load_settings()), "this machine") as data:
        data.enrol(3)
    code, restored = run("restore", tmp_path / "clinic.backup")
    assert (code, restored["pets"]) == (0, 2)
    assert "before-restore" in restored["former"]
    assert run("audit", "verify")[1]["ok"]
    assert [entry["event"] for entry in run("audit", "show", "--limit", 1)[1]["entries"]] == ["NA-3005"]


@pytest.mark.usefixtures("enrolled")
def test_a_restore_that_was_cut_off_between_two_renames_is_finished_by_the_next_start(run: Run, tmp_path: Path) -> None:
    (tmp_path / "data").rename(tmp_path / ".data.restored")
    assert len(run("pets")[1]["pets"]) == 2
    assert not (tmp_path / ".data.restored").exists()


def test_backups_of_a_postgresql_server_are_its_own(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DB_HOST", "db.example")
    for command in ("backup", "restore"):
        code, answer = run(command, tmp_path / "clinic.backup")
        assert (code, answer["error"]["code"]) == (1, "NP_2017")
        assert "pg_dump" in answer["error"]["message"]


@pytest.mark.usefixtures("enrolled")
def test_a_conflict_is_told_and_the_other_dog_comes_in(run: Run, tmp_path: Path) -> None:
    _, exported = run("export", tmp_path / "stick.npx")
    with ClinicData(tmp_path / "there", open_vault(load_settings()), "this machine") as there:
        there.enrol(1, operator="another")
    code, answer = run("import", tmp_path / "stick.npx", "--data-dir", tmp_path / "there", typed=(exported["code"],))
    assert (code, answer["enrolled"]) == (1, 1)
    assert answer["refused"] == [{"pet_did": pet(1), "code": "NP_1011", "detail": "with other facts"}]
