"""What the kiosk's questions cost while 10,000 enrolments wait to be uploaded, over the same with 10 waiting.

    python bench/enrolments_waiting.py [--pets 10000] [--few 10] [--rounds 5] [--folder /dev/shm]

One run. Every pet is enrolled as the kiosk does it: sealed contents in the spool, its objects in the outbox, in one
transaction with its records. A copy of the database has all but a few of them synced; both have the same pets, so
that what differs is what waits. Every question is asked in turns of a fresh copy of either, the worker uploads the
first pets into a folder. Only filling goes without flushing the spool's files; it takes some minutes.
"""

from __future__ import annotations

import argparse
import shutil
import statistics
import tempfile
import time
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import IO, TYPE_CHECKING

import numpy as np
from sealed_records import MODEL, enrolment

from noseprint.disk import Disk
from noseprint.embedding.manifest import ModelIdentity
from noseprint.matching.search import Gallery
from noseprint.records.outbox import Outbox
from noseprint.records.records import Records, sqlite_url
from noseprint.sync.dispatch import Dispatch
from noseprint.sync.local_store import LocalStore
from noseprint.sync.outbox import Report
from noseprint.sync.pending import PendingStore
from noseprint.sync.pet_objects import PetObjects
from noseprint.sync.spool import Spool
from noseprint.sync.worker import Pace, SyncWorker
from noseprint.vault.key_ring import KeyRing
from noseprint.vault.vault import Vault

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from noseprint.records.entities import NewEnrolment

HOLDER = "kiosk-1"
PHOTOS = 5
CLAIMED = 8
LOOKED_AT = 5
SYNCED_AT_ONCE = 500


def main() -> None:
    """Fill, measure both in turns, print."""
    options = _options()
    vault = Vault(KeyRing.generate())
    with tempfile.TemporaryDirectory(dir=options.folder) as folder:
        place = Path(folder)
        many, few = place / "many.db", place / "few.db"
        began = time.perf_counter()
        _fill(place, vault, options.pets)
        shutil.copy(many, few)
        _sync_all_but(few, vault, options.few)
        print(f"{options.pets} enrolments, filled in {time.perf_counter() - began:.0f} s; medians of {options.rounds}")
        few_taken: list[dict[str, float]] = []
        many_taken: list[dict[str, float]] = []
        for number in range(options.rounds + 1):
            turns = [(few, few_taken), (many, many_taken)]
            for database, taken in turns if number % 2 else reversed(turns):
                taken.append(_asked(place, database, vault, options))
        _report(few_taken[1:], many_taken[1:], options)


@dataclass(frozen=True)
class Kiosk:
    """What a kiosk has open."""

    records: Records
    outbox: Outbox
    spool: Spool

    @classmethod
    @contextmanager
    def on(cls, database: Path, vault: Vault, disk: Disk | None = None) -> Iterator[Kiosk]:
        """Open records and outbox in a database, and the spool beside it."""
        with Records.open(sqlite_url(database), vault) as records:
            spool = Spool(database.parent / "spool", vault, disk)
            yield cls(records, Outbox(records.engine, HOLDER), spool)


class _Hasty(Disk):
    """Leaves it to the system when a file reaches the disk."""

    def flush(self, file: IO[bytes]) -> None:
        """Nothing."""

    def flush_folder(self, folder: Path) -> None:
        """Nothing."""


def _fill(place: Path, vault: Vault, pets: int) -> None:
    objects = PetObjects(LocalStore(place / "nothing"))
    with Kiosk.on(place / "many.db", vault, _Hasty()) as kiosk:
        dispatch = Dispatch(kiosk.spool, kiosk.outbox)
        for number in range(pets):
            _enrol(kiosk.records, dispatch, objects, enrolment(number))


def _enrol(records: Records, dispatch: Dispatch, objects: PetObjects, new: NewEnrolment) -> None:
    photos = [f"{new.pet_did} {n}".encode() * 20 for n in range(PHOTOS)]
    model = ModelIdentity("model", MODEL)
    things = objects.of_enrolment(new.pet_did, photos, new.template.vector, model, new.created_at)
    with dispatch.prepared(things) as outgoing:
        records.enrol(new, outgoing)


def _sync_all_but(database: Path, vault: Vault, left: int) -> None:
    """Note everything as synced but the newest pets."""
    now = datetime.now(UTC)
    with Kiosk.on(database, vault) as kiosk:
        while over := kiosk.outbox.backlog().pets - left:
            runs = kiosk.outbox.claim(min(over, SYNCED_AT_ONCE), now)
            kiosk.outbox.settle([Report(run, run.entries) for run in runs], now)


