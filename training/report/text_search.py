"""The report's words on look-up, acquisition, conditions, quality and the nose finder."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from training.report.templates import PHOTOGRAPHS_IN_TEMPLATE
from training.report.words import capital, counted, of_all, paragraph, percent, share_of, table

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from training.report.figures import Figures
    from training.report.use_figures import Condition, Discard, Identification, LookUp

_PROBES = {
    "photographs": "photographs of the repeated dogs, templates of three others of theirs",
    "retakes": "retakes of the dogs of one photograph, templates of three other retakes",
}
_STRANGERS = {
    "photographs": "photographs of all real dogs, their own left out of the gallery",
    "retakes": "their retakes",
    "generated": "photographs of generated dogs that are in no gallery",
}


def look_up(figures: Figures) -> str:
    """Look-up among thousands."""
    found = figures.look_up
    one, tenth = found.thresholds_at_fpir
    return "\n\n".join(
        (
            f"## Look-up among {found.gallery_generated + found.gallery_real:,} dogs",
            paragraph(
                f"The gallery holds templates of {found.gallery_generated:,} generated dogs and of",
                f"{counted(found.gallery_real, 'real dog')}. Rank 1 and FNIR are those of the vectors of",
                f"`{figures.model.name}` alone; FNIR counts a search as missed unless the right dog comes first and",
                f"reaches the threshold. The thresholds (cosine {one:.3f} at FPIR 1 %, {tenth:.3f} at FPIR 0.1 %) come",
                f"from {counted(found.impostor_probes, 'search', 'searches')} for real dogs, photographs and retakes,",
                "whose own template was left out.",
                _fpir_resolution(found),
            ),
            paragraph(
                "The other columns, and the second table, follow the clinic:",
                f"{_weighing(figures)} it names a dog when that reaches similarity {figures.same:.2f} and leads the",
                f"next one by {found.margin:.2f}.",
            ),
            table(
                (
                    "searches for enrolled dogs",
                    "probes, dogs, templates",
                    "rank 1",
                    "FNIR at FPIR 1 %",
                    "FNIR at FPIR 0.1 %",
                    "rank 1, clinic",
                    "named rightly",
                    "named as another dog",
                ),
                [_identification_row(each) for each in found.identification],
            ),
            _not_enrolled(found),
            table(
                ("searches for dogs that are not enrolled", "probes", "named as some dog", "highest cosine"),
                [
                    (
                        _STRANGERS[each.kind],
                        f"{each.probes:,}",
                        share_of(each.named, each.probes),
                        f"{each.greatest:.3f}",
                    )
                    for each in found.strangers
                ],
            ),
            paragraph(
                "A retake and the template of retakes that it belongs to come from one photograph: such searches say",
                "more of the gallery than of the dogs.",
            ),
        )
    )


def _weighing(figures: Figures) -> str:
    if figures.fusion is None:
        return "by the vectors alone, for the manifest does not weigh keypoints,"
    return (
        f"the {figures.look_up.candidates} dogs nearest by their vectors are ranked again by the points that their "
        "photographs share with the probe, and"
    )


def acquisition(figures: Figures) -> str:
    """Failure to acquire and to enrol."""
    return "\n\n".join(
        (
            "## Failure to acquire",
            paragraph(
                "All photographs are good ones: a refusal is a failure. They were taken in as the clinic does; a",
                f"photograph counts from quality {figures.minimum_quality:g} of 100 on.",
                "" if any(each.no_nose is not None for each in figures.acquisition) else "No nose finder took part.",
                ""
                if figures.finder or any(each.no_nose is not None for each in figures.acquisition)
                else "No nose finder took part.",
            ),
            table(
                ("set", "presented", "not readable", "too poor", "no nose found", "quality: lowest, median"),
                [
                    (
                        each.crew,
                        f"{each.presented:,}",
                        share_of(each.unreadable, each.presented),
                        share_of(each.too_poor, each.presented),
                        "not asked" if each.no_nose is None else share_of(each.no_nose, each.presented),
                        f"{each.least_quality:.0f}, {each.median_quality:.0f}",
                    )
                    for each in figures.acquisition
                ],
            ),
        )
    )


def conditions(figures: Figures) -> str:
    """What poor photographs do."""
    as_they_are = figures.undegraded
    wrong = sum(each.false_matches for each in figures.conditions)
    of = sum(each.impostors for each in figures.conditions)
    return "\n\n".join(
        (
            "## Blur, darkness, glare, size, turning, compression",
            paragraph(
                "One photograph of each genuine comparison was made worse (`noseprint/evaluation/degrade.py`), the",
                f"other left as it is: {counted(as_they_are.comparisons, 'comparison')} at each strength, on",
                f"`{figures.model.name}` alone. As they are, their median similarity is",
                f"{as_they_are.median_similarity:.2f}, and {percent(as_they_are.not_same)} are not called `same`.",
                "Refused is what the clinic would not take in: too poor, or no nose to be seen.",
                "Strengths, and what they do, in the same order:",
            ),
            table(
                ("", "strength", "median similarity", "not called `same`", "refused"),
                [
                    _condition_row(kind, list(each))
                    for kind, each in groupby(figures.conditions, lambda one: one.degradation)
                ],
            ),
            "![Similarity under worse conditions](biometric-report/conditions.svg)",
            paragraph(
                f"Worse photographs must not be taken for other dogs either: {of_all(wrong, of)} impostor comparisons",
                "of them were called `same`.",
            ),
        )
    )


def quality(figures: Figures) -> str:
    """Whether quality foretells errors."""
    rows = [
        (
            curve.of,
            f"{curve.comparisons:,}",
            *(percent(curve.fnmr[curve.discards.index(share)]) for share in curve.discards),
            percent(curve.area),
        )
        for curve in figures.discards
    ]
    shares = [percent(share) for share in figures.discards[0].discards]
    judged = " ".join(map(_discard_sentence, figures.discards))
    return "\n\n".join(
        (
            "## Quality: error versus discard",
            paragraph(
                f"FNMR at similarity {figures.same:.2f} while the genuine comparisons of worst quality (that of the",
                "worse photograph) are discarded, on the retakes and on the worse photographs of the last section. The",
                "last column is the mean over all shares discarded.",
            ),
            table(("", "comparisons", *(f"{share} discarded" for share in shares), "mean"), rows),
            paragraph(judged),
            "![Error versus discard](biometric-report/error-versus-discard.svg)",
        )
    )


def finder(figures: Figures) -> str:
    """The nose finder, where there is one."""
    found = figures.finder
    if found is None:
        return ""
    return "\n\n".join(
        (
            "## The nose finder",
            "What its manifest says, measured by cross-validation over photographs where it says so:",
            table(("", ""), sorted(found.card.items())),
            paragraph(
                f"Measured here on {counted(found.closeups, 'close-up')} cut from",
                f"{counted(found.photographs, 'photograph')} that it was **trained on**: a nose was found in",
                f"{of_all(found.found, found.closeups)}, with an intersection over union of at least one half in",
                f"{percent(found.hits / found.closeups)}, {found.mean_overlap:.2f} in the mean; and in",
                f"{of_all(found.false_noses, found.pieces)} pieces of the same photographs without the nose.",
            ),
        )
    )


def _fpir_resolution(found: LookUp) -> str:
    if found.impostor_probes * 0.001 >= 1:
        return ""
    return "With so few, FPIR 0.1 % means that none of them reaches the threshold."


def _identification_row(each: Identification) -> tuple[str, ...]:
    return (
        _PROBES[each.kind],
        f"{each.probes:,}, {each.dogs:,}, {each.templates:,}",
        percent(each.rank_1),
        *(percent(missed) for missed in each.fnir_at_fpir),
        percent(each.rank_1_weighed),
        percent(each.named_right),
        percent(each.named_wrong),
    )


def _not_enrolled(found: LookUp) -> str:
    refused = sum(each.not_enrolled for each in found.identification)
    of = sum(each.templates for each in found.identification) + refused
    if not refused:
        return f"Failure to enrol: none; every choice of {PHOTOGRAPHS_IN_TEMPLATE} photographs gave a template."
    return paragraph(
        f"Failure to enrol: {share_of(refused, of)} of {of:,} choices of {PHOTOGRAPHS_IN_TEMPLATE} photographs gave no",
        "template, because the photographs disagreed.",
    )


def _condition_row(kind: str, grades: Sequence[Condition]) -> tuple[str, ...]:
    def series(parts: Iterator[str]) -> str:
        return " / ".join(parts)

    return (
        f"{kind}, {grades[0].unit}",
        series(f"{each.strength:g}" for each in grades),
        series(f"{each.median_similarity:.2f}" for each in grades),
        series(percent(each.not_same) for each in grades),
        series(percent(each.refused) for each in grades),
    )


def _discard_sentence(curve: Discard) -> str:
    first, last, share = curve.fnmr[0], curve.fnmr[-1], percent(curve.discards[-1])
    if first == 0.0:
        return capital(f"{curve.of}: no error to begin with, so the curve says nothing.")
    change = f"discarding the worst {share} takes FNMR from {percent(first)} to {percent(last)}"
    return capital(f"{curve.of}: {change}{'' if last < first else ', which is no help'}.")
