from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from noseprint.errors import ErrorCode, NoseprintError
from noseprint.records.entities import GuardianDetails, PetFacts, Sex
from noseprint.records.sealing import PetDocument, Sealing, vector_of
from noseprint.vault.key_ring import KeyRing
from noseprint.vault.vault import Vault
from tests.support.vault import VAULT

if TYPE_CHECKING:
    from collections.abc import Callable

DID, OTHER = (f"did:ethr:besu:0x{digit * 40}" for digit in "12")
PHONE, ELSE = "+821012345678", "+821087654321"
DOCUMENT = PetDocument(PetFacts("초코", "dog", "진도개", 3, Sex.FEMALE, True, "brown", 4.2, "흰 양말"), "이수의")
GUARDIAN = GuardianDetails("김하늘", PHONE)
VECTOR = np.arange(512, dtype=np.float32) / 7
SEALING = Sealing(VAULT)


def refusal(call: Callable[[], object]) -> ErrorCode:
    with pytest.raises(NoseprintError) as caught:
        call()
    return caught.value.code


def test_what_was_sealed_is_read_back_as_it_was() -> None:
    sealed = SEALING.pet(DID, DOCUMENT)
    assert SEALING.open_pet(DID, sealed) == DOCUMENT
    assert SEALING.open_pet_names(DID, sealed) == ("초코", None)
    assert SEALING.open_guardian(SEALING.phone(PHONE), SEALING.guardian(GUARDIAN)) == GUARDIAN
    assert SEALING.open_operator("key", SEALING.operator("key", "이수의")) == "이수의"
    numbers = SEALING.open_vector(DID, "a" * 64, SEALING.vector(DID, "a" * 64, VECTOR))
    assert vector_of(numbers).tobytes() == VECTOR.tobytes()


def test_what_lies_in_anothers_row_does_not_open() -> None:
    pet, guardian = SEALING.pet(DID, DOCUMENT), SEALING.guardian(GUARDIAN)
    vector, operator = SEALING.vector(DID, "a" * 64, VECTOR), SEALING.operator("key", "이수의")
    for swapped in (
        lambda: SEALING.open_pet(OTHER, pet),
        lambda: SEALING.open_pet_names(OTHER, pet),
        lambda: SEALING.open_guardian(SEALING.phone(ELSE), guardian),
        lambda: SEALING.open_vector(OTHER, "a" * 64, vector),
        lambda: SEALING.open_vector(DID, "b" * 64, vector),
        lambda: SEALING.open_operator("else", operator),
        lambda: SEALING.open_pet(DID, guardian),
    ):
        assert refusal(swapped) is ErrorCode.SEALED_DAMAGED


def test_numbers_are_found_by_their_fingerprints_alone_and_only_with_the_key() -> None:
    assert SEALING.phone(PHONE) == SEALING.phone(PHONE) != SEALING.phone(ELSE)
    assert SEALING.microchip("900182001234567") != SEALING.phone("900182001234567")
    assert SEALING.microchip(None) is None
    assert Sealing(Vault(KeyRing.generate())).phone(PHONE) != SEALING.phone(PHONE)
    assert Sealing(Vault(VAULT.keys.rotated())).phone(PHONE) == SEALING.phone(PHONE)


def test_no_vector_ends_within_a_number() -> None:
    assert refusal(lambda: vector_of(VECTOR.tobytes()[:-1])) is ErrorCode.SEALED_DAMAGED
