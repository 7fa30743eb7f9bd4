"""Where photos and vectors lie: in the object store, and until they are there in spool and outbox."""

from __future__ import annotations

import hashlib
import logging
import threading
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from noseprint.bootstrap.folders import make_data_folder, spool_folder
from noseprint.bootstrap.keys import open_records, open_vault
from noseprint.errors import ErrorCode, NoseprintError
from noseprint.logs import facts
from noseprint.sync.local_store import LocalStore
from noseprint.sync.pet_objects import PetObjects

if TYPE_CHECKING:
    from collections.abc import Iterator

    from noseprint.records.outbox import Outbox
    from noseprint.records.records import Records
    from noseprint.settings import Settings
    from noseprint.sync.object_store import ObjectStore
    from noseprint.sync.outbox import Entry
    from noseprint.sync.spool import Spool
    from noseprint.vault.vault import Vault

_HOLDER_FILE = "machine-name"
_OBJECTS = "objects"

_log = logging.getLogger(__name__)


def open_store(settings: Settings, deadline_s: float | None = None) -> ObjectStore:
    """The object store in use: NCP where its keys are set, else a folder.

    Args:
        settings: all of them.
        deadline_s: seconds that one call may take; that of the screens, ``storage_deadline_s``, when left out.
    """
    if not settings.uses_ncp:
        make_data_folder(settings)
        return LocalStore(settings.data_dir / _OBJECTS)
    from noseprint.sync.s3_client import S3Settings  # noqa: PLC0415
    from noseprint.sync.s3_store import S3Store  # noqa: PLC0415

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


def store_identity(settings: Settings) -> str:
    """The name of the store that is set, without any secret: where it is, and not who may use it.

    A folder's path may hold a person's name; a part of its checksum stands for it.
    """
    if not settings.uses_ncp:
        folder = str((settings.data_dir / _OBJECTS).resolve())
        return f"folder {hashlib.sha256(folder.encode()).hexdigest()[:12]}"
    endpoint = urlsplit(settings.ncp_endpoint)
    place = endpoint.netloc.rpartition("@")[2].lower()
    return f"{place}{endpoint.path.rstrip('/')} {settings.ncp_bucket_name}"


@contextmanager
def open_pet_objects(settings: Settings) -> Iterator[PetObjects]:
    """The photos and vectors of all pets, until the end of the block: those in the store, and those that wait here.

    A machine that never enrolled anything, as a server in a container, has no spool; nothing else is opened then. As
    soon as it has one, what waits in it is seen.

    Where that cannot be opened (a full disk, a missing key) the log says so, reading raises the codes of
    :func:`open_holdings`, and each reading tries again: whoever needs no stored object goes on meanwhile.
    """
    from noseprint.sync.pending import PendingStore  # noqa: PLC0415

    with ExitStack() as opened:
        waiting = _WaitingHere(settings, opened)
        try:
            waiting.holdings()
        except NoseprintError as fault:
            _log.warning("what waits here cannot be read", extra=facts(code=fault.code.value, why=fault.sentence("en")))
        store = PendingStore(open_store(settings), waiting, waiting)
        yield PetObjects(store, settings.ncp_vector_prefix, waiting.photo_count)


class _WaitingHere:
    """What waits on this machine from the first enrolment on, which may come long after a server has started.

    Any thread may use it.
    """

    def __init__(self, settings: Settings, opened: ExitStack) -> None:
        self._settings = settings
        self._opened = opened
        self._holdings: Holdings | None = None
        self._opening = threading.Lock()

    def holdings(self) -> Holdings | None:
        with self._opening:
            if self._holdings is None and spool_folder(self._settings).is_dir():
                self._holdings = self._opened.enter_context(open_holdings(self._settings))
            return self._holdings

    def kept(self, key: str) -> Entry | None:
        holdings = self.holdings()
        return holdings.outbox.kept(key) if holdings else None

    def open_keys(self, prefix: str) -> set[str]:
        holdings = self.holdings()
        return holdings.outbox.open_keys(prefix) if holdings else set()

    def photo_count(self, pet_did: str) -> int:
        holdings = self.holdings()
        return holdings.records.photo_count(pet_did) if holdings else 0

    def read(self, name: str) -> bytes:
        holdings = self.holdings()
        if holdings is None:
            raise NoseprintError(ErrorCode.OBJECT_NOT_FOUND, key=name)
        return holdings.spool.read(name)


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
    from noseprint.disk import shared  # noqa: PLC0415

    make_data_folder(settings)
    with shared(settings.data_dir):
        vault = open_vault(settings)  # keys are not changed from here on
        with open_records(settings, vault) as records:
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
    return Outbox(records.engine, _holder(settings), longest_pause=longest_pause, trail=records.trail)


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
