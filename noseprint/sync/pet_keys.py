"""The platform's object keys for a pet, and the judgement of those that come from outside."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from noseprint.errors import ErrorCode, NoseprintError
from noseprint.plain import in_utc
from noseprint.sync.object_store import require_key

if TYPE_CHECKING:
    from datetime import datetime

DEFAULT_VECTOR_PREFIX: Final = "pet/petDID"

_PHOTO_ROOT: Final = "nose-print-photo"
_MAX_FILE_NAME_BYTES: Final = 255
_PET_DID: Final = re.compile(r"did:[a-z0-9]{1,32}:[a-z0-9]{1,32}:0x(?:[0-9a-f]{40}|[0-9a-f]{64})")


def require_pet_did(text: str) -> str:
    """Return the text if it has the form of a Pet DID: ``did:<method>:<network>:0x`` and 40 or 64 hex digits.

    Digits in capitals are refused: nothing is ever stored under them, and an object's key minds the difference.

    Raises:
        NoseprintError: INVALID_REQUEST.
    """
    if not _PET_DID.fullmatch(text):
        raise NoseprintError(
            ErrorCode.INVALID_REQUEST, "not a Pet DID: did:<method>:<network>:0x and 40 or 64 lower-case hex digits"
        )
    return text


def photo_key(pet_did: str, n: int) -> str:
    """The key of the n-th enrolment photo, counted from 1 (the best one).

    Raises:
        NoseprintError: INVALID_REQUEST if the Pet DID is none.
    """
    return f"{_photo_folder(pet_did)}image_{n}.jpg"


def verification_key(pet_did: str, at: datetime) -> str:
    """The key of a verification photo: the moment in UTC, to the microsecond, in an order that sorts.

    Args:
        pet_did: whose claimed dog is on the photo.
        at: when it was taken; with a time zone.

    Raises:
        NoseprintError: INVALID_REQUEST if the Pet DID is none.
        ValueError: the moment has no time zone.
    """
    return f"{_photo_folder(pet_did)}verify_{in_utc(at):%Y%m%dT%H%M%S%fZ}.jpg"


def vector_json_key(pet_did: str, prefix: str = DEFAULT_VECTOR_PREFIX) -> str:
    """The key of the vector as the gateway and the central server read it (NCP_VECTOR_PREFIX).

    Raises:
        NoseprintError: INVALID_REQUEST if the Pet DID is none.
    """
    return f"{prefix.rstrip('/')}/{require_pet_did(pet_did)}.json"


def vector_npy_key(pet_did: str) -> str:
    """The key of the vector as the platform's documentation has it.

    Raises:
        NoseprintError: INVALID_REQUEST if the Pet DID is none.
    """
    return f"{_photo_folder(pet_did)}vector.npy"


def legacy_vector_npy_key(pet_did: str) -> str:
    """The key of the vector as one page of that documentation has it; read, never written.

    Raises:
        NoseprintError: INVALID_REQUEST if the Pet DID is none.
    """
    return f"{_photo_folder(pet_did)}vec.npy"


def confine_key(image_key: str, pet_did: str) -> str:
    """Return the gateway's image key if it names a file directly in that pet's own photo folder.

    Percent signs are refused outright: no file of the platform has one, and what decodes them later must
    not find another key in this one.

    Raises:
        NoseprintError: INVALID_REQUEST, its detail naming the rule that is broken.
    """
    folder = _photo_folder(pet_did)
    require_key(image_key)
    if not image_key.startswith(folder):
        raise NoseprintError(ErrorCode.INVALID_REQUEST, "image_key is not in the folder of pet_did")
    name = image_key.removeprefix(folder)
    if not name.isprintable() or any(letter in name for letter in "/%"):
        raise NoseprintError(ErrorCode.INVALID_REQUEST, "image_key holds a refused character")
    if len(name.encode()) > _MAX_FILE_NAME_BYTES:
        raise NoseprintError(ErrorCode.INVALID_REQUEST, "image_key has too long a file name")
    return image_key


def _photo_folder(pet_did: str) -> str:
    return f"{_PHOTO_ROOT}/{require_pet_did(pet_did)}/"
