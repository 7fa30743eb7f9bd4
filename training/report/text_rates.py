"""The report's words on data, error rates and verdicts; every claim is a figure or depends on one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from training.report.words import (
    bullets,
    capital,
    counted,
    listed,
    of_all,
    paragraph,
    percent,
    rate,
    system_name,
    table,
    verdict_row,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from training.report.figures import Figures, SystemRates, Trial

_KINDS = {
    "real with generated": "a real and a generated dog",
    "generated siblings": "generated dogs of one family, which share all but their beads",
    "generated strangers": "generated dogs of different families",
}
_KNOWN = {
    "save-pets": (
        "by others (Save-Pets capstone), tight crops, contrast stretched; `dog-a` in two sessions, the rest in bursts",
        "no licence stated: for measuring alone, never trained on, not in this repository",
    ),
    "unsplash": (
        "close-ups in natural contrast, one each; two pairs of them may show one dog each and are not compared",
        "Unsplash licence; may be trained on, see the model's card",
    ),
}


def data(figures: Figures) -> str:
    """What was measured on, and under which terms."""
    facts = figures.data
    repeated = facts.photographs_of_repeated_dogs
    alone = facts.enrolled_dogs - len(repeated)
    enrolled = (
        f"{counted(facts.enrolled_photographs, 'photograph')} of {counted(facts.enrolled_dogs, 'dog')}: "
        f"{counted(len(repeated), 'dog')} with {_range(repeated)} photographs each, {alone} with one"
    )
    generated = (
        f"{facts.generated_dogs:,} dogs to search among, {facts.strangers:,} that are in no gallery; "
        f"{counted(facts.photographs_of_generated_dog, 'photograph')} each, {facts.side_of_generated_photograph} px, "
        "in families of six that share everything but their beads; of seeds that nothing was trained on"
    )
    rows = [
        ("enrolled", *_described(enrolled, facts.enrolled_set)),
        ("singles", *_described(counted(facts.singles, "photograph"), facts.singles_set)),
        ("generated", generated, "ours, `training/generator.py`"),
    ]
    refused = f"Not readable, and so failures to acquire: {listed(facts.refused)}." if facts.refused else ""
    return "\n\n".join(
        filter(
            None,
            (
                "## Data",
                table(("set", "what", "terms"), rows),
                refused,
                "What the model's card says of it:",
                table(("", ""), sorted(figures.model.card.items())),
                _test_dogs(figures),
            ),
        )
    )


def _test_dogs(figures: Figures) -> str:
    if figures.data.enrolled_set is None:
        return ""
    return paragraph(
        "The enrolled dogs are the test: nothing was trained on them, and no threshold or weight comes from them. But",
        "the generator's look was made with their pictures in sight, and each training was measured on them as it came",
        "(`training/README.md` lists all designs tried). Other dogs, seen by nobody here, will have to judge.",
    )


def error_rates(figures: Figures) -> str:
    """Error rates on the photographs of the test dogs."""
    trial = figures.photographs
    return "\n\n".join(
        (
            "## Error rates on the test dogs",
            paragraph(
                capital(f"{counted(trial.genuine, 'genuine comparison')} and"),
                f"{counted(trial.impostor, 'impostor comparison')} of {counted(trial.photographs, 'photograph')}, each",
                "with every other. In brackets 95 % intervals by resampling dogs, or an exact bound over dogs where",
                "the rate is zero.",
            ),
            _rates_table(figures, trial),
            *_resolution(trial),
            *_separation(figures, trial),
            "![DET curves on the photographs](biometric-report/det-photographs.svg)",
            paragraph(
                "With the singles as further impostors:",
                counted(figures.all_photographs.impostor, "impostor comparison"),
                f"of {counted(figures.all_photographs.identities, 'dog')}.",
            ),
            _rates_table(figures, figures.all_photographs),
            *_taken_in(figures),
        )
    )


def retaken(figures: Figures) -> str:
    """The same with every photograph taken again in simulation."""
    trial = figures.retakes
    means = trial.mean_of_retakes or (0.0, 0.0, 0.0)
    eer, at_one, at_tenth = map(percent, means)
    return "\n\n".join(
        (
            "## Every photograph taken again",
            paragraph(
                "Bursts of one sitting are easy. So every photograph was taken again in simulation, with another crop,",
                f"angle, light, blur and compression ({counted(trial.retakes, 'time')}, `training/retake.py`), and the",
                f"photographs of each time compared: {counted(trial.genuine, 'genuine comparison')} and",
                f"{counted(trial.impostor, 'impostor comparison')} in all. That is nearer to what to expect, and still",
                "kind to our model: the simulated camera is the one that it was trained with.",
            ),
            _rates_table(figures, trial),
            paragraph(
                f"Each retake by itself, as in `training/README.md`: EER {eer}, FNMR {at_one} at FMR 1 % and",
                f"{at_tenth} at FMR 0.1 %, means of {trial.retakes}, for `{figures.model.name}` alone.",
            ),
            "![DET curves on the retaken photographs](biometric-report/det-retaken.svg)",
        )
    )


def verdicts(figures: Figures) -> str:
    """What similarity means, and the verdicts that were given."""
    same, review = f"{figures.same:.2f}", f"{figures.review:.2f}"
    head = ("comparisons", "how many", f"`same` (≥ {same})", f"`review` (≥ {review})", "`different`")
    return "\n\n".join(
        (
            "## What similarity means",
            paragraph(
                f"Similarity {review} is set at FMR 1 %, {same} at FMR 0.1 %, by impostors alone (`noseprint evaluate",
                "--calibrate`).",
                _calibrated_by_others(figures),
            ),
            table(("", f"score at {review}", f"score at {same}", "set by"), _scales(figures)),
            "Impostors, who should be `different`:",
            table(head, _impostor_rows(figures)),
            "Genuine comparisons, which should be `same`:",
            table(head, _genuine_rows(figures)),
            _false_matches(figures),
        )
    )


def templates(figures: Figures) -> str:
    """Verification as a clinic does it: a photograph against a template of three."""
    head = ("comparisons", "how many", "`same`", "`review`", "`different`", "similarity: least, greatest")
    return "\n\n".join(
        (
            "## Verification against templates",
            paragraph(
                "A clinic enrols several photographs of a dog. Here every choice of three makes a template, by the",
                "product's own rule, and every other photograph is verified against it,",
                _how_weighed(figures),
            ),
            table(head, _template_rows(figures)),
        )
    )


def _how_weighed(figures: Figures) -> str:
    if figures.fusion is None:
        return "by the vectors alone, for the manifest does not weigh keypoints."
    return "by the vectors alone and, as the clinic does, with the points that it shares with the three photographs."


def _template_rows(figures: Figures) -> Iterator[tuple[str, ...]]:
    kinds = {
        "genuine": "a photograph, a template of three others of its dog",
        "impostor": "a photograph, a template of another dog",
        "other session": "a photograph of another session than the template's",
    }
    for found in figures.templates:
        alone, both = system_name("embedder", figures), system_name("fused", figures)
        range_of = f"{found.least_similarity:.2f}, {found.greatest_similarity:.2f}"
        if found.fused is None:
            yield *verdict_row(f"{alone}: {kinds[found.kind]}", found.embedder), range_of
        else:
            yield *verdict_row(f"{alone}: {kinds[found.kind]}", found.embedder), ""
            yield *verdict_row(f"{both}: {kinds[found.kind]}", found.fused), range_of


def _range(counts: tuple[int, ...]) -> str:
    if not counts:
        return "several"
    return f"{min(counts)} to {max(counts)}" if min(counts) < max(counts) else f"{min(counts)}"


def _described(what: str, known: str | None) -> tuple[str, str]:
    if known is None:
        return what, "their owners'"
    about, terms = _KNOWN[known]
    return f"{what}; {about}", terms


def _taken_in(figures: Figures) -> Iterator[str]:
    if figures.taken_in is not None:
        yield "The same photographs as the clinic takes them in, the nose cut out where the finder is sure of it:"
        yield _rates_table(figures, figures.taken_in)


def _rates_table(figures: Figures, trial: Trial) -> str:
    rows = [
        (
            system_name(rates.system, figures),
            rate(rates.eer),
            *(rate(point.fnmr) for point in rates.fnmr_at_fmr),
        )
        for rates in trial.systems
    ]
    targets = [f"FNMR at FMR {percent(point.target_fmr)}" for point in trial.systems[0].fnmr_at_fmr]
    return table(("", "EER", *targets), rows)


def _resolution(trial: Trial) -> Iterator[str]:
    targets = [point.target_fmr for point in trial.systems[0].fnmr_at_fmr]
    unreached = [percent(target) for target in targets if trial.impostor * target < 1]
    if unreached:
        yield paragraph(
            f"With {counted(trial.impostor, 'impostor comparison')}, FMR {listed(unreached)}",
            f"{'means' if len(unreached) == 1 else 'mean'} that no impostor matches.",
        )


def _separation(figures: Figures, trial: Trial) -> Iterator[str]:
    for rates in trial.systems:
        if rates.system in {"embedder", "fused"}:
            yield paragraph(
                f"{system_name(rates.system, figures)}: impostors reach {rates.greatest_impostor:.3f} at most, the",
                f" genuine pair that is least alike has {rates.least_genuine:.3f}.",
            )


def _calibrated_by_others(figures: Figures) -> str:
    """Manifests name the folders that their calibration comes from."""
    sources = [
        figures.model.calibrated_by,
        figures.reference.calibrated_by if figures.reference else "",
        figures.fusion.calibrated_by if figures.fusion else "",
    ]
    if any("enrolled" in source for source in sources):
        return "**The enrolled dogs had a part in that, so the verdicts below prove little.**"
    return "The enrolled dogs had no part in that."


def _scales(figures: Figures) -> Iterator[tuple[str, ...]]:
    for system, model in (("embedder", figures.model), ("reference", figures.reference)):
        if model is not None:
            name = system_name("embedder" if system == "embedder" else "reference", figures)
            yield name, f"{model.cosine_at_review:.3f}", f"{model.cosine_at_same:.3f}", model.calibrated_by
    if (fusion := figures.fusion) is not None:
        scores = f"{fusion.score_at_review:.3f}", f"{fusion.score_at_same:.3f}"
        yield system_name("fused", figures), *scores, fusion.calibrated_by


def _impostor_rows(figures: Figures) -> Iterator[tuple[str, ...]]:
    for words, trial in _verdict_trials(figures):
        for name, rates in _judging(figures, trial):
            if rates.impostor is not None:
                yield verdict_row(f"{name}: {words}", rates.impostor)
    for crowd in figures.populations:
        yield verdict_row(f"`{figures.model.name}`: {_KINDS[crowd.kind]}", crowd.verdicts)


def _genuine_rows(figures: Figures) -> Iterator[tuple[str, ...]]:
    trials = [("photographs", figures.photographs), ("retakes", figures.retakes)]
    if figures.taken_in is not None:
        trials.insert(1, ("photographs as taken in", figures.taken_in))
    for words, trial in trials:
        for name, rates in _judging(figures, trial):
            if rates.genuine is not None:
                yield verdict_row(f"{name}: {words} of the enrolled dogs", rates.genuine)


def _verdict_trials(figures: Figures) -> tuple[tuple[str, Trial], ...]:
    return (
        ("photographs of the enrolled dogs", figures.photographs),
        ("photographs of all dogs", figures.all_photographs),
        *([("the same as taken in", figures.taken_in)] if figures.taken_in else []),
        ("retakes of all dogs", figures.all_retakes),
    )


def _judging(figures: Figures, trial: Trial) -> Iterator[tuple[str, SystemRates]]:
    for rates in trial.systems:
        yield system_name(rates.system, figures), rates


def _false_matches(figures: Figures) -> str:
    """Who was called `same` by mistake, of real dogs' comparisons."""
    items = []
    for system in ("embedder", "fused"):
        photographs, retakes = (trial.of(system) for trial in (figures.all_photographs, figures.all_retakes))
        if photographs and retakes and photographs.impostor and retakes.impostor:
            once, again = photographs.impostor, retakes.impostor
            both = of_all(once.same + again.same, once.comparisons + again.comparisons)
            items.append(
                f"{system_name(system, figures)} called {of_all(once.same, once.comparisons)} impostor pairs of real "
                f"photographs `same`, and with their retakes {both}."
            )
    return bullets(*items)
