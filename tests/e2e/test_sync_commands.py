"""A clinic whose network is away, and comes back, as a person at a terminal meets it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any
from unittest.mock import Mock

import pytest

from command_line import sync
from command_line.main import main
from noseprint.bootstrap import open_holdings
from noseprint.disk import locked
from noseprint.errors import ErrorCode, NoseprintError
from noseprint.settings import load_settings
from noseprint.vault.key_ring import KeyRing

if TYPE_CHECKING:
    from pathlib import Path

Run = Callable[..., tuple[int, Any]]
Enroll = Callable[[int], Any]
DEADLINE_S = 60.0


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


def test_a_conflict_waits_for_a_person_who_may_say_that_ours_is_right(
    run: Run, enroll: Enroll, network: Callable[[], None], tmp_path: Path
) -> None:
    key = enroll(1)["photo_keys"][0]
    theirs = tmp_path / "data" / "objects" / key
    network()
    theirs.parent.mkdir(parents=True)
    theirs.write_bytes(b"another photo")
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
    assert theirs.read_bytes() == b"another photo"
    assert run("sync", "--retry", key, "--replace")[0] == 0
    assert theirs.read_bytes().startswith(b"\xff\xd8\xff")


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
    [["--once", "--watch"], ["--list", "--retry", "all"], ["--replace"], ["--retry", "all", "--replace"]],
)
def test_options_that_contradict_each_other_are_misuse(run: Run, options: list[str]) -> None:
    assert run("sync", *options)[0] == 2


def test_what_another_program_sends_is_left_to_it(
    enroll: Enroll, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sync, "_PATIENCE_S", 0.1)
    (tmp_path / "data").mkdir()
    with locked(tmp_path / "data" / ".noseprint-syncing"):
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


def test_only_a_conflict_can_be_replaced(run: Run, enroll: Enroll, network: Callable[[], None], tmp_path: Path) -> None:
    key = enroll(1)["photo_keys"][0]
    for content in (tmp_path / "data" / "spool").glob("[0-9a-f]*"):
        content.write_bytes(b"damaged")
    network()
    assert run("sync")[1]["parked"] == 1
    assert run("sync", "--retry", key, "--replace")[1]["error"]["name"] == "INVALID_REQUEST"


def test_what_cannot_be_counted_after_it_was_saved_is_told_as_trouble_and_no_error(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    settings = load_settings()
    fault = NoseprintError(ErrorCode.RECORDS_UNAVAILABLE, "locked")
    with open_holdings(settings) as holdings:
        monkeypatch.setattr(holdings.outbox, "counts", Mock(side_effect=fault))
        assert sync.send_soon(settings, holdings) == sync.Left(0, 0, 0, fault)
