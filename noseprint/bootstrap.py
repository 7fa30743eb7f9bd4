"""The one place where everything is wired, for every face and for the tests.

Imports inside functions are on purpose here and only here: a server that never enrols opens no records,
and seldom S3, and their libraries would more than double its start.
"""

from __future__ import annotations

import os
import sys
import threading
from contextlib import closing, contextmanager
from dataclasses import dataclass
from importlib.resources import files
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from noseprint.embedding.embedder import Embedder, ModelEmbedder
from noseprint.embedding.limits import ImageLimits
from noseprint.embedding.model import find_manifest, load_model
from noseprint.errors import ErrorCode, NoseprintError
from noseprint.gateway import Gateway
from noseprint.matching.similarity import Thresholds
from noseprint.sync.local_store import LocalStore
from noseprint.sync.model_fetcher import ModelCache
from noseprint.sync.pet_objects import PetObjects

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from noseprint.capture.finder import NoseFinder
    from noseprint.clinic import Clinic
    from noseprint.identity.pet_did import DidScheme
    from noseprint.matching.keypoints import KeypointEvidence, Keypoints
    from noseprint.records.backup import Source
    from noseprint.records.database import Address
    from noseprint.records.operators import Operators
    from noseprint.records.outbox import Outbox
    from noseprint.records.records import Records
    from noseprint.records.rotation import Rotated
    from noseprint.settings import Settings
    from noseprint.sync.drain import Progress
    from noseprint.sync.object_store import ObjectStore
    from noseprint.sync.spool import Spool
    from noseprint.sync.worker import Pace, SyncWorker
    from noseprint.transfer.dataset import DataSet
    from noseprint.transfer.export_archive import Export
    from noseprint.transfer.import_archive import Import
    from noseprint.vault.master_keys import MasterKeys
    from noseprint.vault.vault import Vault

DEFAULT_MODEL = "noseprint-base.onnx"
UPLOAD_DEADLINE_S = 300.0
"""As long may one upload take when nobody waits for it: a photo of 10 MiB on a line of 40 kB/s."""

_SYNC_LOCK = ".noseprint-syncing"
_HOLDER_FILE = "machine-name"


def assets_folder() -> Path:
    """Where the shipped files lie: inside the installed package, or beside it in a working copy."""
    package = Path(str(files("noseprint")))
    installed = package / "assets"
    return installed if installed.is_dir() else package.parent / "assets"


def image_limits(settings: Settings) -> ImageLimits:
    """The largest photo that is taken."""
    return ImageLimits(settings.max_image_bytes, settings.max_image_pixels)


def model_file(settings: Settings) -> Path:
    """The ONNX file in use: the one that is set, else the one to fetch, else the shipped one.

    Raises:
        NoseprintError: MODEL_FILE_INVALID when the one to fetch is not here yet, or damaged. Another model in
            its place would give other vectors and other Pet DIDs.
    """
    if settings.model_path:
        return Path(settings.model_path).expanduser()
    if not settings.ncp_model_key:
        return known_models() / DEFAULT_MODEL
    fetched = model_cache(settings).current(settings.ncp_model_key, settings.model_sha256)
    if fetched is None:
        problem = f"{settings.ncp_model_key}: not fetched yet; run `noseprint model fetch`"
        raise NoseprintError(ErrorCode.MODEL_FILE_INVALID, problem=problem)
    return fetched


def known_models() -> Path:
    """The folder of the shipped model and of the manifests of models that may lie anywhere."""
    return assets_folder() / "model"


def model_cache(settings: Settings) -> ModelCache:
    """The models that were fetched onto this machine."""
    named = settings.model_cache_dir
    return ModelCache(Path(named).expanduser() if named else settings.data_dir / "models", known_models())


def load_embedder(settings: Settings) -> ModelEmbedder:
    """Load and warm up the model in use, fetching it first where it is to be fetched and is not here yet.

    Raises:
        NoseprintError: MODEL_FILE_INVALID; the codes of :func:`fetch_model`.
    """
    wants_fetched = settings.ncp_model_key and not settings.model_path
    if wants_fetched and model_cache(settings).current(settings.ncp_model_key, settings.model_sha256) is None:
        fetch_model(settings)
    model = load_model(
        model_file(settings),
        known=known_models(),
        size=settings.model_input_size,
        channels=settings.model_input_channels,
    )
    return ModelEmbedder(model, image_limits(settings), settings.inference_slots)


