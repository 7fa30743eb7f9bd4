"""A new master key is put on everything; broken off at any point, the next run finishes it, and nothing is lost."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import text

from noseprint.errors import ErrorCode, NoseprintError
from noseprint.records import rewrapping
from noseprint.records.database import keys_in_use
from noseprint.records.drafts import Draft, Drafts
from noseprint.records.operators import Operators
from noseprint.records.pins import Cost
from noseprint.records.records import Records
from noseprint.records.rotation import Rotated, rotate
from noseprint.records.staff import Role
from noseprint.settings import Secret
from noseprint.sync.spool import Spool
from noseprint.vault.key_ring import KeyRing
from noseprint.vault.key_stores import KeyFile, KeysInEnvironment
from noseprint.vault.master_keys import MasterKeys
from noseprint.vault.sealed import key_id_of
from noseprint.vault.vault import Vault

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from noseprint.records.entities import Pet
    from tests.integration.records.conftest import MakeEnrolment

DRAFT = Draft({"name": "초코"}, (b"a photo",))
PHOTOS = [b"one photo", b"another photo"]
SEALED = {
    "guardians": "sealed",
    "pets": "sealed",
    "templates": "sealed_vector",
    "operators": "sealed_name",
}


class Killed(BaseException):
    """What a killed process does: nothing after it runs."""


class Clinic:
    """Records, spool and keys of one machine."""

    def __init__(self, url: str, folder: Path) -> None:
        self.url = url
        self.keys = MasterKeys([KeyFile(folder / "keys" / "master.key")], folder / "keys" / ".lock")
        self.folder = folder / "spool"
        self.drafts_folder = folder / "drafts"

    def vault(self) -> Vault:
        return Vault(self.keys.open(keys_in_use(self.url)))

    def spool(self, vault: Vault) -> Spool:
        return Spool(self.folder, vault)

    def records(self, vault: Vault | None = None) -> Records:
        return Records.open(self.url, vault or self.vault())

    def rotate(self) -> Rotated:
        return rotate(self.keys, self.vault(), self.records, self.spool, self.drafts)

    def drafts(self, vault: Vault) -> Drafts:
        return Drafts(self.drafts_folder, vault)

    def used_keys(self) -> set[str]:
        """The ids of the keys that stored values and files are really under."""
        files = [file for file in self.folder.iterdir() if not file.name.startswith(".")]
        files += self.drafts_folder.glob("*.draft")
        found = {key_id_of(file.read_bytes()) for file in files}
        with self.records() as records, records._engine.connect() as connection:
            for table, column in SEALED.items():
                values = connection.execute(text(f"SELECT {column} FROM {table}")).scalars()  # noqa: S608
                found |= set(map(key_id_of, values))
        return found


@pytest.fixture
def clinic(url: str, tmp_path: Path) -> Clinic:
    return Clinic(url, tmp_path)


@pytest.fixture
def pets(clinic: Clinic, make_enrolment: MakeEnrolment) -> list[Pet]:
    vault = clinic.vault()
    with clinic.records(vault) as records:
        operators = Operators(records._engine, vault, cost=Cost(4, 8, 1))
        operators.add(None, "김하늘", Role.ADMIN, "190377")
        enrolled = [records.enrol(make_enrolment()) for _ in range(7)]
    for photo in PHOTOS:
        clinic.spool(vault).put(photo)
    clinic.drafts(vault).keep("S1", DRAFT)
    return enrolled


def require_whole(clinic: Clinic, pets: list[Pet]) -> None:
    vault = clinic.vault()
    with clinic.records(vault) as records:
        assert records.find_pets() == pets[::-1]
        assert records.find_pets("010-1234-5678") == pets[::-1]
        assert len(records.templates("a" * 64)[0]) == len(pets)
        assert Operators(records._engine, vault).all()[0].name == "김하늘"
        records.trail.verify(records._engine)
    spool = clinic.spool(vault)
    assert sorted(map(spool.read, spool.names())) == sorted(PHOTOS)
    assert clinic.drafts(vault).load("S1") == DRAFT


def test_everything_is_under_the_new_key_and_is_as_it_was(clinic: Clinic, pets: list[Pet]) -> None:
    former = clinic.vault().keys.current.key_id
    done = clinic.rotate()
    assert (done.files, done.values) == (2 + 1, 1 + 7 + 7 + 1)
    assert clinic.used_keys() == {done.key_id} != {former}
    require_whole(clinic, pets)
    with clinic.records() as records:
        assert records.sealing_key_ids() == {done.key_id}
        newest = records.trail.entries(records._engine)[0]
        assert (newest.event_id, newest.details) == ("NA-3006", {"entries": 19})


def test_only_the_key_of_the_fingerprints_is_still_needed_besides(clinic: Clinic, pets: list[Pet]) -> None:
    first = clinic.vault().keys.current.key_id
    second, third = clinic.rotate().key_id, clinic.rotate().key_id
    assert len({first, second, third}) == 3
    assert keys_in_use(clinic.url) == {first, third}
    require_whole(clinic, pets)


@pytest.fixture
def strikes(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[int], None]]:
    """Kill a rotation before its n-th change of a file, of some rows or of the keys in use."""
    monkeypatch.setattr(rewrapping, "_BATCH", 2)
    left = [10**6]

    def counted(owner: type | object, name: str) -> None:
        real = getattr(owner, name)

        def striking(*arguments: object, **named: object) -> object:
            left[0] -= 1
            if left[0] < 0:
                raise Killed
            return real(*arguments, **named)

        monkeypatch.setattr(owner, name, striking)

    counted(Spool, "rewrap")
    counted(Drafts, "rewrap")
    counted(rewrapping, "_rewrap_some")
    counted(Records, "open")
    counted(Records, "rewrap")

    def strike_before(number: int) -> None:
        left[0] = number

    yield strike_before
    monkeypatch.undo()


def test_a_rotation_that_is_killed_anywhere_is_finished_by_the_next_one(
    clinic: Clinic, pets: list[Pet], strikes: Callable[[int], None]
) -> None:
    points, killed = 0, True
    while killed:
        strikes(points)
        try:
            clinic.rotate()
        except Killed:
            points += 1
        else:
            killed = False
        strikes(10**6)
        require_whole(clinic, pets)
        with_key = clinic.rotate().key_id
        assert clinic.used_keys() == {with_key}
        require_whole(clinic, pets)
    assert points > 15


def test_a_rotation_that_was_broken_off_makes_no_further_key(
    clinic: Clinic, pets: list[Pet], strikes: Callable[[int], None]
) -> None:
    strikes(6)
    with suppress(Killed):
        clinic.rotate()
    strikes(10**6)
    begun = clinic.vault().keys
    assert len(begun.key_ids) == 2
    assert clinic.rotate().key_id == begun.current.key_id
    assert clinic.vault().keys.key_ids == begun.key_ids
    require_whole(clinic, pets)


def test_keys_of_the_environment_are_changed_by_a_person_and_then_put_on_everything(
    clinic: Clinic, pets: list[Pet]
) -> None:
    ring = clinic.vault().keys

    def from_environment(written: Secret) -> MasterKeys:
        return MasterKeys([KeysInEnvironment(written)], clinic.folder.parent / "environment.lock")

    clinic.keys = from_environment(ring.written())
    with pytest.raises(NoseprintError) as caught:
        clinic.rotate()
    assert caught.value.code is ErrorCode.SETTINGS_INVALID
    require_whole(clinic, pets)
    new = KeyRing.generate().written().reveal()
    clinic.keys = from_environment(Secret(new + ring.written().reveal()))
    done = clinic.rotate()
    assert clinic.used_keys() == {done.key_id} == {clinic.vault().keys.current.key_id}
    require_whole(clinic, pets)
