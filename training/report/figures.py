"""The figures of the report, as data: what is measured goes in here, what is written comes out of here alone.

Rates and shares are in [0, 1]; `figures.json` is exactly this.
"""

from __future__ import annotations

from typing import Literal

import msgspec

from training.report.use_figures import (
    Acquisition,
    Condition,
    Discard,
    Finder,
    LookUp,
    Population,
    Speed,
    TemplateVerdicts,
)
from training.report.verdict_figures import Verdicts

System = Literal["embedder", "reference", "keypoints", "fused"]
"""What compares: our model, the central server's, keypoints alone, our model with keypoints."""


class Rate(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A rate and its 95 % interval over dogs, where there is one; `method` says of which kind."""

    value: float
    lower: float | None = None
    upper: float | None = None
    method: Literal["bootstrap", "exact bound"] | None = None


class OperatingPoint(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """FNMR at the least threshold of the score with FMR at or below a target."""

    target_fmr: float
    threshold: float
    fnmr: Rate


class SystemRates(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What one system did in a trial; `genuine` and `impostor` are None where it gives no verdicts."""

    system: System
    eer: Rate
    fnmr_at_fmr: tuple[OperatingPoint, ...]
    least_genuine: float
    greatest_impostor: float
    genuine: Verdicts | None = None
    impostor: Verdicts | None = None


class Trial(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One set of photographs, each compared with every other, by every system.

    Attributes:
        retakes: how many times every photograph was taken again; 0 for the photographs themselves.
        photographs: of one retake.
        identities: dogs.
        genuine_identities: dogs with two photographs or more.
        genuine: genuine comparisons.
        impostor: impostor comparisons.
        systems: in the order of the tables.
        mean_of_retakes: embedder's EER, FNMR at FMR 1 % and at 0.1 %, each retake by itself, their means.
    """

    retakes: int
    photographs: int
    identities: int
    genuine_identities: int
    genuine: int
    impostor: int
    systems: tuple[SystemRates, ...]
    mean_of_retakes: tuple[float, float, float] | None = None

    def of(self, system: System) -> SystemRates | None:
        """What one system did; None where it took no part."""
        return next((rates for rates in self.systems if rates.system == system), None)


class Model(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A model and what its manifest says."""

    name: str
    sha256: str
    cosine_at_review: float
    cosine_at_same: float
    calibrated_by: str
    card: dict[str, str]


class Fusion(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How keypoints and cosine are weighed, from the manifest."""

    weight: float
    by_chance: int
    most_inliers: int
    score_at_review: float
    score_at_same: float
    calibrated_by: str


class Data(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What was measured on; the sets are named where their checksums say that they are the ones we know."""

    enrolled_set: Literal["save-pets"] | None
    singles_set: Literal["unsplash"] | None
    enrolled_photographs: int
    enrolled_dogs: int
    photographs_of_repeated_dogs: tuple[int, ...]
    singles: int
    generated_dogs: int
    photographs_of_generated_dog: int
    side_of_generated_photograph: int
    strangers: int
    refused: tuple[str, ...]


class Bound(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The greatest rate that no error in so many independent trials leaves plausible at 95 %."""

    of: str
    trials: int
    bound: float


class Figures(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The whole report."""

    model: Model
    reference: Model | None
    fusion: Fusion | None
    data: Data
    photographs: Trial
    retakes: Trial
    all_photographs: Trial
    all_retakes: Trial
    taken_in: Trial | None
    templates: tuple[TemplateVerdicts, ...]
    populations: tuple[Population, ...]
    acquisition: tuple[Acquisition, ...]
    look_up: LookUp
    conditions: tuple[Condition, ...]
    undegraded: Condition
    discards: tuple[Discard, ...]
    finder: Finder | None
    speed: tuple[Speed, ...]
    processor: str
    bounds: tuple[Bound, ...]
    to_prove: tuple[Bound, ...]
    same: float
    review: float
    minimum_quality: float


def encode(figures: Figures) -> bytes:
    """Figures as indented JSON."""
    return msgspec.json.format(msgspec.json.encode(figures), indent=2) + b"\n"


def decode(data: bytes) -> Figures:
    """Figures from JSON.

    Raises:
        msgspec.ValidationError: when these are no figures of this report.
    """
    return msgspec.json.decode(data, type=Figures)
