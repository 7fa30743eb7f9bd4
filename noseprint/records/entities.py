"""What the clinic remembers, in the trade's words; knows nothing of databases.

Every moment is timezone-aware and kept in UTC. Text is stripped and composed (NFC). What a person typed wrongly
raises NoseprintError; what only a program can do wrongly raises ValueError.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Final, Protocol

import numpy as np

from noseprint.errors import Words
from noseprint.plain import in_utc
from noseprint.records import checks
from noseprint.records.phone import normalise_phone

if TYPE_CHECKING:
    from datetime import datetime

    from numpy.typing import NDArray

    from noseprint.errors import ErrorCode
    from noseprint.records.approval import Approval

BREEDS: Final = (
    "Maltese",
    "Poodle",
    "Pomeranian",
    "Chihuahua",
    "Shih Tzu",
    "Yorkshire Terrier",
    "Pug",
    "Miniature Schnauzer",
    "Cavalier King Charles Spaniel",
    "Bichon Frise",
    "French Bulldog",
    "Dachshund",
    "Beagle",
    "Corgi",
    "Golden Retriever",
    "Labrador Retriever",
    "German Shepherd",
    "Siberian Husky",
    "Shiba Inu",
    "Mixed",
)
"""The breeds that the platform's registration offers; a breed may be any other text too."""

_SPELLINGS: Final = {breed.casefold(): breed for breed in BREEDS}

ERASED_NAME: Final = "-"
"""The name of a pet of which nothing but its Pet DID and its nose print is kept."""

UNREADABLE: Final = "?"
"""What stands for a name, a number and whatever else cannot be unsealed."""

MAX_AGE_YEARS: Final = 50
MAX_WEIGHT_KG: Final = 150

_FACT_LENGTHS: Final = {
    "name": (Words("이름은", "name"), 1, 100),
    "species": (Words("종은", "species"), 1, 50),
    "breed": (Words("품종은", "breed"), 0, 100),
    "colour": (Words("털색은", "colour"), 0, 100),
    "features": (Words("특징은", "features"), 0, 1000),
}
_GUARDIAN_NAME: Final = Words("보호자 이름은", "guardian name")
_AGE: Final = Words(f"나이는 0살부터 {MAX_AGE_YEARS}살까지", f"age 0 to {MAX_AGE_YEARS}")
_WEIGHT: Final = Words(f"몸무게는 0보다 크고 {MAX_WEIGHT_KG} kg까지", f"weight above 0 and up to {MAX_WEIGHT_KG} kg")


class Sex(StrEnum):
    """The sex of a pet."""

    MALE = "male"
    FEMALE = "female"
    UNKNOWN = "unknown"


class ConsentKind(StrEnum):
    """What a guardian may agree to, each by itself."""

    IDENTIFICATION = "identification"
    """Keeping the guardian's details with the pet, to identify it."""
    IMPROVEMENT = "improvement"
    """Using the photos to measure and improve the product."""


@dataclass(frozen=True, slots=True)
class GuardianDetails:
    """Who answers for a pet.

    Args:
        name: 1 to 100 characters.
        phone: a telephone number; one that was read from the records is E.164.

    Raises:
        NoseprintError: INVALID_PET_FACT for the name. The number is checked when it is to be kept, by
            NewEnrolment.
    """

    name: str
    phone: str

    def __post_init__(self) -> None:
        _put(self, "name", checks.fact_text(_GUARDIAN_NAME, self.name, 1, 100))


@dataclass(frozen=True, slots=True)
class Consent:
    """That a guardian agreed to a certain version of a certain text."""

    kind: ConsentKind
    text_version: str
    given_at: datetime

    def __post_init__(self) -> None:
        _put(self, "text_version", checks.label("text_version", self.text_version))
        _put(self, "given_at", in_utc(self.given_at))


@dataclass(frozen=True, slots=True)
class PetFacts:
    """What is known about a pet besides its nose.

    Args:
        name: 1 to 100 characters.
        species: 1 to 50 characters.
        breed: one of BREEDS, kept in the platform's spelling whatever its capitals and spaces, or any other text,
            kept as it is; up to 100 characters.
        age_years: whole years, 0 to 50; None where nobody knows.
        sex: its sex.
        neutered: None where nobody knows.
        colour: up to 100 characters.
        weight_kg: kilograms, more than 0 and at most 150; None where nobody weighed it.
        features: what one knows it by, up to 1000 characters.
        microchip: the 15 digits of ISO 11784, kept without separators; None where it has none.

    Raises:
        NoseprintError: INVALID_MICROCHIP, or INVALID_PET_FACT naming the fact and what it may be.
    """

    name: str
    species: str = "dog"
    breed: str = ""
    age_years: int | None = None
    sex: Sex = Sex.UNKNOWN
    neutered: bool | None = None
    colour: str = ""
    weight_kg: float | None = None
    features: str = ""
    microchip: str | None = None

    def __post_init__(self) -> None:
        for field, (fact, shortest, longest) in _FACT_LENGTHS.items():
            _put(self, field, checks.fact_text(fact, getattr(self, field), shortest, longest))
        _put(self, "breed", _platform_spelling(self.breed))
        if self.age_years is not None and self.age_years not in range(MAX_AGE_YEARS + 1):
            raise checks.invalid_fact(_AGE)
        if self.weight_kg is not None and not 0 < self.weight_kg <= MAX_WEIGHT_KG:
            raise checks.invalid_fact(_WEIGHT)
        if self.microchip is not None:
            _put(self, "microchip", checks.microchip(self.microchip))


