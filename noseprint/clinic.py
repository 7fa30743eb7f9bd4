"""The use cases of a clinic: enrol a dog, verify one, look one up, and move to another model.

None of them writes into the object store. What they save, contents and rows and what is to be uploaded, is there whole
when they return, and not at all when they raise; the sync worker brings it to the store.
"""

from __future__ import annotations

import hashlib
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from noseprint.capture.intake import REASONS, REPEATED, TakenPhoto, take_in
from noseprint.capture.quality import assess
from noseprint.embedding.aggregate import Aggregate, Sample, aggregate
from noseprint.errors import ErrorCode, NoseprintError, Words
from noseprint.matching.fusion import Evidence, Unweighed, Weigher
from noseprint.matching.search import Candidate, Gallery
from noseprint.matching.similarity import Comparison, Thresholds, Verdict, compare, least_cosine, similarity
from noseprint.records.acts import looked_up
from noseprint.records.entities import (
    Consent,
    GuardianDetails,
    NewEnrolment,
    Pet,
    PetFacts,
    StoredPhoto,
    Template,
    Verification,
)
from noseprint.sync.pet_objects import PetObjects, photo_key, require_pet_did

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from noseprint.capture.finder import NoseFinder
    from noseprint.capture.quality import Quality
    from noseprint.embedding.embedder import Embedder
    from noseprint.embedding.limits import ImageLimits
    from noseprint.embedding.model import Vector
    from noseprint.identity.pet_did import DidScheme
    from noseprint.matching.fusion import PointFinder
    from noseprint.records.records import Records
    from noseprint.sync.dispatch import Dispatch

_WEIGHED_CANDIDATES = 5


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
    """

    photos: Sequence[bytes]
    minimum_photos: int
    facts: PetFacts
    guardian: GuardianDetails | None = None
    consents: tuple[Consent, ...] = ()
    operator: str = "staff"
    allow_duplicate: bool = False


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
    """

    pet_did: str
    verdict: Verdict
    comparison: Comparison
    evidence: Evidence | Unweighed
    quality: Quality
    image_key: str


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


def _now() -> datetime:
    return datetime.now(UTC)


