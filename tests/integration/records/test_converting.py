"""A database of the versions that kept names and numbers in plain columns is sealed whole when it is opened."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.exc import OperationalError

from noseprint.errors import ErrorCode, NoseprintError
from noseprint.records import database
from noseprint.records.entities import GuardianDetails, PetFacts, Sex
from noseprint.records.records import Records
from noseprint.vault.key_ring import KeyRing
from noseprint.vault.vault import Vault
from tests.support.old_records import make_records_of
from tests.support.vault import VAULT

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

A, B = "a" * 64, "b" * 64
DIDS = [f"did:ethr:besu:0x{number:040x}" for number in (1, 2)]
MOMENT = "2026-03-01 12:00:00+00:00"
NAME, GUARDIAN, OPERATOR, FEATURES = "Chocolatine", "Haneul Plaintext", "Doctor Readable", "white socks, scar"
PHONE, CHIP = "+821012345678", "900182001234567"
VECTORS = [np.random.default_rng(seed).standard_normal(512).astype("<f4") for seed in (1, 2)]
PRIVATE = [
    *(
        word.encode(coding)
        for word in (NAME, GUARDIAN, OPERATOR, FEATURES, "초코")
        for coding in ("utf-8", "utf-16-le")
    ),
    *(number.encode() for number in (PHONE, "1012345678", CHIP)),
    *(vector.tobytes()[:64] for vector in VECTORS),
]


def pet(number: int, **changes: Any) -> tuple[str, dict[str, object]]:  # noqa: ANN401
    usual = {"name": NAME, "species": "dog", "breed": "진도개", "age_years": 3, "sex": "female", "neutered": True}
    usual |= {"colour": "brown", "weight_kg": 4.2, "features": FEATURES, "microchip": CHIP, "guardian_id": 1}
    plain = {"model_name": "m", "model_sha256": A, "quality": 0.5, "operator": OPERATOR, "created_at": MOMENT}
    return "pets", {"id": number, "pet_did": DIDS[number - 1], **usual, **plain, **changes}


def template(number: int, model: str = A) -> tuple[str, dict[str, object]]:
    row = {"pet_id": number, "model_sha256": model, "model_name": "m", "quality": 0.5, "created_at": MOMENT}
    return "templates", row | {"vector": VECTORS[number - 1].tobytes()}


def verification(number: int) -> tuple[str, dict[str, object]]:
    row = {"id": number, "pet_did": DIDS[0], "image_key": f"key {number}", "similarity": 0.9, "cosine": 0.8}
    row |= {"verdict": "same", "model_name": "m", "model_sha256": A, "quality": 0.5, "operator": OPERATOR}
    return "verifications", row | {"created_at": MOMENT}


ROWS = [
    ("guardians", {"id": 1, "phone": PHONE, "name": GUARDIAN, "created_at": MOMENT}),
    pet(1),
    pet(2, name="초코", microchip=None, guardian_id=None, age_years=None, neutered=None, weight_kg=None, features=""),
    *(template(number, model) for number in (1, 2) for model in (A, B)),
    ("consents", {"pet_id": 1, "kind": "identification", "text_version": "v1", "given_at": MOMENT}),
    ("photos", {"pet_id": 1, "position": 0, "key": "image_1.jpg", "sha256": "cd" * 32, "quality": 0.5}),
    *(verification(number) for number in range(1, 1201)),
]


@pytest.fixture
def plain(url: str) -> str:
    """A database of each kind with two pets, everything readable."""
    make_records_of("0004", url, ROWS)
    return url


@pytest.fixture
def plain_file(file_url: str, tmp_path: Path) -> str:
    make_records_of("0004", file_url, ROWS)
    assert {NAME.encode(), GUARDIAN.encode(), PHONE.encode(), CHIP.encode()} <= set(readable(tmp_path))
    return file_url


def contents(folder: Path) -> list[bytes]:
    return [file.read_bytes() for file in folder.rglob("*") if file.is_file()]


def readable(folder: Path) -> list[bytes]:
    return [word for word in PRIVATE if any(word in content for content in contents(folder))]


def refusal(call: Callable[[], object]) -> ErrorCode:
    with pytest.raises(NoseprintError) as caught:
        call()
    return caught.value.code


def test_everything_is_there_and_found_as_before(plain: str) -> None:
    with Records.open(plain, VAULT) as records:
        first, second = (records.pet(pet_did) for pet_did in DIDS)
        assert first.facts == PetFacts(NAME, "dog", "진도개", 3, Sex.FEMALE, True, "brown", 4.2, FEATURES, CHIP)
        assert (first.guardian, first.operator) == (GuardianDetails(GUARDIAN, PHONE), OPERATOR)
        assert (first.photo_keys, len(first.consents)) == (("image_1.jpg",), 1)
        assert (second.facts, second.guardian) == (
            PetFacts("초코", breed="진도개", sex=Sex.FEMALE, colour="brown"),
            None,
        )
        for text_typed in (NAME, "haneul", "010-1234-5678", CHIP):
            assert [found.pet_did for found in records.find_pets(text_typed)] == [DIDS[0]]
        for model in (A, B):
            pet_dids, vectors = records.templates(model)
            assert pet_dids == DIDS
            assert vectors.tobytes() == b"".join(vector.tobytes() for vector in VECTORS)
        verifications = records.verifications(DIDS[0])
        assert (len(verifications), {item.operator for item in verifications}) == (1200, {OPERATOR})


def test_no_value_in_any_table_can_be_read_afterwards(plain: str) -> None:
    Records.open(plain, VAULT).close()
    engine = create_engine(plain)
    with engine.connect() as connection:
        for table in ("guardians", "pets", "templates", "verifications"):
            for row in connection.execute(text(f"SELECT * FROM {table}")):  # noqa: S608
                whole = b"|".join(value if isinstance(value, bytes) else str(value).encode() for value in row)
                assert not [word for word in PRIVATE if word in whole]
    engine.dispose()


def test_no_page_of_the_file_or_its_journal_can_be_read_afterwards(plain_file: str, tmp_path: Path) -> None:
    with Records.open(plain_file, VAULT):
        assert readable(tmp_path) == []
    assert readable(tmp_path) == []


def test_no_page_of_postgresqls_tables_can_be_read_afterwards(postgres: str, url: str) -> None:
    if not url.startswith("postgresql"):
        pytest.skip("of PostgreSQL alone")
    assert postgres
    make_records_of("0004", url, ROWS)
    engine = create_engine(url)
    pages = text("SELECT pg_read_binary_file(pg_relation_filepath(CAST(:name AS text)))")

    def relations() -> dict[str, bytes]:
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("CHECKPOINT"))
            found = connection.execute(
                text("SELECT relname FROM pg_class WHERE relnamespace = current_schema()::regnamespace")
            )
            return {name: connection.scalar(pages, {"name": name}) or b"" for (name,) in found.all() if name[0] != "_"}

    before = b"".join(relations().values())
    assert NAME.encode() in before
    assert GUARDIAN.encode() in before
    Records.open(url, VAULT).close()
    after = b"".join(relations().values())
    assert [word for word in PRIVATE if word in after] == []
    engine.dispose()


def test_a_program_that_was_killed_before_the_file_was_written_anew_does_it_at_the_next_start(
    plain_file: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "_remove_remains", lambda _engine: None)
    Records.open(plain_file, VAULT).close()
    monkeypatch.undo()
    with Records.open(plain_file, VAULT) as records:
        assert readable(tmp_path) == []
        assert records._engine.connect().exec_driver_sql("PRAGMA user_version").scalar_one() == 0
        assert len(records.find_pets()) == 2


def test_what_was_removed_long_before_is_gone_too(plain_file: str, tmp_path: Path) -> None:
    engine = create_engine(plain_file)
    with engine.begin() as connection:
        connection.execute(text("PRAGMA secure_delete = OFF"))  # as earlier versions had it
        connection.execute(text("UPDATE verifications SET operator = 'Someone Forgotten'"))
        connection.execute(text("DELETE FROM verifications"))
    engine.dispose()
    assert any(b"Forgotten" in content for content in contents(tmp_path))
    Records.open(plain_file, VAULT).close()
    assert not any(b"Forgotten" in content for content in contents(tmp_path))


def test_a_conversion_that_fails_leaves_the_plain_database_as_it_was(
    plain: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    class BreaksOnce(Vault):
        def seal(self, plaintext: bytes, context: str) -> bytes:
            if context == "verification:key 900:operator":
                raise KeyboardInterrupt
            return super().seal(plaintext, context)

    with pytest.raises(KeyboardInterrupt):
        Records.open(plain, BreaksOnce(VAULT.keys))
    engine = create_engine(plain)
    with engine.connect() as connection:
        assert connection.scalar(text("SELECT version_num FROM alembic_version")) == "0004"
        assert connection.execute(text("SELECT name, phone FROM guardians")).one() == (GUARDIAN, PHONE)
    engine.dispose()
    monkeypatch.undo()
    with Records.open(plain, VAULT) as records:
        assert records.pet(DIDS[0]).facts.name == NAME


def test_a_vault_without_the_key_of_the_operators_names_converts_nothing(file_url: str, tmp_path: Path) -> None:
    staff = {"id": 1, "sealed_name": VAULT.seal(b"x", "operator:S1:name"), "role": "admin", "pin": "x", "failures": 0}
    moments = dict.fromkeys(("waits_from", "last_seen", "created_at"), MOMENT)
    make_records_of("0004", file_url, [*ROWS, ("operators", staff | moments)])
    before = (tmp_path / "records.db").read_bytes()
    assert refusal(lambda: Records.open(file_url, Vault(KeyRing.generate()))) is ErrorCode.MASTER_KEY_MISSING
    assert (tmp_path / "records.db").read_bytes() == before
    assert database.keys_in_use(file_url) == {VAULT.keys.current.key_id}
    Records.open(file_url, VAULT).close()


@pytest.mark.provokes_warnings
@pytest.mark.parametrize("fault", [sqlite3.SQLITE_BUSY, sqlite3.SQLITE_FULL])
def test_a_file_that_cannot_be_written_anew_now_keeps_nobody_from_starting_and_the_next_start_does_it(
    plain_file: str, monkeypatch: pytest.MonkeyPatch, fault: int
) -> None:
    def fail(_engine: object) -> None:
        if fault == sqlite3.SQLITE_FULL:
            raise NoseprintError(ErrorCode.DISK_FULL, path="records")
        raise OperationalError("VACUUM", None, sqlite3.OperationalError("database is locked"))

    monkeypatch.setattr(database, "_write_anew", fail)
    with Records.open(plain_file, VAULT) as records:
        assert len(records.find_pets()) == 2
        assert records._engine.connect().exec_driver_sql("PRAGMA user_version").scalar_one() == 1
    monkeypatch.undo()
    with Records.open(plain_file, VAULT) as records:
        assert records._engine.connect().exec_driver_sql("PRAGMA user_version").scalar_one() == 0