@dataclass(frozen=True, slots=True)
class StoredPhoto:
    """A photo in the object store.

    Args:
        key: where it lies.
        sha256: hexadecimal checksum of its bytes.
        quality: the capture's measure of it, finite.
    """

    key: str
    sha256: str
    quality: float

    def __post_init__(self) -> None:
        _put(self, "key", checks.identifier("key", self.key))
        _put(self, "quality", checks.finite(self.quality))


@dataclass(frozen=True, slots=True, eq=False)
class Template:
    """The vector that stands for a pet, and the model that made it.

    Args:
        vector: float32, shape (d,), finite; a copy of it is kept that cannot be written to.
        model_name: what the model's manifest calls it.
        model_sha256: hexadecimal checksum of the model's file; vectors of two models are never compared.
        quality: the quality of the photos behind it, finite.

    Raises:
        ValueError: when the vector is empty, not one-dimensional or not finite.
    """

    vector: NDArray[np.float32]
    model_name: str
    model_sha256: str
    quality: float

    def __post_init__(self) -> None:
        vector = np.array(self.vector, dtype=np.float32)
        if vector.ndim != 1 or vector.size == 0 or not np.isfinite(vector).all():
            raise ValueError("a template is a finite vector of one dimension")
        vector.setflags(write=False)
        _put(self, "vector", vector)
        _put(self, "quality", checks.finite(self.quality))


@dataclass(frozen=True, slots=True)
class NewEnrolment:
    """A pet as it enters the records.

    Without a consent to IDENTIFICATION nothing personal is to be kept: ``guardian`` is None then, whoever was
    given.

    Args:
        pet_did: the identifier computed from the nose print, 1 to 300 characters.
        facts: what is known about the pet.
        guardian: who answers for it; the telephone number becomes E.164.
        consents: at most one of each kind.
        photos: the best first.
        template: the vector of these photos.
        operator: who enrolled it, 1 to 300 characters.
        created_at: when.
        approval: the second person's, where one was asked for.

    Raises:
        NoseprintError: INVALID_PHONE_NUMBER, or INVALID_REQUEST for ``pet_did`` and ``operator``.
        ValueError: for two consents of one kind or a moment without a time zone.
    """

    pet_did: str
    facts: PetFacts
    guardian: GuardianDetails | None
    consents: tuple[Consent, ...]
    photos: tuple[StoredPhoto, ...]
    template: Template
    operator: str
    created_at: datetime
    approval: Approval | None = None

    def __post_init__(self) -> None:
        kinds = {consent.kind for consent in self.consents}
        if len(kinds) < len(self.consents):
            raise ValueError("two consents of one kind")
        _put(self, "guardian", _keepable(self.guardian, kinds))
        _check_event(self)


@dataclass(frozen=True, slots=True)
class Pet:
    """An enrolled pet as the records hold it.

    ``guardian`` is None where nothing personal may be kept; model and quality are those of the enrolment,
    whichever models have been used since; ``photo_keys`` are keys of the object store, the best photo first.
    ``erased_at`` is set where guardian, facts and photos were erased at the guardian's request: the name is
    ``ERASED_NAME`` then. ``damaged`` says why facts or guardian could not be unsealed; what is told of them is
    ``UNREADABLE`` then, and not to be built upon.
    """

    pet_did: str
    facts: PetFacts
    guardian: GuardianDetails | None
    consents: tuple[Consent, ...]
    photo_keys: tuple[str, ...]
    model_name: str
    quality: float
    operator: str
    created_at: datetime
    approval: Approval | None = None
    erased_at: datetime | None = None
    damaged: ErrorCode | None = None


@dataclass(frozen=True, slots=True)
class Verification:
    """One comparison of a probe photo with an enrolled pet.

    Args:
        pet_did: whom the photo was said to show.
        image_key: where the probe lies in the object store, 1 to 300 characters.
        similarity: calibrated, 0 to 1.
        cosine: -1 to 1.
        inliers: points that probe and enrolment share, weighed in the similarity; None where the cosine alone is.
        verdict: what was answered.
        model_name: what the model's manifest calls it.
        model_sha256: hexadecimal checksum of the model's file.
        quality: the capture's measure of the probe, finite.
        operator: who asked, 1 to 300 characters.
        created_at: when.
        approval: the second person's, where one was asked for.

    Raises:
        NoseprintError: INVALID_REQUEST for ``pet_did``, ``image_key`` and ``operator``.
        ValueError: for a number that is not finite or a moment without a time zone.
    """

    pet_did: str
    image_key: str
    similarity: float
    cosine: float
    inliers: int | None
    verdict: str
    model_name: str
    model_sha256: str
    quality: float
    operator: str
    created_at: datetime
    approval: Approval | None = None

    def __post_init__(self) -> None:
        _put(self, "image_key", checks.identifier("image_key", self.image_key))
        for measure in ("similarity", "cosine", "quality"):
            _put(self, measure, checks.finite(getattr(self, measure)))
        _check_event(self)


class _Event(Protocol):
    @property
    def pet_did(self) -> str: ...
    @property
    def operator(self) -> str: ...
    @property
    def created_at(self) -> datetime: ...


def _check_event(event: _Event) -> None:
    _put(event, "pet_did", checks.identifier("pet_did", event.pet_did))
    _put(event, "operator", checks.label("operator", event.operator))
    _put(event, "created_at", in_utc(event.created_at))


def _put(entity: object, field: str, value: object) -> None:
    # The only way to write a frozen dataclass's field, for use before anyone else has seen the object.
    object.__setattr__(entity, field, value)


def _platform_spelling(breed: str) -> str:
    return _SPELLINGS.get(" ".join(breed.split()).casefold(), breed)


def _keepable(guardian: GuardianDetails | None, kinds: set[ConsentKind]) -> GuardianDetails | None:
    if guardian is None or ConsentKind.IDENTIFICATION not in kinds:
        return None
    return replace(guardian, phone=normalise_phone(guardian.phone))
