from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pytest
from Crypto.Hash import keccak
from hypothesis import given
from hypothesis import strategies as st

from noseprint.identity.pet_did import DidScheme, json_stringify, keccak256_of_json

HERE = Path(__file__).resolve().parent
SHARED_CASES = HERE.parents[3] / "shared" / "golden" / "did_vectors.json"
OWN_CASES = json.loads((HERE / "did_cases.json").read_text("utf-8"))["cases"]
NUMBERS = [line.split() for line in (HERE / "javascript_numbers.txt").read_text("ascii").splitlines()]


def vector_of(hexadecimal: str) -> np.ndarray:
    return np.frombuffer(bytes.fromhex(hexadecimal), dtype="<f4")


def shared_cases() -> list[object]:
    if not SHARED_CASES.is_file():
        return [pytest.param(None, marks=pytest.mark.skip(reason="the shared golden cases are not here"))]
    return [pytest.param(case, id=case["name"]) for case in json.loads(SHARED_CASES.read_text("utf-8"))["cases"]]


@pytest.mark.parametrize("case", shared_cases())
def test_the_platforms_golden_cases_come_out_in_both_forms(case: dict[str, str]) -> None:
    vector = vector_of(case["float32_bytes_le_hex"])
    text = json_stringify(vector)
    assert len(text) == int(case["json_length"])
    assert text.startswith(case["json_head"])
    assert "0x" + keccak256_of_json(vector) == case["keccak256"]
    assert DidScheme("full").pet_did(vector) == case["did_full"]
    assert DidScheme("address").pet_did(vector) == case["did_address"]


@pytest.mark.parametrize("case", OWN_CASES, ids=lambda case: case["name"])
def test_a_javascript_engines_text_and_its_hash_come_out(case: dict[str, str]) -> None:
    vector = vector_of(case["float32_le_hex"])
    assert json_stringify(vector) == case["json"]
    assert keccak256_of_json(vector) == case["keccak256"]
    assert DidScheme().pet_did(vector) == "did:ethr:besu:0x" + case["keccak256"][:40]
    assert DidScheme("full").pet_did(vector) == "did:ethr:besu:0x" + case["keccak256"]


def test_thousands_of_numbers_are_printed_as_a_javascript_engine_prints_them() -> None:
    bits = np.array([int(pattern, 16) for pattern, _ in NUMBERS], dtype=np.uint32)
    assert len(bits) > 3000
    printed = json_stringify(bits.view(np.float32))
    assert printed == "[" + ",".join(text for _, text in NUMBERS) + "]"


@given(st.floats(width=32, allow_nan=False, allow_infinity=False))
def test_a_printed_number_reads_back_as_itself(value: float) -> None:
    (read,) = json.loads(json_stringify(np.array([value], np.float32)))
    assert float(read) == value


@given(st.floats(width=32, allow_nan=False, allow_infinity=False))
def test_the_sign_is_only_a_sign(value: float) -> None:
    positive = json_stringify(np.array([abs(value)], np.float32))
    negative = json_stringify(np.array([-abs(value)], np.float32))
    assert negative == ("[0]" if value == 0 else positive.replace("[", "[-"))


@given(st.integers(-(2**24), 2**24))
def test_whole_numbers_have_no_point(number: int) -> None:
    assert json_stringify(np.array([number], np.float32)) == f"[{number}]"


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_what_is_no_number_is_null(value: float) -> None:
    assert json_stringify(np.array([value, 1.0], np.float32)) == "[null,1]"


def test_an_empty_vector_is_an_empty_list() -> None:
    assert json_stringify(np.zeros(0, np.float32)) == "[]"


def test_the_hash_is_keccak_not_sha3() -> None:
    empty = keccak.new(digest_bits=256, data=b"").hexdigest()  # the value that Ethereum's yellow paper gives
    assert empty == "c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470"
    assert keccak256_of_json(np.zeros(0, np.float32)) == keccak.new(digest_bits=256, data=b"[]").hexdigest()


def test_method_and_network_are_written_as_set() -> None:
    did = DidScheme("address", "noseprint", "testnet").pet_did(np.ones(1, np.float32))
    assert did.startswith("did:noseprint:testnet:0x")
    assert len(did.rpartition("0x")[2]) == 40


@given(st.lists(st.floats(-1, 1, width=32), min_size=1, max_size=20), st.data())
def test_one_bit_more_is_another_pet(values: list[float], data: st.DataObject) -> None:
    vector = np.array(values, np.float32)
    place = data.draw(st.integers(0, vector.size - 1))
    other = vector.copy()
    other[place] = np.nextafter(other[place], np.float32(2))
    assert DidScheme().pet_did(vector) != DidScheme().pet_did(other)
    assert DidScheme().pet_did(vector) == DidScheme().pet_did(vector.copy())
