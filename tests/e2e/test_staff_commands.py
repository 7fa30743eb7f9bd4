"""The commands about operators and the audit trail, as a person or a script gives them."""

from __future__ import annotations

import io
import json
import sqlite3
import sys
from collections.abc import Callable
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest

from command_line import staff
from command_line.main import main
from noseprint.records import pins
from noseprint.records.audit_events import AuditEvent, events_reference
from noseprint.vault.key_ring import KeyRing
from tests.support.program import Program

if TYPE_CHECKING:
    from pathlib import Path

Run = Callable[..., tuple[int, Any]]

ADMIN_PIN, STAFF_PIN, NEW_PIN = "190377", "3071", "9405"


@pytest.fixture(autouse=True)
def _at_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A data folder and a master key of its own."""
    monkeypatch.setenv("NOSEPRINT_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("NOSEPRINT_MASTER_KEY", KeyRing.generate().written().reveal())
    monkeypatch.chdir(tmp_path)


@pytest.fixture(autouse=True)
def _hashing_costs_little(monkeypatch: pytest.MonkeyPatch) -> None:
    """Dozens of PINs at their full cost would make these tests a matter of minutes."""
    real = pins._hash

    def cheap(pin: str, salt: bytes, _: pins.Cost, keyed_hash: pins.KeyedHash) -> bytes:
        return real(pin, salt, pins.Cost(4, 8, 1), keyed_hash)

    monkeypatch.setattr(pins, "_hash", cheap)


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run a command with --json and these lines on standard input, and give its exit code and its answer."""

    def run_command(*arguments: object, typed: tuple[str, ...] = ()) -> tuple[int, Any]:
        monkeypatch.setattr(sys, "stdin", io.StringIO("".join(f"{line}\n" for line in typed)))
        code = main([*map(str, arguments), "--json"])
        return code, json.loads(capsys.readouterr().out)

    return run_command


@pytest.fixture
def clinic(run: Run) -> Run:
    """A clinic with an admin, S1, and one of the staff, S2."""
    assert run("operator", "add", "김하늘", "--role", "admin", typed=(ADMIN_PIN,))[0] == 0
    assert run("operator", "add", "박바다", "--by", "S1", typed=(ADMIN_PIN, STAFF_PIN))[0] == 0
    return run


def test_a_clinic_takes_in_its_people(clinic: Run) -> None:
    code, answer = clinic("operator", "list")
    assert code == 0
    people = [(item["staff_id"], item["name"], item["role"]) for item in answer["operators"]]
    assert people == [("S1", "김하늘", "admin"), ("S2", "박바다", "staff")]


@pytest.mark.parametrize(
    ("arguments", "typed", "name"),
    [
        (("operator", "add", "최강"), (), "NOT_ALLOWED"),
        (("operator", "add", "최강", "--by", "S1"), ("2718", NEW_PIN), "WRONG_PIN"),
        (("operator", "add", "최강", "--by", "S1"), (ADMIN_PIN, "1234"), "WEAK_PIN"),
        (("operator", "add", "최강", "--by", "S1"), (ADMIN_PIN,), "INVALID_REQUEST"),
        (("operator", "add", "최강", "--by", "S2"), (STAFF_PIN, NEW_PIN), "NOT_ALLOWED"),
        (("operator", "add", " 박바다", "--by", "S1"), (ADMIN_PIN, NEW_PIN), "OPERATOR_NAME_TAKEN"),
        (("operator", "unlock", "S2"), (), "NOT_ALLOWED"),
        (("operator", "unlock", "S9", "--by", "S1"), (ADMIN_PIN,), "OPERATOR_UNKNOWN"),
        (("operator", "remove", "S1", "--by", "S1"), (ADMIN_PIN,), "LAST_ADMIN"),
        (("operator", "role", "S1", "staff", "--by", "S1"), (ADMIN_PIN,), "LAST_ADMIN"),
        (("audit", "show", "--event", "NA-9999"), (), "INVALID_REQUEST"),
        (("audit", "show", "--since", "yesterday"), (), "INVALID_REQUEST"),
    ],
)
def test_what_may_not_be_is_a_coded_sentence(
    clinic: Run, arguments: tuple[str, ...], typed: tuple[str, ...], name: str
) -> None:
    code, answer = clinic(*arguments, typed=typed)
    assert (code, answer["error"]["name"]) == (1, name)
    assert len(clinic("operator", "list")[1]["operators"]) == 2


def test_a_pin_is_one_owns_to_change(clinic: Run) -> None:
    assert clinic("operator", "set-pin", "s2", typed=(STAFF_PIN, NEW_PIN))[0] == 0
    assert clinic("operator", "set-pin", "S2", typed=(STAFF_PIN, ADMIN_PIN))[1]["error"]["name"] == "WRONG_PIN"
    assert clinic("operator", "set-pin", "S2", "--by", "S1", typed=(ADMIN_PIN, STAFF_PIN))[0] == 0


