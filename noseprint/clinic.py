"""The use cases of a clinic: enrol a dog, verify one, look one up, and move to another model.

None of them writes into the object store. What they save, contents and rows and what is to be uploaded, is there whole
when they return, and not at all when they raise; the sync worker brings it to the store.
"""

from __future__ import annotations

import hashlib
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from noseprint.answers import (
    Enrolment,
    EnrolmentRequest,
    LookUp,
    RankedCandidate,
    Reembedded,
    Rules,
    UnusablePhoto,
    VerificationResult,
)
from noseprint.attesting import require_still_valid, statement_of
from noseprint.capture.intake import REPEATED, TakenPhoto, take_in
from noseprint.capture.quality import assess
from noseprint.embedding.aggregate import Aggregate, Sample, aggregate
from noseprint.errors import ErrorCode, NoseprintError, Words
from noseprint.matching.fusion import Evidence, Unweighed, Weigher
from noseprint.matching.search import Candidate, Gallery
from noseprint.matching.similarity import compare, least_cosine, similarity
from noseprint.plain import in_utc
from noseprint.records import acts
from noseprint.records.audit_events import NOBODY
from noseprint.records.entities import (
    NewEnrolment,
    Pet,
    StoredPhoto,
    Template,
    Verification,
)
from noseprint.records.phone import normalise_phone
from noseprint.sync.pet_objects import PetObjects, photo_key, require_pet_did

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from noseprint.attestation.signing import SignedStatement
    from noseprint.capture.finder import NoseFinder
    from noseprint.capture.quality import Quality
    from noseprint.embedding.embedder import Embedder
    from noseprint.embedding.limits import ImageLimits
    from noseprint.embedding.model import Vector
    from noseprint.identity.pet_did import DidScheme
    from noseprint.matching.fusion import PointFinder
    from noseprint.records.approval import Approval
    from noseprint.records.records import Records
    from noseprint.sync.dispatch import Dispatch

__all__ = [
    "Clinic",
    "Enrolment",
    "EnrolmentRequest",
    "LookUp",
    "RankedCandidate",
    "Reembedded",
    "Rules",
    "UnusablePhoto",
    "VerificationResult",
]