def _asked(place: Path, database: Path, vault: Vault, options: argparse.Namespace) -> dict[str, float]:
    """Seconds that each question took on a copy of the database that nobody has used yet."""
    taken: dict[str, float] = {}
    fresh = Path(shutil.copy(database, place / "asked.db"))

    def timed(name: str, work: Callable[[], object]) -> None:
        start = time.perf_counter()
        work()
        taken[name] = time.perf_counter() - start

    with Kiosk.on(fresh, vault) as kiosk:
        timed("start: sweep the spool", Dispatch(kiosk.spool, kiosk.outbox).sweep)
        timed("start: open the records", lambda: _opened_again(fresh, vault))
        timed("start: read the gallery", lambda: Gallery(*kiosk.records.templates(MODEL)))
        timed("first search by name", lambda: kiosk.records.find_pets("김하늘77"))
        timed("search by name", lambda: kiosk.records.find_pets(f"초코{options.pets - 1}"))
        timed("search by phone", lambda: kiosk.records.find_pets("010-2000-0001"))
        timed("one look-up", _look_up(kiosk, place))
        timed("one enrolment", _one_more(kiosk, place, options.pets))
        timed("when the next is due", kiosk.outbox.next_due)
        timed("how many objects wait", kiosk.outbox.counts)
        timed("how many pets wait, and since when", kiosk.outbox.backlog)
        timed(f"claim {CLAIMED} pets and give them back", lambda: _claim(kiosk.outbox))
        taken[f"an object through the worker ({options.few} pets)"] = _worker(kiosk, place, options.few)
    fresh.unlink()
    return taken


def _opened_again(database: Path, vault: Vault) -> None:
    with Kiosk.on(database, vault):
        pass


def _look_up(kiosk: Kiosk, place: Path) -> Callable[[], None]:
    """What a look-up asks of the records and the storage: is the gallery the newest, who is alike, their photos."""
    gallery = Gallery(*kiosk.records.templates(MODEL))
    objects = PetObjects(
        PendingStore(LocalStore(place / "nothing"), kiosk.outbox, kiosk.spool), photo_count=kiosk.records.photo_count
    )
    probe = np.random.default_rng(1).standard_normal(512).astype(np.float32)

    def ask() -> None:
        if len(gallery) != kiosk.records.template_count(MODEL):
            raise ValueError("the gallery is not the newest")
        for found in gallery.search(probe, LOOKED_AT):
            list(objects.photos(found.pet_did))

    return ask


def _one_more(kiosk: Kiosk, place: Path, number: int) -> Callable[[], None]:
    objects, dispatch = PetObjects(LocalStore(place / "nothing")), Dispatch(kiosk.spool, kiosk.outbox)
    return lambda: _enrol(kiosk.records, dispatch, objects, enrolment(number))


def _claim(outbox: Outbox) -> None:
    now = datetime.now(UTC)
    outbox.settle([Report(run) for run in outbox.claim(CLAIMED, now)], now)


def _worker(kiosk: Kiosk, place: Path, pets: int) -> float:
    """Seconds an object while the worker uploads that many pets into a folder; nothing after them is begun."""
    with tempfile.TemporaryDirectory(dir=place) as folder:
        worker = SyncWorker(
            kiosk.outbox,
            kiosk.spool,
            LocalStore(Path(folder)),
            pace=Pace(keep=timedelta(days=30)),
            on_progress=lambda progress: worker.pause() if progress.done >= pets * (PHOTOS + 2) else None,
        )
        start = time.perf_counter()
        synced = worker.run_once().synced
        return (time.perf_counter() - start) / synced


def _report(few: list[dict[str, float]], many: list[dict[str, float]], options: argparse.Namespace) -> None:
    print(f"{'':44s}{options.few:>8d} waiting{options.pets:>8d} waiting   ratio")
    for name in few[0]:
        little, much = (statistics.median(taken[name] for taken in side) for side in (few, many))
        print(f"{name:44s}{little * 1000:>13.1f} ms{much * 1000:>13.1f} ms{much / little:>8.2f}")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pets", type=int, default=10_000)
    parser.add_argument("--few", type=int, default=10)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--folder", type=Path, help="where everything lies meanwhile")
    return parser.parse_args()


if __name__ == "__main__":
    main()
