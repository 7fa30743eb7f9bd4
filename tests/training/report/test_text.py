"""No sentence of the report becomes untrue when its figures change."""

from __future__ import annotations

import msgspec
import pytest

from tests.support.report_figures import GENUINE, figures, trial
from training.report.figures import Figures, Rate, SystemRates, Trial, decode, encode
from training.report.text import render
from training.report.verdict_figures import Verdicts

replace = msgspec.structs.replace

SECTIONS = (
    "Data",
    "Error rates on the test dogs",
    "What similarity means",
    "Every photograph taken again",
    "Verification against templates",
    "Look-up among 109 dogs",
    "Failure to acquire",
    "Blur, darkness, glare, size, turning, compression",
    "Quality: error versus discard",
    "The nose finder",
    "Speed",
    "What this proves, and what not",
)


def _flat(text: str) -> str:
    return " ".join(text.split())


def _with_system(of: Trial, changed: SystemRates) -> Trial:
    return replace(of, systems=tuple(changed if each.system == changed.system else each for each in of.systems))


def _with_false_matches(of: Figures, count: int) -> Figures:
    fused = of.all_photographs.of("fused")
    assert fused is not None
    wrong = replace(fused, impostor=Verdicts(comparisons=40, same=count, review=0))
    return replace(of, all_photographs=_with_system(of.all_photographs, wrong))


def test_every_section_is_there_in_its_order() -> None:
    heads = [line.removeprefix("## ") for line in render(figures()).splitlines() if line.startswith("## ")]

    assert tuple(heads) == SECTIONS


def test_lines_outside_tables_are_at_most_120_columns() -> None:
    assert [line for line in render(figures()).splitlines() if len(line) > 120 and not line.startswith("|")] == []


def test_the_text_follows_from_the_json_alone() -> None:
    assert render(decode(encode(figures()))) == render(figures())


@pytest.mark.parametrize(("count", "words"), [(0, "none of 40"), (3, "3 of 40"), (40, "all 40")])
def test_false_matches_are_told_as_they_are(count: int, words: str) -> None:
    text = _flat(render(_with_false_matches(figures(), count)))

    assert f"Photographs of different dogs were called `same` in {words} comparisons" in text
    assert f"`tiny` with keypoints called {words} impostor pairs of real photographs `same`" in text


def test_genuine_comparisons_that_failed_are_told() -> None:
    embedder = replace(trial(0).systems[2], genuine=Verdicts(comparisons=10, same=7, review=2))
    text = _flat(render(replace(figures(), photographs=_with_system(trial(0), embedder))))

    assert "called `same` in 7 of 10 comparisons, and `review` in 2" in text
    assert "in all 10 comparisons" in _flat(render(figures()))


def test_without_keypoints_in_the_manifest_the_vectors_alone_are_spoken_of() -> None:
    alone = [each for each in trial(0).systems if each.system != "fused"]
    without = replace(trial(0), systems=tuple(alone))
    text = render(
        replace(
            figures(),
            fusion=None,
            photographs=without,
            retakes=replace(without, retakes=8),
            all_photographs=without,
            taken_in=None,
            all_retakes=without,
            templates=(replace(figures().templates[0], fused=None),),
        )
    )

    assert "with keypoints" not in text
    assert "does not weigh keypoints" in text


def test_without_a_finder_there_is_no_section_of_it() -> None:
    text = render(replace(figures(), finder=None))

    assert "## The nose finder" not in text
    assert "No nose finder took part" in text


def test_few_comparisons_say_what_a_small_rate_means() -> None:
    few = replace(figures(), photographs=replace(trial(0), impostor=500))
    assert "FMR 0.1 % and 0.01 % mean that no impostor matches" in _flat(render(few))
    many = replace(figures(), photographs=replace(trial(0), impostor=5000))
    assert "FMR 0.01 % means that no impostor matches" in _flat(render(many))
    enough = replace(figures(), photographs=replace(trial(0), impostor=20_000))
    assert "that no impostor matches" not in render(enough)


def test_what_is_told_of_the_known_photographs_is_told_of_them_alone() -> None:
    known = replace(figures(), data=replace(figures().data, enrolled_set="save-pets"))

    assert "Save-Pets" in render(known)
    assert "one sitting" in render(known)
    assert "Save-Pets" not in render(figures())
    assert "one sitting" not in _flat(render(figures())).split("## What this proves")[1]


@pytest.mark.parametrize(
    ("fnmr", "words"),
    [((0.1, 0.05), "from 10 % to 5 %."), ((0.1, 0.1), "which is no help"), ((0.0, 0.0), "so the curve says nothing")],
)
def test_discarding_is_praised_only_where_it_helps(fnmr: tuple[float, float], words: str) -> None:
    curve = replace(figures().discards[0], fnmr=fnmr)

    assert words in _flat(render(replace(figures(), discards=(curve,))))


def test_a_calibration_by_the_test_dogs_is_owned_up_to() -> None:
    tainted = replace(figures(), model=replace(figures().model, calibrated_by="4,000 impostors in enrolled, singles"))

    assert "had no part in that" in render(figures())
    assert "so the verdicts below prove little" in _flat(render(tainted))


def test_intervals_stand_beside_their_rates() -> None:
    shaky = replace(trial(0).systems[0], eer=Rate(value=0.02, lower=0.01, upper=0.05, method="bootstrap"))

    assert "2 % (1 % to 5 %)" in render(replace(figures(), photographs=_with_system(trial(0), shaky)))


def test_refused_enrolments_are_counted() -> None:
    found = figures().look_up
    refused = replace(found, identification=(replace(found.identification[0], not_enrolled=10),))

    assert "10 (25 %) of 40 choices" in _flat(render(replace(figures(), look_up=refused)))
    assert "every choice of 3 photographs gave a template" in render(figures())


def test_verdicts_that_are_left_over_are_different() -> None:
    assert GENUINE.different == 0
    assert Verdicts(comparisons=5, same=1, review=1).different == 3
