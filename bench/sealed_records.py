"""What sealing costs where everything is read: search by parts of names, and the gallery, over many pets.

    python bench/sealed_records.py [--pets 10000] [--folder /dev/shm]

Everything runs once, on an SQLite file. Wall-clock time stands beside processor time: where other programs take a
share of the processors, the latter is the steadier one. Filling the file takes a few minutes.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import numpy as np

from noseprint.records.entities import (
    Consent,
    ConsentKind,
    GuardianDetails,
    NewEnrolment,
    PetFacts,
    StoredPhoto,
    Template,
)
from noseprint.records.records import Records, sqlite_url
from noseprint.vault.key_ring import KeyRing
from noseprint.vault.vault import Vault

if TYPE_CHECKING:
    from collections.abc import Callable

Answer = TypeVar("Answer")

MODEL = "a" * 64
NOW = datetime(2026, 11, 21, tzinfo=UTC)


def main() -> None:
    """Fill a file, read it in every way, change its key."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pets", type=int, default=10_000)
    parser.add_argument("--folder", type=Path, help="where the file lies meanwhile")
    given = parser.parse_args()
    vault = Vault(KeyRing.generate())
    with tempfile.TemporaryDirectory(dir=given.folder) as folder:
        file = Path(folder) / "records.db"
        with Records.open(sqlite_url(file), vault) as records:
            timed(f"{given.pets} enrolments", lambda: fill(records, given.pets))
            timed("one more enrolment", lambda: records.enrol(enrolment(given.pets)))
        print(f"{file.stat().st_size / 1e6:.0f} MB")
        with Records.open(sqlite_url(file), vault) as records:
            read(records, given.pets)
        with Records.open(sqlite_url(file), Vault(vault.keys.rotated())) as records:
            timed("a new master key on everything", lambda: records.rewrap(NOW))


def fill(records: Records, pets: int) -> None:
    """Enrol that many pets."""
    for number in range(pets):
        records.enrol(enrolment(number))


def read(records: Records, pets: int) -> None:
    """Search and read the gallery, for the first time and again."""
    timed("first search", lambda: records.find_pets("김하늘77"))
    timed("later search, few found", lambda: records.find_pets("010-2000-0077"))
    timed("later search, 100 found", lambda: records.find_pets("초코"))
    records.enrol(enrolment(pets + 1))
    timed("search after another came in", lambda: records.find_pets(f"초코{pets + 1}"))
    timed("first gallery", lambda: records.templates(MODEL))
    timed("later gallery", lambda: records.templates(MODEL))


def enrolment(number: int) -> NewEnrolment:
    """Every guardian has two pets."""
    guardian = number // 2
    vector = np.random.default_rng(number).standard_normal(512).astype(np.float32)
    return NewEnrolment(
        pet_did=f"did:ethr:besu:0x{number:040x}",
        facts=PetFacts(f"초코{number}", features="흰 양말", microchip=f"9001820{number:08d}"),
        guardian=GuardianDetails(f"김하늘{guardian}", f"010{20_000_000 + guardian:08d}"),
        consents=(Consent(ConsentKind.IDENTIFICATION, "v1", NOW),),
        photos=tuple(StoredPhoto(f"{number}/image_{n}.jpg", "ab" * 32, 0.9) for n in (1, 2, 3)),
        template=Template(vector, "model", MODEL, 0.9),
        operator="staff",
        created_at=NOW,
    )


def timed(name: str, work: Callable[[], Answer]) -> Answer:
    """Print how long the work took, and give its answer."""
    wall, processor = time.perf_counter(), time.process_time()
    answer = work()
    wall, processor = time.perf_counter() - wall, time.process_time() - processor
    print(f"{name}: {wall:.3f} s, of the processor {processor:.3f} s", flush=True)
    return answer


if __name__ == "__main__":
    main()
