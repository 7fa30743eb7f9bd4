"""One log line for each request: method, code, milliseconds; never content, never a probe."""

from __future__ import annotations

import base64
import io
import json
import logging
from typing import TYPE_CHECKING, Any

import pytest
from grpc_health.v1.health_pb2 import HealthCheckRequest

from noseprint.gateway import Gateway
from noseprint.logs import JsonFormatter
from tests.integration.embedded_server.serving import OTHER_PET, PET, Client, code_of, running

if TYPE_CHECKING:
    from collections.abc import Iterator

    from noseprint.embedding.embedder import ModelEmbedder
    from noseprint.settings import Settings
    from noseprint.sync.pet_objects import PetObjects


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """Everything that the server logs, as the product writes it."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JsonFormatter())
    logger = logging.getLogger("embedded_server")
    logger.addHandler(handler)
    logger.setLevel(logging.DEBUG)
    yield stream
    logger.removeHandler(handler)
    logger.setLevel(logging.NOTSET)


def _lines(log: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in log.getvalue().splitlines()]


def test_each_request_has_a_line_with_method_code_and_time(log: io.StringIO, client: Client, photo: bytes) -> None:
    client.extract(photo)
    client.extract(b"no picture")
    client.compare(f"nose-print-photo/{PET}/verify_1.jpg")
    lines = [line for line in _lines(log) if line["event"] == "request answered"]
    assert [(line["method"], line["code"]) for line in lines] == [
        ("ExtractNoseVector", "OK"),
        ("ExtractNoseVector", "INVALID_IMAGE"),
        ("CompareWithStoredImage", "OK"),
    ]
    assert all(0 < line["milliseconds"] < 60_000 for line in lines)


def test_probes_leave_no_line(log: io.StringIO, client: Client) -> None:
    client.check()
    client.health.Check(HealthCheckRequest(), timeout=10)
    assert _lines(log) == []


def test_a_callers_fault_is_told_in_detail_below_the_usual_level(log: io.StringIO, client: Client) -> None:
    assert code_of(client.compare("", PET)) == "INVALID_REQUEST"
    (detail,) = [line for line in _lines(log) if line["event"] == "request failed"]
    assert detail["level"] == "debug"
    assert detail["code"] == "INVALID_REQUEST"
    assert detail["detail"]


def test_no_line_holds_a_photo_a_vector_or_a_key(log: io.StringIO, client: Client, photo: bytes) -> None:
    vector = client.extract(photo).vector
    client.compare(f"nose-print-photo/{PET}/verify_1.jpg")
    client.compare(f"nose-print-photo/{OTHER_PET}/verify_1.jpg")
    written = log.getvalue()
    assert len(_lines(log)) == 4
    assert not any(str(value)[:6] in written for value in vector)
    assert base64.b64encode(photo[:30]).decode() not in written
    assert repr(photo)[2:20] not in written
    assert "verify_1" not in written


def test_the_statistics_count_what_the_log_says_and_no_probe(
    log: io.StringIO, settings: Settings, embedder: ModelEmbedder, objects: PetObjects, photo: bytes
) -> None:
    with running(settings, Gateway(embedder, objects)) as (server, client):
        client.extract(photo)
        client.extract(b"no picture")
        client.check()
        figures = server.statistics.figures()
    (extract,) = figures.methods
    assert (extract.method, extract.outcomes) == ("ExtractNoseVector", {"OK": 1, "INVALID_IMAGE": 1})
    (failed,) = [line for line in _lines(log) if line.get("code") == "INVALID_IMAGE" and "request" in line]
    assert figures.last_failures[0].number == failed["request"] == 2