class Clinic:
    """All use cases over one embedder, one set of records, the objects of its pets and the way to upload more."""

    def __init__(  # noqa: PLR0913 (the parts that bootstrap wires)
        self,
        embedder: Embedder,
        records: Records,
        objects: PetObjects,
        dispatch: Dispatch,
        *,
        rules: Rules,
        did_scheme: DidScheme,
        limits: ImageLimits,
        points: PointFinder | None = None,
        noses: NoseFinder | None = None,
        clock: Callable[[], datetime] = _now,
    ) -> None:
        self.embedder = embedder
        self.records = records
        self.objects = objects
        self._dispatch = dispatch
        self._rules = rules
        self._did_scheme = did_scheme
        self._limits = limits
        self._points = points
        self._noses = noses
        self._clock = clock
        self._gallery: Gallery | None = None

    def enrol(self, request: EnrolmentRequest) -> Enrolment:
        """Give a dog its Pet DID and keep its nose print.

        Raises:
            NoseprintError: TOO_FEW_PHOTOS or PHOTOS_DISAGREE; ALREADY_ENROLLED with the ``duplicates`` among
                its facts; PET_DID_TAKEN when the best photo is enrolled already, duplicate or not;
                MICROCHIP_TAKEN; DISK_FULL; any of the image and records codes. Nothing is kept then.
        """
        usable, unusable = self._sort_out(request.photos)
        if len(usable) < request.minimum_photos:
            raise _too_few(len(usable), request.minimum_photos, unusable)
        combined = self._aggregate(usable, request.minimum_photos)
        duplicates = self._duplicates_of(combined)
        if duplicates and not request.allow_duplicate:
            first = duplicates[0].pet_did
            raise NoseprintError(ErrorCode.ALREADY_ENROLLED, pet_did=first, duplicates=duplicates)
        not_searched = self._not_searched()
        pet = self._keep(request, combined, duplicates)
        return Enrolment(pet, combined, unusable, duplicates, not_searched)

    def verify(self, pet_did: str, photo: bytes, operator: str) -> VerificationResult:
        """Compare a new photo with a pet's enrolment, and keep photo and answer.

        Where enrolment photos are at hand, the points that they share with the new one are weighed too.

        Raises:
            NoseprintError: INVALID_REQUEST, VECTOR_NOT_FOUND, VECTOR_DIMENSION_MISMATCH, TOO_FEW_PHOTOS when
                the photo is too poor to judge by; DISK_FULL; any of the image and records codes, and of the
                storage where a pet is of another clinic. Nothing is kept then.
        """
        enrolled = self._enrolled_vector(require_pet_did(pet_did))
        jpeg, quality = self._usable_probe(photo)
        comparison = compare(enrolled, self.embedder.embed(jpeg), self.embedder.manifest.calibration)
        evidence = self._weigher(jpeg).weigh(comparison.cosine_similarity, self.objects.photos(pet_did))
        if isinstance(evidence, Evidence):
            comparison = replace(comparison, similarity=evidence.similarity)
        verdict = self._rules.thresholds.verdict(comparison.similarity)
        now = self._clock()
        probe = self.objects.of_verification(pet_did, jpeg, now)
        result = VerificationResult(pet_did, verdict, comparison, evidence, quality, probe.key)
        with self._dispatch.prepared([probe]) as outgoing:
            self.records.record_verification(self._as_record(result, operator, now), outgoing)
        return result

    def look_up(self, photo: bytes, top: int = 5) -> LookUp:
        """Find the enrolled dog that a photo shows; unknown is an answer.

        The candidates nearest by their vectors are ranked again by what their photos share with this one. A dog is
        named when it reaches the ``same`` threshold and leads the next one by the margin, with evidence or without.

        Raises:
            NoseprintError: TOO_FEW_PHOTOS when the photo is too poor; any of the image and records codes.
        """
        jpeg, quality = self._usable_probe(photo)
        ranked = self._rank(self.embedder.embed(jpeg), jpeg, max(top, _WEIGHED_CANDIDATES))
        found = LookUp(self._named(ranked), ranked[:top], quality, self._not_searched())
        self.records.note(looked_up(found.pet_did, len(found.candidates)), self._clock())
        return found

    def reembed(self) -> Iterator[Reembedded]:
        """Compute again, from the stored photos, the nose print of each pet that has none of the present model.

        Yields:
            One entry a pet, also for those that failed; run it again for these.
        """
        self._gallery = None
        for pet in self.records.pets_without_template(self.embedder.identity.sha256):
            try:
                self._reembed(pet)
            except NoseprintError as fault:
                yield Reembedded(pet.pet_did, fault)
            else:
                yield Reembedded(pet.pet_did)

    def _sort_out(self, photos: Sequence[bytes]) -> tuple[list[Sample], tuple[UnusablePhoto, ...]]:
        """The photos that count; too poor a photo does not, nor does one that was given before."""
        usable: dict[bytes, Sample] = {}
        unusable: list[UnusablePhoto] = []
        for number, photo in enumerate(photos, start=1):
            with _naming(number):
                taken = take_in(photo, self._limits, self._noses)
                if taken.jpeg in usable:
                    unusable.append(UnusablePhoto(number, (REPEATED,)))
                elif reasons := taken.reasons_against(self._rules.minimum_quality):
                    unusable.append(UnusablePhoto(number, reasons))
                else:
                    usable[taken.jpeg] = self._sample(taken)
        return list(usable.values()), tuple(unusable)

    def _sample(self, taken: TakenPhoto) -> Sample:
        return Sample(taken.jpeg, self.embedder.embed(taken.jpeg), taken.quality.score)

    def _aggregate(self, samples: Sequence[Sample], minimum: int) -> Aggregate:
        outlier_cosine = least_cosine(self._rules.outlier_similarity, self.embedder.manifest.calibration)
        return aggregate(samples, minimum=minimum, outlier_cosine=outlier_cosine)

    def _usable_probe(self, photo: bytes) -> tuple[bytes, Quality]:
        taken = take_in(photo, self._limits, self._noses)
        if reasons := taken.reasons_against(self._rules.minimum_quality):
            raise _too_few(0, 1, [UnusablePhoto(1, reasons)])
        return taken.jpeg, taken.quality

    def _duplicates_of(self, combined: Aggregate) -> tuple[RankedCandidate, ...]:
        ranked = self._rank(combined.template, combined.samples[0].photo, _WEIGHED_CANDIDATES)
        return tuple(candidate for candidate in ranked if candidate.verdict == "same")

    def _rank(self, vector: Vector, photo: bytes, top: int) -> tuple[RankedCandidate, ...]:
        """The pets most similar to a vector: the first again by what they share with a photo, then the others."""
        found = [self._ranked(candidate) for candidate in self._up_to_date_gallery().search(vector, top)]
        weigher = self._weigher(photo)
        weighed = [self._weighed(candidate, weigher) for candidate in found[:_WEIGHED_CANDIDATES]]
        return (*sorted(weighed, key=lambda item: -item.similarity), *found[_WEIGHED_CANDIDATES:])

    def _ranked(self, candidate: Candidate) -> RankedCandidate:
        alike = float(similarity(candidate.cosine, self.embedder.manifest.calibration))
        return RankedCandidate(candidate.pet_did, alike, candidate.cosine, self._rules.thresholds.verdict(alike))

    def _weighed(self, candidate: RankedCandidate, weigher: Weigher) -> RankedCandidate:
        evidence = weigher.weigh(candidate.cosine_similarity, self.objects.photos(candidate.pet_did))
        if isinstance(evidence, Unweighed):
            return candidate
        verdict = self._rules.thresholds.verdict(evidence.similarity)
        return replace(candidate, similarity=evidence.similarity, verdict=verdict, inliers=evidence.inliers)

    def _weigher(self, probe: bytes) -> Weigher:
        return Weigher(probe, self._points, self.embedder.manifest.keypoints)

    def _named(self, ranked: Sequence[RankedCandidate]) -> str | None:
        if not ranked or ranked[0].verdict != "same":
            return None
        lead = ranked[0].similarity - ranked[1].similarity if len(ranked) > 1 else 1.0
        return ranked[0].pet_did if lead >= self._rules.look_up_margin else None

    def _up_to_date_gallery(self) -> Gallery:
        """The gallery of the present model; read again when pets came in, here or at another kiosk."""
        sha256 = self.embedder.identity.sha256
        if self._gallery is None or len(self._gallery) != self.records.template_count(sha256):
            self._gallery = Gallery(*self.records.templates(sha256))
        return self._gallery

    def _not_searched(self) -> int:
        return self.records.pet_count() - self.records.template_count(self.embedder.identity.sha256)

    def _keep(self, request: EnrolmentRequest, combined: Aggregate, duplicates: Sequence[RankedCandidate]) -> Pet:
        """Keep the contents, then, in one transaction, the records and what is to be uploaded."""
        now = self._clock()
        enrolment = self._as_enrolment(request, combined, now)
        self.records.require_new(enrolment)
        photos = [sample.photo for sample in combined.samples]
        model = self.embedder.identity
        objects = self.objects.of_enrolment(enrolment.pet_did, photos, combined.template, model, now)
        allowed = [candidate.similarity for candidate in duplicates]
        with self._dispatch.prepared(objects) as outgoing:
            return self.records.enrol(enrolment, outgoing, duplicates=allowed)

    def _as_enrolment(self, request: EnrolmentRequest, combined: Aggregate, now: datetime) -> NewEnrolment:
        pet_did = self._did_scheme.pet_did(combined.samples[0].vector)
        return NewEnrolment(
            pet_did=pet_did,
            facts=request.facts,
            guardian=request.guardian,
            consents=request.consents,
            photos=tuple(
                StoredPhoto(photo_key(pet_did, number), hashlib.sha256(sample.photo).hexdigest(), sample.quality)
                for number, sample in enumerate(combined.samples, start=1)
            ),
            template=self._as_template(combined),
            operator=request.operator,
            created_at=now,
        )

    def _as_template(self, combined: Aggregate) -> Template:
        model = self.embedder.identity
        return Template(combined.template, model.name, model.sha256, combined.quality)

    def _as_record(self, result: VerificationResult, operator: str, now: datetime) -> Verification:
        model = self.embedder.identity
        return Verification(
            pet_did=result.pet_did,
            image_key=result.image_key,
            similarity=result.comparison.similarity,
            cosine=result.comparison.cosine_similarity,
            inliers=result.evidence.inliers if isinstance(result.evidence, Evidence) else None,
            verdict=result.verdict,
            model_name=model.name,
            model_sha256=model.sha256,
            quality=result.quality.score,
            operator=operator,
            created_at=now,
        )

    def _enrolled_vector(self, pet_did: str) -> Vector:
        """The pet's template from the records here, else from the store, where another clinic may have put it."""
        template = self.records.template(pet_did, self.embedder.identity.sha256)
        if template is not None:
            return template.vector
        dimension = self.embedder.manifest.output.dimension
        return self.objects.load_vector(pet_did).made_by(self.embedder.identity, dimension)

    def _reembed(self, pet: Pet) -> None:
        photos = self.objects.load_photos(pet.pet_did)
        samples = [self._stored_sample(number, photo) for number, photo in enumerate(photos, start=1)]
        combined = self._aggregate(samples, 1)
        now = self._clock()
        vectors = self.objects.of_new_vector(pet.pet_did, combined.template, self.embedder.identity, now)
        with self._dispatch.prepared(vectors) as outgoing:
            self.records.save_template(pet.pet_did, self._as_template(combined), now, outgoing)

    def _stored_sample(self, number: int, photo: bytes) -> Sample:
        """A photo that counted once counts again, as it is."""
        with _naming(number):
            return self._sample(TakenPhoto(photo, assess(photo, self._limits)))


def _too_few(usable: int, needed: int, unusable: Sequence[UnusablePhoto]) -> NoseprintError:
    reasons = [photo.words for photo in unusable]
    why = Words(" ".join(words.ko for words in reasons), " ".join(words.en for words in reasons))
    detail = "; ".join(map(str, unusable))
    return NoseprintError(ErrorCode.TOO_FEW_PHOTOS, detail, usable=usable, needed=needed, why=why)


@contextmanager
def _naming(number: int) -> Iterator[None]:
    """Say of an error which of several photos it is about."""
    try:
        yield
    except NoseprintError as fault:
        raise NoseprintError(fault.code, f"photo {number}: {fault.detail}", **fault.facts) from fault
