"""Where photos and vectors lie: in the object store, and until they are there in spool and outbox."""

from __future__ import annotations

from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from noseprint.bootstrap.folders import make_data_folder, spool_folder
from noseprint.bootstrap.keys import open_records, open_vault
from noseprint.sync.local_store import LocalStore
from noseprint.sync.pet_objects import PetObjects

if TYPE_CHECKING:
    from collections.abc import Iterator

    from noseprint.records.outbox import Outbox
    from noseprint.records.records import Records
    from noseprint.settings import Settings
    from noseprint.sync.object_store import ObjectStore
    from noseprint.sync.spool import Spool
    from noseprint.vault.vault import Vault

_HOLDER_FILE = "machine-name"


def open_store(settings: Settings, deadline_s: float | None = None) -> ObjectStore:
    """The object store in use: NCP where its keys are set, else a folder.

    Args:
        settings: all of them.
        deadline_s: seconds that one call may take; that of the screens, ``storage_deadline_s``, when left out.
    """
    if not settings.uses_ncp:
        make_data_folder(settings)
        return LocalStore(settings.data_dir / "objects")
    from noseprint.sync.s3_store import S3Settings, S3Store  # noqa: PLC0415

    return S3Store(
        S3Settings(
            endpoint=settings.ncp_endpoint,
            region=settings.ncp_region,
            bucket=settings.ncp_bucket_name,
            access_key=settings.ncp_access_key,
            secret_key=settings.ncp_secret_key.reveal(),
            deadline_s=deadline_s or settings.storage_deadline_s,
        )
    )


@contextmanager
def open_pet_objects(settings: Settings) -> Iterator[PetObjects]:
    """The photos and vectors of all pets, until the end of the block: those in the store, and those that wait here.

    A machine that never enrolled anything, as a server in a container, has no spool; nothing else is opened then.

    Raises:
        NoseprintError: the codes of :func:`open_holdings` where there is a spool.
    """
    if not spool_folder(settings).is_dir():
        yield PetObjects(open_store(settings), settings.ncp_vector_prefix)
        return
    with open_holdings(settings) as holdings:
        yield pet_objects(settings, holdings)


@dataclass(frozen=True, slots=True)
class Holdings:
    """What a machine keeps of its own.

    Attributes:
        records: of the pets.
        outbox: what waits to be uploaded.
        spool: the contents of that.
    """

    records: Records
    outbox: Outbox
    spool: Spool


@contextmanager
def open_holdings(settings: Settings) -> Iterator[Holdings]:
    """Records, outbox and spool, closed at the end of the block.

    Raises:
        NoseprintError: the codes of :func:`open_records`.
    """
    vault = open_vault(settings)
    with closing(open_records(settings, vault)) as records:
        yield Holdings(records, open_outbox(settings, records), open_spool(settings, vault))


def open_spool(settings: Settings, vault: Vault) -> Spool:
    """The contents that wait to be uploaded."""
    from noseprint.sync.spool import Spool  # noqa: PLC0415

    return Spool(spool_folder(settings), vault)


def open_outbox(settings: Settings, records: Records) -> Outbox:
    """What waits to be uploaded from this machine.

    Raises:
        NoseprintError: DISK_FULL, FOLDER_NOT_USABLE.
    """
    from datetime import timedelta  # noqa: PLC0415

    from noseprint.records.outbox import Outbox  # noqa: PLC0415

    longest_pause = timedelta(seconds=settings.sync_longest_pause_s)
    return Outbox(records.engine, _holder(settings), longest_pause=longest_pause)


def _holder(settings: Settings) -> str:
    """This machine's name in the outbox: SQLite has one machine, kiosks on one PostgreSQL are told apart."""
    from uuid import uuid4  # noqa: PLC0415

    from noseprint.disk import Disk, disk_errors, locked  # noqa: PLC0415

    if not settings.db_host:
        return "this machine"
    file = settings.data_dir / _HOLDER_FILE
    with locked(file.with_name(f".{file.name}.lock")), disk_errors(file.parent):
        if not file.exists():
            Disk().write(file, uuid4().hex.encode())
        return file.read_text("ascii")


def pet_objects(settings: Settings, holdings: Holdings) -> PetObjects:
    """The photos and vectors of all pets, those that wait here shown as if they were in the store already."""
    from noseprint.sync.pending import PendingStore  # noqa: PLC0415

    store = PendingStore(open_store(settings), holdings.outbox, holdings.spool)
    return PetObjects(store, settings.ncp_vector_prefix, holdings.records.photo_count)