def open_store(settings: Settings, deadline_s: float | None = None) -> ObjectStore:
    """The object store in use: NCP where its keys are set, else a folder.

    Args:
        settings: all of them.
        deadline_s: seconds that one call may take; that of the screens, ``storage_deadline_s``, when left out.
    """
    if not settings.uses_ncp:
        make_data_folder(settings)
        (settings.data_dir / "objects").mkdir(mode=0o700, exist_ok=True)
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


@contextmanager
def open_worker(
    settings: Settings,
    holdings: Holdings,
    on_progress: Callable[[Progress], None] = lambda _: None,
    *,
    deadline_s: float = UPLOAD_DEADLINE_S,
    wait_s: float = 0.0,
) -> Iterator[SyncWorker]:
    """The one worker of this data folder, for the length of the block.

    What a process that was killed had claimed is due again, and what it left in the spool is swept.

    Args:
        settings: all of them.
        holdings: what it empties.
        on_progress: see :class:`SyncWorker`.
        deadline_s: seconds that one upload may take.
        wait_s: how long to wait for a worker of another process, in seconds.

    Raises:
        NoseprintError: ALREADY_RUNNING when another process has a worker; FOLDER_NOT_USABLE; the codes of the records.
    """
    from noseprint.disk import locked  # noqa: PLC0415
    from noseprint.sync.dispatch import Dispatch  # noqa: PLC0415
    from noseprint.sync.worker import SyncWorker  # noqa: PLC0415

    with locked(settings.data_dir / _SYNC_LOCK, wait_s):
        holdings.outbox.forget_claims()
        Dispatch(holdings.spool, holdings.outbox).sweep()
        store = open_store(settings, deadline_s)
        yield SyncWorker(holdings.outbox, holdings.spool, store, pace=_pace(settings), on_progress=on_progress)


def _pace(settings: Settings) -> Pace:
    from datetime import timedelta  # noqa: PLC0415

    from noseprint.sync.backoff import Backoff  # noqa: PLC0415
    from noseprint.sync.worker import Pace  # noqa: PLC0415

    return Pace(
        parallel=settings.sync_parallel,
        bytes_per_s=settings.sync_bytes_per_s,
        keep=timedelta(days=settings.sync_keep_days),
        retries=Backoff(longest=timedelta(seconds=settings.sync_longest_pause_s)),
    )


def known_manifest_file(settings: Settings) -> Path:
    """The manifest file of the model in use.

    Raises:
        NoseprintError: MODEL_FILE_INVALID when the model has none.
    """
    file = model_file(settings)
    beside = file.with_suffix(".toml")
    if beside.exists():
        return beside
    manifest = find_manifest(file, known_models())
    if manifest is None:
        raise NoseprintError(ErrorCode.MODEL_FILE_INVALID, problem=f"{file.name}: no manifest knows this file")
    return known_models() / Path(manifest.file).with_suffix(".toml").name


def require_proven_model(settings: Settings) -> None:
    """Refuse a model that nothing vouches for: neither a manifest's checksum nor the one it was fetched with.

    Raises:
        NoseprintError: MODEL_FILE_INVALID.
    """
    if model_file(settings).parent.parent != model_cache(settings).folder:
        known_manifest_file(settings)


def make_data_folder(settings: Settings) -> None:
    """Make the data folder where it is missing, open to its owner alone.

    Where a restore was killed after it had moved the former folder away, the restored one takes its place.

    Raises:
        NoseprintError: FOLDER_NOT_USABLE.
    """
    if not settings.data_dir.exists():
        from noseprint.records.restore import finish_interrupted  # noqa: PLC0415

        finish_interrupted(settings.data_dir)
    try:
        settings.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as fault:
        raise NoseprintError(ErrorCode.FOLDER_NOT_USABLE, fault.strerror or "", path=settings.data_dir) from fault


def fetch_model(settings: Settings) -> Path:
    """Fetch a model, and the manifest beside it if there is one, from the store into the cache.

    Nothing of an earlier model is replaced before the new one has proven its checksum and has run once.

    Raises:
        NoseprintError: SETTINGS_INVALID without ``ncp_model_key``, OBJECT_NOT_FOUND, STORAGE_CONNECTION_ERROR,
            or MODEL_FILE_INVALID.
    """
    key = settings.ncp_model_key
    if not key:
        raise NoseprintError(ErrorCode.SETTINGS_INVALID, problem="ncp_model_key (NCP_MODEL_KEY) is not set")
    make_data_folder(settings)
    return model_cache(settings).fetch(open_store(settings), key, settings.model_sha256)


def thresholds(settings: Settings) -> Thresholds:
    """Where verdicts begin."""
    return Thresholds(settings.same_similarity, settings.review_similarity)


