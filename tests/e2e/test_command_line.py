"""The program as a person at a terminal meets it: real model, real files, real exit codes."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from command_line.context import split_common_options
from command_line.main import _ROOMS, main
from command_line.upkeep import settings_reference
from tests.support import pictures

Run = Callable[..., tuple[int, Any]]
Photo = Callable[[int, int], Path]
Enroll = Callable[..., tuple[int, Any]]


@pytest.fixture(autouse=True)
def _at_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A data folder of its own, and a working folder without anyone's `.env`."""
    monkeypatch.setenv("NOSEPRINT_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    """Run a command with --json and give its exit code and its answer."""

    def run_command(*arguments: object) -> tuple[int, Any]:
        code = main([*map(str, arguments), "--json"])
        return code, json.loads(capsys.readouterr().out)

    return run_command


@pytest.fixture
def photo(noses: Path) -> Callable[[int, int], Path]:
    return lambda dog, number: noses / f"dog-{dog}" / f"{number:02}.jpg"


@pytest.fixture
def enroll(run: Run, photo: Callable[[int, int], Path]) -> Callable[..., tuple[int, Any]]:
    def enroll_dog(dog: int, *more: object) -> tuple[int, Any]:
        photos = [photo(dog, number) for number in (1, 2, 3)]
        return run("enroll", "--pet-name", f"dog {dog}", *more, *photos)

    return enroll_dog


def test_a_dog_is_enrolled_verified_and_found_again(run: Run, enroll: Enroll, photo: Photo) -> None:
    code, pet = enroll(1)
    assert code == 0
    assert pet["duplicates"] == []
    assert run("verify", "--pet-did", pet["pet_did"], photo(1, 4))[1]["verdict"] == "same"
    assert run("verify", "--pet-did", pet["pet_did"], photo(2, 1))[1]["verdict"] == "different"
    code, found = run("identify", photo(1, 5), "--top", 3)
    assert (code, found["found"], found["candidates"][0]["pet_did"]) == (0, True, pet["pet_did"])
    assert run("identify", photo(3, 1))[1]["found"] is False


def test_the_pet_did_of_the_first_photo_is_what_extract_says(run: Run, enroll: Enroll, tmp_path: Path) -> None:
    _, pet = enroll(1)
    first = tmp_path / "data" / "objects" / pet["photo_keys"][0]
    code, extracted = run("extract", first)
    assert code == 0
    assert extracted["pet_did"] == pet["pet_did"]
    assert len(extracted["vector"]) == extracted["vector_size"] == 512


def test_a_second_enrolment_is_refused_unless_it_is_allowed(run: Run, enroll: Enroll, photo: Photo) -> None:
    _, first = enroll(1)
    code, refused = enroll(1)
    assert code == 1
    assert refused["error"]["code"] == "NP_1003"
    assert refused["duplicates"][0]["pet_did"] == first["pet_did"]
    code, second = run("enroll", "--pet-name", "again", "--allow-duplicate", photo(1, 4), photo(1, 5))
    assert code == 0
    assert second["duplicates"][0]["pet_did"] == first["pet_did"]


def test_a_guardian_is_shown_only_after_consent(run: Run, enroll: Enroll) -> None:
    guardian = ("--guardian-name", "홍길동", "--guardian-phone", "010-1234-5678")
    _, silent = enroll(1, *guardian)
    _, agreed = enroll(2, *guardian, "--consent", "--breed", "Poodle", "--age", 3, "--sex", "female")
    assert (silent["guardian_kept"], silent["guardian_name"], silent["guardian_phone"]) == (False, None, None)
    assert (agreed["guardian_kept"], agreed["guardian_phone"]) == (True, "+821012345678")
    _, found = run("pets", "1234-5678")
    assert [pet["pet_did"] for pet in found["pets"]] == [agreed["pet_did"]]


def test_the_evidence_of_a_verification_is_drawn_for_a_person(
    run: Run, enroll: Enroll, photo: Photo, tmp_path: Path
) -> None:
    _, pet = enroll(1)
    picture = tmp_path / "evidence.png"
    _, same = run("verify", "--pet-did", pet["pet_did"], photo(1, 4), "--evidence", picture)
    assert picture.read_bytes().startswith(b"\x89PNG")
    _, other = run("verify", "--pet-did", pet["pet_did"], photo(2, 1), "--evidence", picture)
    assert same["evidence"]["inliers"] == same["inliers"] > other["inliers"] == other["evidence"]["inliers"]
    assert same["similarity"] == same["keypoints"]["similarity"] > 0.85
    code, told = run("verify", "--pet-did", pet["pet_did"], photo(1, 4), "--evidence", tmp_path / "no" / "folder.png")
    assert (code, told["evidence"]["error"]["name"]) == (1, "FILE_NOT_READABLE")
    assert told["verdict"] == "same"


def test_a_number_that_is_known_keeps_its_guardian(run: Run, enroll: Enroll) -> None:
    enroll(1, "--guardian-name", "홍길동", "--guardian-phone", "010-1234-5678", "--consent")
    _, second = enroll(2, "--guardian-name", "김철수", "--guardian-phone", "010 1234 5678", "--consent")
    assert second["guardian_name"] == "홍길동"
    assert len({pet["guardian_name"] for pet in run("pets")[1]["pets"]}) == 1


def test_comparing_two_photos_gives_every_score(run: Run, photo: Photo) -> None:
    code, same = run("compare", photo(1, 1), photo(1, 2))
    _, other = run("compare", photo(1, 1), photo(2, 1))
    assert code == 0
    assert set(same) == {"similarity", "cosine_similarity", "euclidean_distance", "verdict"}
    assert same["similarity"] > other["similarity"]


def test_evaluating_a_folder_counts_and_draws(run: Run, noses: Path, tmp_path: Path) -> None:
    code, figures = run("evaluate", noses, "--det", tmp_path / "det.svg")
    assert code == 0
    assert (figures["identities"], figures["photos"], figures["genuine_comparisons"]) == (6, 30, 60)
    assert figures["eer"]["eer"]["value"] < 0.05
    assert (tmp_path / "det.svg").read_text().startswith("<svg")


def test_calibrating_writes_the_manifest_of_the_model_in_use(
    run: Run, noses: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shipped = noses.parent / "model"
    for name in ("noseprint-base.onnx", "noseprint-base.toml"):
        (tmp_path / name).write_bytes((shipped / name).read_bytes())
    monkeypatch.setenv("MODEL_PATH", str(tmp_path / "noseprint-base.onnx"))
    code, refused = run("evaluate", noses, "--calibrate")
    assert (code, refused["error"]["name"]) == (1, "INVALID_REQUEST")
    many = tmp_path / "many"
    many.mkdir()
    for dog in range(80):  # small pictures have few points, and 3,160 pairs are matched
        (many / f"{dog}.jpg").write_bytes(pictures.jpeg(pictures.noise(16, 12, seed=dog)))
    code, written = run("evaluate", many, "--calibrate")
    assert code == 0
    manifest = tomllib.loads((tmp_path / "noseprint-base.toml").read_text("utf-8"))
    assert manifest["calibration"]["cosine"] == written["cosine"]
    assert "many" in manifest["calibration"]["source"]
    assert manifest["keypoints"] == written["keypoints"]
    assert run("model", "verify")[0] == 0


def test_doctor_finds_a_healthy_machine_and_a_broken_one(
    run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("GRPC_PORT", "0")
    code, healthy = run("doctor")
    assert (code, healthy["ok"]) == (0, True)
    monkeypatch.setenv("MODEL_PATH", str(tmp_path / "gone.onnx"))
    code, sick = run("doctor")
    assert (code, sick["ok"]) == (1, False)
    assert [item["name"] for item in sick["checks"] if not item["ok"]] == ["model"]


def test_settings_show_every_value_but_no_secret(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NCP_ACCESS_KEY", "AKID")
    monkeypatch.setenv("NCP_SECRET_KEY", "hunter2")
    _, shown = run("settings")
    values = {item["name"]: item["value"] for item in shown["settings"]}
    assert values["ncp_access_key"] == "AKID"
    assert "hunter2" not in json.dumps(shown)


def test_model_fetch_takes_a_model_from_the_store(
    run: Run, noses: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert run("model", "fetch")[1]["error"]["name"] == "SETTINGS_INVALID"
    monkeypatch.setenv("NCP_MODEL_KEY", "models/embedder_model.onnx")
    assert run("model", "fetch")[1]["error"]["name"] == "OBJECT_NOT_FOUND"
    assert run("extract", noses / "dog-1" / "01.jpg")[1]["error"]["name"] == "OBJECT_NOT_FOUND"
    bucket = tmp_path / "data" / "objects" / "models"
    bucket.mkdir(parents=True)
    (bucket / "embedder_model.onnx").write_bytes((noses.parent / "model" / "noseprint-base.onnx").read_bytes())
    code, fetched = run("model", "fetch")
    assert code == 0
    assert run("model", "info")[1]["file"] == fetched["file"]


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["extract", "no-such-file.jpg"], "NP_1009"),
        (["verify", "--pet-did", "not a DID", "PHOTO"], "ML_4006"),
        (["verify", "--pet-did", "did:ethr:besu:0x" + "0" * 40, "PHOTO"], "ML_4004"),
        (["enroll", "--pet-name", "x", "PHOTO"], "NP_1001"),
        (["enroll", "--pet-name", "x", "--microchip", "123", "PHOTO", "PHOTO"], "NP_1006"),
        (["enroll", "--pet-name", "x", "--age", "99", "PHOTO", "PHOTO"], "NP_1008"),
        (["evaluate", "no-such-folder"], "NP_1010"),
    ],
)
def test_bad_input_is_one_coded_sentence_and_a_failing_exit_code(
    run: Run, photo: Photo, arguments: list[str], code: str
) -> None:
    words = [str(photo(1, 1)) if word == "PHOTO" else word for word in arguments]
    exit_code, answer = run(*words)
    assert exit_code == 1
    assert answer["error"]["code"] == code


def test_errors_speak_the_persons_language(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["extract", "nothing.jpg"]) == 1
    assert "NP_1009: 파일을 열 수 없어요" in capsys.readouterr().err
    assert main(["--lang", "en", "extract", "nothing.jpg"]) == 1
    assert "NP_1009: The file cannot be opened" in capsys.readouterr().err


def test_a_wrong_setting_is_named(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GRPC_PORT", "eighty")
    code, answer = run("pets")
    assert (code, answer["error"]["code"]) == (1, "NP_2001")
    assert "grpc_port" in answer["error"]["message"]


def test_a_misused_command_line_is_a_coded_sentence_and_leaves_with_two(
    run: Run, photo: Photo, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["no-such-command"]) == 2
    told = capsys.readouterr().err
    assert "ML_4006" in told
    assert "no-such-command" in told
    for misuse in (["no-such-command"], ["enroll", "--pet-name", "x"], ["identify", photo(1, 1), "--top", 0]):
        code, answer = run(*misuse)
        assert (code, answer["error"]["code"]) == (2, "ML_4006")
    assert "--limit" in run("pets", "--limit", "x")[1]["error"]["detail"]


def test_one_photo_given_twice_counts_once(run: Run, photo: Photo) -> None:
    code, answer = run("enroll", "--pet-name", "x", photo(1, 1), photo(1, 1))
    assert (code, answer["error"]["code"]) == (1, "NP_1001")
    assert "photo 2: repeated" in answer["error"]["detail"]


def test_the_demonstration_reaches_neither_the_clinics_bucket_nor_its_database(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {
        "DB_HOST": "127.0.0.1",
        "DB_PORT": "9",
        "NCP_ACCESS_KEY": "AKID",
        "NCP_SECRET_KEY": "s",
        "NCP_ENDPOINT": "http://127.0.0.1:9",
    }.items():
        monkeypatch.setenv(name, value)
    assert run("demo")[0] == 0


def test_a_damaged_model_is_not_called_whole(
    run: Run, noses: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert run("model", "verify")[0] == 0
    damaged = bytearray((noses.parent / "model" / "noseprint-base.onnx").read_bytes())
    damaged[len(damaged) // 2] ^= 1
    (tmp_path / "damaged.onnx").write_bytes(damaged)
    monkeypatch.setenv("MODEL_PATH", str(tmp_path / "damaged.onnx"))
    code, answer = run("model", "verify")
    assert (code, answer["error"]["name"]) == (1, "MODEL_FILE_INVALID")


@pytest.mark.skipif(os.name != "posix", reason="folders have no such modes here")
def test_records_and_objects_are_their_owners_alone_also_in_an_open_folder(enroll: Enroll, tmp_path: Path) -> None:
    (tmp_path / "data").mkdir(mode=0o755)
    assert enroll(1)[0] == 0
    assert [item.name for item in (tmp_path / "data").iterdir() if item.stat().st_mode & 0o077] == []


@pytest.mark.skipif(os.name != "posix", reason="folders have no such modes here")
def test_the_data_folder_is_its_owners_alone_whatever_made_it(run: Run, tmp_path: Path) -> None:
    run("doctor")
    assert (tmp_path / "data").stat().st_mode & 0o077 == 0


def test_a_pipe_that_cannot_take_hangul_or_ticks_breaks_nothing(photo: Photo, tmp_path: Path) -> None:
    environment = os.environ | {"PYTHONIOENCODING": "cp949", "NOSEPRINT_DATA_DIR": str(tmp_path / "data")}
    program = "from command_line.main import run; run()"
    arguments = ["enroll", "--pet-name", "초코🐶", str(photo(1, 1)), str(photo(1, 2))]
    done = subprocess.run(
        [sys.executable, "-c", program, *arguments], capture_output=True, env=environment, check=False
    )
    assert done.returncode == 0
    assert "초코🐶" in done.stdout.decode("utf-8")


def test_a_pet_did_is_never_broken_across_lines(
    enroll: Enroll, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    _, pet = enroll(1)
    monkeypatch.setenv("COLUMNS", "60")
    assert main(["pets"]) == 0
    assert pet["pet_did"] in capsys.readouterr().out


def test_people_read_tables(capsys: pytest.CaptureFixture[str], photo: Photo) -> None:
    photos = [str(photo(1, number)) for number in (1, 2)]
    assert main(["enroll", "--pet-name", "초코", *photos]) == 0
    assert "초코" in capsys.readouterr().out
    assert main(["identify", str(photo(1, 3))]) == 0
    assert "✔ 같은 강아지입니다" in capsys.readouterr().out
    assert main(["pets", "--lang", "en"]) == 0
    assert "Guardian" in capsys.readouterr().out


def test_a_damaged_record_is_listed_as_such_beside_the_others(
    run: Run, enroll: Enroll, photo: Photo, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    dids = [enroll(dog)[1]["pet_did"] for dog in (1, 2)]
    connection = sqlite3.connect(tmp_path / "data" / "records.db")
    with connection:
        connection.execute("UPDATE pets SET sealed = ? WHERE id = 1", (bytes(300),))
    connection.close()
    listed = run("pets")[1]["pets"]
    assert [(pet["pet_did"], pet["damaged"]) for pet in listed] == [(dids[1], None), (dids[0], "NP_2010")]
    assert main(["pets"]) == 0
    assert "손상된 기록, NP_2010" in capsys.readouterr().out
    assert run("identify", photo(1, 4))[1]["pet_did"] == dids[0]


def test_help_shows_every_command_and_each_is_found_in_its_room(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--help"]) == 0
    shown = capsys.readouterr().out
    for commands in _ROOMS.values():
        for command in commands:
            assert command in shown
            assert main([command, "--help"]) == 0
            assert "Usage" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("written", "understood"),
    [
        (["pets", "--json"], ["--json", "pets"]),
        (["pets", "--data-dir", "x", "y"], ["--data-dir", "x", "pets", "y"]),
        (["pets", "--data-dir=x"], ["--data-dir=x", "pets"]),
        (["pets", "--", "--json"], ["pets", "--", "--json"]),
        (["pets", "--lang"], ["pets", "--lang"]),
    ],
)
def test_common_options_may_stand_anywhere(written: list[str], understood: list[str]) -> None:
    front, rest = split_common_options(written)
    assert front + rest == understood


def test_the_demonstration_shows_what_it_should(run: Run) -> None:
    code, story = run("demo")
    assert code == 0
    assert story["ok"]
    assert len(story["steps"]) >= 7


def test_the_settings_reference_is_up_to_date(noses: Path) -> None:
    assert (noses.parent.parent / "docs" / "settings.md").read_text("utf-8") == settings_reference()
