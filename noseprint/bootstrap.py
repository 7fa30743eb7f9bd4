"""The one place where everything is wired, for every face and for the tests.

Imports inside functions are on purpose here and only here: the headless server never opens the
records and seldom S3, and their libraries would more than double its start.
"""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

from noseprint.embedding.embedder import ModelEmbedder
from noseprint.embedding.image import ImageLimits
from noseprint.embedding.model import load_model
from noseprint.gateway import Gateway
from noseprint.settings import Settings
from noseprint.sync.local_store import LocalStore
from noseprint.sync.object_store import ObjectStore
from noseprint.sync.pet_objects import PetObjects

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
    """The ONNX file in use: the one that is set, else a fetched one, else the shipped one."""
    if settings.model_path:
        return Path(settings.model_path).expanduser()
    fetched = model_cache(settings) / Path(settings.ncp_model_key).name
    if settings.ncp_model_key and fetched.exists():
        return fetched
    return assets_folder() / "model" / DEFAULT_MODEL


def model_cache(settings: Settings) -> Path:
    """Where fetched models are kept."""
    return Path(settings.model_cache_dir).expanduser() if settings.model_cache_dir else settings.data_dir / "models"


def load_embedder(settings: Settings) -> ModelEmbedder:
    """Load and warm up the model in use.

    Raises:
        NoseprintError: MODEL_FILE_INVALID.
    """
    model = load_model(
        model_file(settings),
        known=assets_folder() / "model",
        size=settings.model_input_size,
        channels=settings.model_input_channels,
    )
    return ModelEmbedder(model, image_limits(settings), settings.inference_slots)


def open_store(settings: Settings) -> ObjectStore:
    """The object store in use: NCP where its keys are set, else a folder."""
    if not settings.uses_ncp:
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
