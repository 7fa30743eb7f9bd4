"""Every act of a clinic is in the audit trail, in the transaction that did it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from noseprint.errors import NoseprintError
from noseprint.records.acts import looked_up, searched
from noseprint.records.audit_events import NOBODY
from noseprint.records.entities import Verification

if TYPE_CHECKING:
    from noseprint.records.records import Records
    from tests.integration.records.conftest import MakeEnrolment, MakeTemplate

DID = f"did:ethr:besu:0x{1:040x}"
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
VERIFICATION = Verification(DID, "key", 0.91, 0.3, 31, "same", "m", "a" * 64, 0.5, "이수의", NOON)


def trail(records: Records) -> list[tuple[str, str, str, dict[str, object]]]:
    entries = records.trail.entries(records._engine)
    assert records.trail.verify(records._engine).seq == len(entries)
    return [(entry.event_id, entry.operator, entry.subject, dict(entry.details)) for entry in reversed(entries)]


def test_an_enrolment_is_told_with_its_photos_and_quality(records: Records, make_enrolment: MakeEnrolment) -> None:
    records.enrol(make_enrolment(), by="S2")
    assert trail(records) == [("NA-1001", "S2", DID, {"photos": 1, "quality": 0.75})]


def test_that_likely_duplicates_were_allowed_is_told_too(records: Records, make_enrolment: MakeEnrolment) -> None:
    records.enrol(make_enrolment(), duplicates=[0.7, 0.9])
    assert trail(records)[1] == ("NA-1002", NOBODY, DID, {"duplicates": 2, "similarity": 0.9})


def test_a_verification_is_told_with_its_verdict(records: Records) -> None:
    records.record_verification(VERIFICATION, by="S1")
    assert trail(records) == [("NA-1003", "S1", DID, {"verdict": "same", "similarity": 0.91})]


def test_a_template_computed_again_is_told_with_its_model(
    records: Records, make_enrolment: MakeEnrolment, make_template: MakeTemplate
) -> None:
    records.enrol(make_enrolment())
    records.save_template(DID, make_template(model="b"), NOON)
    assert trail(records)[1] == ("NA-1005", NOBODY, DID, {"model": "b" * 64})


def test_acts_that_leave_nothing_else_are_noted(records: Records) -> None:
    for done in (looked_up(None, 5), looked_up(DID, 1, "S1"), searched(7)):
        records.note(done, NOON)
    assert trail(records) == [
        ("NA-1004", NOBODY, NOBODY, {"candidates": 5}),
        ("NA-1004", "S1", DID, {"candidates": 1}),
        ("NA-1006", NOBODY, NOBODY, {"found": 7}),
    ]


def test_what_was_refused_is_not_told(
    records: Records, make_enrolment: MakeEnrolment, make_template: MakeTemplate
) -> None:
    enrolment = make_enrolment()
    records.enrol(enrolment)
    with pytest.raises(NoseprintError):
        records.enrol(enrolment)
    with pytest.raises(NoseprintError):
        records.save_template("did:ethr:besu:0x" + "f" * 40, make_template(), NOON)
    assert len(trail(records)) == 1


def test_what_cannot_be_told_is_not_done(records: Records, make_enrolment: MakeEnrolment) -> None:
    with pytest.raises(ValueError, match="NA-1001"):
        records.enrol(make_enrolment(), by="김하늘")
    with pytest.raises(NoseprintError, match="Pet DID"):
        records.enrol(make_enrolment(pet_did="did:x"))
    assert records.find_pets() == []
    assert trail(records) == []
