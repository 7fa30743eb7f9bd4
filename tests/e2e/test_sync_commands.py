"""A clinic whose network is away, and comes back, as a person at a terminal meets it."""

from __future__ import annotations

import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import fields, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from unittest.mock import Mock

import pytest

from command_line import sync, sync_lists
from command_line.main import main
from command_line.terminal import Terminal
from noseprint.bootstrap import open_holdings
from noseprint.disk import locked
from noseprint.errors import ErrorCode, NoseprintError
from noseprint.records.outbox import Outbox
from noseprint.settings import load_settings
from noseprint.sync.outbox import Entry, EntryKind, NewEntry
from noseprint.vault.key_ring import KeyRing

if TYPE_CHECKING:
    from pathlib import Path

Run = Callable[..., tuple[int, Any]]
Enroll = Callable[[int], Any]
DEADLINE_S = 60.0
LITTLE_S = 3.0


@pytest.fixture(autouse=True)
def _at_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A data folder and a master key of its own."""
    monkeypatch.setenv("NOSEPRINT_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("NOSEPRINT_MASTER_KEY", KeyRing.generate().written().reveal())
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    """Run a command with --json and give its exit code and its answer."""

    def run_command(*arguments: object) -> tuple[int, Any]:
        code = main([*map(str, arguments), "--json"])
        return code, json.loads(capsys.readouterr().out)

    return run_command


@pytest.fixture
def photo(noses: Path) -> Callable[[int, int], str]:
    return lambda dog, number: str(noses / f"dog-{dog}" / f"{number:02}.jpg")


@pytest.fixture
def enroll(run: Run, photo: Callable[[int, int], str]) -> Enroll:
    def enroll_dog(dog: int) -> Any:  # noqa: ANN401 (what JSON holds)
        code, pet = run("enroll", "--pet-name", f"dog {dog}", photo(dog, 1), photo(dog, 2))
        assert code == 0
        return pet

    return enroll_dog


@pytest.fixture
def network(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """A bucket that cannot be reached, until the network comes back; a folder stands in for the bucket then."""
    for name, value in {"ACCESS_KEY": "AKID", "SECRET_KEY": "s", "ENDPOINT": "http://127.0.0.1:9"}.items():
        monkeypatch.setenv(f"NCP_{name}", value)

    def comes_back() -> None:
        for name in ("ACCESS_KEY", "SECRET_KEY", "ENDPOINT"):
            monkeypatch.delenv(f"NCP_{name}")

    return comes_back


@pytest.fixture
def objects(tmp_path: Path) -> Callable[[], set[str]]:
    folder = tmp_path / "data" / "objects"
    return lambda: {file.relative_to(folder).as_posix() for file in folder.rglob("*") if file.is_file()}


def test_a_clinic_without_network_goes_on_and_sends_everything_later(
    run: Run,
    enroll: Enroll,
    photo: Callable[[int, int], str],
    network: Callable[[], None],
    objects: Callable[[], set[str]],
) -> None:
    pet = enroll(1)
    assert pet["sync"] == {"pets": 1, "waiting": 4, "parked": 0, "trouble": "ML_5003"}
    code, verified = run("verify", "--pet-did", pet["pet_did"], photo(1, 4))
    assert (code, verified["verdict"], verified["sync"]["waiting"]) == (0, "same", 5)
    assert run("identify", photo(1, 5))[1]["pet_did"] == pet["pet_did"]
    assert run("sync")[1]["waiting"] == 5
    assert objects() == set()
    network()
    assert run("sync", "--once") == (0, {"pets": 0, "waiting": 0, "parked": 0, "trouble": None})
    expected = {*pet["photo_keys"], verified["image_key"], f"pet/petDID/{pet['pet_did']}.json"}
    assert expected < objects()
    assert len(objects()) == 5


def test_people_are_told_in_words_what_waits(
    photo: Callable[[int, int], str], network: Callable[[], None], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["enroll", "--pet-name", "초코", photo(1, 1), photo(1, 2)]) == 0
    assert "1마리의 자료가 네트워크를 기다려요" in capsys.readouterr().out
    assert main(["--lang", "en", "sync"]) == 1
    assert "data of 1 pet waits for the network" in capsys.readouterr().out
    network()
    assert main(["--lang", "en", "sync"]) == 0
    assert "everything is synced" in capsys.readouterr().out


def test_what_was_saved_before_is_sent_with_what_is_saved_now(
    enroll: Enroll, network: Callable[[], None], objects: Callable[[], set[str]]
) -> None:
    first = enroll(1)
    network()
    second = enroll(2)
    assert second["sync"] == {"pets": 0, "waiting": 0, "parked": 0, "trouble": None}
    assert {*first["photo_keys"], *second["photo_keys"]} < objects()


@pytest.fixture
def conflict(enroll: Enroll, network: Callable[[], None], tmp_path: Path) -> Path:
    """The other content that the storage has under the key of a photo that waits here; its file."""
    theirs = tmp_path / "data" / "objects" / enroll(1)["photo_keys"][0]
    network()
    theirs.parent.mkdir(parents=True)
    theirs.write_bytes(b"another photo")
    return theirs


def test_a_conflict_waits_for_a_person_who_may_say_that_ours_is_right(run: Run, conflict: Path, tmp_path: Path) -> None:
    key = conflict.relative_to(tmp_path / "data" / "objects").as_posix()
    code, left = run("sync")
    assert (code, left["parked"], left["trouble"]) == (1, 1, None)
    _, listed = run("sync", "--list")
    assert listed["total"] == 4
    assert [(item["state"], item["error"]) for item in listed["entries"][:2]] == [
        ("parked", "NP_2013"),
        ("waiting", None),
    ]
    assert (listed["entries"][0]["key"], run("sync", "--list", "--limit", 1)[1]["total"]) == (key, 4)
    assert run("sync", "--retry", "all")[1]["parked"] == 1
    assert conflict.read_bytes() == b"another photo"
    assert run("sync", "--keep-ours", key)[0] == 0
    assert conflict.read_bytes().startswith(b"\xff\xd8\xff")
    assert [entry["event"] for entry in run("audit", "show")[1]["entries"] if entry["event"] == "NA-3007"]


def test_a_person_may_say_that_the_storages_content_is_right(
    run: Run, conflict: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    key = conflict.relative_to(tmp_path / "data" / "objects").as_posix()
    run("sync")
    assert run("sync", "--keep-theirs", key) == (0, {"pets": 0, "waiting": 0, "parked": 0, "trouble": None})
    assert conflict.read_bytes() == b"another photo"
    (entry,) = run("sync", "--list")[1]["entries"]
    assert (entry["key"], entry["state"]) == (key, "theirs")
    main(["--lang", "en", "sync", "--list"])
    assert "theirs kept" in capsys.readouterr().out
    assert run("sync")[0] == 0
    assert len(list((tmp_path / "data" / "spool").glob("[0-9a-f]*"))) == 3, "ours is swept"


def test_people_read_why_something_waits(
    enroll: Enroll, network: Callable[[], None], capsys: pytest.CaptureFixture[str]
) -> None:
    assert network
    enroll(1)
    main(["sync"])
    assert main(["--lang", "en", "sync", "--list", "--limit", "1"]) == 0
    told = capsys.readouterr()
    assert "The storage cannot be reached" in told.out
    assert "4 in all" in told.err


def test_a_retry_of_what_nobody_parked_is_refused(run: Run) -> None:
    assert run("sync", "--retry", "no/such/key")[1]["error"]["name"] == "INVALID_REQUEST"
    assert run("sync", "--retry", "all")[0] == 0


@pytest.mark.parametrize(
    "options",
    [
        ["--once", "--watch"],
        ["--list", "--retry", "all"],
        ["--keep-ours", "k", "--keep-theirs", "k"],
        ["--to-this-store", "--holders"],
    ],
)
def test_options_that_contradict_each_other_are_misuse(run: Run, options: list[str]) -> None:
    assert run("sync", *options)[0] == 2


def test_what_another_program_sends_is_left_to_it(
    enroll: Enroll, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sync, "open_store", Mock(side_effect=AssertionError("the storage is not even asked")))
    (tmp_path / "data").mkdir()
    with locked(tmp_path / "data" / ".noseprint-syncing"):
        start = time.monotonic()
        with open_holdings(load_settings()) as holdings:
            assert sync.send_soon(load_settings(), holdings).trouble
        assert time.monotonic() - start < LITTLE_S
        assert enroll(1)["sync"] == {"pets": 1, "waiting": 4, "parked": 0, "trouble": "NP_2012"}
        assert main(["sync", "--once"]) == 1
        assert "NP_2012" in capsys.readouterr().err


@pytest.mark.skipif(os.name != "posix", reason="signals")
def test_a_watch_sends_what_others_save_until_it_is_told_to_stop(
    enroll: Enroll, network: Callable[[], None], objects: Callable[[], set[str]]
) -> None:
    enroll(1)
    network()
    program = "from command_line.main import run; run()"
    command = [sys.executable, "-c", program, "--lang", "en", "sync", "--watch"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as watch:
        end = time.monotonic() + DEADLINE_S
        while len(objects()) < 4 and time.monotonic() < end:
            time.sleep(0.05)
        second = main(["--lang", "en", "sync", "--watch"])
        watch.send_signal(signal.SIGTERM)
        told, noted = watch.communicate(timeout=DEADLINE_S)
    assert (second, watch.returncode, len(objects())) == (1, 0, 4)
    assert "everything is synced" in told
    assert "Ctrl+C" in noted


def test_only_a_conflict_is_answered_as_one(
    run: Run, enroll: Enroll, network: Callable[[], None], tmp_path: Path
) -> None:
    key = enroll(1)["photo_keys"][0]
    for content in (tmp_path / "data" / "spool").glob("[0-9a-f]*"):
        content.write_bytes(b"damaged")
    network()
    assert run("sync")[1]["parked"] == 1
    for answer in ("--keep-ours", "--keep-theirs"):
        assert run("sync", answer, key)[1]["error"]["name"] == "INVALID_REQUEST"


def test_what_cannot_be_counted_after_it_was_saved_is_told_as_trouble_and_no_error(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    settings = load_settings()
    fault = NoseprintError(ErrorCode.RECORDS_UNAVAILABLE, "locked")
    with open_holdings(settings) as holdings:
        monkeypatch.setattr(holdings.outbox, "counts", Mock(side_effect=fault))
        assert sync.send_soon(settings, holdings) == sync.Left(0, 0, 0, fault)


def test_nothing_is_sent_to_another_storage_before_a_person_says_so(
    run: Run,
    enroll: Enroll,
    objects: Callable[[], set[str]],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    enroll(1)
    assert len(objects()) == 4
    (tmp_path / "data").rename(tmp_path / "moved")
    shutil.rmtree(tmp_path / "moved" / "objects")
    monkeypatch.setenv("NOSEPRINT_DATA_DIR", str(tmp_path / "moved"))
    assert enroll(2)["sync"] == {"pets": 1, "waiting": 4, "parked": 0, "trouble": "NP_2021"}
    assert run("sync")[1]["error"]["name"] == "STORE_CHANGED"
    assert not (tmp_path / "moved" / "objects").exists()
    assert main(["--lang", "en", "sync", "--to-this-store"]) == 0
    assert "To be sent again" in capsys.readouterr().out
    sent = [file for file in (tmp_path / "moved" / "objects").rglob("*") if file.is_file()]
    assert len(sent) == 8
    assert run("sync", "--to-this-store")[1]["due_again"] == 8
    assert [entry["event"] for entry in run("audit", "show")[1]["entries"]].count("NA-3009") == 2


def test_what_no_machine_can_send_to_the_new_storage_is_counted(
    run: Run, enroll: Enroll, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NOSEPRINT_SYNC_KEEP_DAYS", "0")
    enroll(1)
    run("sync")
    told = run("sync", "--to-this-store")[1]
    assert (told["due_again"], told["left_behind"]) == (0, 4)
    main(["--lang", "en", "sync", "--to-this-store"])
    assert "Copy them from the former storage" in capsys.readouterr().out


def test_a_vector_whose_photos_the_former_storage_alone_has_is_held_back_and_people_are_told(
    run: Run, enroll: Enroll, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NOSEPRINT_SYNC_KEEP_DAYS", "0")
    enroll(1)
    run("sync")
    with open_holdings(load_settings()) as holdings:
        (photo, *_) = holdings.records.find_pets("dog 1")[0].photo_keys
        pet_did = photo.split("/")[1]
        new = NewEntry(pet_did, EntryKind.VECTOR, f"pet/petDID/{pet_did}.json", "application/json", "a", "a" * 64, 1)
        holdings.outbox.enqueue([new], datetime.now(UTC))
    assert main(["--lang", "en", "sync", "--to-this-store"]) == 1
    assert "1 vectors: their photos lie in the former storage alone" in capsys.readouterr().out
    (entry,) = run("sync", "--list")[1]["entries"]
    assert (entry["state"], entry["error"]) == ("parked", "NP_2027")
    main(["--lang", "en", "sync", "--list"])
    assert "The photos of this vector lie in the former storage" in capsys.readouterr().out


def test_a_decision_stands_though_another_program_sends(run: Run, conflict: Path, tmp_path: Path) -> None:
    key = conflict.relative_to(tmp_path / "data" / "objects").as_posix()
    run("sync")
    with locked(tmp_path / "data" / ".noseprint-syncing"):
        left = run("sync", "--keep-ours", key)[1]
        assert (left["waiting"], left["parked"], left["trouble"]) == (4, 0, "NP_2012")
        assert run("sync", "--to-this-store")[1]["error"]["name"] == "ALREADY_RUNNING"


def test_a_lost_machine_is_given_up_by_its_name_and_people_are_told_what_that_means(
    run: Run, enroll: Enroll, network: Callable[[], None], capsys: pytest.CaptureFixture[str]
) -> None:
    assert network
    enroll(1)
    with open_holdings(load_settings()) as holdings:
        photo = holdings.outbox.open_entries()[0]
        lost = NewEntry(*(getattr(photo, field.name) for field in fields(NewEntry)))
        Outbox(holdings.records.engine, "lost-kiosk").enqueue([lost], datetime.now(UTC))
    listed = run("sync", "--holders")[1]["holders"]
    assert [(item["holder"], item["waiting"], item["is_this"]) for item in listed] == [
        ("lost-kiosk", 1, False),
        ("this machine", 4, True),
    ]
    assert main(["--lang", "en", "sync", "--holders"]) == 0
    assert "this one" in capsys.readouterr().out
    assert run("sync", "--give-up", "this machine")[1]["error"]["name"] == "INVALID_REQUEST"
    main(["--lang", "en", "sync", "--give-up", "lost-kiosk"])
    assert "what lay only on that machine never reaches the storage" in capsys.readouterr().out
    assert [item["holder"] for item in run("sync", "--holders")[1]["holders"]] == ["this machine"]
    assert run("sync", "--list")[1]["entries"][-1]["state"] == "given_up"
    main(["--lang", "en", "sync", "--list"])
    assert "lost with the machine lost-kiosk" in capsys.readouterr().out
    with open_holdings(load_settings()) as holdings:
        more = [replace(lost, spool_name=f"{number}") for number in range(2)]
        Outbox(holdings.records.engine, "lost-kiosk").enqueue(more, datetime.now(UTC))
    run("sync", "--give-up", "lost-kiosk")
    listed = run("sync", "--list", "--limit", 1)[1]
    assert (len(listed["entries"]), listed["total"]) == (1, 4 + 3), "counted, not as many as were read"


def test_a_reason_that_only_a_newer_program_knows_is_shown_as_it_stands(
    enroll: Enroll, network: Callable[[], None], capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert network
    enroll(1)
    with closing(sqlite3.connect(tmp_path / "data" / "records.db")) as database:
        database.execute("UPDATE outbox_entries SET error_code = 'NP_9999', error_detail = 'from the future'")
        database.commit()
    assert main(["--lang", "en", "sync", "--list"]) == 0
    assert "NP_9999: from the future" in capsys.readouterr().out


@pytest.mark.parametrize("code", ErrorCode)
def test_a_reason_whose_sentence_names_what_no_entry_keeps_is_shown_as_it_stands(code: ErrorCode) -> None:
    entry = Entry("p", EntryKind.PHOTO, "k", "image/jpeg", "s", "a" * 64, 1, error_code=code.value, error_detail="why")
    assert sync_lists._reason(Terminal(as_json=False, language="en"), entry).startswith(f"{code.value}: ")
