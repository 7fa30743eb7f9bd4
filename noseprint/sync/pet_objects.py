"""What the platform's storage holds about one pet: its photographs and its vector, in the platform's forms.

Objects are made here and read here; who uploads them, and when, is the outbox's business.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from noseprint.errors import ErrorCode, NoseprintError
from noseprint.sync.outbox import EntryKind
from noseprint.sync.pet_keys import (
    DEFAULT_VECTOR_PREFIX,
    confine_key,
    legacy_vector_npy_key,
    photo_key,
    require_pet_did,
    vector_json_key,
    vector_npy_key,
    verification_key,
)
from noseprint.sync.vector_format import (
    StoredVector,
    decode_json,
    decode_npy,
    encode_json,
    encode_npy,
    require_vector,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from datetime import datetime

    import numpy as np
    from numpy.typing import NDArray

    from noseprint.embedding.manifest import ModelIdentity
    from noseprint.sync.object_store import ObjectStore

__all__ = [
    "DEFAULT_VECTOR_PREFIX",
    "MAX_PHOTOS",
    "PetObject",
    "PetObjects",
    "StoredVector",
    "confine_key",
    "legacy_vector_npy_key",
    "photo_key",
    "require_pet_did",
    "vector_json_key",
    "vector_npy_key",
    "verification_key",
]

MAX_PHOTOS: Final = 100
"""As many enrolment photos of one pet are written and read back, at most."""

_PNG: Final = b"\x89PNG\r\n\x1a\n"


@dataclass(frozen=True, slots=True)
class PetObject:
    """An object as it is to lie in the storage.

    Args:
        pet_did: whose it is.
        kind: what it is.
        key: where it goes.
        content: all of it.
        content_type: its media type.
        replaces: whether it takes the place of another content under its key.
    """

    pet_did: str
    kind: EntryKind
    key: str
    content: bytes
    content_type: str
    replaces: bool = False


class PetObjects:
    """The objects of pets in one store.

    Args:
        store: where they are read.
        vector_prefix: NCP_VECTOR_PREFIX, the folder of the vectors as JSON.
        photo_count: how many enrolment photos a pet has, where that is known without asking the store; else 0.
    """

    def __init__(
        self,
        store: ObjectStore,
        vector_prefix: str = DEFAULT_VECTOR_PREFIX,
        photo_count: Callable[[str], int] = lambda _: 0,
    ) -> None:
        self._store = store
        self._vector_prefix = vector_prefix
        self._photo_count = photo_count

    def of_enrolment(
        self,
        pet_did: str,
        photos: Sequence[bytes],
        vector: NDArray[np.float32],
        model: ModelIdentity,
        created_at: datetime,
    ) -> list[PetObject]:
        """What an enrolment uploads: photos, then the vector as ``.npy``, and last the JSON, by which others find it.

        Args:
            pet_did: whose enrolment it is.
            photos: 1 to ``MAX_PHOTOS`` encoded photos, the best one first.
            vector: shape (d,), float32, finite.
            model: what computed the vector.
            created_at: when; with a time zone.

        Raises:
            NoseprintError: INVALID_REQUEST (Pet DID, number of photos), VECTOR_DIMENSION_MISMATCH (no such vector).
            ValueError: the moment has no time zone.
        """
        if not 1 <= len(photos) <= MAX_PHOTOS:
            raise NoseprintError(ErrorCode.INVALID_REQUEST, f"{len(photos)} photos cannot be enrolled")
        numbered = enumerate(photos, start=1)
        pictures = [_picture(pet_did, EntryKind.PHOTO, photo_key(pet_did, n), photo) for n, photo in numbered]
        return [*pictures, *self._vectors(pet_did, vector, model, created_at, replaces=False)]

    def of_new_vector(
        self, pet_did: str, vector: NDArray[np.float32], model: ModelIdentity, created_at: datetime
    ) -> list[PetObject]:
        """Both vector objects anew, after another model has computed them; photos stay as they are.

        Takes and raises what ``of_enrolment`` does.
        """
        return self._vectors(pet_did, vector, model, created_at, replaces=True)

    def of_verification(self, pet_did: str, photo: bytes, at: datetime) -> PetObject:
        """A verification photo, under a key of its own.

        Args:
            pet_did: whose claimed dog is on the photo.
            photo: the encoded photo.
            at: when it was taken; with a time zone.

        Raises:
            NoseprintError: INVALID_REQUEST (Pet DID).
            ValueError: the moment has no time zone.
        """
        return _picture(pet_did, EntryKind.VERIFICATION, verification_key(pet_did, at), photo)

    def load_vector(self, pet_did: str) -> StoredVector:
        """Read the pet's vector: the JSON, else ``vector.npy``, else ``vec.npy``.

        An object that is no such document is passed over for the next one.

        Raises:
            NoseprintError: VECTOR_NOT_FOUND (there is no object), VECTOR_DIMENSION_MISMATCH (one contradicts
                itself, or none can be read), STORAGE_CONNECTION_ERROR, INVALID_REQUEST (Pet DID).
        """
        unreadable = False
        for stored in self._stored_vectors(pet_did):
            if stored:
                return stored
            unreadable = True
        if unreadable:
            raise NoseprintError(ErrorCode.VECTOR_DIMENSION_MISMATCH, "no stored vector can be read")
        raise NoseprintError(ErrorCode.VECTOR_NOT_FOUND)

    def load_photos(self, pet_did: str) -> list[bytes]:
        """The enrolment photos, ``image_1.jpg`` first, up to the first number that is missing; maybe none.

        Raises:
            NoseprintError: STORAGE_CONNECTION_ERROR, INVALID_REQUEST (Pet DID).
        """
        return list(self.photos(pet_did))

    def photos(self, pet_did: str) -> Iterator[bytes]:
        """The photos that ``load_photos`` gives, each fetched when it is asked for; raises the same."""
        # A store that is away is not to be asked for one more than there are.
        for n in range(1, (self._photo_count(pet_did) or MAX_PHOTOS) + 1):
            photo = self._get_if_there(photo_key(pet_did, n))
            if photo is None:
                return
            yield photo

    def load_photo(self, key: str) -> bytes:
        """One photo by its key; a key from outside goes through ``confine_key`` first.

        Raises:
            NoseprintError: OBJECT_NOT_FOUND, STORAGE_CONNECTION_ERROR, INVALID_REQUEST.
        """
        return self._store.get(key)

    def _vectors(
        self, pet_did: str, vector: NDArray[np.float32], model: ModelIdentity, created_at: datetime, *, replaces: bool
    ) -> list[PetObject]:
        sound = require_vector(vector)
        document = encode_json(pet_did, sound, model, created_at)
        json_key = vector_json_key(pet_did, self._vector_prefix)
        forms = [
            (vector_npy_key(pet_did), encode_npy(sound), "application/octet-stream"),
            (json_key, document, "application/json"),
        ]
        return [PetObject(pet_did, EntryKind.VECTOR, *form, replaces=replaces) for form in forms]

    def _stored_vectors(self, pet_did: str) -> Iterator[StoredVector | None]:
        """What each object that is there holds, in the order of their authority; None if unreadable."""
        document = self._get_if_there(vector_json_key(pet_did, self._vector_prefix))
        if document is not None:
            yield decode_json(document, pet_did)
        for key in (vector_npy_key(pet_did), legacy_vector_npy_key(pet_did)):
            content = self._get_if_there(key)
            if content is not None:
                yield decode_npy(content)

    def _get_if_there(self, key: str) -> bytes | None:
        try:
            return self._store.get(key)
        except NoseprintError as error:
            if error.code is ErrorCode.OBJECT_NOT_FOUND:
                return None
            raise


def _picture(pet_did: str, kind: EntryKind, key: str, photo: bytes) -> PetObject:
    # The platform's keys end in .jpg whatever the photo is; its type goes by its content.
    return PetObject(pet_did, kind, key, photo, "image/png" if photo.startswith(_PNG) else "image/jpeg")
