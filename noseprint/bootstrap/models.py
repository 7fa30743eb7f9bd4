"""The embedder's model: which file it is, its manifest, and how it is fetched and loaded."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from noseprint.bootstrap.folders import assets_folder, make_data_folder
from noseprint.bootstrap.stores import open_store
from noseprint.embedding.embedder import ModelEmbedder
from noseprint.embedding.limits import ImageLimits
from noseprint.embedding.model import find_manifest, load_model
from noseprint.errors import ErrorCode, NoseprintError
from noseprint.sync.model_fetcher import ModelCache

if TYPE_CHECKING:
    from noseprint.settings import Settings

DEFAULT_MODEL = "noseprint-base.onnx"


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
