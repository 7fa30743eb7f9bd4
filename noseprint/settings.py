"""Every setting of the product, declared once: type, default, range, description, whether a restart is needed.

Values come, weakest first, from the defaults, ``noseprint.toml`` in the data folder, a ``.env`` file in
the working folder, the environment, and the command line. The platform's own environment names are
accepted as they are; ours are ``NOSEPRINT_`` and the field's name in capitals.
"""

from __future__ import annotations

import os
import re
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, NamedTuple, get_args, get_type_hints

import msgspec
from msgspec import Meta

from noseprint.errors import ErrorCode, Language, NoseprintError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

PREFIX = "NOSEPRINT_"
MIB = 1024 * 1024
# A folder cannot say where it lies, and a key may not lie beside what it locks.
_NOT_IN_THE_DATA_FOLDER = frozenset({"data_dir", "master_key"})
# How msgspec says where something is wrong.
_PLACE = re.compile(r"\$\.(\w+)")
# Deployments write these in either case.
_SPELLINGS = {"log_level": str.upper, "log_format": str.lower, "language": str.lower}


class Secret:
    """A text that shows itself only when asked by name, so that no log or traceback prints it."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """The text itself."""
        return self._text

    def __repr__(self) -> str:
        return "Secret(***)" if self._text else "Secret()"

    def __bool__(self) -> bool:
        return bool(self._text)


def _about(description: str, *names: str, live: bool = False, **limits: Any) -> Meta:  # noqa: ANN401 (msgspec's own)
    """Describe a setting: what it does, the platform's names for it, and whether it applies without a restart."""
    return Meta(description=description, extra={"names": names, "restart": not live}, **limits)


Share = Annotated[float, Meta(ge=0.0, le=1.0)]


class Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """All settings, valid by construction."""

    data_dir: Annotated[Path, _about("Where records, the default store and cached models live.")] = Path()
    master_key: Annotated[
        Secret,
        _about("Master keys for containers: 32 bytes in base64 each, the newest first, the oldest never taken out."),
    ] = Secret("")
    master_key_file: Annotated[
        str, _about("File of the master keys; empty means Windows' keyring, or a file apart from the data.")
    ] = ""
    language: Annotated[Language, _about("The language of messages: ko or en.", live=True)] = "ko"
    clinic_name: Annotated[str, _about("The clinic's name, on the screen and on certificates.", max_length=80)] = ""
    idle_lock_s: Annotated[
        float,
        _about("Seconds without a touch after which the kiosk asks for the PIN; 0 for never.", ge=0.0, le=86400.0),
    ] = 300.0
    operator_name: Annotated[str, _about("Who works here when no name is given.", max_length=80)] = "staff"
    log_level: Annotated[
        Literal["DEBUG", "INFO", "WARNING", "ERROR"], _about("The least level that is logged.", "LOG_LEVEL")
    ] = "INFO"
    log_format: Annotated[Literal["json", "text"], _about("How log lines look.", "LOG_FORMAT")] = "text"

    model_path: Annotated[
        str, _about("An ONNX embedder other than the shipped one; its manifest lies beside it.", "MODEL_PATH")
    ] = ""
    model_input_size: Annotated[
        int,
        _about("Input side in pixels where the model leaves it open; 0 asks it.", "MODEL_INPUT_SIZE", ge=0, le=2048),
    ] = 0
    model_input_channels: Annotated[
        Literal[0, 1, 3], _about("1 grey, 3 RGB, where the model leaves it open; 0 asks it.", "MODEL_INPUT_CHANNELS")
    ] = 0
    model_cache_dir: Annotated[str, _about("Where fetched models are kept.", "MODEL_CACHE_DIR")] = ""
    ncp_model_key: Annotated[str, _about("Key of a model in the bucket, for `model fetch`.", "NCP_MODEL_KEY")] = ""
    model_sha256: Annotated[
        str, _about("The SHA-256 that a fetched model must have.", pattern=r"^([0-9a-f]{64})?$")
    ] = ""
    max_image_bytes: Annotated[int, _about("The largest photo, in bytes.", ge=1024, le=64 * MIB)] = 10 * MIB
    max_image_pixels: Annotated[int, _about("The largest photo, in pixels.", ge=4096, le=200_000_000)] = 40_000_000
    inference_slots: Annotated[
        int, _about("Photos decoded and embedded at once; 0 means one per processor.", ge=0, le=256)
    ] = 0

    minimum_photos_camera: Annotated[int, _about("Usable photos an enrolment by camera needs.", ge=1, le=20)] = 3
    minimum_photos_files: Annotated[int, _about("Usable photos an enrolment from files needs.", ge=1, le=20)] = 2
    minimum_quality: Annotated[float, _about("Photos below this quality do not count.", ge=0.0, le=100.0)] = 25.0
    outlier_similarity: Annotated[
        Share, _about("A photo less similar than this to the mean of the others is left out of the template.")
    ] = 0.5
    same_similarity: Annotated[Share, _about("Similarity from which two nose prints are one dog's.", live=True)] = 0.85
    review_similarity: Annotated[Share, _about("Similarity from which a person must look.", live=True)] = 0.70
    look_up_margin: Annotated[
        Share, _about("How far the first candidate must lead the second to be named.", live=True)
    ] = 0.02

    camera: Annotated[
        str, _about("A camera's number, `simulated`, a video file, a folder of pictures, an http or rtsp address.")
    ] = "0"
    camera_width: Annotated[int, _about("Pixels a row that are asked of the camera.", ge=320, le=7680)] = 1920
    camera_height: Annotated[int, _about("Rows of pixels that are asked of the camera.", ge=240, le=4320)] = 1080
    camera_rate: Annotated[float, _about("Frames a second that are asked of the camera.", ge=5.0, le=120.0)] = 30.0

    did_form: Annotated[
        Literal["address", "full"], _about("Pet DID of 40 digits (address) or, as the live gateway does, 64 (full).")
    ] = "address"
    did_method: Annotated[str, _about("The DID's method.", "DIDMETHOD", pattern=r"^[a-z0-9]{1,32}\Z")] = "ethr"
    did_network: Annotated[str, _about("The DID's network.", "DIDNETWORK", pattern=r"^[a-z0-9]{1,32}\Z")] = "besu"
    consent_text_version: Annotated[str, _about("Version of the consent text shown to guardians.")] = "2026-11"

    ncp_access_key: Annotated[str, _about("Access key; with it, objects go to NCP.", "NCP_ACCESS_KEY")] = ""
    ncp_secret_key: Annotated[Secret, _about("Secret key.", "NCP_SECRET_KEY")] = Secret("")
    ncp_bucket_name: Annotated[str, _about("Bucket.", "NCP_BUCKET_NAME")] = "dogcatpaw-ml"
    ncp_endpoint: Annotated[str, _about("Endpoint of the object storage.", "NCP_ENDPOINT")] = (
        "https://kr.object.ncloudstorage.com"
    )
    ncp_region: Annotated[str, _about("Region.", "NCP_REGION")] = "kr-standard"
    ncp_vector_prefix: Annotated[str, _about("Key prefix of the vector JSON.", "NCP_VECTOR_PREFIX")] = "pet/petDID"
    storage_deadline_s: Annotated[
        float, _about("Longest wait for one answer of the storage, in seconds.", ge=0.1, le=600.0)
    ] = 20.0

    sync_parallel: Annotated[int, _about("Pets whose objects are uploaded at once.", ge=1, le=16)] = 4
    sync_bytes_per_s: Annotated[
        int, _about("The limit on uploads, on average, in bytes a second; 0 for none.", ge=0, le=10**10)
    ] = 0
    sync_longest_pause_s: Annotated[
        float, _about("Longest pause before a failed upload is tried again, in seconds.", ge=1.0, le=86400.0)
    ] = 900.0
    sync_keep_days: Annotated[
        int, _about("Days that a synced photo is kept on this machine as well.", ge=0, le=3650)
    ] = 30

    db_host: Annotated[str, _about("PostgreSQL host; empty means SQLite in the data folder.", "DB_HOST")] = ""
    db_port: Annotated[int, _about("PostgreSQL port.", "DB_PORT", ge=1, le=65535)] = 5432
    db_username: Annotated[str, _about("PostgreSQL user.", "DB_USERNAME")] = "noseprint"
    db_password: Annotated[Secret, _about("PostgreSQL password.", "DB_PASSWORD")] = Secret("")
    db_database: Annotated[str, _about("PostgreSQL database.", "DB_DATABASE")] = "noseprint"

    grpc_host: Annotated[str, _about("Address that the gRPC server listens on.", "GRPC_HOST")] = "0.0.0.0"  # noqa: S104
    grpc_port: Annotated[int, _about("Port of the gRPC server; 0 takes a free one.", "GRPC_PORT", ge=0, le=65535)] = (
        50052
    )
    grpc_workers: Annotated[int, _about("Requests answered at once.", "GRPC_WORKERS", ge=1, le=256)] = 10
    grpc_max_message_length: Annotated[
        int,
        _about(
            "Largest image message, in bytes; the transport takes somewhat more, so that an image over "
            "the limit still gets its coded answer.",
            "GRPC_MAX_MESSAGE_LENGTH",
            ge=64 * 1024,
            le=256 * MIB,
        ),
    ] = 10 * MIB
    grpc_reflection: Annotated[bool, _about("Answer gRPC reflection.")] = False
    grpc_grace_s: Annotated[
        float, _about("Longest wait for requests in flight when the server stops, in seconds.", ge=0.0, le=600.0)
    ] = 30.0

    def __post_init__(self) -> None:
        if self.review_similarity > self.same_similarity:
            raise ValueError("review_similarity may not be above same_similarity")
        if bool(self.ncp_access_key) != bool(self.ncp_secret_key):
            raise ValueError("ncp_access_key and ncp_secret_key belong together")

    @property
    def uses_ncp(self) -> bool:
        """Whether objects go to NCP Object Storage rather than a local folder."""
        return bool(self.ncp_access_key)


