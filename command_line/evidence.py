"""The keypoint evidence of a verification, as a file; needs OpenCV."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from noseprint.clinic import Clinic, VerificationResult
from noseprint.embedding.limits import ImageLimits
from noseprint.errors import ErrorCode, NoseprintError
from noseprint.evidence import picture_of


@dataclass(frozen=True, slots=True)
class EvidenceFile:
    """How many points of a probe match its pet's enrolment photo, how widely they lie (0 to 1), and the picture."""

    inliers: int
    spread: float
    file: str


def write_evidence(clinic: Clinic, result: VerificationResult, limits: ImageLimits, file: Path) -> EvidenceFile:
    """Write the picture of a probe and its enrolment photo, see ``noseprint.evidence``.

    Raises:
        NoseprintError: FILE_NOT_READABLE when the picture cannot be written; the codes of ``picture_of``.
    """
    picture = picture_of(clinic.objects, result, limits)
    try:
        file.write_bytes(picture.png)
    except OSError as fault:
        raise NoseprintError(ErrorCode.FILE_NOT_READABLE, fault.strerror or "", path=file) from fault
    return EvidenceFile(picture.inliers, picture.spread, str(file))
