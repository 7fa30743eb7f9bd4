"""Failure to acquire: how many good photographs a clinic would refuse, and what it stores of the others."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from noseprint.capture.intake import take_in
from training.report.photographs import Crew
from training.report.use_figures import Acquisition

if TYPE_CHECKING:
    from typing import Literal

    from training.report.bench import Bench


def present(kind: Literal["enrolled", "singles"], crew: Crew, bench: Bench) -> Acquisition:
    """Present photographs as an enrolment would take them."""
    taken = [take_in(photo, bench.limits, bench.finder) for photo in crew.contents]
    qualities = [each.quality.score for each in taken]
    with_nose = [each.quality.score for each in taken if each.shows_nose]
    return Acquisition(
        crew=kind,
        presented=len(crew) + len(crew.refused),
        unreadable=len(crew.refused),
        too_poor=sum(quality < bench.settings.minimum_quality for quality in with_nose),
        least_quality=min(qualities),
        median_quality=float(np.median(qualities)),
        no_nose=len(taken) - len(with_nose) if bench.finder else None,
    )


def as_taken_in(crew: Crew, bench: Bench) -> Crew:
    """The photographs as the clinic stores them: the nose cut out where the finder is sure of it."""
    stored = (take_in(photo, bench.limits, bench.finder).jpeg for photo in crew.contents)
    return Crew(tuple(replace(each, content=content) for each, content in zip(crew.photographs, stored, strict=True)))
