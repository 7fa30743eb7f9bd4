"""What the platform's gateway receives, in JavaScript: all three methods, every code, the numbers of a Pet DID."""

from __future__ import annotations

import json
import threading
from typing import TYPE_CHECKING, Any

import pytest
from PIL import Image

from noseprint.embedding.embedder import ModelEmbedder
from noseprint.embedding.limits import ImageLimits
from noseprint.embedding.model import load_model
from noseprint.gateway import Gateway
from noseprint.identity.pet_did import json_stringify
from tests.contract.node_gateway import as_javascript
from tests.integration.embedded_server.serving import (
    LIMITS,
    MEASURED_ELSEWHERE,
    OTHER_PET,
    PET,
    BrokenEmbedder,
    HeldEmbedder,
    never_loaded,
    running,
    settings_for,
    shipped_or_reference,
    unreachable_objects,
)
from tests.support import pictures
from tests.support.tiny_models import linear_model

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from noseprint.settings import Settings
    from noseprint.sync.pet_objects import PetObjects
    from tests.contract.node_gateway import NodeGateway

OK = 0
UPLOAD_LIMIT = 10 * 1024 * 1024


def key(name: str, pet: str = PET) -> str:
    return f"nose-print-photo/{pet}/{name}"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return settings_for(tmp_path)


@pytest.fixture
def gateway(embedder: ModelEmbedder, objects: PetObjects) -> Gateway:
    return Gateway(embedder, objects)


def assert_failure(answer: dict[str, Any], name: str, number: int, text: str, *, retryable: bool) -> None:
    assert answer["status"] == OK
    response = answer["response"]
    assert response["success"] is False
    assert response["error_code"] == name
    assert answer["number"] == number
    assert response["error_message"].startswith(f"{text}: ")
    assert response["retryable"] is retryable
    # `oneofs: true` names the field that is there: this is how JavaScript tells INVALID_IMAGE (0) from nothing.
    assert response["_error_code"] == "error_code"
    assert response["_retryable"] == "retryable"


def test_a_vector_reaches_javascript_number_by_number(
    node: NodeGateway, settings: Settings, gateway: Gateway, photo: bytes
) -> None:
    with running(settings, gateway) as (server, _):
        answer = node.ask(server.port, "ExtractNoseVector", image_data=photo, image_format="jpeg")
    vector = gateway.extract(photo)
    assert answer["status"] == OK
    assert answer["response"] == {
        "vector": as_javascript(vector),
        "vector_size": vector.size,
        "success": True,
        "error_message": "",
    }


@pytest.mark.parametrize("seed", range(5))
def test_javascript_prints_the_vector_as_the_pet_did_hashes_it(
    node: NodeGateway, settings: Settings, gateway: Gateway, seed: int
) -> None:
    photo = pictures.png(pictures.noise(seed=seed))
    with running(settings, gateway) as (server, _):
        answer = node.ask(server.port, "ExtractNoseVector", image_data=photo, image_format="png")
    assert answer["vector_json"] == json_stringify(gateway.extract(photo))
    assert json.loads(answer["vector_json"]) == answer["response"]["vector"]


def test_javascript_prints_a_real_models_vector_as_the_pet_did_hashes_it(
    node: NodeGateway, request: pytest.FixtureRequest, tmp_path: Path, objects: PetObjects, noses: Path
) -> None:
    real = Gateway(shipped_or_reference(request, tmp_path), objects)
    with running(settings_for(tmp_path), real) as (server, _):
        for photo in [file.read_bytes() for file in sorted(noses.glob("*/01.jpg"))]:
            answer = node.ask(server.port, "ExtractNoseVector", image_data=photo, image_format="jpeg")
            assert answer["vector_json"] == json_stringify(real.extract(photo))


def test_a_comparison_reaches_javascript(node: NodeGateway, settings: Settings, gateway: Gateway) -> None:
    with running(settings, gateway) as (server, _):
        answer = node.ask(server.port, "CompareWithStoredImage", image_key=key("verify_1.jpg"), pet_did=PET)
    response = answer["response"]
    assert response["success"] is True
    assert response["similarity"] == pytest.approx(1.0)
    assert response["cosine_similarity"] == pytest.approx(1.0)
    assert response["euclidean_distance"] == pytest.approx(0.0)
    assert response["vector_size"] == 8
    assert response["error_message"] == ""
    assert not {"error_code", "retryable", "_error_code", "_retryable"} & set(response)


def test_health_reaches_javascript(node: NodeGateway, settings: Settings, gateway: Gateway) -> None:
    with running(settings, gateway) as (server, _):
        known = node.ask(server.port, "HealthCheck", service="")["response"]
        unknown = node.ask(server.port, "HealthCheck", service="Noses")["response"]
    assert known["status"] == "SERVING"
    assert known["model_loaded"] == "true"
    assert known["timestamp"].endswith("Z")
    assert known["message"]
    assert unknown["status"] == "SERVICE_UNKNOWN"


REFUSED_PHOTOS = [
    ("INVALID_IMAGE", 0, "ML_4001", lambda: b"not a picture"),
    ("IMAGE_TOO_LARGE", 1, "ML_4002", lambda: pictures.jpeg() + b"\x00" * LIMITS.max_bytes),
    ("IMAGE_TOO_LARGE", 1, "ML_4002", pictures.huge_png),
    ("INVALID_IMAGE_FORMAT", 2, "ML_4003", lambda: pictures.other_formats()["GIF"]),
]

