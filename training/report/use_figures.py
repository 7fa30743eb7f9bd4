"""Figures of what a clinic does: acquiring, verifying, looking up, under good and bad conditions."""

from __future__ import annotations

from typing import Literal

import msgspec

from training.report.verdict_figures import Verdicts


class Acquisition(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One set of good photographs presented as a clinic would take them.

    Attributes:
        crew: which photographs.
        presented: how many.
        unreadable: no picture could be decoded.
        too_poor: below the quality that a clinic demands.
        least_quality: the lowest score, 0 to 100.
        median_quality: of all.
        no_nose: the finder saw none; None where there is no finder.
    """

    crew: Literal["enrolled", "singles"]
    presented: int
    unreadable: int
    too_poor: int
    least_quality: float
    median_quality: float
    no_nose: int | None = None


class Population(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Impostor comparisons of one kind and their verdicts by the embedder alone."""

    kind: Literal["real with generated", "generated siblings", "generated strangers"]
    verdicts: Verdicts
    greatest: float


class Identification(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Searches for dogs that are in the gallery; shares are means over probes.

    Attributes:
        probes: photographs searched with.
        dogs: whose they are.
        templates: how many templates of three photographs they were searched against, in all.
        not_enrolled: templates that could not be made, for the photographs disagreed.
        rank_1: share of searches with the right dog first, by the vectors alone.
        fnir_at_fpir: FNIR at FPIR 1 % and at 0.1 %, by the vectors alone.
        rank_1_weighed: share with the right dog first after keypoints were weighed, as the clinic does.
        named_right: share named as the right dog by the clinic's rule.
        named_wrong: share named as another dog.
    """

    kind: Literal["photographs", "retakes"]
    probes: int
    dogs: int
    templates: int
    not_enrolled: int
    rank_1: float
    fnir_at_fpir: tuple[float, float]
    rank_1_weighed: float
    named_right: float
    named_wrong: float


class Strangers(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Searches for dogs that are not in the gallery; how many were named as some dog, and the greatest cosine."""

    kind: Literal["photographs", "retakes", "generated"]
    probes: int
    named: int
    greatest: float


class TemplateVerdicts(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Photographs verified against templates of three photographs.

    Attributes:
        kind: of the dogs' own templates, of other dogs', or of their own from another session.
        embedder: verdicts by the vectors alone.
        fused: with keypoints; None where the manifest does not weigh them.
        least_similarity: of the clinic's similarities, with keypoints where they are weighed.
        greatest_similarity: of the same.
    """

    kind: Literal["genuine", "impostor", "other session"]
    embedder: Verdicts
    fused: Verdicts | None
    least_similarity: float
    greatest_similarity: float


class LookUp(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Searches in a gallery of generated and real dogs."""

    gallery_generated: int
    gallery_real: int
    candidates: int
    thresholds_at_fpir: tuple[float, float]
    impostor_probes: int
    margin: float
    identification: tuple[Identification, ...]
    strangers: tuple[Strangers, ...]


class Condition(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Genuine comparisons of which one photograph was made worse.

    Attributes:
        degradation: in which way.
        unit: of the strength.
        strength: how much.
        comparisons: genuine ones.
        median_similarity: of them.
        lower_similarity: their tenth percentile.
        different: share called different dogs.
        not_same: share not called the same dog.
        false_matches: impostor comparisons of the worse photographs that were called the same dog.
        impostors: how many of those there are.
        median_quality: of the worse photographs, 0 to 100.
        refused: share of them that the clinic refuses for their quality.
    """

    degradation: str
    unit: str
    strength: float
    comparisons: int
    median_similarity: float
    lower_similarity: float
    different: float
    not_same: float
    false_matches: int
    impostors: int
    median_quality: float
    refused: float


class Discard(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One error-versus-discard curve, FNMR at a fixed similarity."""

    of: Literal["retakes", "worse photographs"]
    comparisons: int
    similarity: float
    discards: tuple[float, ...]
    fnmr: tuple[float, ...]
    best: tuple[float, ...]
    area: float
    area_without_quality: float


class Finder(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The nose finder: what its manifest's card says, and what it did here on photographs that it was trained on.

    Attributes:
        card: of the manifest.
        photographs: that the pictures were cut from.
        closeups: pictures with a nose.
        found: of them, those in which a nose was found.
        hits: of them, those found with an intersection over union of at least one half.
        mean_overlap: intersection over union; 0 where none was found.
        pieces: pictures of dogs without their nose.
        false_noses: of them, those in which a nose was found.
    """

    card: dict[str, str]
    photographs: int
    closeups: int
    found: int
    hits: int
    mean_overlap: float
    pieces: int
    false_noses: int


class Speed(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The median time of one step in milliseconds on one thread, over so many repetitions."""

    step: str
    milliseconds: float
    repetitions: int
