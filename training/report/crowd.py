"""False matches against generated dogs, of which there are enough for rare ones to show."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from noseprint.evaluation.scales import score_at_similarity
from training.generator import FAMILY_SIZE
from training.report.error_rates import subjects
from training.report.use_figures import Population
from training.report.verdict_figures import Verdicts

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Literal

    from numpy.typing import NDArray

    from training.report.bench import Bench, Vectors

_BLOCK = 500


def populations(real: Vectors, generated: Vectors, bench: Bench) -> Iterator[Population]:
    """Verdicts of the embedder on photographs of real with generated dogs, and of generated dogs with each other.

    Args:
        real: float32 (n, d), of real photographs.
        generated: float32 (m, d), one photograph per dog, family after family.
        bench: with model and thresholds.
    """
    scale = next(subjects(bench)).scale
    cuts = tuple(
        score_at_similarity(scale, at) for at in (bench.settings.review_similarity, bench.settings.same_similarity)
    )
    yield _Count("real with generated", cuts).of(real @ generated.T).figures()
    siblings, strangers = _Count("generated siblings", cuts), _Count("generated strangers", cuts)
    families = np.arange(len(generated)) // FAMILY_SIZE
    for start in range(0, len(generated), _BLOCK):
        rows = slice(start, start + _BLOCK)
        cosines = generated[rows] @ generated.T
        later = np.arange(len(generated))[None, :] > np.arange(len(generated))[rows, None]
        related = families[rows, None] == families[None, :]
        siblings.of(cosines[later & related])
        strangers.of(cosines[later & ~related])
    yield from (each.figures() for each in (siblings, strangers) if each.comparisons)


class _Count:
    """Counts verdicts of cosines that are too many to keep."""

    def __init__(
        self, kind: Literal["real with generated", "generated siblings", "generated strangers"], cuts: tuple[float, ...]
    ) -> None:
        self._kind = kind
        self._review, self._same = cuts
        self.comparisons = self._at_least_review = self._at_least_same = 0
        self._greatest = -1.0

    def of(self, cosines: NDArray[np.floating]) -> _Count:
        """Count these as well."""
        self.comparisons += cosines.size
        self._at_least_review += int((cosines >= self._review).sum())
        self._at_least_same += int((cosines >= self._same).sum())
        self._greatest = max(self._greatest, float(cosines.max(initial=-1.0)))
        return self

    def figures(self) -> Population:
        """What was counted."""
        same, review = self._at_least_same, self._at_least_review
        verdicts = Verdicts(comparisons=self.comparisons, same=same, review=review - same)
        return Population(kind=self._kind, verdicts=verdicts, greatest=self._greatest)
