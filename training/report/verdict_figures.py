"""How verdicts are counted, in every part of the report alike."""

from __future__ import annotations

import msgspec


class Verdicts(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How many comparisons of one kind were given each verdict."""

    comparisons: int
    same: int
    review: int

    @property
    def different(self) -> int:
        """How many were called different dogs."""
        return self.comparisons - self.same - self.review
