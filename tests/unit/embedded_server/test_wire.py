"""The committed wire code is what the proto generates, and the proto is the contract, number by number."""

from __future__ import annotations

import ast
import inspect
from pathlib import Path

import pytest

from embedded_server.wire import nose_embedder_pb2 as wire
from embedded_server.wire import nose_embedder_pb2_grpc as services
from embedded_server.wire.regenerate import GENERATED, regenerate

FOLDER = Path("embedded_server") / "wire"
REPOSITORY = Path(__file__).parents[3]

FIELDS = {
    "NoseImageRequest": ["1 BYTES image_data", "2 STRING image_format"],
    "NoseVectorResponse": [
        "1 FLOAT[] vector",
        "2 INT32 vector_size",
        "3 BOOL success",
        "4 STRING error_message",
        "5 ENUM? error_code",
        "6 BOOL? retryable",
    ],
    "HealthCheckRequest": ["1 STRING service"],
    "HealthCheckResponse": ["1 ENUM status", "2 STRING message", "3 STRING model_loaded", "4 STRING timestamp"],
    "CompareWithStoredImageRequest": ["1 STRING image_key", "2 STRING pet_did"],
    "CompareVectorsResponse": [
        "1 FLOAT similarity",
        "2 FLOAT cosine_similarity",
        "3 FLOAT euclidean_distance",
        "4 BOOL success",
        "5 STRING error_message",
        "6 INT32 vector_size",
        "7 ENUM? error_code",
        "8 BOOL? retryable",
    ],
}
"""CONTRACT.md, section 1: number, type, ``?`` for presence, ``[]`` for repeated."""

METHODS = {
    "ExtractNoseVector": ("NoseImageRequest", "NoseVectorResponse"),
    "HealthCheck": ("HealthCheckRequest", "HealthCheckResponse"),
    "CompareWithStoredImage": ("CompareWithStoredImageRequest", "CompareVectorsResponse"),
}


@pytest.fixture(scope="module")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("wire")
    regenerate(root)
    return root / FOLDER


@pytest.mark.parametrize("name", GENERATED)
def test_the_committed_code_is_what_the_proto_generates(fresh: Path, name: str) -> None:
    assert (REPOSITORY / FOLDER / name).read_text() == (fresh / name).read_text()


def test_nothing_else_is_generated(fresh: Path) -> None:
    assert {file.name for file in fresh.iterdir()} == set(GENERATED)


def _described(message: str) -> list[str]:
    kinds = {1: "DOUBLE", 2: "FLOAT", 5: "INT32", 8: "BOOL", 9: "STRING", 12: "BYTES", 14: "ENUM"}
    described = []
    for field in wire.DESCRIPTOR.message_types_by_name[message].fields:
        optional = field.containing_oneof is not None and field.has_presence
        mark = "?" if optional else "[]" if field.is_repeated else ""
        described.append(f"{field.number} {kinds[field.type]}{mark} {field.name}")
    return described


@pytest.mark.parametrize("message", FIELDS)
def test_every_message_is_as_the_contract_has_it(message: str) -> None:
    assert _described(message) == FIELDS[message]


def test_there_are_no_other_messages_and_the_service_is_the_contracts() -> None:
    assert set(wire.DESCRIPTOR.message_types_by_name) == set(FIELDS)
    (service,) = wire.DESCRIPTOR.services_by_name.values()
    assert service.full_name == "nose_embedder.NoseEmbedderService"
    assert {m.name: (m.input_type.name, m.output_type.name) for m in service.methods} == METHODS


def test_the_serving_status_is_nested_and_numbered_as_the_contract_has_it() -> None:
    status = wire.HealthCheckResponse.ServingStatus
    assert dict(status.items()) == {"UNKNOWN": 0, "SERVING": 1, "NOT_SERVING": 2, "SERVICE_UNKNOWN": 3}


def test_the_types_written_by_hand_name_what_is_generated() -> None:
    stub = ast.parse((REPOSITORY / FOLDER / "nose_embedder_pb2_grpc.pyi").read_text())
    named = {node.name: node for node in stub.body if isinstance(node, ast.ClassDef | ast.FunctionDef)}
    assert all(hasattr(services, name) for name in named)
    for node in ast.walk(named["NoseEmbedderServiceServicer"]):
        if isinstance(node, ast.FunctionDef):
            generated = getattr(services.NoseEmbedderServiceServicer, node.name)
            assert list(inspect.signature(generated).parameters) == [argument.arg for argument in node.args.args]
