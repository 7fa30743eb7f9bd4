"""Parcels, on SQLite and on PostgreSQL."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from noseprint.errors import ErrorCode, NoseprintError
from noseprint.records.entities import PetFacts
from noseprint.records.outbox_decisions import Decisions
from noseprint.records.parcels import Parcel, Parcels
from noseprint.sync.outbox import EntryState, NewEntry, Outgoing
from tests.support.clinic_data import NOON, ClinicData, pet

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def here(url: str, tmp_path: Path) -> Iterator[ClinicData]:
    with ClinicData(tmp_path / "here", url=url) as clinic:
        yield clinic


@pytest.fixture
def there(tmp_path: Path) -> Iterator[ClinicData]:
    with ClinicData(tmp_path / "there", holder="kiosk-2") as clinic:
        yield clinic


def parcels(data: ClinicData) -> Parcels:
    return Parcels(data.records.engine, data.vault, data.outbox.holder)


def taken(data: ClinicData, parcel: Parcel) -> Parcel:
    """Take in what is new of a parcel, and give that."""
    new = parcels(data).news(parcel)
    entries = tuple(NewEntry(*(getattr(entry, field) for field in _FIELDS)) for entry in new.entries)
    parcels(data).take_in(replace(new, entries=entries), Outgoing(data.outbox.holder, entries), NOON)
    return new


_FIELDS = ("pet_did", "kind", "key", "content_type", "spool_name", "sha256", "size", "replaces")


def test_a_parcel_goes_from_one_database_into_the_other_and_back_without_being_news(
    here: ClinicData, there: ClinicData
) -> None:
    enrolled, verified = here.enrol(1), here.verify(1)
    assert parcels(here).waiting() == [pet(1)]
    parcel = parcels(here).parcel(pet(1))
    assert len(parcel.entries) == 5
    taken(there, parcel)
    assert there.records.pet(pet(1)) == enrolled
    assert there.records.verifications(pet(1)) == [verified]
    assert parcels(there).news(parcel).is_empty
    assert parcels(here).news(parcels(there).parcel(pet(1))).is_empty


def test_a_parcel_is_taken_into_either_database(here: ClinicData, there: ClinicData) -> None:
    enrolled = there.enrol(1)
    taken(here, parcels(there).parcel(pet(1)))
    assert here.records.pet(pet(1)) == enrolled
    assert [entry.key for entry in here.outbox.open_entries()] == [entry.key for entry in there.outbox.open_entries()]
    assert here.records.find_pets("초코") == [enrolled]


def test_one_that_was_taken_in_meanwhile_is_not_taken_in_twice(here: ClinicData, there: ClinicData) -> None:
    there.enrol(1)
    parcel = parcels(there).parcel(pet(1))
    new = parcels(here).news(parcel)
    taken(here, parcel)
    parcels(here).take_in(new, Outgoing("kiosk-1", new.entries), NOON)
    assert here.records.pet_count() == 1
    assert len(here.outbox.open_entries()) == 4


def test_a_conflict_that_came_up_meanwhile_keeps_all_of_it_out(here: ClinicData, there: ClinicData) -> None:
    there.enrol(1)
    new = parcels(here).news(parcels(there).parcel(pet(1)))
    here.enrol(9, facts=PetFacts("bearer", microchip="410000000000001"))
    with pytest.raises(NoseprintError) as raised:
        parcels(here).take_in(new, Outgoing("kiosk-1", new.entries), NOON)
    assert raised.value.code is ErrorCode.MICROCHIP_TAKEN
    assert here.records.pet_count() == 1
    assert {entry.pet_did for entry in here.outbox.open_entries()} == {pet(9)}


def test_what_another_kiosk_holds_is_not_this_ones_to_export(here: ClinicData) -> None:
    here.enrol(1)
    assert Parcels(here.records.engine, here.vault, "another kiosk").waiting() == []


def told(data: ClinicData) -> list[tuple[str, str, dict[str, object]]]:
    entries = data.records.trail.entries(data.records.engine)
    assert data.records.trail.verify(data.records.engine).seq == len(entries)
    return [(entry.event_id, entry.subject, dict(entry.details)) for entry in entries]


def test_what_came_in_is_in_the_audit_trail_and_what_did_not_is_not(here: ClinicData, there: ClinicData) -> None:
    there.enrol(1)
    there.verify(1)
    parcel = parcels(there).parcel(pet(1))
    taken(here, parcel)
    details = {"enrolments": 1, "templates": 0, "verifications": 1, "entries": 5}
    assert told(here) == [("NA-3011", pet(1), details)]
    taken(here, parcel)
    assert len(told(here)) == 1


def test_what_is_kept_out_by_a_conflict_leaves_no_row_in_the_audit_trail(here: ClinicData, there: ClinicData) -> None:
    there.enrol(1)
    new = parcels(here).news(parcels(there).parcel(pet(1)))
    here.enrol(9, facts=PetFacts("bearer", microchip="410000000000001"))
    before = told(here)
    with pytest.raises(NoseprintError):
        parcels(here).take_in(new, Outgoing("kiosk-1", new.entries), NOON)
    assert told(here) == before


def test_the_last_export_of_a_machine_that_was_given_up_brings_its_contents_after_all(here: ClinicData) -> None:
    here.enrol(1)
    export = parcels(here).parcel(pet(1))
    assert parcels(here).news(export).is_empty
    decisions = Decisions(here.records.engine, here.records.trail, "kiosk-2")
    decisions.give_up("kiosk-1", NOON)
    entries = tuple(NewEntry(*(getattr(entry, field) for field in _FIELDS)) for entry in export.entries)
    Parcels(here.records.engine, here.vault, "kiosk-2").take_in(export, Outgoing("kiosk-2", entries), NOON)
    assert [(found.holder, found.waiting) for found in decisions.holders()] == [("kiosk-2", 4)]
    assert {entry.state for entry in decisions.ended(9)} == {EntryState.GIVEN_UP}
