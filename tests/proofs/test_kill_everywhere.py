"""A clinic that enrols, verifies and syncs is killed at every point, and at random moments: nothing saved is lost.

On SQLite and on a real PostgreSQL, there at fewer random moments: they would take as long once more.
"""

from __future__ import annotations

import hashlib
import itertools
import multiprocessing
import os
import random
import signal
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from noseprint import bootstrap
from noseprint.records.outbox_tables import OutboxEntryRow
from noseprint.sync.outbox import Counts, EntryKind
from noseprint.sync.pet_keys import vector_json_key, vector_npy_key
from noseprint.sync.vector_format import decode_json, decode_npy
from noseprint.vault.key_ring import KeyRing
from tests.integration.sync.conftest import no_web_proxy
from tests.support import mortal_clinic
from tests.support.mortal_clinic import Place
from tests.support.postgres_tenants import PostgresTenants
from tests.support.s3_server import RcloneS3

if TYPE_CHECKING:
    from collections.abc import Iterator

    from noseprint.records.entities import Pet

__all__ = ["no_web_proxy"]

pytestmark = [pytest.mark.proof, pytest.mark.skipif(os.name != "posix", reason="nothing is killed like this there")]

THOROUGH = "CI" in os.environ
EVERY_NTH_POINT = {"sqlite": 1, "postgresql": 1} if THOROUGH else {"sqlite": 5, "postgresql": 20}
RANDOM_KILLS = {"sqlite": 300, "postgresql": 100} if THOROUGH else {"sqlite": 20, "postgresql": 5}
BUCKETS = 1_000
PATIENCE_S = 120.0
AT_ONCE = 2
REPOSITORY = Path(__file__).parents[2]
# What a clinic imports as it goes: loaded once, before the processes are forked.
IMPORTED = [
    mortal_clinic.__name__,
    "cv2",
    "onnxruntime",
    "noseprint.capture.finder",
    "noseprint.clinic",
    "noseprint.matching.keypoints",
    "noseprint.records.outbox",
    "noseprint.records.records",
    "noseprint.sync.dispatch",
    "noseprint.sync.pending",
    "noseprint.sync.worker",
    "psycopg",
]


class Clinics:
    """One clinic after the other, each with a data folder and a bucket of its own, and its days."""

    def __init__(self, folder: Path, server: RcloneS3, noses: Path, tenants: PostgresTenants | None) -> None:
        self.database = "postgresql" if tenants else "sqlite"
        self._tenants = tenants
        self._folder = folder
        self._server = server
        self._noses = noses
        self._numbers = itertools.count()
        self._processes = multiprocessing.get_context("forkserver")
        self._processes.set_forkserver_preload(IMPORTED)

    def open(self, parallel: int = 1) -> Clinic:
        number = next(self._numbers)
        folder = self._folder / f"clinic-{number}"
        folder.mkdir()
        key = KeyRing.generate().written().reveal()
        tenant = self._tenants.add() if self._tenants else None
        bucket = f"bucket-{number:04}"
        place = Place(str(folder), key, self._server.endpoint, bucket, str(self._noses), parallel, tenant)
        return Clinic(place, self._server.folder / place.bucket, folder.with_suffix(".said"))

    def live(
        self, clinic: Clinic, reached: Path | None = None, deadly: int | None = None, kill_after_s: float | None = None
    ) -> int:
        """Live a day, killed so long after the clinic has opened unless it is over by then, and say how it ended."""
        process = self._processes.Process(target=mortal_clinic.day, args=(clinic.place, clinic.said, reached, deadly))
        process.start()
        if kill_after_s is not None:
            while process.is_alive() and not clinic.said.exists():
                time.sleep(0.002)
            process.join(kill_after_s)
            process.kill()
        process.join(PATIENCE_S)
        assert process.exitcode is not None, "the process hangs"
        return process.exitcode


