"""Measure the model in use and write the biometric report.

Run from the repository's root with the project's own environment:
`python -m training.report ../shared/noses --reference ../shared/reference/embedder_96x96.onnx`.
FOLDER holds `enrolled` and `singles` (identity folders of close-ups) and perhaps `photos` (whole photographs with
`nose_boxes.csv`). The generated dogs take half an hour the first time; the work folder keeps them, and the vectors of
each model, for the next.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from noseprint.bootstrap import assets_folder, load_embedder
from noseprint.capture.finder import load_finder
from noseprint.settings import Settings
from training.report.bench import Bench
from training.report.measure import Extent, measure
from training.report.work import Work
from training.report.writing import write_report

if TYPE_CHECKING:
    from collections.abc import Callable

_SHOW_EVERY_S = 10.0
_SHIPPED_FINDER = assets_folder() / "finder" / "nose-finder.onnx"


def main(arguments: list[str] | None = None) -> None:
    """Measure, then write the report, its figures and its pictures."""
    options = _options(arguments)
    settings = Settings(model_path=str(options.model or ""), language="en")
    reference = Settings(model_path=str(options.reference)) if options.reference else None
    bench = Bench(
        load_embedder(settings),
        load_embedder(reference) if reference else None,
        load_finder(options.finder) if options.finder.exists() else None,
        settings,
        Work(options.work),
        show_progress,
    )
    extent = Extent(options.gallery, options.strangers, options.retakes, options.workers)
    write_report(measure(options.folder, bench, extent), options.out)


def show_progress(label: str, total: int) -> Callable[[], None]:
    """Say on standard error from time to time how far something is; call what is returned after each step."""
    begun = shown = time.monotonic()
    done = 0

    def step() -> None:
        nonlocal done, shown
        done += 1
        now = time.monotonic()
        if done == total or now - shown >= _SHOW_EVERY_S:
            shown = now
            print(f"{label}: {done:,} of {total:,} after {now - begun:.0f} s", file=sys.stderr, flush=True)

    return step


def _options(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m training.report", description=__doc__)
    parser.add_argument("folder", type=Path, metavar="FOLDER")
    parser.add_argument("--model", type=Path, help="the shipped one when left out")
    parser.add_argument("--reference", type=Path, help="an ONNX embedder to compare with")
    parser.add_argument("--finder", type=Path, default=_SHIPPED_FINDER, help="left out where it does not exist")
    parser.add_argument("--work", type=Path, default=Path(tempfile.gettempdir()) / "noseprint-report")
    parser.add_argument("--out", type=Path, default=Path("docs"))
    parser.add_argument("--gallery", type=_natural, default=10_000, help="generated dogs to search among")
    parser.add_argument("--strangers", type=_natural, default=300, help="generated dogs that are not in the gallery")
    parser.add_argument("--retakes", type=_natural, default=8, help="how often every photograph is taken again")
    parser.add_argument("--workers", type=_natural, default=2, help="processes that generate dogs")
    return parser.parse_args(arguments)


def _natural(text: str) -> int:
    """A whole number of at least one, as argparse wants its types."""
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("must be at least 1")
    return number


if __name__ == "__main__":
    main()
