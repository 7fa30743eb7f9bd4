"""The program over a real PostgreSQL, as clinics with several kiosks use it: processes, a bucket, and one database."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING
from urllib.parse import unquote

import pytest
from sqlalchemy import create_engine

from tests.support.postgres_tenants import PostgresTenants, Tenant
from tests.support.program import Ended, Program
from tests.support.s3_server import BUCKET, RcloneS3, StrictProxy

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.proof

ADMIN_PIN, STAFF_PIN = "190377", "3071"


@pytest.fixture
def tenants(postgres: str) -> Iterator[PostgresTenants]:
    with PostgresTenants(postgres) as tenants:
        yield tenants


@pytest.fixture
def tenant(tenants: PostgresTenants) -> Tenant:
    return tenants.add()


@pytest.fixture
def bucket(tmp_path: Path) -> Iterator[StrictProxy]:
    """A real S3 server, and in front of it a proxy that writes down what is asked of it."""
    (tmp_path / "buckets").mkdir()
    with RcloneS3(tmp_path / "buckets") as server, StrictProxy(server.endpoint) as proxy:
        yield proxy


def kiosk(tmp_path: Path, name: str, tenant: Tenant, bucket: StrictProxy | None = None, key: str = "shared") -> Program:
    """A machine with a data folder of its own, which has lost the network."""
    endpoint = bucket.endpoint if bucket else ""
    program = Program(tmp_path / name, tmp_path / "keys" / f"{key}.key", endpoint, tenant.environment)
    program.lose_network()
    return program


def enrol(program: Program, noses: Path, dog: int) -> str:
    photos = [noses / f"dog-{dog}" / f"{number:02}.jpg" for number in (1, 2)]
    ended = program.run("enroll", "--pet-name", f"dog {dog}", "--microchip", f"{410000000000000 + dog}", *photos)
    assert ended.code == 0, ended
    pet_did: str = ended.answer["pet_did"]
    return pet_did


def uploads(bucket: StrictProxy) -> Counter[str]:
    """How often each key was put."""
    asked = (request.partition(" ") for request in bucket.requests)
    keys = (
        unquote(target.partition("?")[0]).removeprefix(f"/{BUCKET}/") for method, _, target in asked if method == "PUT"
    )
    return Counter(keys)


def test_two_kiosks_know_each_others_dogs_and_upload_nothing_twice(
    tmp_path: Path, noses: Path, tenant: Tenant, bucket: StrictProxy
) -> None:
    kiosks = [kiosk(tmp_path, name, tenant, bucket) for name in ("first", "second")]
    dogs = {enrol(kiosks[dog % 2], noses, dog): dog for dog in (1, 2)}
    for pet_did, dog in dogs.items():
        found = kiosks[(dog + 1) % 2].run("identify", noses / f"dog-{dog}" / "04.jpg")
        assert found.answer["pet_did"] == pet_did
    for each in kiosks:
        each.find_network()

    def sync(program: Program) -> Ended:
        return program.run("sync", "--once")

    with ThreadPoolExecutor() as pool:
        ended = list(pool.map(sync, kiosks))
    assert {(one.code, one.answer["parked"], one.answer["trouble"]) for one in ended} <= {(0, 0, None), (1, 0, None)}
    assert [sync(each).answer["waiting"] for each in kiosks] == [0, 0]
    put = uploads(bucket)
    assert set(put.values()) == {1}
    assert len(put) == 4 * len(dogs)
    for pet_did, dog in dogs.items():
        seen = kiosks[(dog + 1) % 2].run("verify", "--pet-did", pet_did, noses / f"dog-{dog}" / "03.jpg")
        assert (seen.code, seen.answer["verdict"]) == (0, "same")
    assert kiosks[0].run("audit", "verify").code == kiosks[1].run("audit", "verify").code == 0
    assert set(uploads(bucket).values()) == {1}


def test_a_kiosk_without_the_key_of_the_others_is_told_so(tmp_path: Path, noses: Path, tenant: Tenant) -> None:
    enrol(kiosk(tmp_path, "first", tenant), noses, 1)
    assert kiosk(tmp_path, "second", tenant, key="other").run("pets").error == "MASTER_KEY_MISSING"
    assert not (tmp_path / "keys" / "other.key").exists()


def test_what_waits_goes_by_stick_to_a_clinic_with_another_database_once(
    tmp_path: Path, noses: Path, tenants: PostgresTenants, tenant: Tenant, bucket: StrictProxy
) -> None:
    here = kiosk(tmp_path, "here", tenant, bucket)
    pet_did = enrol(here, noses, 1)
    exported = here.run("export", tmp_path / "stick.npx").answer
    there = kiosk(tmp_path, "there", tenants.add(), bucket, key="theirs")
    taken = there.run("import", tmp_path / "stick.npx", typed=[exported["code"]])
    assert (taken.code, taken.answer["enrolled"], taken.answer["refused"]) == (0, 1, [])
    again = there.run("import", tmp_path / "stick.npx", "--from", exported["sender"], typed=[exported["code"]])
    assert (again.error, again.answer.get("enrolled"), again.answer.get("known")) == ("", 0, 1), again
    there.find_network()
    assert there.run("sync").code == 0
    assert len(uploads(bucket)) == 4
    seen = there.run("verify", "--pet-did", pet_did, noses / "dog-1" / "03.jpg")
    assert seen.answer["verdict"] == "same"


def test_people_locks_the_trail_and_the_answer_about_backups_are_those_of_any_clinic(
    tmp_path: Path, tenant: Tenant, postgres: str
) -> None:
    clinic = kiosk(tmp_path, "clinic", tenant)
    assert clinic.run("operator", "add", "김하늘", "--role", "admin", typed=[ADMIN_PIN]).code == 0
    assert clinic.run("operator", "add", "박바다", "--by", "S1", typed=[ADMIN_PIN, STAFF_PIN]).code == 0
    wrong = [clinic.run("operator", "set-pin", "S2", typed=["2718", "9405"]).error for _ in range(6)]
    assert wrong == ["WRONG_PIN"] * 5 + ["LOCKED_OUT"]
    assert kiosk(tmp_path, "another", tenant).run("operator", "set-pin", "S2", typed=[STAFF_PIN, "9405"]).error == (
        "LOCKED_OUT"
    )
    assert clinic.run("backup", tmp_path / "clinic.backup").error == "NOT_ON_SQLITE"
    assert clinic.run("audit", "verify").code == 0
    engine = create_engine(postgres)
    with engine.begin() as connection:
        connection.exec_driver_sql("SET session_replication_role = replica")  # past the triggers, as an owner may
        connection.exec_driver_sql(f"UPDATE {tenant.username}.audit SET operator = 'S2' WHERE seq = 2")  # noqa: S608
    engine.dispose()
    broken = clinic.run("audit", "verify")
    assert (broken.error, broken.answer["seq"]) == ("AUDIT_BROKEN", 2)
