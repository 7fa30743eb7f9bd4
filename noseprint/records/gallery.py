"""The templates of one model, unsealed: what is open already is not opened again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from sqlalchemy import select

from noseprint.errors import ErrorCode, NoseprintError
from noseprint.records.sealing import vector_of
from noseprint.records.tables import PetRow, TemplateRow
from noseprint.vault.sealed import TAG_BYTES

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from sqlalchemy.orm import Session

    from noseprint.records.sealing import Sealing

_BATCH: Final = 5000


class _Opened(NamedTuple):
    tag: bytes
    numbers: bytes


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
        """Every template by this model, see ``Records.templates``."""
        stored = (
            select(PetRow.pet_did, TemplateRow.sealed_vector)
            .join(TemplateRow, TemplateRow.pet_id == PetRow.id)
            .where(TemplateRow.model_sha256 == model_sha256)
            .order_by(TemplateRow.pet_id)
            .execution_options(yield_per=_BATCH)
        )
        opened: dict[str, _Opened] = {}
        with session.execute(stored) as rows:
            for pet_did, sealed in rows:
                opened[pet_did] = self._open(pet_did, model_sha256, sealed)
        self._opened = opened
        lengths = {len(one.numbers) for one in opened.values()}
        if len(lengths) > 1:
            raise NoseprintError(ErrorCode.VECTOR_DIMENSION_MISMATCH, f"bytes of one model's: {sorted(lengths)}")
        vectors = vector_of(b"".join(one.numbers for one in opened.values()))
        return list(opened), vectors.reshape(len(opened), -1 if opened else 0)

    def _open(self, pet_did: str, model_sha256: str, sealed: bytes) -> _Opened:
        tag, known = sealed[-TAG_BYTES:], self._opened.get(pet_did)
        if known and known.tag == tag:
            return known
        return _Opened(tag, self._sealing.open_vector(pet_did, model_sha256, sealed))
