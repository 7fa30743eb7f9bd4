"""The one place where everything is wired, for every face and for the tests.

Imports inside functions are on purpose here and only here: the headless server never opens the
records and seldom S3, and their libraries would more than double its start.
"""

from __future__ import annotations

import os
import threading
from contextlib import closing, contextmanager
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
    from collections.abc import Iterator

    from noseprint.capture.finder import NoseFinder
    from noseprint.clinic import Clinic
    from noseprint.identity.pet_did import DidScheme
    from noseprint.matching.keypoints import KeypointEvidence, Keypoints
    from noseprint.records.records import Records
    from noseprint.settings import Settings
    from noseprint.sync.object_store import ObjectStore

DEFAULT_MODEL = "noseprint-base.onnx"


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


def open_store(settings: Settings) -> ObjectStore:
    """The object store in use: NCP where its keys are set, else a folder."""
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
            deadline_s=settings.storage_deadline_s,
        )
    )


def open_pet_objects(settings: Settings) -> PetObjects:
    """The photos and vectors of all pets, in the object store in use."""
    return PetObjects(open_store(settings), settings.ncp_vector_prefix)


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

    Raises:
        NoseprintError: FOLDER_NOT_USABLE.
    """
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


def open_gateway(settings: Settings, embedder: Embedder) -> Gateway:
    """The use cases behind the gRPC service."""
    return Gateway(embedder, open_pet_objects(settings), keypoint_finder(settings))


def open_records(settings: Settings) -> Records:
    """Open the records: PostgreSQL when its host is set, else SQLite in the data folder.

    Raises:
        NoseprintError: FOLDER_NOT_USABLE, RECORDS_UNAVAILABLE, RECORDS_DAMAGED or RECORDS_TOO_NEW.
    """
    from noseprint.records.records import Records, postgresql_url, sqlite_url  # noqa: PLC0415

    make_data_folder(settings)
    if not settings.db_host:
        return Records.open(sqlite_url(_private_file(settings.data_dir / "records.db")))
    user, password = settings.db_username, settings.db_password.reveal()
    return Records.open(postgresql_url(settings.db_host, settings.db_port, user, password, settings.db_database))


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
    from noseprint.clinic import Clinic, Rules  # noqa: PLC0415

    rules = Rules(settings.minimum_quality, settings.outlier_similarity, thresholds(settings), settings.look_up_margin)
    with closing(open_records(settings)) as records:
        yield Clinic(
            embedder or load_embedder(settings),
            records,
            open_pet_objects(settings),
            rules=rules,
            did_scheme=did_scheme(settings),
            limits=image_limits(settings),
            points=keypoint_finder(settings),
            noses=nose_finder(),
        )
