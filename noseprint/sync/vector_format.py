"""A stored vector as bytes: the gateway's JSON and NumPy's ``.npy``, written and read back.

Reading tells two misfortunes apart. Bytes that are no such document at all give ``None``: another object may
hold the vector. A document that contradicts itself or cannot be a vector is VECTOR_DIMENSION_MISMATCH.
"""

from __future__ import annotations

import io
import json
import re
from dataclasses import dataclass
from math import prod
from typing import TYPE_CHECKING, Final, TypeGuard

import numpy as np

from noseprint.embedding.manifest import ModelIdentity
from noseprint.errors import ErrorCode, NoseprintError
from noseprint.plain import in_utc

if TYPE_CHECKING:
    from datetime import datetime

    from numpy.typing import NDArray

MAX_DIMENSIONS: Final = 16_384
MAX_VECTOR_BYTES: Final = 1024 * 1024
"""No document of ``MAX_DIMENSIONS`` numbers is longer; a longer one is not read."""

# NumPy's reader evaluates this header as Python and allocates what it claims. Written by NumPy it always
# looks like this (numpy.lib.format, versions 1.0 and 2.0).
_NPY: Final = re.compile(
    rb"\x93NUMPY(?:\x01\x00..|\x02\x00....)"
    rb"\{'descr': '([^']{1,16})', 'fortran_order': (?:True|False), 'shape': \(([0-9, ]{0,64})\), \} *\n",
    re.DOTALL,
)
_FLOATS: Final = frozenset({"<f4", ">f4", "<f8", ">f8"})


@dataclass(frozen=True, slots=True, eq=False)
class StoredVector:
    """A vector out of the storage.

    Attributes:
        vector: shape (d,), float32, finite.
        model: what computed it; None where the object does not say (the gateway's own, ``.npy``).
    """

    vector: NDArray[np.float32]
    model: ModelIdentity | None

    def made_by(self, model: ModelIdentity, dimension: int) -> NDArray[np.float32]:
        """The vector, if this model made it; one that does not say what made it is judged by its size.

        Raises:
            NoseprintError: VECTOR_DIMENSION_MISMATCH.
        """
        other_model = self.model is not None and self.model.sha256 != model.sha256
        if other_model or self.vector.size != dimension:
            maker = self.model.name if self.model else "an unnamed model"
            raise NoseprintError(ErrorCode.VECTOR_DIMENSION_MISMATCH, f"{self.vector.size} values by {maker}")
        return self.vector


def require_vector(numbers: NDArray[np.generic]) -> NDArray[np.float32]:
    """The numbers as a vector of shape (d,), float32; (1, d) is unpacked.

    Raises:
        NoseprintError: VECTOR_DIMENSION_MISMATCH if the shape is another one, d is not 1 to
            ``MAX_DIMENSIONS``, or a number is not finite in float32.
    """
    flat = numbers[0] if numbers.shape[:-1] == (1,) else numbers
    if flat.ndim != 1 or not 1 <= flat.size <= MAX_DIMENSIONS:
        raise _mismatch(f"shape {numbers.shape} is no vector")
    with np.errstate(over="ignore"):
        vector = flat.astype(np.float32)
    if not np.isfinite(vector).all():
        raise _mismatch("a number is not finite")
    return vector


def encode_json(pet_did: str, vector: NDArray[np.float32], model: ModelIdentity, created_at: datetime) -> bytes:
    """The gateway's document: each float32 widened to a double, two keys of our own at the end.

    Raises:
        ValueError: ``created_at`` has no time zone.
    """
    moment = in_utc(created_at).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    document = {
        "petDID": pet_did,
        "featureVector": [float(number) for number in vector],
        "vectorSize": vector.size,
        "createdAt": moment,
        "version": "1.0",
        "modelName": model.name,
        "modelSha256": model.sha256,
    }
    return json.dumps(document, separators=(",", ":"), allow_nan=False).encode()


def decode_json(content: bytes, pet_did: str) -> StoredVector | None:
    """Read the gateway's document, with or without our two keys.

    Returns:
        None if it is no such document, or another pet's.

    Raises:
        NoseprintError: VECTOR_DIMENSION_MISMATCH, see ``require_vector``, or ``vectorSize`` is another one.
    """
    document = _json_object(content)
    numbers = document.get("featureVector")
    if not _are_numbers(numbers) or str(document.get("petDID", pet_did)).lower() != pet_did.lower():
        return None
    if document.get("vectorSize", len(numbers)) != len(numbers):
        raise _mismatch("vectorSize is not the size of featureVector")
    try:
        return StoredVector(require_vector(np.asarray(numbers, dtype=np.float64)), _model(document))
    except OverflowError as error:
        raise _mismatch("a number is not finite") from error


def encode_npy(vector: NDArray[np.float32]) -> bytes:
    """The vector as ``.npy``, shape (d,), little-endian float32."""
    stream = io.BytesIO()
    np.save(stream, vector.astype("<f4"), allow_pickle=False)
    return stream.getvalue()


def decode_npy(content: bytes) -> StoredVector | None:
    """Read a ``.npy`` of shape (d,) or (1, d), float32 or float64; nothing in it is ever executed.

    Returns:
        None if it is no complete ``.npy``.

    Raises:
        NoseprintError: VECTOR_DIMENSION_MISMATCH, see ``require_vector``, or the numbers are no floats.
    """
    header = _NPY.match(content) if len(content) <= MAX_VECTOR_BYTES else None
    if not header:
        return None
    kind, shape = header[1].decode("latin-1"), [int(side) for side in re.findall(rb"\d+", header[2])]
    if kind not in _FLOATS:
        raise _mismatch("the numbers are neither float32 nor float64")
    if len(content) - header.end() != np.dtype(kind).itemsize * prod(shape):
        return None
    numbers = np.frombuffer(content, dtype=kind, offset=header.end())
    return StoredVector(require_vector(numbers.reshape(shape)), None)


def _json_object(content: bytes) -> dict[str, object]:
    if len(content) > MAX_VECTOR_BYTES:
        return {}
    try:
        document = json.loads(content)
    except (ValueError, RecursionError):
        return {}
    return document if isinstance(document, dict) else {}


def _are_numbers(numbers: object) -> TypeGuard[list[float]]:
    # A bool is an int to Python, and no number to anybody else.
    return isinstance(numbers, list) and all(type(number) in {int, float} for number in numbers)


def _model(document: dict[str, object]) -> ModelIdentity | None:
    name, sha256 = document.get("modelName"), document.get("modelSha256")
    known = isinstance(name, str) and isinstance(sha256, str) and name and sha256
    return ModelIdentity(str(name), str(sha256)) if known else None


def _mismatch(detail: str) -> NoseprintError:
    return NoseprintError(ErrorCode.VECTOR_DIMENSION_MISMATCH, f"stored vector: {detail}")
