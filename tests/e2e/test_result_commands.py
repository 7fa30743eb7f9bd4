"""Signed results, one pet's history, erasing and the table, as a person at a terminal meets them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from command_line.main import main

Run = Callable[..., tuple[int, Any]]


@pytest.fixture(autouse=True)
def _at_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NOSEPRINT_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    def run_command(*arguments: object) -> tuple[int, Any]:
        code = main([*map(str, arguments), "--json"])
        return code, json.loads(capsys.readouterr().out)

    return run_command


@pytest.fixture
def photo(noses: Path) -> Callable[[int], Path]:
    return lambda number: noses / "dog-1" / f"{number:02}.jpg"


@pytest.fixture
def pet_did(run: Run, photo: Callable[[int], Path]) -> str:
    guardian = ("--guardian-name", "홍길동", "--guardian-phone", "010-1234-5678", "--consent")
    code, pet = run("enroll", "--pet-name", "초코", *guardian, *(photo(number) for number in (1, 2, 3)))
    assert code == 0
    did: str = pet["pet_did"]
    return did


def test_a_signed_result_is_written_and_checked(run: Run, pet_did: str, photo: Callable[[int], Path]) -> None:
    more = ("--attest", "result.json", "--new-guardian", "010-9876-5432")
    code, answer = run("verify", "--pet-did", pet_did, photo(4), *more)
    assert (code, answer["attestation"]) == (0, {"file": "result.json"})
    code, stated = run("attestation", "check", "result.json", "--guardian", "01098765432")
    assert (code, stated["pet"], stated["verdict"], stated["guardian_is"]) == (0, pet_did, "same", "to")
    _, key = run("attestation", "key")
    assert stated["key"] == key["public_key"]
    assert run("attestation", "check", "result.json", "--key", key["public_key"])[0] == 0
    code, refused = run("attestation", "check", "result.json", "--key", "A" * 43)
    assert (code, refused["error"]["name"]) == (1, "RESULT_OF_UNKNOWN_CLINIC")


def test_an_altered_result_is_refused(run: Run, pet_did: str, photo: Callable[[int], Path]) -> None:
    run("verify", "--pet-did", pet_did, photo(4), "--attest", "result.json")
    file = Path("result.json")
    file.write_text(file.read_text("utf-8").replace('"same"', '"review"'), "utf-8")
    code, answer = run("attestation", "check", file)
    assert (code, answer["error"]["name"]) == (1, "RESULT_ALTERED")
    assert run("attestation", "check", "none.json")[1]["error"]["name"] == "FILE_NOT_READABLE"


def test_a_verdict_is_given_whatever_becomes_of_its_file(run: Run, pet_did: str, photo: Callable[[int], Path]) -> None:
    code, answer = run("verify", "--pet-did", pet_did, photo(4), "--attest", "no such folder/result.json")
    assert (code, answer["verdict"]) == (1, "same")
    assert answer["attestation"]["error"]["name"] == "FOLDER_NOT_USABLE"


def test_a_pet_has_a_history_until_after_it_is_erased(run: Run, pet_did: str, photo: Callable[[int], Path]) -> None:
    run("verify", "--pet-did", pet_did, photo(4))
    code, refused = run("pet", "erase", pet_did)
    assert (code, refused["error"]["name"]) == (2, "INVALID_REQUEST")
    code, erased = run("pet", "erase", pet_did, "--sure")
    assert (code, erased["deleted"], erased["fault"]) == (0, 4, None)
    code, told = run("pet", "history", pet_did)
    assert code == 0
    assert [one["event"] for one in told["history"]] == ["NA-1012", "NA-1011", "NA-1003", "NA-1001"]
    (left,) = run("pets")[1]["pets"]
    assert (left["pet_name"], left["guardian_name"], left["photo_keys"]) == ("-", None, [])


def test_all_pets_are_written_for_a_spreadsheet(run: Run, pet_did: str) -> None:
    assert run("pets", "--csv", "pets.csv")[0] == 0
    assert pet_did in Path("pets.csv").read_text("utf-8-sig")


def test_people_read_it_in_words(
    pet_did: str, photo: Callable[[int], Path], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["verify", "--pet-did", pet_did, str(photo(4)), "--attest", "result.json", "--lang", "en"]) == 0
    assert "Signed result" in capsys.readouterr().out
    assert main(["attestation", "check", "result.json", "--lang", "ko"]) == 0
    assert "서명이 맞아요" in capsys.readouterr().out
    assert main(["attestation", "key", "--lang", "ko"]) == 0
    assert main(["pet", "history", pet_did, "--lang", "ko"]) == 0
    assert "반려견 확인" in capsys.readouterr().out
    assert main(["pet", "erase", pet_did, "--sure", "--lang", "en"]) == 0
    assert "Erased" in capsys.readouterr().out
