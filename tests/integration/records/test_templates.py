from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from noseprint.errors import ErrorCode, NoseprintError

if TYPE_CHECKING:
    from noseprint.records.records import Records
    from tests.integration.records.conftest import MakeEnrolment, MakeTemplate

A, B = "a" * 64, "b" * 64


def test_a_template_is_read_back_bit_for_bit(records: Records, make_enrolment: MakeEnrolment) -> None:
    enrolment = make_enrolment()
    records.enrol(enrolment)
    template = records.template(enrolment.pet_did, A)
    assert template is not None
    assert template.vector.tobytes() == enrolment.template.vector.tobytes()
    assert (template.model_name, template.model_sha256, template.quality) == ("model-a", A, 0.75)


def test_the_gallery_is_every_template_of_one_model_in_the_order_of_enrolment(
    records: Records, make_enrolment: MakeEnrolment, make_template: MakeTemplate
) -> None:
    enrolments = [make_enrolment() for _ in range(5)]
    for enrolment in enrolments:
        records.enrol(enrolment)
    records.enrol(make_enrolment(template=make_template(model="b")))
    pet_dids, vectors = records.templates(A)
    assert pet_dids == [enrolment.pet_did for enrolment in enrolments]
    assert vectors.dtype == np.float32
    np.testing.assert_array_equal(vectors, [enrolment.template.vector for enrolment in enrolments])
    assert records.template_count(A) == 5


def test_a_model_that_saw_no_pet_has_an_empty_gallery(records: Records) -> None:
    pet_dids, vectors = records.templates(A)
    assert pet_dids == []
    assert vectors.shape == (0, 0)
    assert records.template_count(A) == 0


def test_moving_to_another_model_and_back_costs_nothing(
    records: Records, make_enrolment: MakeEnrolment, make_template: MakeTemplate
) -> None:
    enrolment = make_enrolment()
    pet = records.enrol(enrolment)
    records.save_template(pet.pet_did, make_template(1, model="b", size=256), enrolment.created_at)
    assert records.templates(A)[1].shape == (1, 512)
    assert records.templates(B)[1].shape == (1, 256)
    assert records.pet(pet.pet_did) == pet


def test_computing_again_replaces_the_earlier_template(
    records: Records, make_enrolment: MakeEnrolment, make_template: MakeTemplate
) -> None:
    enrolment = make_enrolment()
    records.enrol(enrolment)
    again = make_template(99)
    records.save_template(enrolment.pet_did, again, enrolment.created_at)
    template = records.template(enrolment.pet_did, A)
    assert template is not None
    np.testing.assert_array_equal(template.vector, again.vector)
    assert records.template_count(A) == 1


def test_the_pets_that_a_model_has_not_seen_are_told_in_the_order_of_enrolment(
    records: Records, make_enrolment: MakeEnrolment, make_template: MakeTemplate
) -> None:
    pets = [records.enrol(make_enrolment()) for _ in range(3)]
    assert records.pets_without_template(A) == []
    assert records.pets_without_template(B) == pets
    records.save_template(pets[1].pet_did, make_template(model="b"), pets[1].created_at)
    assert records.pets_without_template(B) == [pets[0], pets[2]]


@pytest.mark.parametrize("pet_did", ["did:unknown", "\0", "\ud800"])
def test_a_pet_that_nobody_enrolled_has_no_template_and_gets_none(
    records: Records, make_enrolment: MakeEnrolment, make_template: MakeTemplate, pet_did: str
) -> None:
    assert records.template(pet_did, A) is None
    with pytest.raises(NoseprintError) as caught:
        records.save_template(pet_did, make_template(), make_enrolment().created_at)
    assert caught.value.code is ErrorCode.PET_NOT_FOUND


def test_a_moment_without_a_time_zone_is_a_programs_fault(
    records: Records, make_enrolment: MakeEnrolment, make_template: MakeTemplate
) -> None:
    pet = records.enrol(make_enrolment())
    with pytest.raises(ValueError, match="time zone"):
        records.save_template(pet.pet_did, make_template(), pet.created_at.replace(tzinfo=None))


def test_vectors_of_two_lengths_never_make_one_gallery(
    records: Records, make_enrolment: MakeEnrolment, make_template: MakeTemplate
) -> None:
    for size in (256, 512, 768):
        records.enrol(make_enrolment(template=make_template(size=size)))
    with pytest.raises(NoseprintError) as caught:
        records.templates(A)
    assert caught.value.code is ErrorCode.VECTOR_DIMENSION_MISMATCH
