"""One visit to our own gRPC server, as the platform's gateway would pay it; needs the `server` extra."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

import grpc

from embedded_server.server import NoseEmbedderServer
from embedded_server.wire.nose_embedder_pb2 import (
    CompareWithStoredImageRequest,
    HealthCheckRequest,
    HealthCheckResponse,
    NoseImageRequest,
)
from embedded_server.wire.nose_embedder_pb2_grpc import NoseEmbedderServiceStub
from noseprint.gateway import Gateway
from noseprint.settings import Settings

_TIMEOUT_S = 60.0


class Answers(NamedTuple):
    """What the server answered to each of the three RPCs."""

    health: str
    vector: list[float]
    similarity: float


def visit(settings: Settings, gateway: Gateway, photo: bytes, image_key: str, pet_did: str) -> Answers:
    """Start a server, call its three RPCs over a real channel, and stop it."""
    with _running(settings, gateway) as address, grpc.insecure_channel(address) as channel:
        stub = NoseEmbedderServiceStub(channel)
        health = stub.HealthCheck(HealthCheckRequest(), timeout=_TIMEOUT_S)
        extracted = stub.ExtractNoseVector(NoseImageRequest(image_data=photo), timeout=_TIMEOUT_S)
        request = CompareWithStoredImageRequest(image_key=image_key, pet_did=pet_did)
        compared = stub.CompareWithStoredImage(request, timeout=_TIMEOUT_S)
    status = HealthCheckResponse.ServingStatus.Name(health.status)
    return Answers(status, list(extracted.vector), compared.similarity)


@contextmanager
def _running(settings: Settings, gateway: Gateway) -> Iterator[str]:
    server = NoseEmbedderServer(settings, gateway)
    server.start()
    try:
        yield server.address
    finally:
        server.stop()
