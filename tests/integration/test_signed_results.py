"""From photos to a signed result, with staff at the screen: the engine as the kiosk wires it, all parts real."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from noseprint.attestation.signing import check
from noseprint.bootstrap import clinic_over, eraser_over, open_drafts, open_holdings, open_store
from noseprint.clinic import EnrolmentRequest
from noseprint.embedding.limits import ImageLimits
from noseprint.errors import ErrorCode, NoseprintError
from noseprint.evidence import picture_of
from noseprint.records.approval import Approval, ApprovalReason
from noseprint.records.audit_events import AuditEvent
from noseprint.records.drafts import Draft
from noseprint.records.entities import Consent, ConsentKind, GuardianDetails, PetFacts
from noseprint.settings import load_settings
from noseprint.sync.pet_objects import photo_key, vector_npy_key
from noseprint.sync.worker import SyncWorker
from tests.support.nose_embedder import KnowsDogsByHeart

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from noseprint.bootstrap import Holdings
    from noseprint.clinic import Clinic
    from noseprint.settings import Settings

GIVER, TAKER = GuardianDetails("홍길동", "010-1234-5678"), "010-9876-5432"
FEW = Approval("S2", ApprovalReason.TOO_FEW_GOOD_FRAMES)
REVIEWED = Approval("S2", ApprovalReason.REVIEW_BAND)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return load_settings(overrides={"data_dir": str(tmp_path / "data")})


@pytest.fixture
def holdings(settings: Settings) -> Iterator[Holdings]:
    with open_holdings(settings) as opened:
        yield opened


@pytest.fixture
def clinic(settings: Settings, holdings: Holdings, noses: Path) -> Clinic:
    return clinic_over(settings, holdings, KnowsDogsByHeart(noses))


@pytest.fixture
def photo(noses: Path) -> Callable[[int, int], bytes]:
    return lambda dog, number: (noses / f"dog-{dog}" / f"{number:02}.jpg").read_bytes()


@pytest.fixture
def enrolled(clinic: Clinic, photo: Callable[[int, int], bytes]) -> str:
    request = EnrolmentRequest(
        [photo(1, number) for number in (1, 2)],
        1,
        PetFacts("초코"),
        GIVER,
        (Consent(ConsentKind.IDENTIFICATION, "1", datetime.now(UTC)),),
        approval=FEW,
    )
    return clinic.enrol(request, by="S1").pet.pet_did


def trail(clinic: Clinic) -> list[tuple[str, str]]:
    entries = clinic.records.trail.entries(clinic.records.engine)
    return [(entry.event_id, entry.operator) for entry in reversed(entries)]


def test_every_act_is_told_with_who_was_signed_in(
    clinic: Clinic, enrolled: str, photo: Callable[[int, int], bytes]
) -> None:
    clinic.verify(enrolled, photo(1, 3), "이수의", by="S3")
    clinic.look_up(photo(1, 4), by="S4")
    assert trail(clinic) == [("NA-1001", "S1"), ("NA-1007", "S1"), ("NA-1003", "S3"), ("NA-1004", "S4")]
    assert clinic.records.pet(enrolled).approval == FEW


def test_a_signed_result_says_what_was_verified_and_whose_dog_it_is(
    clinic: Clinic, enrolled: str, photo: Callable[[int, int], bytes]
) -> None:
    result = clinic.verify(enrolled, photo(1, 3), "이수의", by="S1")
    signed = clinic.attest(result, TAKER, by="S1")
    stated = check(signed.document, datetime.now(UTC), {clinic.records.signing_keys.key(datetime.now(UTC)).public_key})
    assert (stated.pet, stated.verdict, stated.approved) == (enrolled, "same", None)
    assert stated.image == hashlib.sha256(clinic.objects.load_photo(result.image_key)).hexdigest()
    assert stated.model == clinic.embedder.identity.sha256
    assert float(stated.similarity) == pytest.approx(result.comparison.similarity, abs=0.00006)
    assert stated.names_guardian("+821012345678") == "from"
    assert stated.names_guardian("+821098765432") == "to"
    assert stated.valid[1] - stated.valid[0] == timedelta(minutes=10)
    (told, *_) = clinic.records.trail.entries(clinic.records.engine, event=AuditEvent.RESULT_SIGNED)
    assert (told.subject, told.operator) == (enrolled, "S1")
    assert told.details == {"verdict": "same", "statement": signed.sha256}


def test_a_refusal_is_signed_too_and_names_nobody_who_is_not_known(
    clinic: Clinic, enrolled: str, photo: Callable[[int, int], bytes]
) -> None:
    clinic.records.corrections.erase(enrolled, datetime.now(UTC))
    stated = clinic.attest(clinic.verify(enrolled, photo(2, 3), "이수의")).statement
    assert (stated.verdict, stated.guardian_from, stated.guardian_to) == ("different", None, None)


def test_what_a_second_person_let_pass_says_so(
    clinic: Clinic, enrolled: str, photo: Callable[[int, int], bytes]
) -> None:
    result = clinic.verify(enrolled, photo(1, 3), "이수의", by="S1", approval=FEW)
    assert clinic.attest(result).statement.approved == "too_few_good_frames"
    with pytest.raises(NoseprintError) as raised:
        clinic.approve(result, REVIEWED, by="S1")
    assert raised.value.code is ErrorCode.INVALID_REQUEST


def test_a_second_person_lets_a_result_pass_that_leaves_it_open(
    settings: Settings, holdings: Holdings, noses: Path, enrolled: str, photo: Callable[[int, int], bytes]
) -> None:
    unsure = load_settings(overrides={"data_dir": str(settings.data_dir), "review_similarity": 0.0})
    clinic = clinic_over(unsure, holdings, KnowsDogsByHeart(noses))
    result = clinic.verify(enrolled, photo(2, 3), "이수의", by="S1")
    approved = clinic.approve(result, REVIEWED, by="S1")
    assert clinic.records.verifications(enrolled)[0].approval == approved.approval == REVIEWED
    stated = clinic.attest(approved).statement
    assert (stated.verdict, stated.approved) == ("review", "review_band")


def test_it_is_not_signed_when_the_ten_minutes_are_over(
    clinic: Clinic, enrolled: str, photo: Callable[[int, int], bytes]
) -> None:
    result = clinic.verify(enrolled, photo(1, 3), "이수의")
    late = replace(result, created_at=result.created_at - timedelta(minutes=10))
    with pytest.raises(NoseprintError) as raised:
        clinic.attest(late)
    assert raised.value.code is ErrorCode.RESULT_NOT_VALID_NOW
    with pytest.raises(NoseprintError) as raised:
        clinic.attest(result, "12")
    assert raised.value.code is ErrorCode.INVALID_PHONE_NUMBER
    assert "NA-1008" not in dict(trail(clinic))


def test_screens_get_photos_and_the_evidence_as_a_picture(
    clinic: Clinic, enrolled: str, photo: Callable[[int, int], bytes]
) -> None:
    photos = clinic.photos(enrolled)
    assert len(photos) == 2
    assert clinic.best_photo(enrolled) == photos[0]
    assert photos[0].startswith(b"\xff\xd8")
    picture = picture_of(clinic.objects, clinic.verify(enrolled, photo(1, 3), "이수의"), ImageLimits())
    assert picture.png.startswith(b"\x89PNG")
    assert clinic.best_photo(f"did:ethr:besu:0x{9:040x}") is None


def test_erasing_takes_every_picture_from_here_and_from_the_store(
    settings: Settings, holdings: Holdings, clinic: Clinic, enrolled: str, photo: Callable[[int, int], bytes]
) -> None:
    SyncWorker(holdings.outbox, holdings.spool, open_store(settings)).run_once()
    probe = clinic.verify(enrolled, photo(1, 3), "이수의").image_key
    store = open_store(settings)
    assert store.exists(photo_key(enrolled, 1))
    erased = eraser_over(settings, holdings).erase(enrolled)
    assert (erased.photos, erased.cancelled, erased.deleted, erased.left) == (2, 1, 2, ())
    assert list(store.keys(f"nose-print-photo/{enrolled}/")) == [vector_npy_key(enrolled)]
    assert holdings.spool.names() == sorted(holdings.outbox.mentioned())
    assert clinic.best_photo(enrolled) is None
    with pytest.raises(NoseprintError):
        clinic.objects.load_photo(probe)
    assert clinic.look_up(photo(1, 4)).pet_did == enrolled
    assert ("NA-1012", "-") in trail(clinic)
    again = eraser_over(settings, holdings).erase(enrolled)
    assert (again.photos, again.cancelled, again.deleted, again.fault) == (0, 0, 0, None)


def test_a_store_that_is_away_is_told_and_cleared_by_asking_again(
    settings: Settings, holdings: Holdings, enrolled: str
) -> None:
    SyncWorker(holdings.outbox, holdings.spool, open_store(settings)).run_once()
    objects = settings.data_dir / "objects"
    objects.rename(settings.data_dir / "away")
    objects.write_bytes(b"")
    first = eraser_over(settings, holdings).erase(enrolled)
    assert first.fault is not None
    assert first.fault.code is ErrorCode.STORAGE_CONNECTION_ERROR
    assert holdings.records.pet(enrolled).erased_at is not None
    objects.unlink()
    (settings.data_dir / "away").rename(objects)
    second = eraser_over(settings, holdings).erase(enrolled)
    assert (second.deleted, second.left, second.fault) == (2, (), None)


def test_drafts_lie_in_the_data_folder_and_open_after_a_restart(settings: Settings, holdings: Holdings) -> None:
    assert holdings.records.pet_count() == 0
    open_drafts(settings).keep("S1", Draft({"name": "초코"}))
    assert open_drafts(settings).load("S1") == Draft({"name": "초코"})
