"""What the platform's storage holds about one pet: its photographs and its vector, in the platform's forms."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from noseprint.errors import ErrorCode, NoseprintError
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
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    import numpy as np
    from numpy.typing import NDArray

    from noseprint.embedding.manifest import ModelIdentity
    from noseprint.sync.object_store import ObjectStore

__all__ = [
    "DEFAULT_VECTOR_PREFIX",
    "MAX_PHOTOS",
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
class _Object:
    key: str
    content: bytes
    content_type: str


class PetObjects:
    """The objects of pets in one store.

    Args:
        store: where they lie.
        vector_prefix: NCP_VECTOR_PREFIX, the folder of the vectors as JSON.
    """

    def __init__(self, store: ObjectStore, vector_prefix: str = DEFAULT_VECTOR_PREFIX) -> None:
        self._store = store
        self._vector_prefix = vector_prefix

    @contextmanager
    def enrolment(
        self,
        pet_did: str,
        photos: Sequence[bytes],
        vector: NDArray[np.float32],
        model: ModelIdentity,
        created_at: datetime,
    ) -> Iterator[None]:
        """Write the photos, then the vector as ``.npy``, and last the JSON, by which other programs find it.

        If a write fails, or the block that this surrounds, what was changed is set back as far as the store
        allows: the block is where the caller keeps its own record of the enrolment.

        Args:
            pet_did: whose enrolment it is.
            photos: 1 to ``MAX_PHOTOS`` encoded photos, the best one first.
            vector: shape (d,), float32, finite.
            model: what computed the vector.
            created_at: when; with a time zone.

        Raises:
            NoseprintError: STORAGE_CONNECTION_ERROR (a note on it names what could not be set back),
                INVALID_REQUEST (Pet DID, number of photos), VECTOR_DIMENSION_MISMATCH (no such vector).
            ValueError: the moment has no time zone.
        """
        if not 1 <= len(photos) <= MAX_PHOTOS:
            raise NoseprintError(ErrorCode.INVALID_REQUEST, f"{len(photos)} photos cannot be enrolled")
        pictures = [_picture(photo_key(pet_did, n), photo) for n, photo in enumerate(photos, start=1)]
        with self._written([*pictures, *self._vectors(pet_did, vector, model, created_at)]):
            yield

    def replace_vectors(
        self, pet_did: str, vector: NDArray[np.float32], model: ModelIdentity, created_at: datetime
    ) -> None:
        """Write both vector objects anew, after another model has computed them; photos stay as they are.

        Takes and raises what ``enrolment`` does.
        """
        with self._written(self._vectors(pet_did, vector, model, created_at)):
            pass

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
        for n in range(1, MAX_PHOTOS + 1):
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

    @contextmanager
    def verification(self, pet_did: str, photo: bytes, at: datetime) -> Iterator[str]:
        """Write a verification photo, give its key, and take the photo back if the block fails.

        Args:
            pet_did: whose claimed dog is on the photo.
            photo: the encoded photo.
            at: when it was taken; with a time zone.

        Raises:
            NoseprintError: STORAGE_CONNECTION_ERROR, INVALID_REQUEST (Pet DID).
            ValueError: the moment has no time zone.
        """
        picture = _picture(verification_key(pet_did, at), photo)
        with self._written([picture]):
            yield picture.key

    def _vectors(
        self, pet_did: str, vector: NDArray[np.float32], model: ModelIdentity, created_at: datetime
    ) -> list[_Object]:
        sound = require_vector(vector)
        document = encode_json(pet_did, sound, model, created_at)
        return [
            _Object(vector_npy_key(pet_did), encode_npy(sound), "application/octet-stream"),
            _Object(vector_json_key(pet_did, self._vector_prefix), document, "application/json"),
        ]

    def _stored_vectors(self, pet_did: str) -> Iterator[StoredVector | None]:
        """What each object that is there holds, in the order of their authority; None if unreadable."""
        document = self._get_if_there(vector_json_key(pet_did, self._vector_prefix))
        if document is not None:
            yield decode_json(document, pet_did)
        for key in (vector_npy_key(pet_did), legacy_vector_npy_key(pet_did)):
            content = self._get_if_there(key)
            if content is not None:
                yield decode_npy(content)

    @contextmanager
    def _written(self, objects: Sequence[_Object]) -> Iterator[None]:
        changed: list[tuple[_Object, bytes | None]] = []
        try:
            for thing in objects:
                before = self._get_if_there(thing.key)
                if before != thing.content:
                    changed.append((thing, before))
                    self._put(thing)
            yield
        except BaseException as error:
            self._set_back(changed, error)
            raise

    def _set_back(self, changed: list[tuple[_Object, bytes | None]], error: BaseException) -> None:
        """Undo writes, the last one first, as long as the store goes along; the error stays the first one."""
        while changed:
            thing, before = changed[-1]
            try:
                self._restore(thing, before)
            except NoseprintError as failure:
                left = ", ".join(thing.key for thing, _ in changed)
                error.add_note(f"could not be set back ({failure}): {left}")
                return
            changed.pop()

    def _restore(self, thing: _Object, before: bytes | None) -> None:
        if before is None:
            self._store.delete(thing.key)
        else:
            self._store.put(thing.key, before, thing.content_type)

    def _put(self, thing: _Object) -> None:
        self._store.put(thing.key, thing.content, thing.content_type)

    def _get_if_there(self, key: str) -> bytes | None:
        try:
            return self._store.get(key)
        except NoseprintError as error:
            if error.code is ErrorCode.OBJECT_NOT_FOUND:
                return None
            raise


def _picture(key: str, photo: bytes) -> _Object:
    # The platform's keys end in .jpg whatever the photo is; its type goes by its content.
    return _Object(key, photo, "image/png" if photo.startswith(_PNG) else "image/jpeg")
