"""What is saved and what is to be uploaded of it are kept together, or neither."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from noseprint.errors import ErrorCode, NoseprintError
from noseprint.records.entities import Verification
from noseprint.records.outbox import Outbox
from noseprint.sync.outbox import Backlog, Outgoing
from tests.integration.records.conftest import NOON
from tests.support.outbox_doubles import MemoryContents, enrolment, new_entry, pet

if TYPE_CHECKING:
    from noseprint.records.records import Records
    from tests.integration.records.conftest import MakeEnrolment, MakeTemplate


@pytest.fixture
def outbox(records: Records) -> Outbox:
    return Outbox(records.engine, "kiosk-1")


@pytest.fixture
def outgoing() -> Outgoing:
    return Outgoing("kiosk-1", tuple(enrolment(MemoryContents(), 1)))


def waiting(outbox: Outbox) -> list[str]:
    return [entry.key for entry in outbox.open_entries()]


VERIFICATION = Verification(
    pet_did=pet(1),
    image_key=f"nose-print-photo/{pet(1)}/verify_1.jpg",
    similarity=0.9,
    cosine=0.8,
    inliers=None,
    verdict="same",
    model_name="m",
    model_sha256="ab" * 32,
    quality=50.0,
    operator="s",
    created_at=NOON,
)


def test_an_enrolment_and_its_uploads_are_kept_together_and_in_order(
    records: Records, outbox: Outbox, outgoing: Outgoing, make_enrolment: MakeEnrolment
) -> None:
    records.enrol(make_enrolment(pet_did=pet(1)), outgoing)
    assert waiting(outbox) == [entry.key for entry in outgoing.entries]
    assert outbox.backlog() == Backlog(1, outbox.open_entries()[0].created_at)


def test_of_a_refused_enrolment_nothing_is_uploaded(
    records: Records, outbox: Outbox, outgoing: Outgoing, make_enrolment: MakeEnrolment
) -> None:
    records.enrol(make_enrolment(pet_did=pet(1)))
    with pytest.raises(NoseprintError) as caught:
        records.enrol(make_enrolment(pet_did=pet(1)), outgoing)
    assert caught.value.code is ErrorCode.PET_DID_TAKEN
    assert (waiting(outbox), outbox.backlog()) == ([], Backlog())


def test_no_row_is_kept_whose_uploads_cannot_wait(
    records: Records, outbox: Outbox, outgoing: Outgoing, make_enrolment: MakeEnrolment, make_template: MakeTemplate
) -> None:
    broken = replace(outgoing.entries[-1], key=None)  # type: ignore[arg-type]
    halfway = replace(outgoing, entries=(*outgoing.entries[:-1], broken))
    for save in (
        lambda: records.enrol(make_enrolment(pet_did=pet(1)), halfway),
        lambda: records.record_verification(VERIFICATION, halfway),
    ):
        with pytest.raises(NoseprintError) as caught:
            save()
        assert caught.value.code is ErrorCode.RECORDS_UNAVAILABLE
    records.enrol(make_enrolment(pet_did=pet(1)))
    with pytest.raises(NoseprintError):
        records.save_template(pet(1), make_template(2, model="c"), NOON, halfway)
    assert records.template(pet(1), "c" * 64) is None
    assert (records.pet_count(), records.verifications(pet(1)), waiting(outbox)) == (1, [], [])


def test_a_verification_and_a_new_template_wait_too(
    records: Records, outbox: Outbox, make_enrolment: MakeEnrolment, make_template: MakeTemplate
) -> None:
    contents = MemoryContents()
    records.enrol(make_enrolment(pet_did=pet(1)))
    probe = new_entry(contents, pet(1), "verify_1.jpg", b"probe")
    records.record_verification(VERIFICATION, Outgoing("kiosk-1", (probe,)))
    vector = new_entry(contents, pet(1), "vector.npy", b"vector", replaces=True)
    records.save_template(pet(1), make_template(2), NOON, Outgoing("kiosk-1", (vector,)))
    assert waiting(outbox) == [probe.key, vector.key]
    assert [entry.replaces for entry in outbox.open_entries()] == [False, True]


def test_how_many_photos_a_pet_has_is_known_of_the_pets_here(records: Records, make_enrolment: MakeEnrolment) -> None:
    kept = records.enrol(make_enrolment(pet_did=pet(1)))
    assert records.photo_count(pet(1)) == len(kept.photo_keys) == 1
    assert records.photo_count(pet(2)) == records.photo_count("\0") == 0