_WEIGHED_CANDIDATES = 5


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
        self._gallery_of = 0

    def enrol(self, request: EnrolmentRequest, *, by: str = NOBODY) -> Enrolment:
        """Give a dog its Pet DID and keep its nose print.

        Args:
            request: the dog.
            by: the staff id of who is signed in, or NOBODY; for the audit trail.

        Raises:
            NoseprintError: TOO_FEW_PHOTOS or PHOTOS_DISAGREE; ALREADY_ENROLLED with the ``duplicates`` among
                its facts; PET_DID_TAKEN when the best photo is enrolled already, duplicate or not;
                MICROCHIP_TAKEN; SECOND_PERSON_NEEDED; DISK_FULL; any of the image and records codes. Nothing is
                kept then.
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
        pet = self._keep(request, combined, duplicates, by)
        return Enrolment(pet, combined, unusable, duplicates, not_searched)

    def verify(
        self, pet_did: str, photo: bytes, operator: str, *, by: str = NOBODY, approval: Approval | None = None
    ) -> VerificationResult:
        """Compare a new photo with a pet's enrolment, and keep photo and answer.

        Where enrolment photos are at hand, the points that they share with the new one are weighed too.

        Args:
            pet_did: of the dog that it is said to be.
            photo: a JPEG or PNG file.
            operator: who asks, by name.
            by: the staff id of who is signed in, or NOBODY; for the audit trail.
            approval: the second person's, where one was asked for before.

        Raises:
            NoseprintError: INVALID_REQUEST, VECTOR_NOT_FOUND, VECTOR_DIMENSION_MISMATCH, TOO_FEW_PHOTOS when
                the photo is too poor to judge by; SECOND_PERSON_NEEDED; DISK_FULL; any of the image and records
                codes, and of the storage where a pet is of another clinic. Nothing is kept then.
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
        sha256 = hashlib.sha256(jpeg).hexdigest()
        result = VerificationResult(
            pet_did, verdict, comparison, evidence, quality, probe.key, sha256, in_utc(now), approval
        )
        with self._dispatch.prepared([probe]) as outgoing:
            self.records.record_verification(self._as_record(result, operator), outgoing, by=by)
        return result

    def approve(self, result: VerificationResult, approval: Approval, *, by: str = NOBODY) -> VerificationResult:
        """Keep a second person's word about a verification; its verdict stays what it was.

        Raises:
            NoseprintError: SECOND_PERSON_NEEDED; INVALID_REQUEST where nothing was open, see ``Corrections.approve``.
        """
        self.records.corrections.approve(result.image_key, approval, self._clock(), by=by)
        return replace(result, approval=approval)

    def attest(
        self, result: VerificationResult, new_guardian: str | None = None, *, by: str = NOBODY
    ) -> SignedStatement:
        """Sign what a verification said, for the platform that is to carry out a change of guardian.

        It counts from the verification on for ten minutes, however late it is signed.

        Args:
            result: what ``verify``, or ``approve`` after it, gave.
            new_guardian: the telephone number of who takes the pet; None where nobody was named.
            by: the staff id of who is signed in, or NOBODY; for the audit trail.

        Raises:
            NoseprintError: INVALID_PHONE_NUMBER; RESULT_NOT_VALID_NOW when the ten minutes are over; the codes of
                the records.
        """
        now = self._clock()
        guardians = self._guardian_phone(result.pet_did), new_guardian and normalise_phone(new_guardian)
        key = self.records.signing_keys.key(now, by=by)
        statement = statement_of(result, guardians, self.embedder.identity.sha256, key.public_key)
        require_still_valid(statement, now)
        signed = key.sign(statement)
        self.records.note(acts.signed(result.pet_did, signed, by), now)
        return signed

    def photos(self, pet_did: str) -> list[bytes]:
        """The enrolment photos of a pet as JPEG files, the best one first; none where none are stored.

        Raises:
            NoseprintError: STORAGE_CONNECTION_ERROR, INVALID_REQUEST.
        """
        return self.objects.load_photos(pet_did)

    def best_photo(self, pet_did: str) -> bytes | None:
        """The first of ``photos`` alone, for a thumbnail; None where none is stored. Raises what ``photos`` does."""
        return next(self.objects.photos(pet_did), None)

    def look_up(self, photo: bytes, top: int = 5, *, by: str = NOBODY) -> LookUp:
        """Find the enrolled dog that a photo shows; unknown is an answer.

        The candidates nearest by their vectors are ranked again by what their photos share with this one. A dog is
        named when it reaches the ``same`` threshold and leads the next one by the margin, with evidence or without.

        Args:
            photo: a JPEG or PNG file.
            top: how many candidates are shown.
            by: the staff id of who is signed in, or NOBODY; for the audit trail.

        Raises:
            NoseprintError: TOO_FEW_PHOTOS when the photo is too poor; any of the image and records codes.
        """
        jpeg, quality = self._usable_probe(photo)
        ranked = self._rank(self.embedder.embed(jpeg), jpeg, max(top, _WEIGHED_CANDIDATES))
        found = LookUp(self._named(ranked), ranked[:top], quality, self._not_searched())
        self.records.note(acts.looked_up(found.pet_did, len(found.candidates), by), self._clock())
        return found

    def reembed(self, *, by: str = NOBODY) -> Iterator[Reembedded]:
        """Compute again, from the stored photos, the nose print of each pet that has none of the present model.

        Args:
            by: the staff id of who is signed in, or NOBODY; for the audit trail.

        Yields:
            One entry a pet, also for those that failed; run it again for these.
        """
        self._gallery = None
        for pet in self.records.pets_without_template(self.embedder.identity.sha256):
            try:
                self._reembed(pet, by)
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
        stored = self.records.template_count(sha256)  # more than the gallery holds where one is damaged
        if self._gallery is None or self._gallery_of != stored:
            self._gallery, self._gallery_of = Gallery(*self.records.templates(sha256)), stored
        return self._gallery

    def _not_searched(self) -> int:
        """Pets without a template of the present model, and those whose template is damaged."""
        searched = len(self._up_to_date_gallery())
        return self.records.pet_count() - searched

    def _keep(
        self, request: EnrolmentRequest, combined: Aggregate, duplicates: Sequence[RankedCandidate], by: str
    ) -> Pet:
        """Keep the contents, then, in one transaction, the records and what is to be uploaded."""
        now = self._clock()
        enrolment = self._as_enrolment(request, combined, now)
        self.records.require_new(enrolment)
        photos = [sample.photo for sample in combined.samples]
        model = self.embedder.identity
        objects = self.objects.of_enrolment(enrolment.pet_did, photos, combined.template, model, now)
        allowed = [candidate.similarity for candidate in duplicates]
        with self._dispatch.prepared(objects) as outgoing:
            return self.records.enrol(enrolment, outgoing, by=by, duplicates=allowed)

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
            approval=request.approval,
        )

    def _as_template(self, combined: Aggregate) -> Template:
        model = self.embedder.identity
        return Template(combined.template, model.name, model.sha256, combined.quality)

    def _as_record(self, result: VerificationResult, operator: str) -> Verification:
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
            created_at=result.created_at,
            approval=result.approval,
        )

    def _guardian_phone(self, pet_did: str) -> str | None:
        """The number of who answers for a pet here; None for nobody, and for a pet of another clinic."""
        try:
            pet = self.records.pet(pet_did)
        except NoseprintError as fault:
            if fault.code is ErrorCode.PET_NOT_FOUND:
                return None
            raise
        if pet.damaged:
            raise NoseprintError(pet.damaged, pet_did=pet_did)
        return pet.guardian.phone if pet.guardian else None

    def _enrolled_vector(self, pet_did: str) -> Vector:
        """The pet's template from the records here, else from the store, where another clinic may have put it."""
        template = self.records.template(pet_did, self.embedder.identity.sha256)
        if template is not None:
            return template.vector
        dimension = self.embedder.manifest.output.dimension
        return self.objects.load_vector(pet_did).made_by(self.embedder.identity, dimension)

    def _reembed(self, pet: Pet, by: str) -> None:
        photos = self.objects.load_photos(pet.pet_did)
        samples = [self._stored_sample(number, photo) for number, photo in enumerate(photos, start=1)]
        combined = self._aggregate(samples, 1)
        now = self._clock()
        vectors = self.objects.of_new_vector(pet.pet_did, combined.template, self.embedder.identity, now)
        with self._dispatch.prepared(vectors) as outgoing:
            self.records.save_template(pet.pet_did, self._as_template(combined), now, outgoing, by=by)

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
