"""A server on a loopback port with a real channel to it, and what its tests put behind it."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import grpc
import msgspec
import numpy as np
from grpc_health.v1.health_pb2_grpc import HealthStub

from embedded_server.server import NoseEmbedderServer
from embedded_server.wire.nose_embedder_pb2 import (
    CompareVectorsResponse,
    CompareWithStoredImageRequest,
    HealthCheckRequest,
    HealthCheckResponse,
    MLErrorCode,
    NoseImageRequest,
    NoseVectorResponse,
)
from embedded_server.wire.nose_embedder_pb2_grpc import NoseEmbedderServiceStub
from noseprint.bootstrap import DEFAULT_MODEL, assets_folder, load_embedder
from noseprint.embedding.embedder import Embedder, LoadingEmbedder, ModelEmbedder
from noseprint.embedding.limits import ImageLimits
from noseprint.embedding.manifest import ModelIdentity, sha256_of
from noseprint.embedding.model import load_model
from noseprint.errors import ErrorCode, NoseprintError
from noseprint.settings import Settings
from noseprint.sync.local_store import LocalStore
from noseprint.sync.pet_objects import PetObjects
from noseprint.sync.s3_client import S3Settings
from noseprint.sync.s3_store import S3Store
from tests.support.s3_server import refused_port
from tests.support.stored import store_all
from tests.support.tiny_models import linear_model

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import pytest

    from noseprint.embedding.model import Vector
    from noseprint.gateway import Gateway

DEADLINE_S = 30.0
LIMITS = ImageLimits(max_bytes=256 * 1024, max_pixels=40_000)
"""Small enough to be passed by with small pictures."""

PET = "did:ethr:besu:0x" + "a1" * 20
OTHER_PET = "did:ethr:besu:0x" + "b2" * 20
MEASURED_ELSEWHERE = "did:ethr:besu:0x" + "c3" * 20
"""A pet whose stored vector is another model's."""


@dataclass(frozen=True)
class Client:
    """The platform's side: both services of one server."""

    channel: grpc.Channel
    service: NoseEmbedderServiceStub
    health: HealthStub

    def extract(self, photo: bytes, image_format: str = "jpeg") -> NoseVectorResponse:
        """Ask for a photo's vector."""
        request = NoseImageRequest(image_data=photo, image_format=image_format)
        return self.service.ExtractNoseVector(request, timeout=DEADLINE_S)

    def compare(self, image_key: str, pet_did: str = PET) -> CompareVectorsResponse:
        """Ask for a stored photo's comparison."""
        request = CompareWithStoredImageRequest(image_key=image_key, pet_did=pet_did)
        return self.service.CompareWithStoredImage(request, timeout=DEADLINE_S)

    def check(self, service: str = "") -> HealthCheckResponse:
        """Ask the platform's own health check."""
        return self.service.HealthCheck(HealthCheckRequest(service=service), timeout=DEADLINE_S)


def settings_for(folder: Path, **changes: object) -> Settings:
    """Settings of a server on a free loopback port."""
    settings = Settings(
        data_dir=folder, grpc_host="127.0.0.1", grpc_port=0, grpc_max_message_length=LIMITS.max_bytes, grpc_grace_s=20.0
    )
    return msgspec.structs.replace(settings, **changes)


@contextmanager
def client_of(port: int) -> Iterator[Client]:
    """A client with a connection of its own."""
    with grpc.insecure_channel(f"127.0.0.1:{port}", [("grpc.use_local_subchannel_pool", 1)]) as channel:
        yield Client(channel, NoseEmbedderServiceStub(channel), HealthStub(channel))


@contextmanager
def running(settings: Settings, gateway: Gateway) -> Iterator[tuple[NoseEmbedderServer, Client]]:
    """A started server and a client of it."""
    server = NoseEmbedderServer(settings, gateway)
    with client_of(server.start()) as client:
        try:
            yield server, client
        finally:
            server.stop()


def tiny_embedder(folder: Path, *, slots: int = 0) -> ModelEmbedder:
    """A real embedder over a model that one matrix makes, of 8 values; black photos have no vector with it."""
    return ModelEmbedder(load_model(linear_model(folder / "tiny.onnx")), LIMITS, slots)


