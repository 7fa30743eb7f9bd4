"""The templates of one model, unsealed: what is open already is not opened again."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Final, NamedTuple

from sqlalchemy import select, true

from noseprint.errors import ErrorCode, NoseprintError
from noseprint.logs import facts
from noseprint.records.sealing import unless_damaged, vector_of
from noseprint.records.tables import PetRow, TemplateRow
from noseprint.vault.sealed import TAG_BYTES

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy as np
    from numpy.typing import NDArray
    from sqlalchemy import ColumnElement
    from sqlalchemy.orm import Session

    from noseprint.records.sealing import Sealing

_log = logging.getLogger(__name__)

_BATCH: Final = 5000


class _Opened(NamedTuple):
    """A template as it lies there; ``numbers`` are None where it cannot be unsealed."""

    tag: bytes
    numbers: bytes | None


class Templates:
    """Reads galleries, and remembers the vectors of the last one; any thread may use it.

    The tag at the end of a sealed vector, which no other one has, tells whether it is the one that was opened.

    Args:
        sealing: unseals.
    """

    def __init__(self, sealing: Sealing) -> None:
        self._sealing = sealing
        self._opened: dict[str, _Opened] = {}

    def read(self, session: Session, model_sha256: str) -> tuple[list[str], NDArray[np.float32]]:
        """Every template by this model that can be unsealed, see ``Records.templates``."""
        known = self._opened
        opened = {pet_did: one for pet_did, _, one in self._open_all(session, TemplateRow.model_sha256 == model_sha256)}
        self._opened = opened
        _tell([one for pet_did, one in opened.items() if one.numbers is None and known.get(pet_did) != one])
        readable = {pet_did: one.numbers for pet_did, one in opened.items() if one.numbers is not None}
        lengths = set(map(len, readable.values()))
        if len(lengths) > 1:
            raise NoseprintError(ErrorCode.VECTOR_DIMENSION_MISMATCH, f"bytes of one model's: {sorted(lengths)}")
        vectors = vector_of(b"".join(readable.values()))
        return list(readable), vectors.reshape(len(readable), -1 if readable else 0)

    def damaged(self, session: Session, *, model_sha256: str | None = None) -> list[int]:
        """The rows' numbers of the pets whose template by this model, or by any, cannot be unsealed."""
        wanted = TemplateRow.model_sha256 == model_sha256 if model_sha256 else true()
        return [pet_id for _, pet_id, one in self._open_all(session, wanted) if one.numbers is None]

    def _open_all(self, session: Session, wanted: ColumnElement[bool]) -> Iterator[tuple[str, int, _Opened]]:
        stored = (
            select(PetRow.pet_did, TemplateRow.pet_id, TemplateRow.model_sha256, TemplateRow.sealed_vector)
            .join(TemplateRow, TemplateRow.pet_id == PetRow.id)
            .where(wanted)
            .order_by(TemplateRow.pet_id)
            .execution_options(yield_per=_BATCH)
        )
        with session.execute(stored) as rows:
            for pet_did, pet_id, model, sealed in rows:
                yield pet_did, pet_id, self._open(pet_did, model, sealed)

    def _open(self, pet_did: str, model_sha256: str, sealed: bytes) -> _Opened:
        tag, known = sealed[-TAG_BYTES:], self._opened.get(pet_did)
        if known and known.tag == tag:
            return known
        return _Opened(tag, unless_damaged(lambda: self._sealing.open_vector(pet_did, model_sha256, sealed)))


def _tell(damaged: list[_Opened]) -> None:
    if damaged:
        code = ErrorCode.SEALED_DAMAGED.value
        _log.warning("enrolled dogs are left out of every search", extra=facts(code=code, pets=len(damaged)))
