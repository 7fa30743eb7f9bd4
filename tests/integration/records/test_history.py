"""A pet's history and the whole of the records as a table, on real databases."""

from __future__ import annotations

import csv
import hashlib
import io
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import text

from noseprint.errors import ErrorCode, NoseprintError
from noseprint.records.audit_events import NOBODY, AuditEvent
from noseprint.records.database import writing
from noseprint.records.entities import GuardianDetails, PetFacts, Verification
from noseprint.records.operators import Operators
from noseprint.records.staff import Role
from tests.support.vault import VAULT

if TYPE_CHECKING:
    from pathlib import Path

    from noseprint.records.records import Records
    from tests.integration.records.conftest import MakeEnrolment

LATER = datetime(2026, 4, 1, 12, tzinfo=UTC)


def verification(pet_did: str, at: datetime) -> Verification:
    key = f"nose-print-photo/{pet_did}/verify_{at:%H%M%S}.jpg"
    return Verification(pet_did, key, 0.9, 0.3, 7, "same", "m", "a" * 64, 60.0, "이수의", at)


def test_everything_is_told_the_newest_first(records: Records, make_enrolment: MakeEnrolment) -> None:
    pet, other = records.enrol(make_enrolment(), by="S1"), records.enrol(make_enrolment())
    seen = [verification(pet.pet_did, LATER + timedelta(hours=hour)) for hour in (1, 2)]
    for one in seen:
        records.record_verification(one, by="S2")
    records.record_verification(verification(other.pet_did, LATER), by="S2")
    records.corrections.correct_pet(pet.pet_did, PetFacts("보리"), LATER + timedelta(days=1), by="S3")
    told = records.history(pet.pet_did)
    assert [(one.event_id, one.by) for one in told] == [
        (AuditEvent.PET_CORRECTED.id, "S3"),
        (AuditEvent.PET_VERIFIED.id, "S2"),
        (AuditEvent.PET_VERIFIED.id, "S2"),
        (AuditEvent.PET_ENROLLED.id, "S1"),
    ]
    assert [one.verification for one in told] == [None, seen[1], seen[0], None]
    assert told[-1].at == pet.created_at


def test_what_the_trail_does_not_hold_is_told_from_the_records(records: Records, make_enrolment: MakeEnrolment) -> None:
    pet = records.enrol(make_enrolment())
    seen = verification(pet.pet_did, LATER)
    records.record_verification(seen)
    with writing(records.engine).begin() as connection:
        connection.execute(text("UPDATE verifications SET created_at = :at"), {"at": LATER + timedelta(days=1)})
    told = records.history(pet.pet_did)
    assert [one.event_id for one in told].count(AuditEvent.PET_VERIFIED.id) == 2
    assert told[0].by == NOBODY
    assert told[0].verification is not None


def test_a_pet_of_another_clinic_has_the_history_that_it_has_here(records: Records) -> None:
    did = f"did:ethr:besu:0x{9:040x}"
    assert records.history(did) == []
    records.record_verification(verification(did, LATER))
    assert [one.event_id for one in records.history(did)] == [AuditEvent.PET_VERIFIED.id]


def test_all_pets_are_written_as_a_table_and_it_is_told(
    records: Records, make_enrolment: MakeEnrolment, tmp_path: Path
) -> None:
    records.enrol(make_enrolment("900182001234567", facts=PetFacts("초코, 갈색", microchip="900182001234567")))
    records.enrol(make_enrolment(guardian=GuardianDetails('=HYPERLINK("x")', "010-9876-5432")))
    file = tmp_path / "pets.csv"
    assert records.export_csv(file, LATER, language="en") == 2
    content = file.read_bytes()
    assert content.startswith(b"\xef\xbb\xbfPet DID,Name,")
    newest, first = list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline="")))
    assert first["Name"] == "초코, 갈색"
    assert first["Microchip"] == "900182001234567"
    assert newest["Guardian"] == '\'=HYPERLINK("x")'
    assert newest["Telephone"] == "'+821098765432"
    assert not any("vector" in column.lower() for column in first)
    (entry, *_) = records.trail.entries(records.engine)
    assert (entry.event_id, entry.subject) == ("NA-3013", hashlib.sha256(content).hexdigest())
    assert entry.details == {"pets": 2}


def test_only_an_admin_gets_the_table(url: str, records: Records, tmp_path: Path) -> None:
    with Operators.open(url, VAULT) as operators:
        operators.add(None, "원장", Role.ADMIN, "739182")
        admin = operators.sign_in("S1", "739182")
        operators.add(admin, "직원", Role.STAFF, "582913")
        staff = operators.sign_in("S2", "582913")
    file = tmp_path / "pets.csv"
    with pytest.raises(NoseprintError) as raised:
        records.export_csv(file, LATER, by=staff)
    assert raised.value.code is ErrorCode.NOT_ALLOWED
    assert not file.exists()
    records.export_csv(file, LATER, by=admin)
    assert records.trail.entries(records.engine)[0].operator == "S1"


def test_a_table_that_cannot_be_written_is_none(records: Records, tmp_path: Path) -> None:
    with pytest.raises(NoseprintError) as raised:
        records.export_csv(tmp_path / "no such folder" / "pets.csv", LATER)
    assert raised.value.code is ErrorCode.FOLDER_NOT_USABLE
    assert records.trail.entries(records.engine) == []
