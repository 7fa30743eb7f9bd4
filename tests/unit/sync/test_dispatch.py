from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import pytest

from noseprint.errors import ErrorCode, NoseprintError
from noseprint.sync.dispatch import Dispatch
from noseprint.sync.outbox import EntryKind
from noseprint.sync.pet_objects import PetObject
from noseprint.sync.spool import Spool
from tests.support.outbox_doubles import pet
from tests.support.vault import VAULT

if TYPE_CHECKING:
    from pathlib import Path


class Mentions:
    """As much of an outbox as is asked."""

    holder = "kiosk-1"

    def __init__(self) -> None:
        self.names: set[str] = set()
        self.database = "one"

    def mentioned(self) -> set[str]:
        return self.names

    def owner(self) -> str:
        return f"{self.database} {self.holder}"


@pytest.fixture
def spool(tmp_path: Path) -> Spool:
    return Spool(tmp_path / "spool", VAULT)


@pytest.fixture
def outbox() -> Mentions:
    return Mentions()


@pytest.fixture
def dispatch(spool: Spool, outbox: Mentions) -> Dispatch:
    return Dispatch(spool, outbox)  # type: ignore[arg-type]


def thing(content: bytes, *, replaces: bool = False) -> PetObject:
    return PetObject(pet(1), EntryKind.PHOTO, "a/image_1.jpg", content, "image/jpeg", replaces=replaces)


def test_contents_are_kept_before_what_mentions_them(dispatch: Dispatch, spool: Spool) -> None:
    with dispatch.prepared([thing(b"one"), thing(b"two", replaces=True)]) as outgoing:
        one, two = outgoing.entries
        assert [spool.read(entry.spool_name) for entry in outgoing.entries] == [b"one", b"two"]
    assert outgoing.holder == "kiosk-1"
    assert (one.sha256, one.size, one.replaces) == (hashlib.sha256(b"one").hexdigest(), 3, False)
    assert (one.pet_did, one.kind, one.key, one.content_type) == (
        pet(1),
        EntryKind.PHOTO,
        "a/image_1.jpg",
        "image/jpeg",
    )
    assert two.replaces


def test_what_is_refused_is_dropped_again_unless_others_mention_it(
    dispatch: Dispatch, spool: Spool, outbox: Mentions
) -> None:
    shared = spool.put(b"shared")
    outbox.names = {shared}
    with pytest.raises(NoseprintError), dispatch.prepared([thing(b"shared"), thing(b"new")]):
        raise NoseprintError(ErrorCode.MICROCHIP_TAKEN, pet_did="x")
    assert spool.names() == [shared]


@pytest.mark.parametrize("code", [ErrorCode.RECORDS_UNAVAILABLE, ErrorCode.RECORDS_DAMAGED])
def test_what_may_have_been_kept_is_not_dropped(dispatch: Dispatch, spool: Spool, code: ErrorCode) -> None:
    with pytest.raises(NoseprintError), dispatch.prepared([thing(b"new")]) as outgoing:
        raise NoseprintError(code)
    assert spool.names() == [outgoing.entries[0].spool_name]


def test_a_refusal_is_told_also_where_dropping_fails(
    dispatch: Dispatch, outbox: Mentions, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away() -> set[str]:
        raise NoseprintError(ErrorCode.RECORDS_UNAVAILABLE)

    monkeypatch.setattr(outbox, "mentioned", away)
    with pytest.raises(NoseprintError) as caught, dispatch.prepared([thing(b"new")]):
        raise NoseprintError(ErrorCode.PET_DID_TAKEN, pet_did="x")
    assert caught.value.code is ErrorCode.PET_DID_TAKEN


def test_a_sweep_leaves_what_is_mentioned(dispatch: Dispatch, spool: Spool, outbox: Mentions) -> None:
    kept, _ = spool.put(b"kept"), spool.put(b"left over")
    outbox.names = {kept}
    assert dispatch.sweep() == 1
    assert spool.names() == [kept]


def enrol(dispatch: Dispatch, outbox: Mentions, content: bytes) -> str:
    with dispatch.prepared([thing(content)]) as outgoing:
        outbox.names.add(outgoing.entries[0].spool_name)
    return outgoing.entries[0].spool_name


@pytest.fixture
def others() -> Mentions:
    """Other records on the same machine, such as new ones in the place of some that were moved away."""
    records = Mentions()
    records.database = "two"
    return records


@pytest.mark.provokes_warnings
def test_contents_of_former_records_stay_beside_new_ones_however_much_these_enrol(
    dispatch: Dispatch, spool: Spool, outbox: Mentions, others: Mentions, caplog: pytest.LogCaptureFixture
) -> None:
    former = enrol(dispatch, outbox, b"waits in the records that were moved away")
    instead = Dispatch(spool, others)  # type: ignore[arg-type]
    assert instead.sweep() == 0
    new = enrol(instead, others, b"new")
    assert instead.sweep() == 0
    assert spool.names() == sorted([former, new])
    assert "other records" in caplog.text


@pytest.mark.provokes_warnings
def test_contents_of_new_records_stay_when_the_former_ones_are_back(
    dispatch: Dispatch, spool: Spool, outbox: Mentions, others: Mentions
) -> None:
    former = enrol(dispatch, outbox, b"former")
    new = enrol(Dispatch(spool, others), others, b"new")  # type: ignore[arg-type]
    assert dispatch.sweep() == 0
    assert spool.names() == sorted([former, new])


def test_once_nothing_of_others_is_left_the_spool_is_swept_again(
    dispatch: Dispatch, spool: Spool, outbox: Mentions, others: Mentions
) -> None:
    former = enrol(dispatch, outbox, b"former")
    instead = Dispatch(spool, others)  # type: ignore[arg-type]
    enrol(instead, others, b"new")
    spool.drop(former)
    assert instead.sweep() == 0
    left_over = spool.put(b"left over")
    assert instead.sweep() == 1
    assert left_over not in spool.names()


@pytest.mark.provokes_warnings
def test_a_spool_of_an_earlier_version_is_swept_only_beside_records_that_mention_some_of_it(
    dispatch: Dispatch, spool: Spool, outbox: Mentions, others: Mentions
) -> None:
    outbox.names = {spool.put(b"kept")}
    spool.put(b"left over")
    assert Dispatch(spool, others).sweep() == 0  # type: ignore[arg-type]
    assert dispatch.sweep() == 1


@pytest.mark.provokes_warnings
def test_what_was_not_finished_is_swept_beside_any_records(
    dispatch: Dispatch, spool: Spool, outbox: Mentions, others: Mentions, tmp_path: Path
) -> None:
    enrol(dispatch, outbox, b"former")
    (tmp_path / "spool" / ".noseprint-part-1").write_bytes(b"half")
    assert Dispatch(spool, others).sweep() == 1  # type: ignore[arg-type]
