"""Both health protocols tell the same, at once, whatever the workers are doing."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import grpc
import pytest
from grpc_health.v1 import health_pb2
from grpc_health.v1.health_pb2 import HealthCheckResponse as Standard

from embedded_server.answers import SERVICE
from embedded_server.wire.nose_embedder_pb2 import HealthCheckResponse, NoseImageRequest
from noseprint.embedding.embedder import LoadingEmbedder
from noseprint.gateway import Gateway
from tests.integration.embedded_server.serving import (
    DEADLINE_S,
    Client,
    HeldEmbedder,
    assert_success,
    never_loaded,
    running,
    settings_for,
)

if TYPE_CHECKING:
    from pathlib import Path

    from noseprint.embedding.embedder import ModelEmbedder
    from noseprint.settings import Settings
    from noseprint.sync.pet_objects import PetObjects

NAMES = ["", SERVICE]


def statuses(client: Client) -> set[str]:
    """What the server says of itself, in all ways of asking."""
    own = {HealthCheckResponse.ServingStatus.Name(client.check(name).status) for name in NAMES}
    requests = [health_pb2.HealthCheckRequest(service=name) for name in NAMES]
    standard = {Standard.ServingStatus.Name(client.health.Check(request, timeout=10).status) for request in requests}
    return own | standard


def test_with_its_model_the_server_is_serving(client: Client) -> None:
    assert statuses(client) == {"SERVING"}
    answer = client.check()
    assert answer.model_loaded == "true"
    assert answer.message == "The nose print model is ready."


def test_the_time_of_the_answer_is_utc(client: Client) -> None:
    before = datetime.now(UTC).replace(microsecond=0)
    timestamp = client.check().timestamp
    assert timestamp.endswith("Z")
    assert before <= datetime.fromisoformat(timestamp) <= datetime.now(UTC)


def test_the_server_is_live_before_its_model_is_there(settings: Settings, objects: PetObjects) -> None:
    with running(settings, Gateway(never_loaded(), objects)) as (_, client):
        assert statuses(client) == {"NOT_SERVING"}
        answer = client.check()
        assert answer.model_loaded == "false"
        assert answer.message == "The nose print model is not ready yet."


def test_the_server_turns_ready_when_its_model_is_loaded(
    settings: Settings, embedder: ModelEmbedder, objects: PetObjects, photo: bytes
) -> None:
    loading = LoadingEmbedder(lambda: embedder)
    with running(settings, Gateway(loading, objects)) as (server, client):
        told = client.health.Watch(health_pb2.HealthCheckRequest(service=SERVICE), timeout=DEADLINE_S)
        assert next(told).status == Standard.NOT_SERVING
        loading.start(server.model_loaded)
        assert next(told).status == Standard.SERVING
        assert statuses(client) == {"SERVING"}
        assert_success(client.extract(photo))
        told.cancel()


@pytest.mark.parametrize("name", ["Noses", "nose_embedder", SERVICE.upper(), SERVICE + " "])
def test_an_unknown_service_is_unknown_to_both(client: Client, name: str) -> None:
    assert client.check(name).status == HealthCheckResponse.SERVICE_UNKNOWN
    with pytest.raises(grpc.RpcError) as refused:
        client.health.Check(health_pb2.HealthCheckRequest(service=name), timeout=10)
    assert refused.value.code() is grpc.StatusCode.NOT_FOUND


def test_probes_are_answered_while_every_worker_is_busy(
    tmp_path: Path, embedder: ModelEmbedder, objects: PetObjects, photo: bytes
) -> None:
    held = HeldEmbedder(embedder)
    with running(settings_for(tmp_path, grpc_workers=2), Gateway(held, objects)) as (_, client):
        request = NoseImageRequest(image_data=photo)
        busy = [client.service.ExtractNoseVector.future(request, timeout=DEADLINE_S) for _ in range(5)]
        held.wait_for_arrivals(2)
        assert statuses(client) == {"SERVING"}
        held.let_go()
        for call in busy:
            assert_success(call.result())
