"""The keypoint evidence of a verification, as a picture for a person; needs OpenCV."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

from noseprint.errors import ErrorCode, NoseprintError
from noseprint.matching.fusion import MOST_PHOTOS, Evidence
from noseprint.matching.keypoints import draw_evidence, extract, match
from noseprint.sync.pet_objects import photo_key

if TYPE_CHECKING:
    from collections.abc import Iterator

    from noseprint.clinic import VerificationResult
    from noseprint.embedding.limits import ImageLimits
    from noseprint.sync.pet_objects import PetObjects


@dataclass(frozen=True, slots=True)
class EvidencePicture:
    """How many points of a probe match its pet's enrolment photo, how widely they lie, and both photos.

    Attributes:
        inliers: matching points.
        spread: 0 to 1, the share of the photo that they cover.
        png: enrolment photo on the left, probe on the right, their matching points joined; 640 pixels high.
    """

    inliers: int
    spread: float
    png: bytes


def picture_of(objects: PetObjects, result: VerificationResult, limits: ImageLimits) -> EvidencePicture:
    """Draw the matching points of a probe, as it was stored, and the enrolment photo that was weighed.

    Where none was weighed, the enrolment photo that is most like the probe is drawn.

    Args:
        objects: the photos, as ``Clinic.objects``.
        result: of the verification.
        limits: checked before decoding.

    Raises:
        NoseprintError: VECTOR_NOT_FOUND when no enrolment photo is stored, any of the image and storage codes.
    """
    probe = objects.load_photo(result.image_key)
    of_probe = extract(probe, limits)
    found = [(photo, match(extract(photo, limits), of_probe)) for photo in _enrolled(objects, result)]
    if not found:
        raise NoseprintError(ErrorCode.VECTOR_NOT_FOUND, "no enrolment photo")
    best, evidence = max(found, key=lambda item: item[1].inliers)
    return EvidencePicture(evidence.inliers, evidence.spread, draw_evidence(best, probe, evidence, limits))


def _enrolled(objects: PetObjects, result: VerificationResult) -> Iterator[bytes]:
    if isinstance(result.evidence, Evidence):
        yield objects.load_photo(photo_key(result.pet_did, result.evidence.photo))
    else:
        yield from islice(objects.photos(result.pet_did), MOST_PHOTOS)
