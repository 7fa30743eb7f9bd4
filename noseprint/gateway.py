"""What the platform's gateway may ask: the vector of a photo, and a stored photo against its pet's nose print."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from noseprint.errors import ErrorCode, NoseprintError
from noseprint.matching.fusion import Evidence, Weigher
from noseprint.matching.similarity import Comparison, compare
from noseprint.sync.pet_objects import PetObjects, confine_key, require_pet_did

if TYPE_CHECKING:
    from noseprint.embedding.embedder import Embedder
    from noseprint.embedding.model import Vector
    from noseprint.matching.fusion import PointFinder


@dataclass(frozen=True, slots=True)
class StoredComparison:
    """The scores of a stored photo against its pet's enrolled vector, and that vector's size."""

    comparison: Comparison
    vector_size: int


@dataclass(frozen=True, slots=True)
class Gateway:
    """The use cases behind the NoseEmbedderService.

    Attributes:
        embedder: may still be loading.
        objects: of the pets.
        finder: weighs the points that photos share; without it the vectors alone decide.
    """

    embedder: Embedder
    objects: PetObjects
    finder: PointFinder | None = None

    def extract(self, photo: bytes) -> Vector:
        """The vector (float32, (d,)) of a photo.

        Raises:
            NoseprintError: MODEL_NOT_LOADED, or as :meth:`noseprint.embedding.embedder.ModelEmbedder.embed`.
        """
        return self.embedder.embed(photo)

    def compare_with_stored_image(self, image_key: str, pet_did: str) -> StoredComparison:
        """Compare a photo in the store with the enrolment of the pet it is claimed to show.

        Cosine and distance are those of the vectors. The similarity also weighs the points that the photo shares
        with the enrolment photos, as far as these can be fetched: it means the same false match rate without them.

        Raises:
            NoseprintError: INVALID_REQUEST for a key outside that pet's folder, INVALID_IMAGE when the
                photo is missing or broken, VECTOR_NOT_FOUND, VECTOR_DIMENSION_MISMATCH,
                MODEL_NOT_LOADED or STORAGE_CONNECTION_ERROR.
        """
        key = confine_key(image_key, require_pet_did(pet_did))
        model, dimension = self.embedder.identity, self.embedder.manifest.output.dimension
        enrolled = self.objects.load_vector(pet_did).made_by(model, dimension)
        photo = self._stored_photo(key)
        comparison = compare(enrolled, self.embedder.embed(photo), self.embedder.manifest.calibration)
        weigher = Weigher(photo, self.finder, self.embedder.manifest.keypoints)
        evidence = weigher.weigh(comparison.cosine_similarity, self.objects.photos(pet_did))
        if isinstance(evidence, Evidence):
            comparison = replace(comparison, similarity=evidence.similarity)
        return StoredComparison(comparison, enrolled.size)

    def _stored_photo(self, key: str) -> bytes:
        try:
            return self.objects.load_photo(key)
        except NoseprintError as fault:
            if fault.code is ErrorCode.OBJECT_NOT_FOUND:
                raise NoseprintError(ErrorCode.INVALID_IMAGE, "no photo under this key") from fault
            raise