def shipped_or_reference(request: pytest.FixtureRequest, folder: Path) -> ModelEmbedder:
    """The shipped model; where there is none, the one that the central server runs; else the test is skipped."""
    shipped = assets_folder() / "model" / DEFAULT_MODEL
    model = shipped if shipped.exists() else request.getfixturevalue("shared") / "reference" / "embedder_96x96.onnx"
    embedder = load_embedder(settings_for(folder, model_path=str(model)))
    assert embedder.identity.sha256 == sha256_of(model)
    return embedder


def store_pets(folder: Path, embedder: Embedder, photo: bytes) -> PetObjects:
    """A photo of each of the three pets; ``OTHER_PET`` has no vector, ``MEASURED_ELSEWHERE`` another model's."""
    store = LocalStore(folder / "objects")
    objects = PetObjects(store)
    now = datetime(2026, 11, 20, tzinfo=UTC)
    elsewhere = ModelIdentity("elsewhere", "e" * 64)
    store_all(store, objects.of_new_vector(PET, embedder.embed(photo), embedder.identity, now))
    store_all(store, objects.of_new_vector(MEASURED_ELSEWHERE, np.ones(5, np.float32), elsewhere, now))
    for pet in (PET, MEASURED_ELSEWHERE, OTHER_PET):
        store.put(f"nose-print-photo/{pet}/verify_1.jpg", photo, "image/jpeg")
    store.put(f"nose-print-photo/{PET}/broken.jpg", photo[: len(photo) // 2], "image/jpeg")
    store.put("models/verify_1.jpg", photo, "image/jpeg")
    return objects


def unreachable_objects() -> PetObjects:
    """Objects in a bucket behind a port where nobody listens."""
    endpoint = f"http://127.0.0.1:{refused_port()}"
    return PetObjects(S3Store(S3Settings(endpoint, "kr-standard", "b", "key", "secret", attempts=1, deadline_s=10.0)))


def never_loaded() -> LoadingEmbedder:
    """An embedder whose model has not been loaded."""

    def load() -> Embedder:
        raise NoseprintError(ErrorCode.MODEL_FILE_INVALID, problem="not asked for")

    return LoadingEmbedder(load)


class HeldEmbedder:
    """A real embedder whose every call waits until it is let go: requests in flight for as long as a test needs."""

    def __init__(self, embedder: ModelEmbedder) -> None:
        self._embedder = embedder
        self.manifest = embedder.manifest
        self.identity = embedder.identity
        self.arrived = threading.Semaphore(0)
        self._go = threading.Event()

    def embed(self, photo: bytes) -> Vector:
        """Wait, then embed."""
        self.arrived.release()
        assert self._go.wait(DEADLINE_S)
        return self._embedder.embed(photo)

    def wait_for_arrivals(self, count: int = 1) -> None:
        """Return once so many calls wait here."""
        for _ in range(count):
            assert self.arrived.acquire(timeout=DEADLINE_S)

    def let_go(self) -> None:
        """Let all calls go on, these and later ones."""
        self._go.set()


class BrokenEmbedder:
    """An embedder with a bug whose error quotes what nobody may read in a log."""

    SECRET = "the owner is 010-1234-5678"

    def __init__(self, embedder: ModelEmbedder) -> None:
        self.manifest = embedder.manifest
        self.identity = embedder.identity

    def embed(self, photo: bytes) -> Vector:
        """Fail as nobody foresaw."""
        raise ZeroDivisionError(f"{self.SECRET}: {photo!r}")


def code_of(answer: NoseVectorResponse | CompareVectorsResponse) -> str:
    """The code of a failure, by name; proves first that the answer is a failure in every field."""
    assert answer.success is False
    assert answer.HasField("error_code")
    assert answer.HasField("retryable")
    assert answer.vector_size == 0
    return MLErrorCode.Name(answer.error_code)


def assert_success(answer: NoseVectorResponse | CompareVectorsResponse) -> None:
    """Prove that an answer is a success in every field."""
    assert answer.success is True, answer.error_message
    assert not answer.HasField("error_code")
    assert not answer.HasField("retryable")
    assert answer.error_message == ""
    assert answer.vector_size > 0