class Clinic:
    """A data folder, a bucket, and what was promised."""

    def __init__(self, place: Place, bucket: Path, said: Path) -> None:
        self.place = place
        self.bucket = bucket
        self.said = said

    def promised(self, what: str) -> set[str]:
        lines = self.said.read_text().splitlines() if self.said.exists() else []
        return {line.rpartition(" ")[2] for line in lines if line.startswith(what)}

    @property
    def open_for_s(self) -> float:
        """How long a day lasted that came to its end."""
        return float(self.said.read_text().splitlines()[-1].removeprefix("done "))

    def require_sound(self) -> None:
        """Start again, and find everything promised, everything whole, and the bucket right once it is synced."""
        settings = self.place.settings
        with bootstrap.open_holdings(settings) as holdings:
            self._holdings = holdings
            with bootstrap.open_worker(settings, holdings) as worker:
                self._require_whole()
                assert worker.run_once().halted is None
                assert holdings.outbox.counts() == Counts()
            self._require_in_the_bucket()

    def _require_whole(self) -> None:
        pets = {pet.pet_did: pet for pet in self._holdings.records.find_pets()}
        assert self.promised("enrolled") <= set(pets)
        entries = self._entries()
        assert {entry.pet_did for entry in entries} == set(pets)
        verified: set[str] = set()
        for pet_did, pet in pets.items():
            mine = [entry for entry in entries if entry.pet_did == pet_did]
            keys = [entry.key for entry in mine if entry.kind != EntryKind.VERIFICATION]
            assert keys == [*pet.photo_keys, vector_npy_key(pet_did), vector_json_key(pet_did)]
            answers = {verification.image_key for verification in self._holdings.records.verifications(pet_did)}
            assert answers == {entry.key for entry in mine if entry.kind == EntryKind.VERIFICATION}
            verified |= answers
        assert self.promised("verified") <= verified
        kept = {entry.spool_name for entry in entries if entry.kept}
        left = set(self._holdings.spool.names()) - kept
        assert kept <= set(self._holdings.spool.names())
        # Swept at the start of the worker, which does not touch a spool of which the records know nothing at all.
        assert not left or not entries

    def _require_in_the_bucket(self) -> None:
        entries = self._entries()
        files = [file for file in self.bucket.rglob("*") if file.is_file()]
        stored = {file.relative_to(self.bucket).as_posix(): file.read_bytes() for file in files}
        assert {key: hashlib.sha256(content).hexdigest() for key, content in stored.items()} == {
            entry.key: entry.sha256 for entry in entries
        }
        for pet in self._holdings.records.find_pets():
            self._require_vectors(pet, stored)

    def _require_vectors(self, pet: Pet, stored: dict[str, bytes]) -> None:
        document = decode_json(stored[vector_json_key(pet.pet_did)], pet.pet_did)
        array = decode_npy(stored[vector_npy_key(pet.pet_did)])
        assert document
        assert document.model
        template = self._holdings.records.template(pet.pet_did, document.model.sha256)
        assert template
        for found in (document, array):
            assert found
            assert (found.vector == template.vector).all()

    def _entries(self) -> list[OutboxEntryRow]:
        with Session(self._holdings.records.engine, expire_on_commit=False) as session:
            return list(session.scalars(select(OutboxEntryRow).order_by(OutboxEntryRow.id)))


@pytest.fixture(params=["sqlite", "postgresql"])
def tenants(request: pytest.FixtureRequest) -> Iterator[PostgresTenants | None]:
    """Who makes a database for each clinic; None where its own folder holds it."""
    if request.param == "sqlite":
        yield None
        return
    with PostgresTenants(request.getfixturevalue("postgres")) as tenants:
        yield tenants


@pytest.fixture
def clinics(
    tmp_path: Path, noses: Path, tenants: PostgresTenants | None, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Clinics]:
    monkeypatch.setenv("PYTHONPATH", str(REPOSITORY))  # where the forked processes find this support
    buckets = tmp_path / "buckets"
    for number in range(BUCKETS):
        (buckets / f"bucket-{number:04}").mkdir(parents=True)
    with RcloneS3(buckets) as server:
        yield Clinics(tmp_path, server, noses, tenants)


def test_killed_at_every_point_a_clinic_keeps_what_it_saved_and_nothing_half(clinics: Clinics, tmp_path: Path) -> None:
    reached = tmp_path / "reached"
    whole = clinics.open()
    assert clinics.live(whole, reached) == 0
    whole.require_sound()
    points = reached.read_text().splitlines()
    print(len(points), "points:", dict(Counter(points)))  # noqa: T201 - the proof's own record

    def die_at(deadly: int) -> None:
        clinic = clinics.open()
        assert clinics.live(clinic, deadly=deadly) == -signal.SIGKILL, points[deadly]
        clinic.require_sound()

    with ThreadPoolExecutor(AT_ONCE) as pool:
        list(pool.map(die_at, range(0, len(points), EVERY_NTH_POINT[clinics.database])))


def test_killed_at_random_moments_a_clinic_keeps_what_it_saved_and_nothing_half(clinics: Clinics) -> None:
    draw = random.Random(20261121)  # noqa: S311 - any moments
    whole = clinics.open(parallel=4)
    assert clinics.live(whole) == 0
    length_s = whole.open_for_s

    def die_after(seconds: float) -> tuple[str, int]:
        """How it ended, and after how many lines of what it said."""
        clinic = clinics.open(parallel=4)
        ended = clinics.live(clinic, kill_after_s=seconds)
        clinic.require_sound()
        return "killed" if ended else "done", len(clinic.promised(""))

    with ThreadPoolExecutor(AT_ONCE) as pool:
        ends = Counter(pool.map(die_after, [draw.uniform(0, length_s) for _ in range(RANDOM_KILLS[clinics.database])]))
    print(sorted(ends.items()))  # noqa: T201 - the proof's own record
    assert len(ends) > 3
