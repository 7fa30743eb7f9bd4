from __future__ import annotations

import io
import json
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from noseprint.embedding.manifest import ModelIdentity
from noseprint.errors import ErrorCode, NoseprintError
from noseprint.sync.vector_format import (
    MAX_DIMENSIONS,
    StoredVector,
    decode_json,
    decode_npy,
    encode_json,
    encode_npy,
    require_vector,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

DID = "did:ethr:besu:0x" + "0a" * 20
AT = datetime(2026, 11, 20, 21, 59, 24, 123999, tzinfo=UTC)
MODEL = ModelIdentity("nose-512", "ab" * 32)
VECTOR = np.array([0.1, -0.0, 1e-7, 3.4e38], dtype=np.float32)
vectors = hnp.arrays(
    np.float32, st.integers(1, 40), elements=st.floats(allow_nan=False, allow_infinity=False, width=32)
)


def npy(array: NDArray[Any], *, allow_pickle: bool = False) -> bytes:
    stream = io.BytesIO()
    np.save(stream, array, allow_pickle=allow_pickle)
    return stream.getvalue()


def document(**changes: object) -> bytes:
    plain = {"petDID": DID, "featureVector": [0.5, 0], "vectorSize": 2, "createdAt": "x", "version": "1.0"}
    return json.dumps(plain | changes).encode()


def is_mismatch(decode: Callable[[], object]) -> bool:
    with pytest.raises(NoseprintError) as caught:
        decode()
    return caught.value.code is ErrorCode.VECTOR_DIMENSION_MISMATCH


def is_handled(decode: Callable[[], StoredVector | None]) -> bool:
    try:
        stored = decode()
    except NoseprintError as error:
        return error.code is ErrorCode.VECTOR_DIMENSION_MISMATCH
    return stored is None or bool(np.isfinite(stored.vector).all())


def test_the_json_is_the_platforms_with_two_keys_at_the_end() -> None:
    text = encode_json(DID, VECTOR, MODEL, AT).decode()
    assert text == (
        f'{{"petDID":"{DID}","featureVector":[0.10000000149011612,-0.0,1.0000000116860974e-07,'
        '3.3999999521443642e+38],"vectorSize":4,"createdAt":"2026-11-20T21:59:24.123Z","version":"1.0",'
        f'"modelName":"nose-512","modelSha256":"{"ab" * 32}"}}'
    )


def test_a_moment_without_a_time_zone_is_not_written() -> None:
    with pytest.raises(ValueError, match="time zone"):
        encode_json(DID, VECTOR, MODEL, AT.replace(tzinfo=None))


@given(vectors)
def test_a_vector_comes_back_from_json_bit_for_bit_with_its_model(vector: NDArray[np.float32]) -> None:
    stored = decode_json(encode_json(DID, vector, MODEL, AT), DID)
    assert stored
    assert stored.model == MODEL
    assert stored.vector.tobytes() == vector.tobytes()


@given(vectors)
def test_a_vector_comes_back_from_npy_bit_for_bit(vector: NDArray[np.float32]) -> None:
    stored = decode_npy(encode_npy(vector))
    assert stored
    assert stored.model is None
    assert stored.vector.dtype == np.float32
    assert stored.vector.tobytes() == vector.tobytes()


@pytest.mark.parametrize(
    "changes", [{}, {"modelName": "nose-512"}, {"modelName": "", "modelSha256": ""}, {"modelName": 1, "modelSha256": 2}]
)
def test_the_gateways_json_has_no_model_and_is_read(changes: dict[str, object]) -> None:
    stored = decode_json(document(**changes), DID)
    assert stored
    assert stored.model is None
    assert stored.vector.tolist() == [0.5, 0]


def test_json_without_pet_and_size_is_read() -> None:
    stored = decode_json(b'{"featureVector": [1, 2.5]}', DID)
    assert stored
    assert stored.vector.tolist() == [1, 2.5]


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"not json",
        b"\xff\xfe",
        b"[]",
        b"null",
        b"{}",
        b"[" * 100_000,
        b"9" * 5000,
        document(featureVector="0.5"),
        document(featureVector=[0.5, "0"]),
        document(featureVector=[0.5, True]),
        document(featureVector=[[0.5], [0]]),
        document(petDID="did:ethr:besu:0x" + "0b" * 20),
        document(padding="z" * 1024 * 1024),
    ],
)
def test_what_is_not_this_pets_json_is_passed_over(content: bytes) -> None:
    assert decode_json(content, DID) is None