class Declaration(NamedTuple):
    """One setting as it was declared.

    Attributes:
        field: its name.
        environment_names: the variables that set it, ours first.
        description: what it does.
        default: its value where nobody sets it.
        restart: whether a change applies only after a restart.
        choices: the values that it may have, where they are few; else empty.
        least: the least number that it may be; None without a limit.
        most: the greatest number that it may be; None without a limit.
    """

    field: str
    environment_names: tuple[str, ...]
    description: str
    default: object
    restart: bool
    choices: tuple[object, ...] = ()
    least: float | None = None
    most: float | None = None

    @property
    def in_file(self) -> bool:
        """Whether the file in the data folder may set it."""
        return self.field not in _NOT_IN_THE_DATA_FOLDER


def declarations() -> Iterator[Declaration]:
    """Every setting in the order of its declaration, for the reference and the settings screen."""
    hints = get_type_hints(Settings, include_extras=True)
    for field in msgspec.structs.fields(Settings):
        kind, *parts = get_args(hints[field.name])
        about = next(part for part in reversed(parts) if part.extra)
        yield Declaration(
            field=field.name,
            environment_names=(PREFIX + field.name.upper(), *about.extra["names"]),
            description=about.description,
            default=field.default,
            restart=about.extra["restart"],
            choices=get_args(kind),
            least=next((part.ge for part in parts if part.ge is not None), None),
            most=next((part.le for part in parts if part.le is not None), None),
        )


def load_settings(
    environment: Mapping[str, str] | None = None,
    *,
    overrides: Mapping[str, object] | None = None,
    dotenv: Path = Path(".env"),
) -> Settings:
    """Gather the settings from all their sources.

    Args:
        environment: environment variables; the process's own when left out.
        overrides: single fields, stronger than every other source, as the command line gives them.
        dotenv: file with further variables; need not exist.

    Raises:
        NoseprintError: SETTINGS_INVALID naming the setting and what is wrong with it.
    """
    process = dict(os.environ if environment is None else environment)
    values = _from_variables(_from_dotenv(dotenv)) | _from_variables(process) | dict(overrides or {})
    folder = _folder(values.get("data_dir") or _default_data_dir())
    return _convert(_from_toml(folder / "noseprint.toml") | values | {"data_dir": folder})