def did_scheme(settings: Settings) -> DidScheme:
    """How Pet DIDs are written here."""
    from noseprint.identity.pet_did import DidScheme  # noqa: PLC0415

    return DidScheme(settings.did_form, settings.did_method, settings.did_network)


class KeypointFinder:
    """Finds the points that photos share; OpenCV is imported at the first of them, for many servers never see one.

    At most ``slots`` photos are looked at at once, as many as there are processors by default: each takes up to 40 MB.
    """

    def __init__(self, limits: ImageLimits, slots: int = 0) -> None:
        self._limits = limits
        self._slots = threading.BoundedSemaphore(slots or os.cpu_count() or 1)

    def extract(self, photo: bytes) -> Keypoints:
        """The points of a photo, as :func:`noseprint.matching.keypoints.extract`."""
        from noseprint.matching import keypoints  # noqa: PLC0415

        with self._slots:
            return keypoints.extract(photo, self._limits)

    def match(self, one: Keypoints, other: Keypoints) -> KeypointEvidence:
        """The points that two photos share, as :func:`noseprint.matching.keypoints.match`."""
        from noseprint.matching import keypoints  # noqa: PLC0415

        with self._slots:
            return keypoints.match(one, other)


def keypoint_finder(settings: Settings) -> KeypointFinder | None:
    """What finds shared points; None where OpenCV is not installed, and vectors alone decide."""
    return KeypointFinder(image_limits(settings), settings.inference_slots) if find_spec("cv2") else None


def nose_finder() -> NoseFinder:
    """What finds noses in photos and camera frames.

    Raises:
        NoseprintError: MODEL_FILE_INVALID.
    """
    from noseprint.capture.finder import load_finder  # noqa: PLC0415

    return load_finder(assets_folder() / "finder" / "nose-finder.onnx")


def gateway_over(settings: Settings, objects: PetObjects, embedder: Embedder) -> Gateway:
    """The use cases behind the gRPC service."""
    return Gateway(embedder, objects, keypoint_finder(settings))


def master_keys(settings: Settings) -> MasterKeys:
    """The master keys of this installation.

    Raises:
        NoseprintError: SETTINGS_INVALID for a key file in the data folder.
    """
    from noseprint.vault.master_keys import MasterKeys  # noqa: PLC0415

    if sys.platform == "win32" and find_spec("keyring"):
        from noseprint.vault.system_keyring import SystemKeyring  # noqa: PLC0415

        return MasterKeys.of(settings, SystemKeyring())
    return MasterKeys.of(settings)


def spool_folder(settings: Settings) -> Path:
    """Where content waits to be uploaded."""
    return settings.data_dir / "spool"


def open_vault(settings: Settings) -> Vault:
    """The vault of this installation; its first key is made where nothing was ever sealed.

    Raises:
        NoseprintError: MASTER_KEY_MISSING when a key is not here under which the records or the spool were sealed;
            the codes of :func:`open_records`.
    """
    from noseprint.records.database import keys_in_use  # noqa: PLC0415
    from noseprint.sync import spool  # noqa: PLC0415
    from noseprint.vault.vault import Vault  # noqa: PLC0415

    in_use = keys_in_use(_records_address(settings)) | spool.keys_in_use(spool_folder(settings))
    return Vault(master_keys(settings).open(in_use))


def open_records(settings: Settings, vault: Vault | None = None) -> Records:
    """Open the records: PostgreSQL when its host is set, else SQLite in the data folder.

    Args:
        settings: all of them.
        vault: one that is open already; opened here when left out.

    Raises:
        NoseprintError: FOLDER_NOT_USABLE, MASTER_KEY_MISSING, RECORDS_UNAVAILABLE, RECORDS_DAMAGED or
            RECORDS_TOO_NEW; the codes of :class:`MasterKeys` about a place of keys.
    """
    from noseprint.records.records import Records  # noqa: PLC0415

    return Records.open(_records_address(settings), vault or open_vault(settings))


def open_operators(settings: Settings, vault: Vault | None = None) -> Operators:
    """Open the operators and the audit trail, which are in the records' own database.

    Raises:
        NoseprintError: the codes of :func:`open_records`.
    """
    from noseprint.records.operators import Operators  # noqa: PLC0415

    return Operators.open(_records_address(settings), vault or open_vault(settings))


def rotate_keys(settings: Settings) -> Rotated:
    """Put everything that is sealed here under a new master key, see ``rotation``; nothing else may be running.

    Raises:
        NoseprintError: ALREADY_RUNNING, the codes of :func:`open_records` and of ``MasterKeys.rotate``.
    """
    from noseprint.disk import exclusive, locked  # noqa: PLC0415
    from noseprint.records.rotation import rotate  # noqa: PLC0415
    from noseprint.sync.spool import Spool  # noqa: PLC0415

    make_data_folder(settings)
    with exclusive(settings.data_dir), locked(settings.data_dir / _SYNC_LOCK, wait_s=0.0):
        return rotate(
            master_keys(settings),
            open_vault(settings),
            lambda vault: open_records(settings, vault),
            lambda vault: Spool(spool_folder(settings), vault),
        )


