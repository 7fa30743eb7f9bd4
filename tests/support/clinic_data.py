"""A clinic's data folder for tests: records, spool and outbox, filled with generated enrolments that wait."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from noseprint.embedding.manifest import ModelIdentity
from noseprint.records.entities import (
    Consent,
    ConsentKind,
    GuardianDetails,
    NewEnrolment,
    PetFacts,
    StoredPhoto,
    Template,
    Verification,
)
from noseprint.records.outbox import Outbox
from noseprint.records.records import Records, sqlite_url
from noseprint.sync.dispatch import Dispatch
from noseprint.sync.local_store import LocalStore
from noseprint.sync.outbox import EntryState, Report
from noseprint.sync.pending import PendingStore
from noseprint.sync.pet_objects import PetObjects, photo_key
from noseprint.sync.spool import Spool
from tests.support.vault import VAULT

if TYPE_CHECKING:
    from pathlib import Path

    from noseprint.disk import Disk
    from noseprint.records.entities import Pet
    from noseprint.vault.vault import Vault

NOON = datetime(2026, 3, 1, 12, 0, 0, 123456, tzinfo=UTC)
MODEL = ModelIdentity("model-a", "ab" * 32)


def pet(number: int) -> str:
    return f"did:ethr:besu:0x{number:040x}"


class ClinicData:
    """Everything that a clinic keeps in one folder."""

    def __init__(
        self, folder: Path, vault: Vault = VAULT, holder: str = "kiosk-1", disk: Disk | None = None, url: str = ""
    ) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.vault = vault
        self.records = Records.open(url or sqlite_url(folder / "records.db"), vault)
        self.spool = Spool(folder / "spool", vault, disk)
        self.outbox = Outbox(self.records.engine, holder)
        self.dispatch = Dispatch(self.spool, self.outbox)
        (folder / "objects").mkdir(exist_ok=True)
        self.store = LocalStore(folder / "objects")
        self.objects = PetObjects(PendingStore(self.store, self.outbox, self.spool))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.records.close()

    def enrol(self, number: int, photos: tuple[bytes, ...] = (b"photo one", b"photo two"), **changes: object) -> Pet:
        """A pet like all others but for its number; its photos, vector and JSON wait to be uploaded."""
        pet_did = pet(number)
        vector = np.random.default_rng(number).standard_normal(16).astype(np.float32)
        contents = [photo + b" of %d" % number if photo.startswith(b"photo") else photo for photo in photos]
        usual: dict[str, Any] = {
            "pet_did": pet_did,
            "facts": PetFacts(
                f"초코 {number}", breed="Maltese", weight_kg=3.5, microchip=f"{410000000000000 + number}"
            ),
            "guardian": GuardianDetails(f"보호자 {number}", f"010-1234-{number:04}"),
            "consents": (Consent(ConsentKind.IDENTIFICATION, "2026-11", NOON),),
            "photos": tuple(
                StoredPhoto(photo_key(pet_did, n), hashlib.sha256(photo).hexdigest(), 80.0)
                for n, photo in enumerate(contents, start=1)
            ),
            "template": Template(vector, MODEL.name, MODEL.sha256, 80.0),
            "operator": "이수의",
            "created_at": NOON + timedelta(minutes=number),
        }
        enrolment = NewEnrolment(**{**usual, **changes})
        objects = self.objects.of_enrolment(pet_did, contents, vector, MODEL, enrolment.created_at)
        with self.dispatch.prepared(objects) as outgoing:
            return self.records.enrol(enrolment, outgoing)

    def verify(self, number: int, photo: bytes = b"probe", at: datetime = NOON + timedelta(days=1)) -> Verification:
        """A verification whose photo waits to be uploaded."""
        probe = self.objects.of_verification(pet(number), photo, at)
        verification = Verification(
            pet(number), probe.key, 0.91, 0.8, 40, "same", MODEL.name, MODEL.sha256, 70.0, "이수의", at
        )
        with self.dispatch.prepared([probe]) as outgoing:
            self.records.record_verification(verification, outgoing)
        return verification

    def sync(self, at: datetime = NOON + timedelta(days=2)) -> None:
        """Say of all that waits that it is in the store."""
        for run in self.outbox.claim(1000, at):
            for entry in run.entries:
                self.store.put(entry.key, self.spool.read(entry.spool_name), entry.content_type)
            self.outbox.settle([Report(run, run.entries)], at)

    def waiting(self) -> dict[str, bytes]:
        """What is to be uploaded, by its key."""
        entries = self.outbox.open_entries(EntryState.WAITING)
        return {entry.key: self.spool.read(entry.spool_name) for entry in entries}
