"""Databases of earlier versions, as their programs left them, are opened, converted and found to be whole."""

from __future__ import annotations

import base64
import hashlib
import os
import shutil
import signal
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from noseprint.errors import ErrorCode, NoseprintError
from noseprint.records.database import sqlite_url
from noseprint.records.entities import Consent, ConsentKind, GuardianDetails, PetFacts, Sex
from noseprint.records.outbox import Outbox
from noseprint.records.records import Records
from noseprint.records.upgrade import copies, read_copy
from noseprint.settings import Secret
from noseprint.vault.key_ring import KeyRing
from noseprint.vault.vault import Vault
from tests.support.clinic_data import pet
from tests.support.striking_disk import survives

if TYPE_CHECKING:
    from collections.abc import Callable

DATABASES = sorted((Path(__file__).parents[2] / "fixtures" / "databases").glob("*.db"))
KEY = base64.b64encode(b"fixture key, protects nothing 04").decode()


@pytest.fixture(params=DATABASES, ids=lambda path: path.stem)
def file(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    return Path(shutil.copy(request.param, tmp_path / "records.db"))


@pytest.fixture
def vault() -> Vault:
    return Vault(KeyRing.parse(Secret(KEY), "fixture"))


def test_there_is_one_of_the_version_before_columns_were_sealed() -> None:
    assert "0004" in {path.stem for path in DATABASES}


def test_its_pets_are_found_with_all_that_was_known_of_them(file: Path, vault: Vault) -> None:
    with Records.open(sqlite_url(file), vault) as records:
        assert [found.pet_did for found in records.find_pets()] == [pet(3), pet(2), pet(1)]
        (first,) = records.find_pets("410099000000001")
        assert first == records.find_pets("010-0000-0001")[0]
        assert first.facts == PetFacts(
            "강아지 1", "dog", "Maltese", 1, Sex.FEMALE, True, "white", 3.5, "example", "410099000000001"
        )
        assert first.guardian == GuardianDetails("보호자 1", "+821000000001")
        assert {consent.kind for consent in first.consents} == set(ConsentKind)
        assert all(isinstance(consent, Consent) for consent in first.consents)
        assert records.pet(pet(3)).guardian is None
        pet_dids, vectors = records.templates("ab" * 32)
        assert pet_dids == [pet(1), pet(2), pet(3)]
        assert vectors.shape == (3, 16)
        assert [found.operator for found in records.verifications(pet(1))] == ["직원 1"]
        assert records.trail.verify(records.engine).seq >= 1
        (entry,) = Outbox(records.engine, "kiosk-1").open_entries()
        assert entry.sha256 == hashlib.sha256(b"photo 1").hexdigest()


def test_what_it_was_before_is_kept_beside_it_sealed(file: Path, vault: Vault) -> None:
    before = file.read_bytes()
    with Records.open(sqlite_url(file), vault):
        pass
    (copy,) = copies(file)
    assert copy.name.endswith("-0004.copy")
    # But for the header's few bytes about the journal it is the very file.
    assert read_copy(copy, vault)[100:] == before[100:]
    for path in file.parent.rglob("*"):
        if path.is_file():
            assert "보호자".encode() not in path.read_bytes(), path


class _StruckVault(Vault):
    """A vault to which something happens in the middle of the conversion, at the second pet."""

    def __init__(self, keys: KeyRing, strike: Callable[[], None]) -> None:
        super().__init__(keys)
        self._strike = strike

    def seal(self, plaintext: bytes, context: str) -> bytes:
        if context == f"pet:{pet(2)}":
            self._strike()
        return super().seal(plaintext, context)


def _rows(file: Path) -> list[str]:
    with closing(sqlite3.connect(file)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        return list(connection.iterdump())


def _fails() -> None:
    raise ValueError("보호자 1")


def _dies() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def test_a_conversion_that_fails_changes_nothing_and_says_where_the_copy_is(file: Path, vault: Vault) -> None:
    before = _rows(file)
    with pytest.raises(NoseprintError) as raised:
        Records.open(sqlite_url(file), _StruckVault(vault.keys, _fails))
    assert raised.value.code is ErrorCode.RECORDS_NOT_UPGRADED
    assert [raised.value.facts["path"]] == copies(file)
    assert "보호자" not in str(raised.value)
    assert _rows(file) == before


def test_a_conversion_that_is_killed_changes_nothing_and_is_done_by_the_next_start(file: Path, vault: Vault) -> None:
    before = _rows(file)
    assert not survives(lambda: Records.open(sqlite_url(file), _StruckVault(vault.keys, _dies)))
    assert _rows(file) == before
    with Records.open(sqlite_url(file), vault) as records:
        assert records.pet_count() == 3
