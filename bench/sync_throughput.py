"""The sync worker's throughput over a bare boto3 upload loop with as many threads, into the same S3 server.

    python bench/sync_throughput.py [--pets N] [--parallel N] [--megapixels 2] [--rounds N] [--waiting N]

One run, in turns: the bare loop uploads what the worker uploads (five photos, the vector twice, per pet) out of
memory, with the Content-MD5 that the service wants. The worker reads each from the encrypted spool, checks it,
looks whether it is there, uploads it in its order, has it confirmed, and keeps that in an SQLite database, beside
`--waiting` further enrolments that are not due. The server is rclone's, on this machine: all share its processors,
and no line in between hides what either side costs. All is done twice: by a server that keeps the digest of an
upload, as services do, and by one that computes it from the object's file when it is first asked for it, which is
rclone's ordinary way and falls on the worker alone, for the bare loop never asks. Beside the objects a second
stands the processor time an object costs, the server's included: where other work takes a share of the processors,
its ratio is the steadier one.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import io
import json
import math
import os
import statistics
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

REPOSITORY = Path(__file__).parents[1]
sys.path.insert(0, str(REPOSITORY))  # the S3 server is the tests'

import boto3  # noqa: E402
import psutil  # noqa: E402
from botocore.config import Config  # noqa: E402
from PIL import Image, ImageOps  # noqa: E402

from noseprint.records.database import connect, migrate, sqlite_url  # noqa: E402
from noseprint.records.outbox import Outbox  # noqa: E402
from noseprint.sync.outbox import EntryKind, NewEntry  # noqa: E402
from noseprint.sync.s3_client import S3Settings  # noqa: E402
from noseprint.sync.s3_store import S3Store  # noqa: E402
from noseprint.sync.spool import Spool  # noqa: E402
from noseprint.sync.worker import Pace, SyncWorker  # noqa: E402
from noseprint.vault.key_ring import KeyRing  # noqa: E402
from noseprint.vault.vault import Vault  # noqa: E402
from tests.support.s3_server import ACCESS_KEY, BUCKET, REGION, SECRET_KEY, RcloneS3  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

SHARED = REPOSITORY.parent / "shared"
PHOTOS = 5


@dataclass(frozen=True)
class Thing:
    """One object to be uploaded."""

    pet_did: str
    kind: EntryKind
    key: str
    content: bytes


@dataclass(frozen=True)
class Round:
    """What one side did: objects a second, and processor seconds an object, the server's included."""

    throughput: float
    cpu: float


def main() -> None:
    """Measure and print."""
    options = _options()
    os.environ["NO_PROXY"] = "127.0.0.1"
    photos = _photos(options.megapixels)
    size = statistics.mean(map(len, photos))
    print(f"{options.pets} pets a round, {PHOTOS} photos of {size / 1024:.0f} KiB each, {options.parallel} at once")
    for keeps_digests in (True, False):
        print("a server that", "keeps digests:" if keeps_digests else "computes digests when it is asked for them:")
        _report(_measured_rounds(options, photos, keeps_digests=keeps_digests))


