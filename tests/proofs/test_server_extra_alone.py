"""The server's own lock alone, in a fresh environment: no Qt, and the server comes up SERVING; noses share points."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from embedded_server.wire.nose_embedder_pb2 import HealthCheckResponse
from noseprint.bootstrap import DEFAULT_MODEL
from tests.integration.embedded_server.serving import assert_success, client_of
from tests.support import pictures
from tests.support.tiny_models import linear_model

REPOSITORY = Path(__file__).parents[2]
SHARE = """
import sys
from pathlib import Path
from noseprint.bootstrap import keypoint_finder
from noseprint.settings import Settings
finder = keypoint_finder(Settings())
print(finder.match(*(finder.extract(Path(name).read_bytes()) for name in sys.argv[1:])).inliers > 20)
"""
ABSENT = ["PySide6", "grpc_tools", "pytest"]


def _wheel(folder: Path) -> Path:
    """The product as it is delivered."""
    build: list[str | Path] = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", folder]
    subprocess.run(build, check=True, cwd=REPOSITORY, capture_output=True)
    (wheel,) = folder.glob("noseprint-*.whl")
    return wheel


@pytest.fixture
def python(tmp_path: Path) -> Path:
    """The interpreter of a fresh environment that holds the product and `server.lock`, nothing else."""
    environment = tmp_path / "environment"
    subprocess.run([sys.executable, "-m", "virtualenv", "--quiet", environment], check=True)
    python = environment / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    pip: list[str | Path] = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*pip, "--require-hashes", "-r", REPOSITORY / "requirements" / "server.lock"], check=True)
    subprocess.run([*pip, "--no-deps", "--no-index", _wheel(tmp_path / "wheel")], check=True)
    return python


@pytest.mark.proof
def test_the_server_extra_alone_serves(python: Path, tmp_path: Path) -> None:
    look = "import importlib.util, sys; print([name for name in sys.argv[1:] if importlib.util.find_spec(name)])"
    found = subprocess.run([python, "-c", look, *ABSENT], check=True, capture_output=True, text=True, cwd=tmp_path)
    assert found.stdout.strip() == "[]"
    photos = [REPOSITORY / "assets" / "noses" / "dog-1" / name for name in ("01.jpg", "02.jpg")]
    shared = subprocess.run([python, "-c", SHARE, *photos], check=True, capture_output=True, text=True, cwd=tmp_path)
    assert shared.stdout.strip() == "True"
    with subprocess.Popen(
        [python, "-m", "embedded_server"], stdout=subprocess.PIPE, text=True, cwd=tmp_path, env=_environment(tmp_path)
    ) as process:
        assert process.stdout
        port = int(process.stdout.readline().rstrip(".\n").rpartition(":")[2])
        assert process.stdout.readline().startswith("Ready with the model")
        with client_of(port) as client:
            health = client.check()
            assert (health.status, health.model_loaded) == (HealthCheckResponse.SERVING, "true")
            assert_success(client.extract(pictures.jpeg()))
        process.terminate()
        assert process.wait(timeout=60) == 0


def _environment(folder: Path) -> dict[str, str]:
    """The usual variables, without the developer's own ones; a tiny model only where none is shipped yet."""
    kept = {name: value for name, value in os.environ.items() if name not in {"PYTHONPATH", "MODEL_PATH"}}
    chosen = {"NOSEPRINT_DATA_DIR": str(folder / "data"), "GRPC_HOST": "127.0.0.1", "GRPC_PORT": "0"}
    if not (REPOSITORY / "assets" / "model" / DEFAULT_MODEL).exists():
        chosen["MODEL_PATH"] = str(linear_model(folder / "tiny.onnx"))
    return kept | chosen