REFUSED_COMPARISONS = [
    ("INVALID_IMAGE", 0, "ML_4001", key("missing.jpg"), PET),
    ("VECTOR_NOT_FOUND", 3, "ML_4004", key("verify_1.jpg", OTHER_PET), OTHER_PET),
    ("VECTOR_DIMENSION_MISMATCH", 4, "ML_4005", key("verify_1.jpg", MEASURED_ELSEWHERE), MEASURED_ELSEWHERE),
    ("INVALID_REQUEST", 5, "ML_4006", key("../models/verify_1.jpg"), PET),
]


@pytest.mark.parametrize(("name", "number", "text", "make"), REFUSED_PHOTOS)
def test_a_refused_photo_reaches_javascript(
    node: NodeGateway,
    settings: Settings,
    gateway: Gateway,
    name: str,
    number: int,
    text: str,
    make: Callable[[], bytes],
) -> None:
    with running(settings, gateway) as (server, _):
        answer = node.ask(server.port, "ExtractNoseVector", image_data=make())
    assert_failure(answer, name, number, text, retryable=False)


@pytest.mark.parametrize(("name", "number", "text", "image_key", "pet_did"), REFUSED_COMPARISONS)
def test_a_refused_comparison_reaches_javascript(
    node: NodeGateway,
    settings: Settings,
    gateway: Gateway,
    name: str,
    number: int,
    text: str,
    image_key: str,
    pet_did: str,
) -> None:
    with running(settings, gateway) as (server, _):
        answer = node.ask(server.port, "CompareWithStoredImage", image_key=image_key, pet_did=pet_did)
    assert_failure(answer, name, number, text, retryable=False)


@pytest.mark.provokes_warnings
def test_a_model_that_is_not_loaded_reaches_javascript(
    node: NodeGateway, settings: Settings, objects: PetObjects, photo: bytes
) -> None:
    with running(settings, Gateway(never_loaded(), objects)) as (server, _):
        answer = node.ask(server.port, "ExtractNoseVector", image_data=photo)
        health = node.ask(server.port, "HealthCheck")["response"]
    assert_failure(answer, "MODEL_NOT_LOADED", 6, "ML_5001", retryable=True)
    assert (health["status"], health["model_loaded"]) == ("NOT_SERVING", "false")


@pytest.mark.provokes_warnings
def test_an_inference_error_reaches_javascript(node: NodeGateway, settings: Settings, gateway: Gateway) -> None:
    black = pictures.png(Image.new("RGB", (32, 32)))
    with running(settings, gateway) as (server, _):
        answer = node.ask(server.port, "ExtractNoseVector", image_data=black)
    assert_failure(answer, "INFERENCE_ERROR", 7, "ML_5002", retryable=True)


@pytest.mark.provokes_warnings
def test_an_unreachable_store_reaches_javascript(
    node: NodeGateway, settings: Settings, embedder: ModelEmbedder
) -> None:
    with running(settings, Gateway(embedder, unreachable_objects())) as (server, _):
        answer = node.ask(server.port, "CompareWithStoredImage", image_key=key("verify_1.jpg"), pet_did=PET)
    assert_failure(answer, "STORAGE_CONNECTION_ERROR", 8, "ML_5003", retryable=True)


@pytest.mark.provokes_warnings
def test_a_bug_of_ours_reaches_javascript(
    node: NodeGateway, settings: Settings, embedder: ModelEmbedder, objects: PetObjects, photo: bytes
) -> None:
    with running(settings, Gateway(BrokenEmbedder(embedder), objects)) as (server, _):
        answer = node.ask(server.port, "ExtractNoseVector", image_data=photo)
    assert_failure(answer, "INTERNAL_SERVER_ERROR", 9, "ML_5004", retryable=True)


@pytest.mark.provokes_warnings
def test_a_stopping_server_reaches_javascript(
    node: NodeGateway, settings: Settings, embedder: ModelEmbedder, objects: PetObjects, photo: bytes
) -> None:
    held = HeldEmbedder(embedder)
    with running(settings, Gateway(held, objects)) as (server, client):
        in_flight = threading.Thread(target=client.extract, args=(photo,))
        in_flight.start()
        held.wait_for_arrivals()
        stop = threading.Thread(target=server.stop)
        stop.start()
        while node.ask(server.port, "HealthCheck")["response"]["status"] == "SERVING":
            continue
        answer = node.ask(server.port, "ExtractNoseVector", image_data=photo)
        held.let_go()
        in_flight.join()
        stop.join()
    assert_failure(answer, "SERVICE_UNAVAILABLE", 10, "ML_5005", retryable=True)


def test_an_upload_of_exactly_ten_mebibytes_is_taken_and_one_byte_more_is_refused_in_band(
    node: NodeGateway, tmp_path: Path, objects: PetObjects
) -> None:
    embedder = ModelEmbedder(load_model(linear_model(tmp_path / "large.onnx")), ImageLimits())
    largest = pictures.jpeg().ljust(UPLOAD_LIMIT, b"\x00")
    settings = settings_for(tmp_path, grpc_max_message_length=UPLOAD_LIMIT)
    with running(settings, Gateway(embedder, objects)) as (server, _):
        taken = node.ask(server.port, "ExtractNoseVector", image_data=largest, image_format="jpeg")
        refused = node.ask(server.port, "ExtractNoseVector", image_data=largest + b"\x00", image_format="jpeg")
    assert taken["response"]["success"] is True
    assert_failure(refused, "IMAGE_TOO_LARGE", 1, "ML_4002", retryable=False)
