"""Numbers are told in words that stay true whatever they are."""

from __future__ import annotations

import pytest

from training.report.figures import Rate
from training.report.verdict_figures import Verdicts
from training.report.words import (
    bullets,
    counted,
    listed,
    of_all,
    paragraph,
    percent,
    rate,
    share_of,
    table,
    verdict_row,
)


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (Rate(value=0.0), "0 %"),
        (Rate(value=0.0, lower=0.0, upper=0.4507, method="exact bound"), "0 % (at most 45.1 %)"),
        (Rate(value=1.0, lower=0.549, upper=1.0, method="exact bound"), "100 % (at least 54.9 %)"),
        (Rate(value=0.0123, lower=0.001, upper=0.05, method="bootstrap"), "1.23 % (0.1 % to 5 %)"),
    ],
)
def test_a_rate_says_what_its_interval_means(value: Rate, words: str) -> None:
    assert rate(value) == words


def test_counts_read_as_people_say_them() -> None:
    assert [counted(n, "dog") for n in (0, 1, 2000)] == ["no dog", "1 dog", "2,000 dogs"]
    assert counted(2, "search", "searches") == "2 searches"
    assert [of_all(part, 3) for part in (0, 2, 3)] == ["none of 3", "2 of 3", "all 3"]
    assert [share_of(part, 200) for part in (0, 1)] == ["0", "1 (0.5 %)"]
    assert listed(["a"]) == "a"
    assert listed(["a", "b", "c"]) == "a, b and c"
    assert percent(0.00123) == "0.123 %"


def test_verdicts_add_up() -> None:
    row = verdict_row("x", Verdicts(comparisons=10, same=0, review=3))

    assert row == ("x", "10", "0", "3 (30 %)", "7 (70 %)")


def test_paragraphs_are_wrapped_and_lists_hung() -> None:
    text = paragraph("word " * 60, "", "end.")

    assert max(map(len, text.splitlines())) <= 120
    assert text.endswith("end.")
    assert bullets("", "a", "b " * 100).startswith("- a\n- b")
    assert "\n  b" in bullets("b " * 100)


def test_a_bar_does_not_break_a_table() -> None:
    assert table(("a",), [("x|y",)]) == "| a |\n| --- |\n| x\\|y |"
