"""What of the records is personal, and the form in which alone it reaches the database: sealed.

A context binds every sealed value to its row, so that one that was copied into another row does not open.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

import msgspec
import numpy as np

from noseprint.errors import ErrorCode, NoseprintError
from noseprint.records.entities import GuardianDetails, PetFacts

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from noseprint.vault.vault import Vault

_Unsealed = TypeVar("_Unsealed")

VECTOR_DTYPE = np.dtype("<f4")


class PetDocument(msgspec.Struct, frozen=True):
    """What is personal about a pet and its enrolment."""

    facts: PetFacts
    operator: str


class _FactsThatName(msgspec.Struct, frozen=True):
    name: str
    microchip: str | None = None


class _DocumentThatNames(msgspec.Struct, frozen=True):
    facts: _FactsThatName


_PET = msgspec.json.Decoder(PetDocument)
_NAMES = msgspec.json.Decoder(_DocumentThatNames)
_GUARDIAN = msgspec.json.Decoder(GuardianDetails)


class Sealing:
    """Seals and unseals the values of rows; any thread may use it.

    Whatever unseals raises NoseprintError MASTER_KEY_MISSING (``key_id``), or SEALED_DAMAGED for a value that was
    changed or belongs to another row.

    Args:
        vault: the same one as ever, or nothing is found again.
    """

    def __init__(self, vault: Vault) -> None:
        self._vault = vault

    def pet(self, pet_did: str, document: PetDocument) -> bytes:
        """Seal what is personal about a pet."""
        return self._vault.seal(msgspec.json.encode(document), _of_pet(pet_did))

    def open_pet(self, pet_did: str, sealed: bytes) -> PetDocument:
        """What is personal about a pet."""
        return _PET.decode(self._vault.unseal(sealed, _of_pet(pet_did)))

    def open_pet_names(self, pet_did: str, sealed: bytes) -> tuple[str, str | None]:
        """A pet's name and microchip, in less time than all of it takes."""
        facts = _NAMES.decode(self._vault.unseal(sealed, _of_pet(pet_did))).facts
        return facts.name, facts.microchip

    def guardian(self, guardian: GuardianDetails) -> bytes:
        """Seal a guardian whose telephone number is in E.164."""
        return self._vault.seal(msgspec.json.encode(guardian), _of_guardian(self.phone(guardian.phone)))

    def open_guardian(self, phone_fingerprint: str, sealed: bytes) -> GuardianDetails:
        """A guardian."""
        return _GUARDIAN.decode(self._vault.unseal(sealed, _of_guardian(phone_fingerprint)))

    def vector(self, pet_did: str, model_sha256: str, vector: NDArray[np.float32]) -> bytes:
        """Seal a template's vector, shape (d,)."""
        return self._vault.seal(vector.astype(VECTOR_DTYPE).tobytes(), _of_template(pet_did, model_sha256))

    def open_vector(self, pet_did: str, model_sha256: str, sealed: bytes) -> bytes:
        """The numbers of a template's vector as ``VECTOR_DTYPE``."""
        return self._vault.unseal(sealed, _of_template(pet_did, model_sha256))

    def operator(self, image_key: str, operator: str) -> bytes:
        """Seal who verified the probe of this key; what staff are called can be a person's name."""
        return self._vault.seal(operator.encode(), _of_verification(image_key))

    def open_operator(self, image_key: str, sealed: bytes) -> str:
        """Who verified."""
        return self._vault.unseal(sealed, _of_verification(image_key)).decode()

    def phone(self, phone: str) -> str:
        """What stands for a telephone number in E.164 where it must be found: 64 hexadecimal digits."""
        return self._vault.fingerprint("phone", phone).hex()

    def microchip(self, microchip: str | None) -> str | None:
        """What stands for the 15 digits of a microchip, in the same form; None for none."""
        return self._vault.fingerprint("microchip", microchip).hex() if microchip else None


def unless_damaged(unsealing: Callable[[], _Unsealed]) -> _Unsealed | None:
    """What was unsealed; None where it is damaged.

    Raises:
        NoseprintError: MASTER_KEY_MISSING; that is nothing of one value's.
    """
    try:
        return unsealing()
    except NoseprintError as fault:
        if fault.code is not ErrorCode.SEALED_DAMAGED:
            raise
        return None


def vector_of(numbers: bytes | bytearray) -> NDArray[np.float32]:
    """The float32 numbers in bytes, shape (d,), without a copy where the machine is little-endian.

    Raises:
        NoseprintError: SEALED_DAMAGED when they are no whole numbers.
    """
    if len(numbers) % VECTOR_DTYPE.itemsize:
        raise NoseprintError(ErrorCode.SEALED_DAMAGED, "a vector with half a number")
    return np.frombuffer(numbers, VECTOR_DTYPE).astype(np.float32, copy=False)


def _of_pet(pet_did: str) -> str:
    return f"pet:{pet_did}"


def _of_guardian(phone_fingerprint: str) -> str:
    return f"guardian:{phone_fingerprint}"


def _of_template(pet_did: str, model_sha256: str) -> str:
    return f"template:{pet_did}:{model_sha256}"


def _of_verification(image_key: str) -> str:
    return f"verification:{image_key}:operator"
