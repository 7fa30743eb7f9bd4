"""The server's throughput with 8 clients over a bare decode-resize-infer loop in two threads, on the same photos.

    python bench/server_throughput.py [--model FILE] [--rounds N] [--seconds S] [--megapixels 0.7 2 12]

One run, in rounds: the bare loop that decodes in full, the bare loop with the model's own scaled decoding, the
server. Each is a process of its own that idles while the others work, so that drift weighs on all alike. Beside
photos a second stands the processor time a photo costs (the clients' included): where other work takes a share of
the processors, its ratio is the steadier one.
"""

from __future__ import annotations

import argparse
import io
import json
import math
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import psutil
from PIL import Image, ImageOps

if TYPE_CHECKING:
    from collections.abc import Callable

REPOSITORY = Path(__file__).parents[1]
SHARED = REPOSITORY.parent / "shared"
REFERENCE = SHARED / "reference" / "embedder_96x96.onnx"
METHOD = "/nose_embedder.NoseEmbedderService/ExtractNoseVector"
CLIENTS = 8
BARE_THREADS = 2
PHOTOS = 8


@dataclass(frozen=True)
class Round:
    """What one process did in one round: photos a second, processor seconds a photo, seconds a photo took (median)."""

    throughput: float
    cpu: float
    latency: float


def main() -> None:
    """Run one of the three roles, or all of them."""
    options = _options()
    roles: dict[str, Callable[[argparse.Namespace], None]] = {"bare": _bare_role, "clients": _clients_role}
    roles.get(options.role, _compare)(options)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--model", type=Path, default=REFERENCE)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=3.0)
    parser.add_argument("--megapixels", type=float, nargs="+", default=[0.7, 2.0, 12.0])
    for hidden in ("--role", "--photos", "--input", "--address"):
        parser.add_argument(hidden, default="", help=argparse.SUPPRESS)
    return parser.parse_args()


def _compare(options: argparse.Namespace) -> None:
    spec = _input_of(options.model)
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        server = stack.enter_context(_Server(options.model, Path(folder)))
        for megapixels in options.megapixels:
            photos = _make_photos(Path(folder) / f"{megapixels:g}", megapixels)
            with ExitStack() as workers:
                full = workers.enter_context(
                    _Worker("bare", options.model, photos, input=spec | {"scaled_decoding": 0})
                )
                scaled = workers.enter_context(_Worker("bare", options.model, photos, input=spec))
                clients = workers.enter_context(_Worker("clients", options.model, photos, address=server.address))
                measured = [
                    (full.round(options.seconds), scaled.round(options.seconds), server.round(clients, options.seconds))
                    for _ in range(options.rounds + 1)
                ][1:]
            _report(megapixels, photos, measured)


def _report(megapixels: float, photos: Path, measured: list[tuple[Round, Round, Round]]) -> None:
    sizes = [file.stat().st_size for file in photos.iterdir()]
    print(f"{megapixels:g} MP, {statistics.mean(sizes) / 1024:.0f} KiB a photo")
    for place, name in enumerate(("bare, full decode", "bare, scaled decode", "server, 8 clients")):
        rounds = [every[place] for every in measured]
        print(
            f"  {name:20s} {statistics.median(r.throughput for r in rounds):6.1f} photos/s  "
            f"{statistics.median(r.cpu for r in rounds) * 1000:6.2f} ms of processor a photo  "
            f"{statistics.median(r.latency for r in rounds) * 1000:6.1f} ms a photo"
        )
    for place, name in enumerate(("full", "scaled")):
        throughput = statistics.median(every[2].throughput / every[place].throughput for every in measured)
        cost = statistics.median(every[place].cpu / every[2].cpu for every in measured)
        print(f"  server over bare, {name:6s}: throughput {throughput:.2f}, processor time {cost:.2f}", flush=True)


def _make_photos(folder: Path, megapixels: float) -> Path:
    """Resize real photos (generated noses where there are none) to that many pixels, as JPEGs of quality 88."""
    folder.mkdir()
    real = sorted((SHARED / "noses" / "photos").glob("*.jpg"))
    sources = (real or sorted((REPOSITORY / "assets" / "noses").glob("*/01.jpg")))[:PHOTOS]
    for number, source in enumerate(sources):
        with Image.open(source) as picture:
            upright = ImageOps.exif_transpose(picture).convert("RGB")
        factor = math.sqrt(megapixels * 1e6 / (upright.width * upright.height))
        size = (round(upright.width * factor), round(upright.height * factor))
        upright.resize(size, Image.Resampling.LANCZOS).save(folder / f"{number}.jpg", quality=88)
    return folder


def _input_of(model: Path) -> dict[str, Any]:
    """The model's input by its manifest, as plain values."""
    import msgspec  # noqa: PLC0415 - the clients' process stays small

    from noseprint.bootstrap import assets_folder  # noqa: PLC0415
    from noseprint.embedding.model import load_model  # noqa: PLC0415

    spec: dict[str, Any] = msgspec.to_builtins(load_model(model, known=assets_folder() / "model").manifest.input)
    return spec