def fields_from_environment(
    environment: Mapping[str, str] | None = None, *, dotenv: Path = Path(".env")
) -> frozenset[str]:
    """The settings that environment or ``.env`` say, whatever the file in the data folder says.

    Args:
        environment: as in :func:`load_settings`.
        dotenv: as in :func:`load_settings`.

    Raises:
        NoseprintError: SETTINGS_INVALID.
    """
    process = dict(os.environ if environment is None else environment)
    return frozenset(_from_variables(_from_dotenv(dotenv)) | _from_variables(process))


def settings_with(
    folder: Path,
    in_file: Mapping[str, object],
    environment: Mapping[str, str] | None = None,
    *,
    dotenv: Path = Path(".env"),
) -> Settings:
    """What the settings would be if the file in a data folder said this.

    Args:
        folder: the data folder.
        in_file: what the file would say.
        environment: as in :func:`load_settings`.
        dotenv: as in :func:`load_settings`.

    Raises:
        NoseprintError: SETTINGS_INVALID, with the ``setting`` among its facts where one value is to blame.
    """
    process = dict(os.environ if environment is None else environment)
    values = _from_variables(_from_dotenv(dotenv)) | _from_variables(process)
    return _convert(dict(in_file) | values | {"data_dir": folder})


def _default_data_dir() -> Path:
    from platformdirs import user_data_path  # noqa: PLC0415 (a server with a data folder starts without it)

    return user_data_path("noseprint", appauthor=False)


def _folder(written: object) -> Path:
    try:
        return Path(str(written)).expanduser()
    except RuntimeError as fault:
        raise NoseprintError(ErrorCode.SETTINGS_INVALID, problem=f"data_dir: {fault}") from fault


def _from_dotenv(file: Path) -> dict[str, str]:
    if not file.exists():
        return {}
    from dotenv import dotenv_values  # noqa: PLC0415 (few have such a file, and every start would wait for it)

    try:
        # Windows' editors put a byte order mark before the first name.
        # A secret may hold `$`: nothing is interpolated.
        variables = dotenv_values(file, encoding="utf-8-sig", interpolate=False)
        return {name: text for name, text in variables.items() if text is not None}
    except (OSError, UnicodeDecodeError) as fault:
        raise NoseprintError(ErrorCode.SETTINGS_INVALID, problem=f"{file.name}: {fault}") from fault


def _from_variables(variables: Mapping[str, str]) -> dict[str, object]:
    """Pick our variables; an empty one counts as not set, as container platforms write it."""
    known = {name: item.field for item in declarations() for name in reversed(item.environment_names)}
    unknown = [name for name in variables if name.startswith(PREFIX) and name not in known]
    if unknown:
        raise NoseprintError(ErrorCode.SETTINGS_INVALID, problem=f"{min(unknown)}: unknown name")
    ours_last = sorted(known, key=lambda name: name.startswith(PREFIX))
    return {known[name]: variables[name] for name in ours_last if variables.get(name)}


def _from_toml(file: Path) -> dict[str, object]:
    try:
        values = tomllib.loads(file.read_text("utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as fault:
        raise NoseprintError(ErrorCode.SETTINGS_INVALID, problem=f"{file.name}: {fault}") from fault
    for name in _NOT_IN_THE_DATA_FOLDER & values.keys():
        raise NoseprintError(ErrorCode.SETTINGS_INVALID, problem=f"{file.name}: {name} cannot be set from within it")
    return values


def _convert(values: dict[str, object]) -> Settings:
    for name, spelling in _SPELLINGS.items():
        if isinstance(written := values.get(name), str):
            values[name] = spelling(written)
    try:
        return msgspec.convert(values, Settings, strict=False, dec_hook=_build)
    except (msgspec.ValidationError, ValueError) as fault:
        where = _PLACE.search(str(fault))
        setting = where[1] if where else ""
        raise NoseprintError(ErrorCode.SETTINGS_INVALID, problem=str(fault), setting=setting) from fault


def _build(wanted: type, value: object) -> object:
    if wanted is Path:
        return _folder(value)
    if wanted is Secret:
        return value if isinstance(value, Secret) else Secret(str(value))
    raise NotImplementedError(wanted)
