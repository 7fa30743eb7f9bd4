"""The keypoint evidence of a verification, as a picture for a person; needs the `kiosk` extra (OpenCV)."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from noseprint.clinic import Clinic
from noseprint.embedding.limits import ImageLimits
from noseprint.errors import ErrorCode, NoseprintError
from noseprint.matching.keypoints import draw_evidence, keypoint_evidence


@dataclass(frozen=True, slots=True)
class EvidenceFile:
    """How many points of a probe match its pet's enrolment photo, how widely they lie (0 to 1), and the picture."""

    inliers: int
    spread: float
    file: str


def write_evidence(clinic: Clinic, pet_did: str, probe: bytes, limits: ImageLimits, file: Path) -> EvidenceFile:
    """Draw the matching points of a probe and the enrolment photo that it agrees with best.

    Raises:
        NoseprintError: VECTOR_NOT_FOUND when no enrolment photo is stored, FILE_NOT_READABLE when the picture
            cannot be written, any of the image and storage codes.
    """
    enrolled = clinic.objects.load_photos(pet_did)
    if not enrolled:
        raise NoseprintError(ErrorCode.VECTOR_NOT_FOUND, "no enrolment photo")
    found = [(photo, keypoint_evidence(photo, probe, limits)) for photo in enrolled]
    best, evidence = max(found, key=lambda item: item[1].inliers)
    try:
        file.write_bytes(draw_evidence(best, probe, evidence, limits))
    except OSError as fault:
        raise NoseprintError(ErrorCode.FILE_NOT_READABLE, fault.strerror or "", path=file) from fault
    return EvidenceFile(evidence.inliers, evidence.spread, str(file))
