"""Cold start to SERVING and resident memory of the server, over a bare process that only loads the same model.

    python bench/start_and_memory.py [--model FILE] [--rounds N]

Bare and server starts take turns in one run, so that other work on the machine weighs on both alike; where it
takes a share of the processors, the ratio of processor times is the steadier one.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import grpc
import psutil
from grpc_health.v1.health_pb2 import HealthCheckRequest, HealthCheckResponse
from grpc_health.v1.health_pb2_grpc import HealthStub

REPOSITORY = Path(__file__).parents[1]
REFERENCE = REPOSITORY.parent / "shared" / "reference" / "embedder_96x96.onnx"
BARE = "import sys, onnxruntime; s = onnxruntime.InferenceSession(sys.argv[1]); print('ready', flush=True); input()"


@dataclass(frozen=True)
class Start:
    """One start: seconds from spawning the process, processor seconds it took, and its resident bytes then."""

    seconds: float
    cpu: float
    resident: int


def main() -> None:
    """Measure and print."""
    options = _options()
    starts: dict[str, list[Start]] = {"bare": [], "server": []}
    for _ in range(options.rounds + 1):
        starts["bare"].append(_start_bare(options.model))
        starts["server"].append(_start_server(options.model))
    bare, server = (starts[name][1:] for name in ("bare", "server"))  # the first round fills the file cache
    _print("start, ms", [s.seconds * 1000 for s in bare], [s.seconds * 1000 for s in server])
    _print("processor time of the start, ms", [s.cpu * 1000 for s in bare], [s.cpu * 1000 for s in server])
    _print("resident, MiB", [s.resident / 2**20 for s in bare], [s.resident / 2**20 for s in server])


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--model", type=Path, default=REFERENCE)
    parser.add_argument("--rounds", type=int, default=15)
    return parser.parse_args()


def _start_bare(model: Path) -> Start:
    began = time.perf_counter()
    with subprocess.Popen(
        [sys.executable, "-c", BARE, model], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        _wait_for("ready", process)
        start = _start_of(process, began)
        process.communicate("\n")
    return start


def _start_server(model: Path) -> Start:
    with tempfile.TemporaryDirectory() as folder:
        chosen = {"NOSEPRINT_DATA_DIR": folder, "MODEL_PATH": str(model), "GRPC_HOST": "127.0.0.1", "GRPC_PORT": "0"}
        began = time.perf_counter()
        with subprocess.Popen(
            [sys.executable, "-m", "embedded_server"],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            cwd=REPOSITORY,
            env=os.environ | chosen,
        ) as process:
            address = _wait_for("Listening on", process).removeprefix("Listening on ").rstrip(".\n")
            _wait_until_serving(address)
            start = _start_of(process, began)
            process.terminate()
    return start


def _wait_for(beginning: str, process: subprocess.Popen[str]) -> str:
    line = process.stdout.readline() if process.stdout else ""
    if not line.startswith(beginning):
        message = f"the process said {line!r}, not {beginning!r}"
        raise RuntimeError(message)
    return line


def _wait_until_serving(address: str) -> None:
    """Watch health until it says SERVING."""
    with grpc.insecure_channel(address) as channel:
        told = HealthStub(channel).Watch(HealthCheckRequest(), timeout=30)
        next(answer for answer in told if answer.status == HealthCheckResponse.SERVING)
        told.cancel()


def _start_of(process: subprocess.Popen[str], began: float) -> Start:
    seconds = time.perf_counter() - began
    about = psutil.Process(process.pid)
    times = about.cpu_times()
    return Start(seconds, times.user + times.system, about.memory_info().rss)


def _print(what: str, bare: list[float], server: list[float]) -> None:
    ratio = statistics.median(one / other for one, other in zip(server, bare, strict=True))
    print(
        f"{what}: bare {statistics.median(bare):.0f}, server {statistics.median(server):.0f} (medians); "
        f"ratio {statistics.median(server) / statistics.median(bare):.2f} of the medians, "
        f"{ratio:.2f} the median over pairs, {min(server) / min(bare):.2f} of the minima"
    )


if __name__ == "__main__":
    main()