def _records_address(settings: Settings) -> Address:
    """The address of the records; the folder and the file that it names are there, closed to others."""
    from noseprint.records.database import postgresql_url, sqlite_url  # noqa: PLC0415

    make_data_folder(settings)
    if not settings.db_host:
        return sqlite_url(_private_file(settings.data_dir / "records.db"))
    user, password = settings.db_username, settings.db_password.reveal()
    return postgresql_url(settings.db_host, settings.db_port, user, password, settings.db_database)


def _private_file(file: Path) -> Path:
    """Make a file that its owner alone can read where it is missing, also in a folder that others can.

    Raises:
        NoseprintError: FOLDER_NOT_USABLE.
    """
    try:
        file.touch(mode=0o600)
    except OSError as fault:
        raise NoseprintError(ErrorCode.FOLDER_NOT_USABLE, fault.strerror or "", path=file.parent) from fault
    return file


@contextmanager
def open_clinic(settings: Settings, embedder: Embedder | None = None) -> Iterator[Clinic]:
    """A clinic that is closed at the end of the block.

    Args:
        settings: all of them.
        embedder: a model that is loaded already; loaded here when left out.

    Raises:
        NoseprintError: the codes of :func:`load_embedder` and :func:`open_records`.
    """
    with open_holdings(settings) as holdings:
        yield clinic_over(settings, holdings, embedder)


def clinic_over(settings: Settings, holdings: Holdings, embedder: Embedder | None = None) -> Clinic:
    """A clinic over holdings that are open already; takes and raises what :func:`open_clinic` does."""
    from noseprint.clinic import Clinic, Rules  # noqa: PLC0415
    from noseprint.sync.dispatch import Dispatch  # noqa: PLC0415

    return Clinic(
        embedder or load_embedder(settings),
        holdings.records,
        pet_objects(settings, holdings),
        Dispatch(holdings.spool, holdings.outbox),
        rules=Rules(
            settings.minimum_quality, settings.outlier_similarity, thresholds(settings), settings.look_up_margin
        ),
        did_scheme=did_scheme(settings),
        limits=image_limits(settings),
        points=keypoint_finder(settings),
        noses=nose_finder(),
    )


def exporter(settings: Settings, holdings: Holdings) -> Export:
    """What writes everything unsynced into one file.

    Raises:
        NoseprintError: the codes of :func:`open_vault`.
    """
    from noseprint.records.parcels import Parcels  # noqa: PLC0415
    from noseprint.transfer.archive_format import Signer  # noqa: PLC0415
    from noseprint.transfer.export_archive import Export  # noqa: PLC0415

    vault = open_vault(settings)
    parcels = Parcels(holdings.records.engine, vault, holdings.outbox.holder)
    return Export(parcels, holdings.spool, Signer(vault))


def importer(settings: Settings, holdings: Holdings) -> Import:
    """What takes in such a file.

    Raises:
        NoseprintError: the codes of :func:`open_vault`.
    """
    from noseprint.records.parcels import Parcels  # noqa: PLC0415
    from noseprint.sync.dispatch import Dispatch  # noqa: PLC0415
    from noseprint.transfer.import_archive import Import  # noqa: PLC0415

    parcels = Parcels(holdings.records.engine, open_vault(settings), holdings.outbox.holder)
    return Import(parcels, Dispatch(holdings.spool, holdings.outbox))


def data_set(settings: Settings, holdings: Holdings, folder: Path) -> DataSet:
    """A data set for measuring, in a folder.

    Raises:
        NoseprintError: FOLDER_NOT_USABLE; the codes of :func:`open_vault`.
    """
    from noseprint.transfer.dataset import DataSet  # noqa: PLC0415

    return DataSet(folder, pet_objects(settings, holdings), open_vault(settings), image_limits(settings))


def backup_source(settings: Settings, holdings: Holdings) -> Source:
    """What a backup of a SQLite data folder is made of.

    Raises:
        NoseprintError: the codes of :func:`open_vault`.
    """
    from noseprint.records.backup import DATABASE, Source  # noqa: PLC0415

    key_ids = open_vault(settings).keys.key_ids
    return Source(settings.data_dir / DATABASE, spool_folder(settings), holdings.spool.changing, key_ids)
