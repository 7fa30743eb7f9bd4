"""The keypoint evidence of a verification, as a picture for a person; needs OpenCV."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from noseprint.clinic import Clinic, VerificationResult
from noseprint.embedding.limits import ImageLimits
from noseprint.errors import ErrorCode, NoseprintError
from noseprint.matching.fusion import MOST_PHOTOS, Evidence
from noseprint.matching.keypoints import draw_evidence, extract, match
from noseprint.sync.pet_objects import photo_key


@dataclass(frozen=True, slots=True)
class EvidenceFile:
    """How many points of a probe match its pet's enrolment photo, how widely they lie (0 to 1), and the picture."""

    inliers: int
    spread: float
    file: str


def write_evidence(clinic: Clinic, result: VerificationResult, limits: ImageLimits, file: Path) -> EvidenceFile:
    """Draw the matching points of a probe, as it was stored, and the enrolment photo that was weighed.

    Where none was weighed, the enrolment photo that is most like the probe is drawn.

    Raises:
        NoseprintError: VECTOR_NOT_FOUND when no enrolment photo is stored, FILE_NOT_READABLE when the picture
            cannot be written, any of the image and storage codes.
    """
    probe = clinic.objects.load_photo(result.image_key)
    of_probe = extract(probe, limits)
    found = [(photo, match(extract(photo, limits), of_probe)) for photo in _enrolled(clinic, result)]
    if not found:
        raise NoseprintError(ErrorCode.VECTOR_NOT_FOUND, "no enrolment photo")
    best, evidence = max(found, key=lambda item: item[1].inliers)
    try:
        file.write_bytes(draw_evidence(best, probe, evidence, limits))
    except OSError as fault:
        raise NoseprintError(ErrorCode.FILE_NOT_READABLE, fault.strerror or "", path=file) from fault
    return EvidenceFile(evidence.inliers, evidence.spread, str(file))


def _enrolled(clinic: Clinic, result: VerificationResult) -> Iterator[bytes]:
    if isinstance(result.evidence, Evidence):
        yield clinic.objects.load_photo(photo_key(result.pet_did, result.evidence.photo))
    else:
        yield from islice(clinic.objects.photos(result.pet_did), MOST_PHOTOS)
