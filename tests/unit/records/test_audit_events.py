from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from noseprint.records.audit_events import _DETAILS, NOBODY, AuditEvent, act, event_of, events_reference

DID = "did:ethr:besu:0x" + "a1" * 20
CHECKSUM = "0f" * 32
PERSONAL = ["김하늘", "Kim", "010-1234-5678", "01012345678", "900182001234567", "choco@example.org", "S1 Kim", ""]
FIT: dict[str, Any] = {
    "approver": "S2",
    "model": CHECKSUM,
    "reason": "review_band",
    "role": "staff",
    "settled": "ours",
    "statement": CHECKSUM,
    "verdict": "review",
}
SUBJECTS = {"Pet DID": DID, "staff id": "S7", "SHA-256": CHECKSUM}


def fit_details(event: AuditEvent) -> dict[str, Any]:
    return {name: FIT.get(name, 3) for name in event.details}


def subject(event: AuditEvent) -> str:
    return SUBJECTS.get(event.subject.described, NOBODY)


def test_every_id_is_there_once_and_has_its_form() -> None:
    ids = [event.id for event in AuditEvent]
    assert len(set(ids)) == len(ids)
    assert all(re.fullmatch(r"NA-[123][0-9]{3}", event_id) for event_id in ids)
    assert ids == sorted(ids)


def test_every_detail_is_declared_and_used() -> None:
    assert {name for event in AuditEvent for name in event.details} == set(_DETAILS)


def test_an_event_is_found_by_its_id() -> None:
    assert [event_of(event.id) for event in AuditEvent] == list(AuditEvent)
    assert event_of("NA-9999") is None


@pytest.mark.parametrize("event", AuditEvent, ids=lambda event: event.id)
class TestEveryEvent:
    def test_is_told_in_both_languages(self, event: AuditEvent) -> None:
        assert any("\uac00" <= letter <= "\ud7a3" for letter in event.title.ko)
        assert event.title.en.isascii()

    def test_takes_what_it_declares(self, event: AuditEvent) -> None:
        assert act(event, "S1", subject(event), **fit_details(event)).event is event

    @pytest.mark.parametrize("personal", PERSONAL)
    def test_has_no_place_for_anything_personal(self, event: AuditEvent, personal: str) -> None:
        fit = fit_details(event)
        for operator, about in ((personal, subject(event)), ("S1", personal)):
            with pytest.raises(ValueError, match=event.id):
                act(event, operator, about, **fit)
        for name in event.details:
            with pytest.raises(ValueError, match=event.id) as caught:
                act(event, "S1", subject(event), **(fit | {name: personal}))
            assert not personal or personal not in str(caught.value)

    def test_wants_its_details_and_no_others(self, event: AuditEvent) -> None:
        fit = fit_details(event)
        with pytest.raises(ValueError, match=event.id):
            act(event, "S1", subject(event), **(fit | {"remark": 1}))
        for name in fit:
            with pytest.raises(ValueError, match=event.id):
                act(event, "S1", subject(event), **{key: value for key, value in fit.items() if key != name})


@pytest.mark.parametrize("number", [10**9, -(10**9), 1e9, float("nan"), float("inf"), True, None, "3"])
def test_a_number_is_finite_and_shorter_than_a_telephone_number(number: Any) -> None:  # noqa: ANN401 (wrong on purpose)
    with pytest.raises(ValueError, match="found"):
        act(AuditEvent.RECORDS_SEARCHED, found=number)


@given(st.text(max_size=80))
def test_no_other_text_than_a_pet_did_is_whom_an_enrolment_is_about(text: str) -> None:
    with pytest.raises(ValueError, match="NA-1001"):
        act(AuditEvent.PET_ENROLLED, "S1", text, photos=3, quality=80.5)


def test_the_reference_is_up_to_date() -> None:
    reference = Path(__file__).resolve().parents[3] / "docs" / "audit-events.md"
    assert reference.read_text("utf-8") == events_reference()
