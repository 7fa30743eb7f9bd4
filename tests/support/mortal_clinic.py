"""A clinic's day in a process of its own that is killed at a given point, as by a power cut: nothing is tidied up."""

from __future__ import annotations

import itertools
import os
import signal
import threading
import time
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import Engine, event
from sqlalchemy.engine.default import DefaultDialect

from noseprint import bootstrap
from noseprint.clinic import EnrolmentRequest
from noseprint.records.entities import PetFacts
from noseprint.settings import Secret, Settings
from noseprint.sync import s3_client, s3_store, spool
from tests.support.s3_server import ACCESS_KEY, REGION, SECRET_KEY
from tests.support.striking_disk import StrikingDisk

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from noseprint.sync.bounded import Deadline
    from tests.support.postgres_tenants import Tenant

_WRITING = ("INSERT", "UPDATE", "DELETE")


class Place(NamedTuple):
    """Where a day takes place: all of it is text and numbers, for it goes to another process."""

    data_dir: str
    master_key: str
    endpoint: str
    bucket: str
    noses: str
    sync_parallel: int = 1
    tenant: Tenant | None = None

    @property
    def settings(self) -> Settings:
        """The clinic's settings: SQLite in its folder unless it is a PostgreSQL server's tenant."""
        return Settings(
            data_dir=Path(self.data_dir),
            master_key=Secret(self.master_key),
            ncp_endpoint=self.endpoint,
            ncp_bucket_name=self.bucket,
            ncp_region=REGION,
            ncp_access_key=ACCESS_KEY,
            ncp_secret_key=Secret(SECRET_KEY),
            sync_parallel=self.sync_parallel,
            sync_keep_days=0,
            **self._database,
        )

    @property
    def _database(self) -> dict[str, Any]:
        if self.tenant is None:
            return {}
        names = {f"db_{name}": value for name, value in self.tenant._asdict().items()}
        return names | {"db_password": Secret(self.tenant.password)}


def day(place: Place, said: Path, reached: Path | None = None, deadly: int | None = None) -> None:
    """Enrol, verify, sync, let copies go, enrol and verify again, sync again.

    Args:
        place: where.
        said: the file to which every promise is written as soon as it is given.
        reached: the file to which the name of every point is written; None for none.
        deadly: at which point the process ends, counted from 0; None for never.
    """
    _strike_at_every_point(_striking(reached, deadly))
    settings = place.settings
    with bootstrap.open_holdings(settings) as holdings:
        clinic = bootstrap.clinic_over(settings, holdings)
        _say(said, "open")
        opened = time.monotonic()

        def enrol(dog: int) -> str:
            photos = [_photo(place, dog, number) for number in (1, 2)]
            pet = clinic.enrol(EnrolmentRequest(photos, 2, PetFacts(f"dog {dog}"))).pet
            _say(said, f"enrolled {pet.pet_did}")
            return pet.pet_did

        def verify(pet_did: str, dog: int, number: int) -> None:
            result = clinic.verify(pet_did, _photo(place, dog, number), "staff")
            _say(said, f"verified {result.image_key}")

        def sync() -> None:
            with bootstrap.open_worker(settings, holdings) as worker:
                worker.run_once()
                worker.forget_expired()

        first = enrol(1)
        verify(first, 1, 3)
        sync()
        second = enrol(2)
        verify(first, 1, 4)
        verify(second, 2, 3)
        sync()
        _say(said, f"done {time.monotonic() - opened}")


def _photo(place: Place, dog: int, number: int) -> bytes:
    return (Path(place.noses) / f"dog-{dog}" / f"{number:02}.jpg").read_bytes()


def _say(said: Path, line: str) -> None:
    """One write: there whole, or not at all, whenever the process ends."""
    handle = os.open(said, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.write(handle, f"{line}\n".encode())
    os.close(handle)


def _striking(reached: Path | None, deadly: int | None) -> Callable[[str], None]:
    numbers, one_at_a_time = itertools.count(), threading.Lock()

    def strike(point: str) -> None:
        with one_at_a_time:
            if next(numbers) == deadly:
                os.kill(os.getpid(), signal.SIGKILL)
            if reached:
                _say(reached, point)

    return strike


def _strike_at_every_point(strike: Callable[[str], None]) -> None:
    """Every step of the disk, every statement that writes, every commit, every request and every block of a body."""
    spool.Disk = lambda: StrikingDisk(strike)  # type: ignore[assignment, misc]
    _around(DefaultDialect, "do_commit", strike, "commit")
    _around(s3_store.S3Store, "_perform", strike, "request")
    _around_each_block(strike)

    @event.listens_for(Engine, "after_cursor_execute")
    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        if statement.startswith(_WRITING):
            strike(f"after {statement.split(' ', 1)[0]}")


def _around_each_block(strike: Callable[[str], None]) -> None:
    inner = s3_client._blocks

    def struck(content: bytes, deadline: Deadline) -> Iterator[memoryview]:
        for block in inner(content, deadline):
            strike("before block of a body")
            yield block
            strike("after block of a body")

    s3_client._blocks = struck


def _around(owner: type, name: str, strike: Callable[[str], None], point: str) -> None:
    inner = getattr(owner, name)

    @wraps(inner)
    def struck(*arguments: object, **options: object) -> object:
        strike(f"before {point}")
        result = inner(*arguments, **options)
        strike(f"after {point}")
        return result

    setattr(owner, name, struck)
