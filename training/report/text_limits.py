"""The report's plain words, its speed, and what all of it can and cannot prove."""

from __future__ import annotations

from typing import TYPE_CHECKING

from training.report.words import bullets, counted, listed, of_all, paragraph, percent, table

if TYPE_CHECKING:
    from collections.abc import Iterator

    from training.report.figures import Figures, SystemRates, Trial
    from training.report.verdict_figures import Verdicts


def plain_words(figures: Figures) -> str:
    """What a veterinarian should know, in one paragraph."""
    dogs = figures.photographs.genuine_identities
    return paragraph(
        "**In plain words.** The program compares two photographs of noses and says `same`, `review` (a person must",
        f"look) or `different`. {_on_genuine(figures)} {_on_impostors(figures)} {_on_retakes(figures)}",
        _on_look_up(figures),
        f"But {counted(dogs, 'dog')} with several photographs {'is' if dogs == 1 else 'are'} few: even a program",
        f"without any error on {'it' if dogs == 1 else 'them'} may err for up to {percent(figures.bounds[0].bound)} of",
        "all dogs. Dogs a year older, noses after an injury and other telephones were not measured. And a good",
        "photograph of a nose passes for the nose: look at the dog.",
    )


def speed(figures: Figures) -> str:
    """How long each step takes."""
    unit = figures.speed[0].milliseconds
    return "\n\n".join(
        (
            "## Speed",
            paragraph(
                f"Processor time, medians of {counted(figures.speed[0].repetitions, 'repetition')} on one machine",
                f"({figures.processor}), which may have been busy with other things. The ratios carry over to other",
                "machines better than the times do.",
            ),
            table(
                ("step", "milliseconds", f"times {figures.speed[0].step}"),
                [(each.step, f"{each.milliseconds:.1f}", f"{each.milliseconds / unit:.2f}") for each in figures.speed],
            ),
        )
    )


def proof(figures: Figures) -> str:
    """What the sample size can and cannot prove, and what is not claimed."""
    needed = listed([f"{counted(each.trials, 'dog')} for {percent(each.bound)}" for each in figures.to_prove])
    return "\n\n".join(
        (
            "## What this proves, and what not",
            paragraph(
                "Photographs of one dog, and pairs of dogs that share one, are not independent of each other. So the",
                "dogs count, not the pairs. If no error is seen, the true rate may still be as high as this, at 95 %",
                "confidence (1 - 0.05^(1/n), the rule of three of ISO/IEC 19795-1):",
            ),
            table(
                ("no error among", "independent trials", "true rate at most"),
                [(each.of, f"{each.trials:,}", percent(each.bound)) for each in figures.bounds],
            ),
            paragraph(
                f"To prove a rate by dogs without a single error, it takes {needed}. Generated dogs are many, but they",
                "are not dogs: they say how the program behaves in a crowd, not how often nature repeats a nose.",
            ),
            bullets(*_not_measured(figures)),
        )
    )


def _on_genuine(figures: Figures) -> str:
    """Genuine photographs by the best system that gives verdicts."""
    best = _best(figures.photographs)
    if best is None or best.genuine is None:
        return ""
    return f"Two photographs of one dog were called `same` in {_verdict_words(best.genuine)}."


def _on_impostors(figures: Figures) -> str:
    best = _best(figures.all_photographs)
    if best is None or best.impostor is None:
        return ""
    return f"Photographs of different dogs were called `same` in {_verdict_words(best.impostor)}."


def _on_retakes(figures: Figures) -> str:
    best = _best(figures.retakes)
    if best is None or best.genuine is None or best.impostor is None:
        return ""
    return (
        "With every photograph spoilt as a hurried hand, poor light and a telephone's processing spoil it, it was "
        f"{percent(best.genuine.same / best.genuine.comparisons)} of the pairs of one dog, and "
        f"{of_all(best.impostor.same, best.impostor.comparisons)} pairs of different dogs."
    )


def _on_look_up(figures: Figures) -> str:
    found = next(iter(figures.look_up.identification), None)
    if found is None:
        return ""
    crowd = figures.look_up.gallery_generated + figures.look_up.gallery_real
    return (
        f"Searched for among {crowd:,} dogs, nearly all of them generated, the right dog came first in "
        f"{percent(found.rank_1_weighed)} of the searches."
    )


def _best(trial: Trial) -> SystemRates | None:
    """With keypoints where they are weighed, as the program verifies; the embedder alone else."""
    return trial.of("fused") or trial.of("embedder")


def _verdict_words(verdicts: Verdicts) -> str:
    told = f"{of_all(verdicts.same, verdicts.comparisons)} comparisons"
    return f"{told}, and `review` in {verdicts.review:,}" if verdicts.review else told


def _not_measured(figures: Figures) -> Iterator[str]:
    yield (
        "Not measured: the same dog after months or years, other telephones, children holding the dog, wet and dirty "
        "noses beyond what the photographs show, dogs of one litter."
    )
    if figures.data.enrolled_set == "save-pets":
        yield (
            "Four of the five dogs with several photographs were photographed in one sitting: their genuine pairs are "
            "easier than those of a clinic's second visit."
        )
    yield "The retakes and the generated dogs come from the simulation that made the training pictures."
    yield "**No liveness is claimed**: a good photograph of a nose passes for the nose."
