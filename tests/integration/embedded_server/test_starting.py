"""Starting: port, address in use, reflection, the program itself and its signals, and what it does not import."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import grpc
import pytest
from grpc_reflection.v1alpha import reflection_pb2, reflection_pb2_grpc

from embedded_server import __main__ as program
from embedded_server.answers import SERVICE
from embedded_server.server import NoseEmbedderServer, _wait_for, serve
from embedded_server.wire.nose_embedder_pb2 import CompareVectorsResponse, HealthCheckResponse
from noseprint.bootstrap import open_holdings, pet_objects
from noseprint.errors import ErrorCode, NoseprintError
from noseprint.gateway import Gateway
from noseprint.sync.dispatch import Dispatch
from tests.integration.embedded_server.serving import (
    DEADLINE_S,
    PET,
    Client,
    assert_success,
    client_of,
    running,
    settings_for,
)
from tests.support.tiny_models import linear_model

if TYPE_CHECKING:
    from noseprint.embedding.embedder import ModelEmbedder
    from noseprint.settings import Settings
    from noseprint.sync.pet_objects import PetObjects

REPOSITORY = Path(__file__).parents[3]


@pytest.fixture
def gateway(embedder: ModelEmbedder, objects: PetObjects) -> Gateway:
    return Gateway(embedder, objects)


def test_port_nought_takes_a_free_port_and_reports_it(settings: Settings, gateway: Gateway) -> None:
    with running(settings, gateway) as (first, _), running(settings, gateway) as (second, client):
        assert first.port > 0
        assert second.port not in {0, first.port}
        assert second.address == f"127.0.0.1:{second.port}"
        assert client.check().status == HealthCheckResponse.SERVING


def test_a_second_server_on_the_port_is_told_so(tmp_path: Path, gateway: Gateway) -> None:
    with running(settings_for(tmp_path), gateway) as (first, client):
        second = NoseEmbedderServer(settings_for(tmp_path, grpc_port=first.port), gateway)
        with pytest.raises(NoseprintError) as refused:
            second.start()
        second.stop()
        assert refused.value.code is ErrorCode.ADDRESS_IN_USE
        assert f"127.0.0.1:{first.port}" in refused.value.sentence("en")
        assert client.check().status == HealthCheckResponse.SERVING


@pytest.mark.parametrize("host", ["no such host", "192.0.2.1"])
def test_an_address_that_is_not_ours_is_told_too(tmp_path: Path, gateway: Gateway, host: str) -> None:
    server = NoseEmbedderServer(settings_for(tmp_path, grpc_host=host), gateway)
    with pytest.raises(NoseprintError) as refused:
        server.start()
    server.stop()
    assert refused.value.code is ErrorCode.ADDRESS_IN_USE


def test_an_ipv6_host_is_written_in_brackets(tmp_path: Path, gateway: Gateway) -> None:
    server = NoseEmbedderServer(settings_for(tmp_path, grpc_host="::1"), gateway)
    assert server.address == "[::1]:0"
    server.stop()


def _services(client: Client) -> set[str]:
    stub = reflection_pb2_grpc.ServerReflectionStub(client.channel)
    request = reflection_pb2.ServerReflectionRequest(list_services="")
    (answer,) = stub.ServerReflectionInfo(iter([request]), timeout=DEADLINE_S)
    return {service.name for service in answer.list_services_response.service}


def test_reflection_names_the_services_where_it_is_wanted(tmp_path: Path, gateway: Gateway) -> None:
    with running(settings_for(tmp_path, grpc_reflection=True), gateway) as (_, client):
        assert {SERVICE, "grpc.health.v1.Health"} <= _services(client)


def test_reflection_is_off_unless_it_is_wanted(client: Client) -> None:
    with pytest.raises(grpc.RpcError) as refused:
        _services(client)
    assert refused.value.code() is grpc.StatusCode.UNIMPLEMENTED


@pytest.fixture
def with_model(tmp_path: Path) -> Settings:
    return settings_for(tmp_path, model_path=str(linear_model(tmp_path / "tiny.onnx")))


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_serve_answers_until_the_signal_and_puts_the_handlers_back(
    with_model: Settings, photo: bytes, number: signal.Signals
) -> None:
    told: list[str] = []

    def announce(sentence: str) -> None:
        told.append(sentence)
        if sentence.startswith("Ready"):
            with client_of(int(told[0].rstrip(".").rpartition(":")[2])) as client:
                assert_success(client.extract(photo))
            os.kill(os.getpid(), number)

    before = [signal.getsignal(each) for each in (signal.SIGTERM, signal.SIGINT)]
    serve(with_model, announce)
    assert told[0].startswith("Listening on 127.0.0.1:")
    assert told[1:] == ["Ready with the model tiny.", "Stopping."]
    assert [signal.getsignal(each) for each in (signal.SIGTERM, signal.SIGINT)] == before


def test_a_server_on_a_machine_that_enrols_compares_what_still_waits_there(
    with_model: Settings, photo: bytes, embedder: ModelEmbedder
) -> None:
    now = datetime(2026, 11, 20, tzinfo=UTC)
    with open_holdings(with_model) as holdings:
        waiting = pet_objects(with_model, holdings)
        objects = waiting.of_enrolment(PET, [photo], embedder.embed(photo), embedder.identity, now)
        with Dispatch(holdings.spool, holdings.outbox).prepared(objects) as outgoing:
            holdings.outbox.enqueue(outgoing.entries, now)
    answered: list[CompareVectorsResponse] = []

    def announce(sentence: str) -> None:
        if sentence.startswith("Ready"):
            with client_of(int(port[0])) as client:
                answered.append(client.compare(f"nose-print-photo/{PET}/image_1.jpg"))
            signal.raise_signal(signal.SIGTERM)
        elif sentence.startswith("Listening"):
            port.append(sentence.rstrip(".").rpartition(":")[2])

    port: list[str] = []
    serve(with_model, announce)
    assert_success(answered[0])
    assert not (with_model.data_dir / "objects" / "nose-print-photo").exists()


def test_a_signal_before_the_model_is_there_stops_without_a_word_of_readiness(with_model: Settings) -> None:
    told: list[str] = []

    def announce(sentence: str) -> None:
        told.append(sentence)
        if sentence.startswith("Listening"):
            os.kill(os.getpid(), signal.SIGTERM)

    serve(with_model, announce)
    assert told[1:] == ["Stopping."]


def test_waiting_for_a_signal_gives_python_turns_to_run_its_handler() -> None:
    class Signalled(threading.Event):
        """Set by a handler that runs between two turns of waiting."""

        def wait(self, timeout: float | None = None) -> bool:
            assert timeout is not None
            already = self.is_set()
            self.set()
            return already

    _wait_for(Signalled())


def test_a_model_that_cannot_be_loaded_ends_the_server_with_its_reason(tmp_path: Path) -> None:
    settings = settings_for(tmp_path, model_path=str(tmp_path / "missing.onnx"))
    with pytest.raises(NoseprintError) as failed:
        serve(settings, lambda _: None)
    assert failed.value.code is ErrorCode.MODEL_FILE_INVALID


@pytest.mark.parametrize("pause_s", [0.0, 0.005, 0.01, 0.02])
def test_a_signal_while_the_model_is_loading_is_an_ordinary_stop(tmp_path: Path, pause_s: float) -> None:
    model = linear_model(tmp_path / "tiny.onnx", size=224, dimension=64)
    with subprocess.Popen(
        [sys.executable, "-m", "embedded_server"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=REPOSITORY,
        env=_environment(tmp_path, MODEL_PATH=str(model)),
    ) as process:
        assert process.stdout
        process.stdout.readline()
        threading.Event().wait(pause_s)  # no condition to wait for: any moment of the loading may be the one
        process.terminate()
        _, log = process.communicate(timeout=DEADLINE_S)
    assert process.returncode == 0, log


def _environment(folder: Path, **chosen: str) -> dict[str, str]:
    return os.environ | {"NOSEPRINT_DATA_DIR": str(folder), "GRPC_HOST": "127.0.0.1", "GRPC_PORT": "0"} | chosen


def test_the_program_runs_from_its_environment_and_stops_with_0(tmp_path: Path, photo: bytes) -> None:
    model = linear_model(tmp_path / "tiny.onnx")
    with subprocess.Popen(
        [sys.executable, "-m", "embedded_server"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=REPOSITORY,
        env=_environment(tmp_path, MODEL_PATH=str(model), LOG_FORMAT="json"),
    ) as process:
        assert process.stdout
        port = int(process.stdout.readline().rstrip(".\n").rpartition(":")[2])
        assert process.stdout.readline() == "Ready with the model tiny.\n"
        with client_of(port) as client:
            assert_success(client.extract(photo))
            client.check()
        process.send_signal(signal.SIGTERM)
        rest, log = process.communicate(timeout=DEADLINE_S)
    assert process.returncode == 0, log
    assert rest == "Stopping.\n"
    lines = [json.loads(line) for line in log.splitlines()]
    assert [line["event"] for line in lines] == ["request answered", "server stopped"]
    assert {"method": "ExtractNoseVector", "code": "OK"}.items() <= lines[0].items()
    assert lines[0]["milliseconds"] > 0


def test_the_program_says_in_one_sentence_why_it_cannot_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, value in _environment(tmp_path, MODEL_PATH=str(tmp_path / "missing.onnx")).items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(program, "configure_logging", lambda *_: None)
    assert program.main() == 1
    output = capsys.readouterr()
    assert output.out.splitlines()[0].startswith("Listening on 127.0.0.1:")
    assert output.err.splitlines()[-1].startswith("NP_2002: The model file cannot be used: missing.onnx")


def test_the_program_stops_with_0_when_it_is_asked_to(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(program, "configure_logging", lambda *_: None)
    monkeypatch.setattr(program, "serve", lambda _settings, announce: announce("Stopping."))
    for name, value in _environment(tmp_path).items():
        monkeypatch.setenv(name, value)
    assert program.main() == 0
    assert capsys.readouterr().out == "Stopping.\n"


HEAVY = [
    "typer",
    "rich",
    "boto3",
    "botocore",
    "sqlalchemy",
    "alembic",
    "grpc_reflection.v1alpha",
    "prometheus_client",
    "cv2",
    "PySide6",
]


def test_starting_imports_nothing_that_serving_does_not_need() -> None:
    script = "import sys, embedded_server.__main__; print([name for name in sys.argv[1:] if name in sys.modules])"
    found = subprocess.run(
        [sys.executable, "-c", script, *HEAVY], check=True, capture_output=True, text=True, cwd=REPOSITORY
    )
    assert found.stdout.strip() == "[]"
