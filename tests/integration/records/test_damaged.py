from __future__ import annotations

import random
import sqlite3
from typing import TYPE_CHECKING

import pytest

from noseprint.errors import ErrorCode, NoseprintError
from noseprint.records.entities import GuardianDetails, PetFacts
from noseprint.records.records import Records, sqlite_url
from tests.support.vault import VAULT

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.integration.records.conftest import MakeEnrolment

PAGE = 16384
GARBAGE = random.Random(7).randbytes(PAGE)  # noqa: S311 (nothing secret)


@pytest.fixture
def file(tmp_path: Path, make_enrolment: MakeEnrolment) -> Path:
    """The file of closed records with some pets, a dozen pages and more."""
    kept = tmp_path / "records.db"
    with Records.open(sqlite_url(kept), VAULT) as records:
        for _ in range(40):
            records.enrol(make_enrolment(facts=PetFacts("초코", features="흰 양말 " * 100)))
    assert kept.stat().st_size > 12 * PAGE
    return kept


def use(file: Path) -> None:
    with Records.open(sqlite_url(file), VAULT) as records:
        records.find_pets()
        records.templates("a" * 64)


def code_of(call: Callable[[], object]) -> NoseprintError:
    with pytest.raises(NoseprintError) as caught:
        call()
    return caught.value


def overwrite(content: bytes, at: int, garbage: bytes) -> bytes:
    return content[:at] + garbage + content[at + len(garbage) :]


@pytest.mark.parametrize(
    "damage",
    [
        pytest.param(lambda whole: overwrite(whole, 0, GARBAGE[:100]), id="header overwritten"),
        pytest.param(lambda whole: overwrite(whole, 0, bytes(PAGE)), id="first page erased"),
        pytest.param(lambda whole: whole[:10], id="cut within the header"),
        pytest.param(lambda whole: whole[:100], id="cut behind the header"),
        pytest.param(lambda whole: whole[: len(whole) // 2], id="cut in half"),
        pytest.param(lambda whole: whole[: len(whole) // PAGE // 2 * PAGE], id="cut between pages"),
        pytest.param(lambda whole: whole[:PAGE] + GARBAGE * (len(whole) // PAGE - 1), id="all pages but the first"),
        pytest.param(lambda _: b"photos of dogs" * 100, id="not a database"),
    ],
)
def test_a_damaged_file_is_told_from_one_out_of_reach_and_left_as_it_is(
    file: Path, damage: Callable[[bytes], bytes]
) -> None:
    damaged = damage(file.read_bytes())
    file.write_bytes(damaged)
    error = code_of(lambda: use(file))
    assert error.code is ErrorCode.RECORDS_DAMAGED
    assert not error.retryable
    assert error.detail.startswith("DatabaseError: SQLITE_")
    assert file.read_bytes() == damaged
    assert [kept.name for kept in file.parent.iterdir() if kept.suffix] == [file.name]


def pages_of(file: Path, table: str) -> int:
    connection = sqlite3.connect(file)
    (page,) = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = ?", (table,)).fetchone()
    connection.close()
    return int(page)


@pytest.mark.parametrize("table", ["pets", "photos", "consents", "guardians", "templates"])
def test_one_page_of_the_middle_overwritten_is_damage_when_it_is_read(file: Path, table: str) -> None:
    damaged = overwrite(file.read_bytes(), (pages_of(file, table) - 1) * PAGE, GARBAGE)
    file.write_bytes(damaged)
    assert code_of(lambda: use(file)).code is ErrorCode.RECORDS_DAMAGED
    assert file.read_bytes() == damaged


def test_damage_met_while_writing_is_damage_too(file: Path, make_enrolment: MakeEnrolment) -> None:
    damaged = overwrite(file.read_bytes(), (pages_of(file, "guardians") - 1) * PAGE, GARBAGE)
    file.write_bytes(damaged)
    with Records.open(sqlite_url(file), VAULT) as records:
        newcomer = make_enrolment(guardian=GuardianDetails("박바다", "010-9999-9999"))
        assert code_of(lambda: records.enrol(newcomer)).code is ErrorCode.RECORDS_DAMAGED
    assert file.read_bytes() == damaged


def test_text_that_is_none_is_damage_and_is_not_repeated(file: Path) -> None:
    connection = sqlite3.connect(file)
    connection.execute("UPDATE photos SET key = CAST(x'4B696D20ff' AS TEXT)")
    connection.commit()
    connection.close()
    error = code_of(lambda: use(file))
    assert error.code is ErrorCode.RECORDS_DAMAGED
    assert error.detail == "OperationalError"


def test_an_empty_file_is_the_beginning_of_new_records(tmp_path: Path) -> None:
    file = tmp_path / "records.db"
    file.touch()
    use(file)
