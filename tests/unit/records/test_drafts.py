from __future__ import annotations

import os
import time
from functools import partial
from typing import TYPE_CHECKING

import pytest

from noseprint.disk import PART_PREFIX
from noseprint.errors import ErrorCode, NoseprintError
from noseprint.records.drafts import KEPT_FOR, Draft, Drafts
from noseprint.vault.key_ring import KeyRing
from noseprint.vault.vault import Vault
from tests.support.striking_disk import counting, deadly, survives
from tests.support.vault import VAULT

if TYPE_CHECKING:
    from pathlib import Path

DRAFT = Draft(
    {"name": "초코", "phone": "010-1234-5678", "age": 3, "neutered": None, "weight": 4.5}, (b"\xff\xd8one", b"2")
)
DAY_S = KEPT_FOR.total_seconds()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "drafts"


@pytest.fixture
def drafts(folder: Path) -> Drafts:
    return Drafts(folder, VAULT)


def age(file: Path, seconds: float) -> None:
    then = time.time() - seconds
    os.utime(file, (then, then))


def test_a_draft_is_there_after_a_restart(drafts: Drafts, folder: Path) -> None:
    drafts.keep("S1", DRAFT)
    assert Drafts(folder, VAULT).load("S1") == DRAFT


def test_the_newest_one_counts_and_each_operator_has_their_own(drafts: Drafts) -> None:
    drafts.keep("S1", Draft())
    drafts.keep("S1", DRAFT)
    drafts.keep("S2", Draft({"name": "보리"}))
    assert drafts.load("S1") == DRAFT
    assert drafts.load("S2") == Draft({"name": "보리"})
    assert drafts.load("S3") is None


def test_killed_at_any_point_the_former_or_the_new_draft_is_there(drafts: Drafts, folder: Path) -> None:
    points: list[str] = []
    drafts.keep("S1", Draft())
    Drafts(folder, VAULT, counting(points)).keep("S1", Draft())
    for at in range(len(points)):
        drafts.keep("S1", Draft())
        assert not survives(partial(Drafts(folder, VAULT, deadly(at)).keep, "S1", DRAFT))
        assert drafts.load("S1") in [Draft(), DRAFT]


def test_nothing_of_it_can_be_read_on_the_disk(drafts: Drafts, folder: Path) -> None:
    drafts.keep("S1", DRAFT)
    (file,) = folder.iterdir()
    content = file.read_bytes()
    for secret in ("초코".encode(), b"1234", b"\xff\xd8one", b"name"):
        assert secret not in content


def test_one_that_was_dropped_is_gone(drafts: Drafts, folder: Path) -> None:
    drafts.drop("S1")
    drafts.keep("S1", DRAFT)
    drafts.drop("S1")
    drafts.drop("S1")
    assert drafts.load("S1") is None
    assert list(folder.iterdir()) == []


def test_after_a_day_it_is_forgotten_and_swept(drafts: Drafts, folder: Path) -> None:
    drafts.keep("S1", DRAFT)
    drafts.keep("S2", DRAFT)
    age(folder / "S1.draft", DAY_S + 60)
    age(folder / "S2.draft", DAY_S - 60)
    assert drafts.load("S1") is None
    assert drafts.sweep() == 1
    assert [file.name for file in folder.iterdir()] == ["S2.draft"]
    assert drafts.load("S2") == DRAFT


def test_what_a_killed_program_or_a_wrong_clock_left_is_swept_too(drafts: Drafts, folder: Path) -> None:
    assert drafts.sweep() == 0
    drafts.keep("S1", DRAFT)
    age(folder / "S1.draft", -DAY_S - 60)
    part = folder / f"{PART_PREFIX}1"
    part.write_bytes(b"half")
    assert drafts.sweep() == 1
    age(part, DAY_S + 60)
    assert drafts.sweep() == 1


def test_another_operators_file_does_not_open_as_ones_own(drafts: Drafts, folder: Path) -> None:
    drafts.keep("S1", DRAFT)
    (folder / "S1.draft").rename(folder / "S2.draft")
    with pytest.raises(NoseprintError) as raised:
        drafts.load("S2")
    assert raised.value.code is ErrorCode.SEALED_DAMAGED


def test_a_lost_key_is_told_and_the_draft_can_be_dropped(drafts: Drafts, folder: Path) -> None:
    drafts.keep("S1", DRAFT)
    other = Drafts(folder, Vault(KeyRing.generate()))
    with pytest.raises(NoseprintError) as raised:
        other.load("S1")
    assert raised.value.code is ErrorCode.MASTER_KEY_MISSING
    other.drop("S1")
    assert other.load("S1") is None


def test_a_draft_sealed_by_something_newer_is_told(drafts: Drafts, folder: Path) -> None:
    folder.mkdir()
    for document in (b"\x00", b"\x82\xa7version\x02\xa5draft\x82\xa6fields\x80\xa6photos\x90"):
        (folder / "S1.draft").write_bytes(VAULT.seal(document, "draft:S1"))
        with pytest.raises(NoseprintError) as raised:
            drafts.load("S1")
        assert raised.value.code is ErrorCode.SEALED_DAMAGED


@pytest.mark.provokes_warnings
@pytest.mark.parametrize("unreadable", [b"", b"\0" * 200, Vault(KeyRing.generate()).seal(b"x", "draft:S1")])
def test_one_that_cannot_be_read_is_dropped_at_the_start_and_the_log_says_why(
    drafts: Drafts, folder: Path, caplog: pytest.LogCaptureFixture, unreadable: bytes
) -> None:
    drafts.keep("S2", DRAFT)
    (folder / "S1.draft").write_bytes(unreadable)
    assert drafts.sweep() == 1
    assert (drafts.load("S1"), drafts.load("S2")) == (None, DRAFT)
    (line,) = caplog.records
    assert line.__dict__["facts"]["code"] in {"NP_2010", ErrorCode.MASTER_KEY_MISSING.value}


def test_under_a_new_key_a_draft_is_what_it_was_and_no_younger(drafts: Drafts, folder: Path) -> None:
    drafts.keep("S1", DRAFT)
    drafts.keep("S2", DRAFT)
    age(folder / "S1.draft", DAY_S - 60)
    age(folder / "S2.draft", DAY_S + 60)
    written = (folder / "S1.draft").stat().st_mtime_ns
    ring = VAULT.keys.rotated()
    assert Drafts(folder, Vault(ring)).rewrap() == 1
    assert [file.name for file in folder.iterdir()] == ["S1.draft"]
    assert (folder / "S1.draft").stat().st_mtime_ns == written
    assert Drafts(folder, Vault(KeyRing(ring.current))).load("S1") == DRAFT


@pytest.mark.parametrize("staff_id", ["", "../S1", "s1", "S0"])
def test_only_operators_have_drafts(drafts: Drafts, staff_id: str) -> None:
    for call in (drafts.load, drafts.drop, lambda who: drafts.keep(who, DRAFT)):
        with pytest.raises(ValueError, match="no operator"):
            call(staff_id)
