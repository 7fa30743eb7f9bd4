"""What staff change of a pet later, on real databases: kept, found again, told in the trail; erased on request."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from noseprint.errors import ErrorCode, NoseprintError
from noseprint.records.approval import Approval, ApprovalReason
from noseprint.records.audit_events import NOBODY
from noseprint.records.entities import (
    ERASED_NAME,
    Consent,
    ConsentKind,
    GuardianDetails,
    PetFacts,
    StoredPhoto,
    Verification,
)
from noseprint.records.operators import Operators
from noseprint.records.outbox import Outbox
from noseprint.records.outbox_decisions import Decisions
from noseprint.records.outbox_store import Destination
from noseprint.records.records import Records
from noseprint.records.staff import Role
from noseprint.records.tables import GuardianRow
from noseprint.sync.outbox import EntryKind, Moved, NewEntry, Outgoing, Report
from tests.support.vault import VAULT

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.integration.records.conftest import MakeEnrolment

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
CHIP, OTHER_CHIP = "900182001234567", "900182007654321"
CONSENT = Consent(ConsentKind.IDENTIFICATION, "2026-02", NOON)
REVIEWED = Approval("S2", ApprovalReason.REVIEW_BAND)


def code_of(act: Callable[[], object]) -> ErrorCode:
    with pytest.raises(NoseprintError) as raised:
        act()
    return raised.value.code


def newest_act(records: Records) -> tuple[str, str, str, dict[str, object]]:
    (entry, *_) = records.trail.entries(records.engine)
    records.trail.verify(records.engine)
    return entry.event_id, entry.operator, entry.subject, dict(entry.details)


def guardians(records: Records) -> int:
    with Session(records.engine) as session:
        return len(session.scalars(select(GuardianRow.id)).all())


class TestFacts:
    def test_corrected_facts_are_kept_and_told(self, records: Records, make_enrolment: MakeEnrolment) -> None:
        pet = records.enrol(make_enrolment(CHIP))
        facts = PetFacts("초코", breed="Poodle", age_years=4, microchip=CHIP)
        corrected = records.corrections.correct_pet(pet.pet_did, facts, NOON, by="S1")
        assert corrected == records.pet(pet.pet_did)
        assert corrected.facts == facts
        assert corrected.operator == pet.operator
        assert newest_act(records) == ("NA-1009", "S1", pet.pet_did, {"changed": 2})

    def test_the_same_facts_change_and_tell_nothing(self, records: Records, make_enrolment: MakeEnrolment) -> None:
        pet = records.enrol(make_enrolment())
        assert records.corrections.correct_pet(pet.pet_did, pet.facts, NOON) == pet
        assert newest_act(records)[0] == "NA-1001"

    def test_they_are_searched_from_then_on_by_every_program(
        self, url: str, records: Records, make_enrolment: MakeEnrolment
    ) -> None:
        pet = records.enrol(make_enrolment(CHIP))
        with Records.open(url, VAULT) as elsewhere:
            assert [found.pet_did for found in elsewhere.find_pets("초코")] == [pet.pet_did]
            records.corrections.correct_pet(pet.pet_did, PetFacts("보리", microchip=OTHER_CHIP), NOON)
            for opened in (records, elsewhere):
                assert opened.find_pets("초코") == []
                assert opened.find_pets(CHIP) == []
                assert [found.facts.name for found in opened.find_pets(OTHER_CHIP)] == ["보리"]

    def test_a_microchip_of_another_pet_is_refused(self, records: Records, make_enrolment: MakeEnrolment) -> None:
        bearer, pet = records.enrol(make_enrolment(CHIP)), records.enrol(make_enrolment())
        with pytest.raises(NoseprintError) as raised:
            records.corrections.correct_pet(pet.pet_did, PetFacts("초코", microchip=CHIP), NOON)
        assert raised.value.code is ErrorCode.MICROCHIP_TAKEN
        assert raised.value.facts["pet_did"] == bearer.pet_did
        assert records.pet(pet.pet_did) == pet

    def test_a_microchip_that_was_given_back_is_free(self, records: Records, make_enrolment: MakeEnrolment) -> None:
        one, other = records.enrol(make_enrolment(CHIP)), records.enrol(make_enrolment())
        records.corrections.correct_pet(one.pet_did, PetFacts("초코"), NOON)
        records.corrections.correct_pet(other.pet_did, PetFacts("초코", microchip=CHIP), NOON)
        assert [found.pet_did for found in records.find_pets(CHIP)] == [other.pet_did]

    def test_a_pet_that_is_not_here_is_told(self, records: Records) -> None:
        did = f"did:ethr:besu:0x{9:040x}"
        assert code_of(lambda: records.corrections.correct_pet(did, PetFacts("초코"), NOON)) is ErrorCode.PET_NOT_FOUND


class TestGuardian:
    def test_the_same_number_corrects_the_name_for_all_of_their_pets(
        self, records: Records, make_enrolment: MakeEnrolment
    ) -> None:
        one, other = records.enrol(make_enrolment()), records.enrol(make_enrolment())
        assert records.find_pets("김하늘")
        corrected = records.corrections.correct_guardian(
            one.pet_did, GuardianDetails("김하날", "01012345678"), NOON, by="S1"
        )
        assert corrected.guardian == GuardianDetails("김하날", "+821012345678")
        assert records.pet(other.pet_did).guardian == corrected.guardian
        assert newest_act(records) == ("NA-1010", "S1", one.pet_did, {"pets": 2})
        assert records.find_pets("김하늘") == []
        assert len(records.find_pets("김하날")) == 2

    def test_another_number_moves_this_pet_alone(self, records: Records, make_enrolment: MakeEnrolment) -> None:
        one, other = records.enrol(make_enrolment()), records.enrol(make_enrolment())
        moved = records.corrections.correct_guardian(one.pet_did, GuardianDetails("박바다", "010-9876-5432"), NOON)
        assert moved.guardian == GuardianDetails("박바다", "+821098765432")
        assert records.pet(other.pet_did).guardian == other.guardian
        assert [found.pet_did for found in records.find_pets("9876-5432")] == [one.pet_did]
        assert guardians(records) == 2

    def test_a_guardian_without_pets_is_not_kept(self, records: Records, make_enrolment: MakeEnrolment) -> None:
        pet = records.enrol(make_enrolment())
        records.corrections.correct_guardian(pet.pet_did, GuardianDetails("박바다", "010-9876-5432"), NOON)
        assert guardians(records) == 1
        assert records.find_pets("김하늘") == []

    def test_who_is_known_by_the_number_keeps_their_name(self, records: Records, make_enrolment: MakeEnrolment) -> None:
        known = GuardianDetails("박바다", "010-9876-5432")
        records.enrol(make_enrolment(guardian=known))
        pet = records.enrol(make_enrolment())
        moved = records.corrections.correct_guardian(pet.pet_did, GuardianDetails("다른 이름", known.phone), NOON)
        assert moved.guardian == GuardianDetails("박바다", "+821098765432")

    def test_nobody_is_kept_without_consent(self, records: Records, make_enrolment: MakeEnrolment) -> None:
        pet = records.enrol(make_enrolment(consents=()))
        guardian = GuardianDetails("김하늘", "010-1234-5678")
        refused = code_of(lambda: records.corrections.correct_guardian(pet.pet_did, guardian, NOON))
        assert refused is ErrorCode.CONSENT_MISSING
        assert guardians(records) == 0
        kept = records.corrections.correct_guardian(pet.pet_did, guardian, NOON, consent=CONSENT)
        assert kept.guardian is not None
        assert kept.consents == (CONSENT,)

    def test_a_new_consent_takes_the_place_of_the_former(self, records: Records, make_enrolment: MakeEnrolment) -> None:
        pet = records.enrol(make_enrolment())
        assert pet.guardian is not None
        kept = records.corrections.correct_guardian(pet.pet_did, pet.guardian, NOON, consent=CONSENT)
        assert kept.consents == (CONSENT,)

    def test_consent_to_something_else_is_none(self, records: Records, make_enrolment: MakeEnrolment) -> None:
        pet = records.enrol(make_enrolment())
        other = Consent(ConsentKind.IMPROVEMENT, "1", NOON)
        with pytest.raises(ValueError, match="something else"):
            records.corrections.correct_guardian(
                pet.pet_did, GuardianDetails("김하늘", "010-1234-5678"), NOON, consent=other
            )


class TestApproval:
    def verification(self, pet_did: str, verdict: str = "review", approval: Approval | None = None) -> Verification:
        key = f"nose-print-photo/{pet_did}/verify_1.jpg"
        return Verification(pet_did, key, 0.8, 0.3, 7, verdict, "m", "a" * 64, 60.0, "이수의", NOON, approval)

    def test_an_enrolment_says_who_let_it_pass(self, records: Records, make_enrolment: MakeEnrolment) -> None:
        approval = Approval("S2", ApprovalReason.TOO_FEW_GOOD_FRAMES)
        pet = records.enrol(make_enrolment(approval=approval), by="S1")
        assert pet.approval == records.pet(pet.pet_did).approval == approval
        expected = {"approver": "S2", "reason": "too_few_good_frames"}
        assert newest_act(records) == ("NA-1007", "S1", pet.pet_did, expected)

    def test_nothing_is_kept_of_an_approval_of_ones_own(self, records: Records, make_enrolment: MakeEnrolment) -> None:
        enrolment = make_enrolment(approval=REVIEWED)
        assert code_of(lambda: records.enrol(enrolment, by="S2")) is ErrorCode.SECOND_PERSON_NEEDED
        own = self.verification(enrolment.pet_did, approval=REVIEWED)
        assert code_of(lambda: records.record_verification(own, by="S2")) is ErrorCode.SECOND_PERSON_NEEDED
        assert records.pet_count() == 0
        assert records.verifications(enrolment.pet_did) == []

    def test_a_verification_says_so_too(self, records: Records, make_enrolment: MakeEnrolment) -> None:
        verification = self.verification(make_enrolment().pet_did, approval=REVIEWED)
        records.record_verification(verification, by="S1")
        assert records.verifications(verification.pet_did) == [verification]
        assert newest_act(records)[0] == "NA-1007"

    def test_one_is_approved_afterwards_once(self, records: Records, make_enrolment: MakeEnrolment) -> None:
        pending = self.verification(make_enrolment().pet_did)
        records.record_verification(pending, by="S1")
        approve = records.corrections.approve
        assert code_of(lambda: approve(pending.image_key, REVIEWED, NOON, by="S2")) is ErrorCode.SECOND_PERSON_NEEDED
        approved = approve(pending.image_key, REVIEWED, NOON, by="S1")
        assert records.verifications(pending.pet_did) == [approved]
        assert approved == self.verification(pending.pet_did, approval=REVIEWED)
        expected = {"approver": "S2", "reason": "review_band"}
        assert newest_act(records) == ("NA-1007", "S1", pending.pet_did, expected)
        assert code_of(lambda: approve(pending.image_key, REVIEWED, NOON, by="S1")) is ErrorCode.INVALID_REQUEST

    @pytest.mark.parametrize("verdict", ["same", "different"])
    def test_what_is_decided_cannot_be_reviewed(
        self, records: Records, make_enrolment: MakeEnrolment, verdict: str
    ) -> None:
        decided = self.verification(make_enrolment().pet_did, verdict)
        records.record_verification(decided)
        approve = records.corrections.approve
        assert code_of(lambda: approve(decided.image_key, REVIEWED, NOON)) is ErrorCode.INVALID_REQUEST
        assert code_of(lambda: approve("no such key", REVIEWED, NOON)) is ErrorCode.INVALID_REQUEST


class TestErasing:
    def outgoing(self, pet_did: str) -> Outgoing:
        folder = f"nose-print-photo/{pet_did}"
        keys = {
            f"{folder}/image_1.jpg": EntryKind.PHOTO,
            f"{folder}/vector.npy": EntryKind.VECTOR,
            f"{folder}/verify_1.jpg": EntryKind.VERIFICATION,
        }
        entries = (NewEntry(pet_did, kind, key, "image/jpeg", key, "ab" * 32, 3) for key, kind in keys.items())
        return Outgoing("kiosk", tuple(entries))

    def test_guardian_facts_and_photos_go_and_the_identity_stays(
        self, records: Records, make_enrolment: MakeEnrolment
    ) -> None:
        enrolment = make_enrolment(CHIP)
        records.enrol(enrolment)
        erased = records.corrections.erase(enrolment.pet_did, NOON)
        assert erased.photos == len(enrolment.photos)
        pet = records.pet(enrolment.pet_did)
        assert (pet.facts, pet.guardian, pet.consents, pet.photo_keys) == (PetFacts(ERASED_NAME), None, (), ())
        assert pet.erased_at == NOON
        assert pet.operator == enrolment.operator
        assert records.template(pet.pet_did, enrolment.template.model_sha256) is not None
        assert newest_act(records) == ("NA-1011", NOBODY, pet.pet_did, {"photos": 1, "entries": 0})
        assert guardians(records) == 0
        for wanted in ("초코", "김하늘", CHIP, "1234-5678"):
            assert records.find_pets(wanted) == []
        records.enrol(make_enrolment(CHIP))

    def test_a_guardian_of_other_pets_stays_theirs(self, records: Records, make_enrolment: MakeEnrolment) -> None:
        one, other = records.enrol(make_enrolment()), records.enrol(make_enrolment())
        records.corrections.erase(one.pet_did, NOON)
        assert records.pet(other.pet_did) == other

    def test_pictures_that_wait_are_cancelled_and_the_vector_goes_on(
        self, records: Records, make_enrolment: MakeEnrolment
    ) -> None:
        enrolment = make_enrolment()
        records.enrol(enrolment, self.outgoing(enrolment.pet_did))
        outbox = Outbox(records.engine, "kiosk")
        (run,) = outbox.claim(5, NOON + timedelta(hours=1))
        assert records.corrections.erase(enrolment.pet_did, NOON).entries == 2
        assert not outbox.renew(run, NOON)
        assert [entry.kind for entry in outbox.open_entries()] == [EntryKind.VECTOR]
        assert len(outbox.mentioned()) == 1
        (after,) = outbox.claim(5, NOON + timedelta(hours=1))
        assert [entry.kind for entry in after.entries] == [EntryKind.VECTOR]

    def test_pictures_that_were_given_up_with_their_machine_never_come_back(
        self, records: Records, make_enrolment: MakeEnrolment
    ) -> None:
        enrolment = make_enrolment()
        records.enrol(enrolment, self.outgoing(enrolment.pet_did))
        Decisions(records.engine, records.trail, "another").give_up("kiosk", NOON)
        assert records.corrections.erase(enrolment.pet_did, NOON).entries == 2
        assert Decisions(records.engine, records.trail, "kiosk").retry(NOON) == 1
        outbox = Outbox(records.engine, "kiosk")
        assert [entry.kind for entry in outbox.open_entries()] == [EntryKind.VECTOR]

    @pytest.mark.parametrize("dropped", [False, True])
    def test_pictures_that_were_sent_do_not_count_as_left_and_keep_no_vector_from_a_new_store(
        self, records: Records, make_enrolment: MakeEnrolment, *, dropped: bool
    ) -> None:
        enrolment, later = make_enrolment(), NOON + timedelta(hours=1)
        records.enrol(enrolment, self.outgoing(enrolment.pet_did))
        outbox = Outbox(records.engine, "kiosk")
        (run,) = outbox.claim(5, later)
        if dropped:
            outbox.settle([Report(run, run.entries[:1])], later)
            outbox.forget_expired(later + timedelta(days=9), 9, later)
            (run,) = outbox.claim(5, later)
        outbox.settle([Report(run, run.entries)], later)
        assert records.corrections.erase(enrolment.pet_did, later).entries == 0
        assert len(outbox.mentioned()) == 1
        assert Destination(records.engine, records.trail, "kiosk").change("elsewhere", later) == Moved(1, 0)
        (after,) = outbox.claim(5, later)
        assert [entry.kind for entry in after.entries] == [EntryKind.VECTOR]

    def test_once_more_does_no_harm_and_tells_nothing(self, records: Records, make_enrolment: MakeEnrolment) -> None:
        pet = records.enrol(make_enrolment())
        records.corrections.erase(pet.pet_did, NOON)
        before = records.pet(pet.pet_did)
        again = records.corrections.erase(pet.pet_did, NOON + timedelta(days=1))
        assert (again.photos, again.entries) == (0, 0)
        assert records.pet(pet.pet_did) == before
        assert len(records.trail.entries(records.engine)) == 2

    def test_what_was_erased_is_not_changed_or_computed_again(
        self, records: Records, make_enrolment: MakeEnrolment
    ) -> None:
        pet = records.enrol(make_enrolment())
        records.corrections.erase(pet.pet_did, NOON)
        guardian = GuardianDetails("김하늘", "010-1234-5678")
        correct = records.corrections
        assert code_of(lambda: correct.correct_pet(pet.pet_did, PetFacts("초코"), NOON)) is ErrorCode.PET_ERASED
        refused = code_of(lambda: correct.correct_guardian(pet.pet_did, guardian, NOON, consent=CONSENT))
        assert refused is ErrorCode.PET_ERASED
        assert records.pets_without_template("b" * 64) == []

    def test_only_an_admin_erases_and_it_is_told_who(
        self, url: str, records: Records, make_enrolment: MakeEnrolment
    ) -> None:
        pet = records.enrol(make_enrolment())
        with Operators.open(url, VAULT) as operators:
            operators.add(None, "원장", Role.ADMIN, "739182")
            admin = operators.sign_in("S1", "739182")
            operators.add(admin, "직원", Role.STAFF, "582913")
            staff = operators.sign_in("S2", "582913")
        erase = records.corrections.erase
        assert code_of(lambda: erase(pet.pet_did, NOON, by=staff)) is ErrorCode.NOT_ALLOWED
        assert records.pet(pet.pet_did) == pet
        erase(pet.pet_did, NOON, by=admin)
        assert newest_act(records)[:2] == ("NA-1011", "S1")

    def test_nothing_of_it_is_left_in_the_database_file(self, file_url: str, make_enrolment: MakeEnrolment) -> None:
        with Records.open(file_url, VAULT) as records:
            enrolment = make_enrolment(photos=(StoredPhoto("nose-print-photo/x/image_1.jpg", "5a" * 32, 0.9),))
            records.enrol(enrolment)
            with records.engine.connect() as connection:
                sealed = bytes(connection.execute(text("SELECT sealed FROM guardians")).scalar_one())
            records.corrections.erase(enrolment.pet_did, NOON)
            with records.engine.connect() as connection:
                connection.execute(text("PRAGMA wal_checkpoint(TRUNCATE)"))
            content = Path(records.engine.url.database or "").read_bytes()
        assert sealed not in content
        assert b"5a" * 32 not in content