@pytest.mark.parametrize(
    "content",
    [
        document(vectorSize=3),
        document(vectorSize="2"),
        document(featureVector=[], vectorSize=0),
        document(featureVector=[0.5, float("nan")]),
        document(featureVector=[0.5, float("inf")]),
        document(featureVector=[0.5, 1e39]),
        document(featureVector=[0.5, 10**400]),
        document(featureVector=[0] * (MAX_DIMENSIONS + 1), vectorSize=MAX_DIMENSIONS + 1),
    ],
)
def test_json_that_contradicts_itself_is_a_mismatch(content: bytes) -> None:
    assert is_mismatch(lambda: decode_json(content, DID))


def test_hex_digits_of_a_pet_did_are_the_same_in_either_case() -> None:
    assert decode_json(document(petDID=DID.replace("0a", "0A")), DID)


@pytest.mark.parametrize("kind", ["<f4", ">f4", "<f8", ">f8"])
@pytest.mark.parametrize("shape", [(3,), (1, 3)])
def test_npy_is_read_in_every_documented_form(kind: str, shape: tuple[int, ...]) -> None:
    stored = decode_npy(npy(np.array([1, -2, 0.5], dtype=kind).reshape(shape)))
    assert stored
    assert stored.vector.dtype == np.float32
    assert stored.vector.tolist() == [1, -2, 0.5]


def test_npy_of_format_2_is_read() -> None:
    stream = io.BytesIO()
    np.lib.format.write_array(stream, VECTOR, version=(2, 0))
    stored = decode_npy(stream.getvalue())
    assert stored
    assert stored.vector.tolist() == VECTOR.tolist()


@pytest.mark.parametrize(
    "array",
    [
        np.zeros((2, 3), np.float32),
        np.zeros((3, 1), np.float32),
        np.zeros((1, 1, 3), np.float32),
        np.float32(1),
        np.zeros(0, np.float32),
        np.zeros(3, np.int64),
        np.zeros(3, np.float16),
        np.array([1, np.nan], np.float32),
        np.array([1, 1e300]),
        np.array([{"a": "pickle"}], dtype=object),
        np.zeros(MAX_DIMENSIONS + 1, np.float32),
    ],
)
def test_npy_that_holds_no_vector_is_a_mismatch(array: NDArray[Any]) -> None:
    content = npy(np.asarray(array), allow_pickle=True)
    assert is_mismatch(lambda: decode_npy(content))


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\x93NUMPY",
        b"not npy",
        npy(VECTOR)[:-1],
        npy(VECTOR) + b"z",
        npy(VECTOR).replace(b"(4,)", b"(9999999999999,)"),
        npy(VECTOR).replace(b"'shape': (4,)", b"'shape': 2**9**9"),
        npy(np.zeros(2, [("a", "<f4"), ("b", "<f4")])),
        npy(np.zeros(300_000, np.float32)),
    ],
)
def test_what_is_no_whole_npy_is_passed_over(content: bytes) -> None:
    assert decode_npy(content) is None


@given(st.data())
def test_npy_damaged_anywhere_is_read_passed_over_or_a_mismatch(data: st.DataObject) -> None:
    content = bytearray(npy(VECTOR))
    for _ in range(data.draw(st.integers(1, 4))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    assert is_handled(lambda: decode_npy(bytes(content)))


@given(st.binary(max_size=200) | st.text(alphabet='{}[]":,.0123456789eE-aNI', max_size=200).map(str.encode))
def test_any_bytes_as_json_are_read_passed_over_or_a_mismatch(content: bytes) -> None:
    for wrapped in content, b'{"featureVector": ' + content + b"}":
        assert is_handled(partial(decode_json, wrapped, DID))


def test_a_vector_in_doubles_is_narrowed_and_a_row_is_unpacked() -> None:
    assert require_vector(np.array([[0.1, 2.0]])).tolist() == [np.float32(0.1), 2.0]
