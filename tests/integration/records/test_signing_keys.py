"""The key that signs results: made once for all kiosks of a clinic, sealed, carried along by a new master key."""

from __future__ import annotations

import hashlib
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from sqlalchemy import text

from noseprint.records.records import Records
from noseprint.vault.vault import Vault
from tests.support.vault import VAULT

NOW = datetime(2026, 4, 1, 12, tzinfo=UTC)

if TYPE_CHECKING:
    from noseprint.records.audit import AuditEntry


def made(records: Records) -> list[AuditEntry]:
    return [entry for entry in records.trail.entries(records.engine) if entry.event_id == "NA-3012"]


def test_it_is_made_once_and_told_once(url: str, records: Records) -> None:
    key = records.signing_keys.key(NOW, by="S1")
    with Records.open(url, VAULT) as elsewhere:
        assert elsewhere.signing_keys.key(NOW).public_key == key.public_key
    (entry,) = made(records)
    assert (entry.operator, entry.subject) == ("S1", hashlib.sha256(key.public_key).hexdigest())


def test_programs_that_ask_at_the_same_time_get_the_same(records: Records) -> None:
    with ThreadPoolExecutor(8) as pool:
        keys = {key.public_key for key in pool.map(lambda _: records.signing_keys.key(NOW), range(8))}
    assert len(keys) == 1
    assert len(made(records)) == 1


def test_it_lies_sealed_and_a_new_master_key_goes_on_it(url: str) -> None:
    vault = Vault(VAULT.keys.rotated())
    with Records.open(url, VAULT) as records:
        public_key = records.signing_keys.key(NOW).public_key
    with Records.open(url, vault) as records:
        records.rewrap(NOW)
        with records.engine.connect() as connection:
            sealed = bytes(connection.execute(text("SELECT sealed_key FROM signing_keys")).scalar_one())
        assert sealed[4:12].hex() == vault.keys.current.key_id
        assert records.signing_keys.key(NOW).public_key == public_key
