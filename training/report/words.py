"""Numbers as people read them, and Markdown tables."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from training.report.figures import Figures, Rate, System
    from training.report.verdict_figures import Verdicts

_WIDTH = 120


def percent(share: float) -> str:
    """A share in [0, 1] in per cent, three digits."""
    return f"{100 * share:.3g} %"


def rate(value: Rate) -> str:
    """A rate with its interval: exact bounds say "at most" or "at least"."""
    if value.lower is None or value.upper is None:
        return percent(value.value)
    if value.method == "exact bound":
        bound = f"at most {percent(value.upper)}" if value.value == 0.0 else f"at least {percent(value.lower)}"
        return f"{percent(value.value)} ({bound})"
    return f"{percent(value.value)} ({percent(value.lower)} to {percent(value.upper)})"


def counted(number: int, one: str, many: str = "") -> str:
    """A number with its noun: "no dog", "1 dog", "5 dogs"."""
    if number == 0:
        return f"no {one}"
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def of_all(part: int, whole: int) -> str:
    """How many of how many: "none of 5", "2 of 5", "all 5"."""
    if whole and part == whole:
        return f"all {whole:,}"
    return f"{f'{part:,}' if part else 'none'} of {whole:,}"


def share_of(part: int, whole: int) -> str:
    """A count with its share: "2 (0.4 %)"."""
    return f"{part:,} ({percent(part / whole)})" if part and whole else f"{part:,}"


def listed(parts: Sequence[str]) -> str:
    """Parts of a sentence: "a", "a and b", "a, b and c"."""
    *front, last = parts
    return f"{', '.join(front)} and {last}" if front else last


def capital(sentence: str) -> str:
    """A sentence with a capital letter in front."""
    return sentence[:1].upper() + sentence[1:]


def system_name(system: System, figures: Figures) -> str:
    """What a system is called in tables."""
    ours = f"`{figures.model.name}`"
    names = {
        "embedder": ours,
        "reference": "central server's model",
        "keypoints": "keypoints alone",
        "fused": f"{ours} with keypoints",
    }
    return names[system]


def verdict_row(name: str, verdicts: Verdicts) -> tuple[str, ...]:
    """A row of a table of verdicts."""
    whole = verdicts.comparisons
    counts = (verdicts.same, verdicts.review, verdicts.different)
    return name, f"{whole:,}", *(share_of(count, whole) for count in counts)


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table; a bar within a cell is escaped."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)


def paragraph(*sentences: str, width: int = _WIDTH) -> str:
    """Sentences, the empty ones left out, wrapped at 120 columns unless told otherwise."""
    lines, line = [], ""
    for word in " ".join(filter(None, sentences)).split():
        if line and len(line) + 1 + len(word) > width:
            lines.append(line)
            line = word
        else:
            line = f"{line} {word}" if line else word
    return "\n".join([*lines, line])


def bullets(*items: str) -> str:
    """A list, the empty items left out, its lines hung under the first."""
    return "\n".join("- " + paragraph(item, width=_WIDTH - 2).replace("\n", "\n  ") for item in items if item)