def test_who_is_locked_out_is_unlocked_by_an_admin(clinic: Run) -> None:
    for _ in range(5):
        clinic("operator", "set-pin", "S2", typed=("2718", NEW_PIN))
    code, answer = clinic("operator", "set-pin", "S2", typed=(STAFF_PIN, NEW_PIN))
    assert (code, answer["error"]["name"], answer["error"]["retryable"]) == (1, "LOCKED_OUT", True)
    assert clinic("operator", "unlock", "S2", "--by", "S1", typed=(ADMIN_PIN,)) == (0, {"ok": True, "staff_id": "S2"})
    assert clinic("operator", "set-pin", "S2", typed=(STAFF_PIN, NEW_PIN))[0] == 0


def test_a_lock_out_outlives_the_program_that_counted(tmp_path: Path) -> None:
    program = Program(tmp_path / "data")
    assert program.run("operator", "add", "김하늘", "--role", "admin", typed=[ADMIN_PIN]).code == 0
    wrong = [program.run("operator", "set-pin", "S1", typed=["2718", NEW_PIN]).error for _ in range(5)]
    assert wrong == ["WRONG_PIN"] * 5
    assert program.run("operator", "set-pin", "S1", typed=[ADMIN_PIN, NEW_PIN]).error == "LOCKED_OUT"


def test_an_admin_changes_roles_and_removes(clinic: Run) -> None:
    assert clinic("operator", "role", "S2", "admin", "--by", "S1", typed=(ADMIN_PIN,))[0] == 0
    assert clinic("operator", "remove", "S1", "--by", "S2", typed=(STAFF_PIN,))[0] == 0
    assert [item["staff_id"] for item in clinic("operator", "list")[1]["operators"]] == ["S2"]
    everyone = clinic("operator", "list", "--all")[1]["operators"]
    assert [bool(item["removed_at"]) for item in everyone] == [True, False]


def test_the_trail_tells_what_was_done_and_is_whole(clinic: Run) -> None:
    code, answer = clinic("audit", "show")
    assert code == 0
    assert [(item["event"], item["operator"]) for item in answer["entries"]] == [
        ("NA-2001", "S1"),
        ("NA-2006", "S1"),
        ("NA-2001", "-"),
    ]
    assert len(clinic("audit", "show", "--event", "na-2001", "--limit", 1)[1]["entries"]) == 1
    assert clinic("audit", "show", "--since", "2999-01-01")[1] == {"entries": []}
    code, proven = clinic("audit", "verify")
    assert (code, proven["ok"], proven["rows"], len(proven["hash"])) == (0, True, 3, 64)


def test_a_changed_row_is_named(clinic: Run, tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "data" / "records.db", isolation_level=None)) as connection:
        connection.execute("DROP TRIGGER audit_no_update")
        connection.execute("UPDATE audit SET operator = 'S2' WHERE seq = 2")
    code, answer = clinic("audit", "verify")
    assert (code, answer["error"]["code"], answer["error"]["name"], answer["seq"]) == (1, "NP_2019", "AUDIT_BROKEN", 2)


def test_without_its_key_the_clinic_is_not_given_a_new_one(clinic: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NOSEPRINT_MASTER_KEY", KeyRing.generate().written().reveal())
    assert clinic("operator", "list")[1]["error"]["name"] == "MASTER_KEY_MISSING"


def test_people_type_a_new_pin_twice_and_unseen(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    class Keyboard(io.StringIO):
        def isatty(self) -> bool:
            return True

    asked: list[str] = []
    waiting = [ADMIN_PIN, NEW_PIN, ADMIN_PIN, ADMIN_PIN]

    def answered(prompt: str, stream: object) -> str:
        assert stream is sys.stderr
        asked.append(prompt)
        return waiting.pop(0)

    monkeypatch.setattr(sys, "stdin", Keyboard())
    monkeypatch.setattr(staff, "getpass", answered)
    assert main(["operator", "add", "김하늘", "--role", "admin"]) == 1
    assert main(["operator", "add", "김하늘", "--role", "admin"]) == 0
    assert asked == ["새 PIN: ", "새 PIN 다시: "] * 2
    shown = capsys.readouterr()
    assert "관리자" in shown.out
    assert ADMIN_PIN not in shown.out + shown.err


def test_people_read_tables_in_their_language(clinic: Run, capsys: pytest.CaptureFixture[str]) -> None:
    assert clinic
    assert main(["operator", "list"]) == 0
    assert "박바다" in capsys.readouterr().out
    assert main(["audit", "show"]) == 0
    assert "NA-2001 직원 추가" in capsys.readouterr().out
    assert main(["--lang", "en", "audit", "show"]) == 0
    assert "S1 김하늘" in capsys.readouterr().out
    assert main(["--lang", "en", "audit", "verify"]) == 0
    assert "The audit trail is whole" in capsys.readouterr().out


def test_the_events_are_listed_and_printed_as_the_reference(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    assert len(run("audit", "events")[1]["events"]) == len(AuditEvent)
    assert main(["audit", "events", "--reference"]) == 0
    assert capsys.readouterr().out == events_reference()
