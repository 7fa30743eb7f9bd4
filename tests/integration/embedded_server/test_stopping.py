"""A stop finishes what has arrived, refuses what comes later, and ends in time."""

from __future__ import annotations

import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

import grpc
import pytest
from grpc_health.v1 import health_pb2
from grpc_health.v1.health_pb2 import HealthCheckResponse as Standard

from embedded_server.wire.nose_embedder_pb2 import CompareWithStoredImageRequest, HealthCheckResponse, NoseImageRequest
from noseprint.gateway import Gateway
from tests.integration.embedded_server.serving import (
    DEADLINE_S,
    PET,
    Client,
    HeldEmbedder,
    assert_success,
    code_of,
    running,
    settings_for,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from embedded_server.server import NoseEmbedderServer
    from noseprint.embedding.embedder import ModelEmbedder
    from noseprint.sync.pet_objects import PetObjects

pytestmark = pytest.mark.provokes_warnings  # refusals and a grace run out are logged


@contextmanager
def stopping(server: NoseEmbedderServer, client: Client) -> Iterator[None]:
    """Begin a stop on another thread; the block runs once health says so, and the stop has ended after it."""
    told = client.health.Watch(health_pb2.HealthCheckRequest(), timeout=DEADLINE_S)
    assert next(told).status == Standard.SERVING
    thread = threading.Thread(target=server.stop)
    thread.start()
    assert next(told).status == Standard.NOT_SERVING
    told.cancel()
    yield
    thread.join(DEADLINE_S)
    assert not thread.is_alive()


def test_requests_in_flight_and_waiting_finish_while_new_ones_are_refused_in_band(
    tmp_path: Path, embedder: ModelEmbedder, objects: PetObjects, photo: bytes
) -> None:
    held = HeldEmbedder(embedder)
    # Two workers and five requests: three of them wait for a worker when the stop begins.
    with running(settings_for(tmp_path, grpc_workers=2), Gateway(held, objects)) as (server, client):
        in_flight = [_ask(client, photo) for _ in range(5)]
        held.wait_for_arrivals(2)
        _wait_until_arrived(server, client, 5)
        with stopping(server, client):
            assert client.check().status == HealthCheckResponse.NOT_SERVING
            assert client.check().model_loaded == "true"
            assert client.check().message == "The server is stopping."
            late = _ask(client, photo), client.service.CompareWithStoredImage.future(_comparison(), timeout=DEADLINE_S)
            _wait_until_arrived(server, client, 7)
            held.let_go()
        for call in in_flight:
            assert_success(call.result())
        for call in late:
            assert code_of(call.result()) == "SERVICE_UNAVAILABLE"
            assert call.result().error_message.startswith("ML_5005: ")
            assert call.result().retryable is True


def test_after_the_stop_the_port_is_closed(
    client: Client, tmp_path: Path, embedder: ModelEmbedder, objects: PetObjects
) -> None:
    with running(settings_for(tmp_path), Gateway(embedder, objects)) as (server, other):
        server.stop()
        with pytest.raises(grpc.RpcError) as refused:
            other.check()
        assert refused.value.code() is grpc.StatusCode.UNAVAILABLE
    assert client.check().status == HealthCheckResponse.SERVING


def test_a_request_that_outlasts_the_grace_does_not_hold_the_stop(
    tmp_path: Path, embedder: ModelEmbedder, objects: PetObjects, photo: bytes
) -> None:
    held = HeldEmbedder(embedder)
    with running(settings_for(tmp_path, grpc_grace_s=0.2), Gateway(held, objects)) as (server, client):
        endless = _ask(client, photo)
        held.wait_for_arrivals()
        began = time.monotonic()
        server.stop()
        assert time.monotonic() - began < 5
        with pytest.raises(grpc.RpcError):
            endless.result()
        held.let_go()


def test_a_watcher_of_health_does_not_hold_the_stop(
    tmp_path: Path, embedder: ModelEmbedder, objects: PetObjects
) -> None:
    with running(settings_for(tmp_path), Gateway(embedder, objects)) as (server, client):
        told = client.health.Watch(health_pb2.HealthCheckRequest(), timeout=DEADLINE_S)
        assert next(told).status == Standard.SERVING
        began = time.monotonic()
        server.stop()
        assert time.monotonic() - began < 5
        assert next(told).status == Standard.NOT_SERVING


def _ask(client: Client, photo: bytes) -> grpc.CallFuture:  # type: ignore[type-arg]
    return client.service.ExtractNoseVector.future(NoseImageRequest(image_data=photo), timeout=DEADLINE_S)


def _comparison() -> CompareWithStoredImageRequest:
    return CompareWithStoredImageRequest(image_key=f"nose-print-photo/{PET}/verify_1.jpg", pet_did=PET)


def _wait_until_arrived(server: NoseEmbedderServer, client: Client, count: int) -> None:
    """Return once the server has taken in so many requests; probes, which pass them by, fill the time."""
    deadline = time.monotonic() + DEADLINE_S
    while len(server._workers.accepted()) < count:
        client.check()
        assert time.monotonic() < deadline