def _measured_rounds(
    options: argparse.Namespace, photos: list[bytes], *, keeps_digests: bool
) -> list[tuple[Round, Round]]:
    """All rounds against one server but the first, in which everything is new to everyone."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        (folder / "buckets").mkdir()
        os.environ["RCLONE_CACHE_DIR"] = str(folder / "digests")
        server = stack.enter_context(RcloneS3(folder / "buckets", keeps_digests=keeps_digests))
        bench = stack.enter_context(closing(_Bench(folder, server.endpoint, options.parallel)))
        bench.let_wait(options.waiting, photos[0])
        return [_turn(bench, number, photos, options.pets) for number in range(options.rounds + 1)][1:]


def _turn(bench: _Bench, number: int, photos: list[bytes], pets: int) -> tuple[Round, Round]:
    """One round of both; who begins takes turns too."""
    sides: dict[str, Callable[[list[Thing]], Round]] = {"bare": bench.bare, "worker": bench.worker}
    order = list(sides) if number % 2 else list(reversed(sides))
    done = {
        side: sides[side]([*_things(f"{number}{place}", photos, pets)]) for place, side in enumerate(order, start=1)
    }
    return done["bare"], done["worker"]


def _report(measured: list[tuple[Round, Round]]) -> None:
    for place, name in enumerate(("bare boto3 loop", "worker")):
        rounds = [both[place] for both in measured]
        print(
            f"  {name:16s} {statistics.median(r.throughput for r in rounds):6.1f} objects/s  "
            f"{statistics.median(r.cpu for r in rounds) * 1000:5.2f} ms of processor an object"
        )
    ratios = sorted(worker.throughput / bare.throughput for bare, worker in measured)
    cost = statistics.median(bare.cpu / worker.cpu for bare, worker in measured)
    print(f"  worker over bare: throughput {statistics.median(ratios):.2f}, processor time {cost:.2f}")
    print(f"  throughput by rounds: {', '.join(f'{ratio:.2f}' for ratio in ratios)}")


class _Bench:
    """Both sides, and what they work on."""

    def __init__(self, folder: Path, endpoint: str, parallel: int) -> None:
        self._parallel = parallel
        vault = Vault(KeyRing.generate())
        self._spool = Spool(folder / "spool", vault)
        self._engine = connect(sqlite_url(folder / "records.db"))
        migrate(self._engine, vault)
        self._outbox = Outbox(self._engine, "bench")
        self._store = S3Store(S3Settings(endpoint, REGION, BUCKET, ACCESS_KEY, SECRET_KEY))
        self._client = boto3.client(
            "s3",
            endpoint_url=endpoint,
            region_name=REGION,
            aws_access_key_id=ACCESS_KEY,
            aws_secret_access_key=SECRET_KEY,
            config=Config(
                signature_version="s3v4",
                s3={"addressing_style": "path"},
                request_checksum_calculation="when_required",
                response_checksum_validation="when_required",
                max_pool_connections=parallel,
            ),
        )

    def close(self) -> None:
        """Let everything go."""
        self._store.close()
        self._client.close()
        self._engine.dispose()

    def let_wait(self, enrolments: int, photo: bytes) -> None:
        """Fill the outbox with enrolments whose time has not come."""
        later = datetime.now(UTC) + timedelta(minutes=14)
        entries = [self._entry(thing, "0" * 64) for thing in _things("waiting", [photo], enrolments)]
        for start in range(0, len(entries), 7000):
            self._outbox.enqueue(entries[start : start + 7000], later)

    def bare(self, things: list[Thing]) -> Round:
        """What anyone would write first."""

        def upload(thing: Thing) -> None:
            digest = base64.b64encode(hashlib.md5(thing.content, usedforsecurity=False).digest()).decode()
            kind = "application/json" if thing.key.endswith(".json") else "image/jpeg"
            self._client.put_object(
                Bucket=BUCKET, Key=thing.key, Body=thing.content, ContentMD5=digest, ContentType=kind
            )

        def work() -> None:
            with ThreadPoolExecutor(self._parallel) as pool:
                list(pool.map(upload, things))

        return _measured(work, len(things))

    def worker(self, things: list[Thing]) -> Round:
        """The product's own way."""
        self._outbox.enqueue(
            [self._entry(thing, self._spool.put(thing.content)) for thing in things], datetime.now(UTC)
        )
        worker = SyncWorker(self._outbox, self._spool, self._store, pace=Pace(parallel=self._parallel))
        synced: list[int] = []
        done = _measured(lambda: synced.append(worker.run_once().synced), len(things))
        if synced != [len(things)]:
            sys.exit(f"only {synced} of {len(things)} were synced")
        return done

    def _entry(self, thing: Thing, name: str) -> NewEntry:
        digest = hashlib.sha256(thing.content).hexdigest()
        return NewEntry(thing.pet_did, thing.kind, thing.key, "image/jpeg", name, digest, len(thing.content))


def _measured(work: Callable[[], None], count: int) -> Round:
    began, cpu = time.perf_counter(), _cpu()
    work()
    return Round(count / (time.perf_counter() - began), (_cpu() - cpu) / count)


def _cpu() -> float:
    """Processor seconds of this process and the server, its child."""
    this = psutil.Process()
    times = [process.cpu_times() for process in (this, *this.children())]
    return float(sum(taken.user + taken.system for taken in times))


def _things(prefix: str, photos: list[bytes], pets: int) -> Iterator[Thing]:
    """What so many enrolments upload; every content is another one."""
    for number in range(pets):
        digest = hashlib.sha256(f"{prefix}/{number}".encode()).hexdigest()
        did = f"did:ethr:besu:0x{digest[:40]}"
        for place in range(PHOTOS):
            photo = photos[(number + place) % len(photos)] + bytes.fromhex(digest) + bytes([place])
            yield Thing(did, EntryKind.PHOTO, f"nose-print-photo/{did}/image_{place + 1}.jpg", photo)
        vector = [math.sin(number + place) for place in range(512)]
        yield Thing(did, EntryKind.VECTOR, f"nose-print-photo/{did}/vector.npy", bytes.fromhex(digest) * 68)
        document = json.dumps({"petDID": did, "featureVector": vector}).encode()
        yield Thing(did, EntryKind.VECTOR, f"pet/petDID/{did}.json", document)


def _photos(megapixels: float) -> list[bytes]:
    """Real photos (generated noses where there are none) with that many pixels, as JPEGs of quality 88."""
    real = sorted((SHARED / "noses" / "photos").glob("*.jpg"))
    return [
        _resized(file, megapixels) for file in (real or sorted((REPOSITORY / "assets" / "noses").glob("*/01.jpg")))[:8]
    ]


def _resized(file: Path, megapixels: float) -> bytes:
    with Image.open(file) as picture:
        upright = ImageOps.exif_transpose(picture).convert("RGB")
    factor = math.sqrt(megapixels * 1e6 / (upright.width * upright.height))
    size = (round(upright.width * factor), round(upright.height * factor))
    written = io.BytesIO()
    upright.resize(size, Image.Resampling.LANCZOS).save(written, "jpeg", quality=88)
    return written.getvalue()


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--pets", type=int, default=60)
    parser.add_argument("--parallel", type=int, default=4)
    parser.add_argument("--megapixels", type=float, default=2.0)
    parser.add_argument("--rounds", type=int, default=6)
    parser.add_argument("--waiting", type=int, default=10_000)
    return parser.parse_args()


if __name__ == "__main__":
    main()