class _Worker:
    """This program again, in another role; works a round when told to."""

    def __init__(self, role: str, model: Path, photos: Path, *, input: object = "", address: str = "") -> None:  # noqa: A002
        command: list[str | Path] = [sys.executable, __file__, "--role", role, "--model", model, "--photos", photos]
        command += ["--input", json.dumps(input), "--address", address]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.communicate()

    def round(self, seconds: float) -> Round:
        """Let it work that long."""
        if self._process.stdin:
            self._process.stdin.write(f"{seconds}\n")
            self._process.stdin.flush()
        return Round(**json.loads(_line(self._process)))


class _Server:
    """The server as it runs in production."""

    def __init__(self, model: Path, folder: Path) -> None:
        chosen = {
            "NOSEPRINT_DATA_DIR": str(folder),
            "MODEL_PATH": str(model),
            "GRPC_HOST": "127.0.0.1",
            "GRPC_PORT": "0",
        }
        self._process = subprocess.Popen(
            [sys.executable, "-m", "embedded_server"],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            cwd=REPOSITORY,
            env=os.environ | chosen,
        )
        self.address = _line(self._process).removeprefix("Listening on ").rstrip(".\n")
        _line(self._process)  # it is ready

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        self._process.communicate()

    def round(self, clients: _Worker, seconds: float) -> Round:
        """Let the clients ask that long; the processor time is theirs and the server's together."""
        before = self._cpu()
        asked = clients.round(seconds)
        own = (self._cpu() - before) / (asked.throughput * seconds)
        return Round(asked.throughput, asked.cpu + own, asked.latency)

    def _cpu(self) -> float:
        times = psutil.Process(self._process.pid).cpu_times()
        return float(times.user + times.system)


def _line(process: subprocess.Popen[str]) -> str:
    return process.stdout.readline() if process.stdout else ""


def _bare_role(options: argparse.Namespace) -> None:
    """Decode, resize and infer, with Pillow and ONNX Runtime and nothing around them."""
    import numpy as np  # noqa: PLC0415
    import onnxruntime as ort  # noqa: PLC0415

    spec = json.loads(options.input)
    settings = ort.SessionOptions()
    settings.intra_op_num_threads = 1
    session = ort.InferenceSession(str(options.model), settings, providers=["CPUExecutionProvider"])
    name, mode = session.get_inputs()[0].name, "L" if spec["channels"] == 1 else "RGB"
    side, resampling = spec["size"], Image.Resampling[spec["resampling"].upper()]
    least = int(spec["scaled_decoding"] * side)

    def embed(photo: bytes) -> None:
        picture: Image.Image = Image.open(io.BytesIO(photo))
        if least:
            scale = max(min(picture.size) // least, 1)
            picture.draft("L" if mode == "L" else None, (picture.width // scale, picture.height // scale))
        square = picture.convert(mode).resize((side, side), resampling)
        values = np.asarray(square, np.float32).reshape(side, side, -1) / np.float32(255)
        tensor = values if spec["layout"] == "NHWC" else np.ascontiguousarray(values.transpose(2, 0, 1))
        session.run(None, {name: tensor[np.newaxis]})

    photos = [file.read_bytes() for file in sorted(Path(options.photos).iterdir())]
    _work_rounds([embed] * BARE_THREADS, photos)


def _clients_role(options: argparse.Namespace) -> None:
    """Eight clients with a connection each; requests are serialised once, answers are looked at once."""
    import grpc  # noqa: PLC0415

    from embedded_server.wire.nose_embedder_pb2 import NoseImageRequest, NoseVectorResponse  # noqa: PLC0415

    files = sorted(Path(options.photos).iterdir())
    requests = [NoseImageRequest(image_data=file.read_bytes()).SerializeToString() for file in files]
    channels = [grpc.insecure_channel(options.address, [("grpc.use_local_subchannel_pool", 1)]) for _ in range(CLIENTS)]
    calls: list[Any] = [channel.unary_unary(METHOD, None, None) for channel in channels]
    if not all(NoseVectorResponse.FromString(calls[0](request)).success for request in requests):
        sys.exit("the server refuses the photos")
    _work_rounds(calls, requests)


def _work_rounds(works: list[Callable[[bytes], object]], things: list[bytes]) -> None:
    """For each number of seconds on standard input, let each work run that long in a thread of its own."""
    for line in sys.stdin:
        taken: list[float] = []
        cpu, began = time.process_time(), time.perf_counter()
        end = began + float(line)
        threads = [threading.Thread(target=_work, args=(work, things, n, end, taken)) for n, work in enumerate(works)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        throughput = len(taken) / (time.perf_counter() - began)
        used = (time.process_time() - cpu) / len(taken)
        done = {"throughput": throughput, "cpu": used, "latency": statistics.median(taken)}
        sys.stdout.write(f"{json.dumps(done)}\n")
        sys.stdout.flush()


def _work(work: Callable[[bytes], object], things: list[bytes], first: int, end: float, taken: list[float]) -> None:
    number = first
    while (began := time.perf_counter()) < end:
        work(things[number % len(things)])
        taken.append(time.perf_counter() - began)
        number += 1


if __name__ == "__main__":
    sys.path.insert(0, str(REPOSITORY))
    main()
