"""What is asked of a clinic and what it answers, in the trade's words; nothing is done here."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from noseprint.capture.intake import REASONS
from noseprint.errors import NoseprintError, Words
from noseprint.matching.similarity import Comparison, Thresholds, Verdict

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from noseprint.capture.quality import Quality
    from noseprint.embedding.aggregate import Aggregate
    from noseprint.matching.fusion import Evidence, Unweighed
    from noseprint.records.approval import Approval
    from noseprint.records.entities import Consent, GuardianDetails, Pet, PetFacts


@dataclass(frozen=True, slots=True)
class Rules:
    """What this clinic demands; the settings say the numbers.

    Attributes:
        minimum_quality: photos below it (0 to 100) do not count.
        outlier_similarity: a photo less similar than this to the mean of the others is left out of the template.
        thresholds: the similarities that verdicts begin at.
        look_up_margin: how far, in similarity, the first candidate must lead the second to be named.
    """

    minimum_quality: float = 25.0
    outlier_similarity: float = 0.5
    thresholds: Thresholds = field(default_factory=Thresholds)
    look_up_margin: float = 0.02


@dataclass(frozen=True, slots=True)
class EnrolmentRequest:
    """What staff give to enrol a dog.

    Attributes:
        photos: JPEG or PNG files of one nose.
        minimum_photos: how many of them must be usable.
        facts: what is known about the pet.
        guardian: who answers for it, kept only with the consent to it.
        consents: what the guardian agreed to.
        operator: who enrols.
        allow_duplicate: enrol even if the dog seems to be enrolled already.
        approval: the second person's, where one was asked for.
    """

    photos: Sequence[bytes]
    minimum_photos: int
    facts: PetFacts
    guardian: GuardianDetails | None = None
    consents: tuple[Consent, ...] = ()
    operator: str = "staff"
    allow_duplicate: bool = False
    approval: Approval | None = None


@dataclass(frozen=True, slots=True)
class RankedCandidate:
    """An enrolled pet that a probe may show.

    ``inliers`` are the points that the probe shares with its best enrolment photo, None where none were looked for
    and the similarity rests on the vectors alone.
    """

    pet_did: str
    similarity: float
    cosine_similarity: float
    verdict: Verdict
    inliers: int | None = None


@dataclass(frozen=True, slots=True)
class UnusablePhoto:
    """A photo that did not count: which one (from 1), and why (keys of `noseprint.capture.intake.REASONS`)."""

    number: int
    reasons: tuple[str, ...]

    def __str__(self) -> str:
        return f"photo {self.number}: {', '.join(self.reasons)}"

    @property
    def words(self) -> Words:
        """The same for people."""
        ko, en = zip(*(REASONS[reason] for reason in self.reasons), strict=True)
        return Words(f"{self.number}번 사진: {', '.join(ko)}.", f"Photo {self.number}: {', '.join(en)}.")


@dataclass(frozen=True, slots=True)
class Enrolment:
    """A dog that is enrolled now.

    Attributes:
        pet: as the records hold it.
        aggregate: the template and the photos in it.
        unusable: the photos that did not count.
        duplicates: enrolled dogs that it was mistaken for and that staff allowed.
        not_searched: pets that were not compared, for the present model has not seen them (see ``reembed``).
    """

    pet: Pet
    aggregate: Aggregate
    unusable: tuple[UnusablePhoto, ...]
    duplicates: tuple[RankedCandidate, ...]
    not_searched: int


@dataclass(frozen=True, slots=True)
class VerificationResult:
    """The answer to "is this the dog that it is said to be?".

    Attributes:
        pet_did: of the dog that it is said to be.
        verdict: follows from the similarity.
        comparison: of the vectors; its similarity weighs the evidence too, where there is some.
        evidence: what probe and enrolment photos share, or why that was not weighed.
        quality: of the probe.
        image_key: where the probe lies, or will.
        image_sha256: hexadecimal checksum of the probe as it lies there.
        created_at: when it was compared, in UTC.
        approval: the second person's, where one was asked for.
    """

    pet_did: str
    verdict: Verdict
    comparison: Comparison
    evidence: Evidence | Unweighed
    quality: Quality
    image_key: str
    image_sha256: str
    created_at: datetime
    approval: Approval | None = None


@dataclass(frozen=True, slots=True)
class LookUp:
    """The answer to "which dog is this?".

    Attributes:
        pet_did: the dog, or None for unknown.
        candidates: the most similar pets, best first.
        quality: of the probe.
        not_searched: pets that were not compared, for the present model has not seen them (see ``reembed``).
    """

    pet_did: str | None
    candidates: tuple[RankedCandidate, ...]
    quality: Quality
    not_searched: int


@dataclass(frozen=True, slots=True)
class Reembedded:
    """A pet that `reembed` went through; ``fault`` says why it could not."""

    pet_did: str
    fault: NoseprintError | None = None
