"""20,000 mutated photos and requests at a server process: not one crash, hang, transport error or internal error."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from embedded_server.wire.nose_embedder_pb2 import HealthCheckResponse
from noseprint.bootstrap import DEFAULT_MODEL, assets_folder
from noseprint.embedding.embedder import ModelEmbedder
from noseprint.embedding.model import load_model
from tests.integration.embedded_server.mutations import CALLERS_FAULTS, case, run, seeds
from tests.integration.embedded_server.serving import LIMITS, client_of, store_pets
from tests.support import pictures
from tests.support.tiny_models import constant_model

if TYPE_CHECKING:
    from collections.abc import Iterator

CASES = 20_000
CLIENTS = 8
REPOSITORY = Path(__file__).parents[2]


@contextmanager
def _server(folder: Path, model: Path) -> Iterator[tuple[subprocess.Popen[str], int]]:
    chosen = {"NOSEPRINT_DATA_DIR": str(folder), "MODEL_PATH": str(model), "GRPC_HOST": "127.0.0.1", "GRPC_PORT": "0"}
    log = folder / "server.log"
    with (
        log.open("w") as errors,
        subprocess.Popen(
            [sys.executable, "-m", "embedded_server"],
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
            cwd=REPOSITORY,
            env=os.environ | chosen | {"LOG_LEVEL": "WARNING"},
        ) as process,
    ):
        assert process.stdout
        port = int(process.stdout.readline().rstrip(".\n").rpartition(":")[2])
        assert process.stdout.readline().startswith("Ready")
        try:
            yield process, port
        finally:
            process.terminate()


def _model(folder: Path) -> Path:
    """The shipped model; where there is none, one that gives every photo a vector."""
    shipped = assets_folder() / "model" / DEFAULT_MODEL
    return shipped if shipped.exists() else constant_model(folder / "constant.onnx", [0.6, 0.8])


@pytest.mark.proof
def test_twenty_thousand_strange_requests_are_answered_in_band(tmp_path: Path, noses: Path) -> None:
    photos, model = seeds(noses), _model(tmp_path)
    store_pets(tmp_path, ModelEmbedder(load_model(model), LIMITS), pictures.jpeg(pictures.gradient()))

    outcomes: Counter[str] = Counter()

    @settings(max_examples=CASES // CLIENTS, phases=[Phase.generate], database=None, suppress_health_check=HealthCheck)
    @given(st.lists(st.integers(0, 2**48), min_size=CLIENTS, max_size=CLIENTS))
    def send(numbers: list[int]) -> None:
        """Several at once, as gateways do; hypothesis chooses what, and names it where one is answered wrongly."""
        outcomes.update(pool.map(lambda number: run(case(number, photos), client.channel), numbers))

    with _server(tmp_path, model) as (process, port):
        with client_of(port) as client, ThreadPoolExecutor(CLIENTS) as pool:
            send()
            assert client.check().status == HealthCheckResponse.SERVING
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=60) == 0
    assert outcomes.total() >= CASES
    assert set(outcomes) >= CALLERS_FAULTS | {"OK"}
    log = (tmp_path / "server.log").read_text()
    assert not any(trouble in log for trouble in ("Traceback", "unexpected error", "request failed")), log
    print(dict(outcomes))  # noqa: T201 - the proof's own record
