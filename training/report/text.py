"""The whole report from its figures alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from training.report import text_limits, text_rates, text_search

if TYPE_CHECKING:
    from training.report.figures import Figures

COMMAND = "python -m training.report ../shared/noses --reference ../shared/reference/embedder_96x96.onnx"

_HEAD = """# Biometric report

In the manner of ISO/IEC 19795-1. Every figure is measured and every sentence follows from the figures; nothing here is
typed by hand. `docs/biometric-report/figures.json` has all of it as data. From the repository's root, in the project's
own environment:

```sh
{command}
```"""


def render(figures: Figures) -> str:
    """The report as Markdown, lines of at most 120 columns outside tables."""
    sections = (
        _HEAD.format(command=COMMAND),
        text_limits.plain_words(figures),
        text_rates.data(figures),
        text_rates.error_rates(figures),
        text_rates.verdicts(figures),
        text_rates.retaken(figures),
        text_rates.templates(figures),
        text_search.look_up(figures),
        text_search.acquisition(figures),
        text_search.conditions(figures),
        text_search.quality(figures),
        text_search.finder(figures),
        text_limits.speed(figures),
        text_limits.proof(figures),
    )
    return "\n\n".join(filter(None, sections)) + "\n"
