"""The manifest beside a model: what it eats, what it gives, how its cosine becomes a similarity."""

from __future__ import annotations

import hashlib
import math
import tomllib
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Annotated, Literal

import msgspec
from msgspec import Meta

from noseprint.errors import ErrorCode, NoseprintError

if TYPE_CHECKING:
    from pathlib import Path

Layout = Literal["NCHW", "NHWC"]
Resampling = Literal["lanczos", "bicubic", "bilinear", "box"]


@dataclass(frozen=True, slots=True)
class ModelIdentity:
    """Which model made a vector (its name, the SHA-256 of its file): vectors of two models are never compared."""

    name: str
    sha256: str


class ModelInput(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The tensor a model eats and how a photo becomes it.

    Attributes:
        layout: axis order of the batch of one.
        channels: 3 for RGB, 1 for grey.
        size: side of the square input, in pixels.
        range: the values that black and white become.
        resampling: Pillow's filter from photo to square.
        crop: the central share of each side that is kept before resizing.
        scaled_decoding: how many times ``size`` the shorter side of a JPEG keeps at least when it is
            decoded at a reduced scale; 0 always decodes in full.
    """

    layout: Layout = "NCHW"
    channels: Literal[1, 3] = 3
    size: Annotated[int, Meta(ge=8, le=2048)] = 224
    range: tuple[float, float] = (0.0, 1.0)
    resampling: Resampling = "lanczos"
    crop: Annotated[float, Meta(gt=0.0, le=1.0)] = 1.0
    scaled_decoding: Annotated[float, Meta(ge=0.0, le=64.0)] = 0.0

    def __post_init__(self) -> None:
        low, high = self.range
        if not (math.isfinite(low) and math.isfinite(high) and low != high):
            raise ValueError("range needs two different, finite values")

    @property
    def shape(self) -> tuple[int, int, int, int]:
        """The tensor's shape, batch of one."""
        if self.layout == "NCHW":
            return (1, self.channels, self.size, self.size)
        return (1, self.size, self.size, self.channels)


class ModelOutput(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The vector a model gives; ``normalise`` divides it by its L2 norm."""

    dimension: Annotated[int, Meta(ge=1, le=65536)] = 512
    normalise: bool = True


# Knots nearer than this mean nothing, and the slope between them is beyond a double's range in the end.
_NARROWEST = 1e-9


def _require_map(scores: tuple[float, ...], similarities: tuple[float, ...]) -> None:
    if len(scores) != len(similarities) or len(scores) < 2:  # noqa: PLR2004
        raise ValueError("calibration needs as many scores as similarities, at least two")
    rising = all(b - a >= _NARROWEST for a, b in pairwise(scores))
    never_falling = all(a <= b for a, b in pairwise(similarities))
    bounded = similarities[0] >= 0.0 and similarities[-1] <= 1.0
    finite = all(math.isfinite(knot) for knot in (*scores, *similarities))
    if not (finite and rising and never_falling and bounded):
        raise ValueError("calibration knots must rise, and similarities stay within 0 and 1")


class Calibration(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Knots of the piecewise-linear, monotone map from cosine (-1 to 1) to the platform's similarity (0 to 1)."""

    cosine: tuple[float, ...] = (-1.0, 0.0, 1.0)
    similarity: tuple[float, ...] = (0.0, 0.0, 1.0)
    source: str = "uncalibrated"

    def __post_init__(self) -> None:
        _require_map(self.cosine, self.similarity)


class FusedCalibration(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Knots of the same kind of map from fused score (a cosine and what its keypoints add) to similarity."""

    score: tuple[float, ...]
    similarity: tuple[float, ...]
    source: str = "uncalibrated"

    def __post_init__(self) -> None:
        _require_map(self.score, self.similarity)


class KeypointFusion(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How the keypoint evidence of two photos is weighed beside this model's cosine.

    Attributes:
        weight: what one inlier adds to the cosine.
        by_chance: that many inliers add nothing: noses of different dogs reach them.
        most_inliers: more than these add nothing more.
        calibration: what the fused score means.
    """

    weight: Annotated[float, Meta(gt=0.0, le=1.0)]
    by_chance: Annotated[int, Meta(ge=0, le=1000)]
    most_inliers: Annotated[int, Meta(ge=1, le=1000)]
    calibration: FusedCalibration

    def __post_init__(self) -> None:
        if self.most_inliers <= self.by_chance:
            raise ValueError("most_inliers must be above by_chance")


class ModelManifest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A whole manifest file."""

    schema: Literal[1]
    name: Annotated[str, Meta(min_length=1, max_length=100)]
    version: str
    file: str
    sha256: Annotated[str, Meta(pattern="^[0-9a-f]{64}$")]
    input: ModelInput = ModelInput()
    output: ModelOutput = ModelOutput()
    calibration: Calibration = Calibration()
    keypoints: KeypointFusion | None = None
    card: dict[str, str] = {}


def read_manifest(file: Path) -> ModelManifest:
    """Read a manifest.

    Raises:
        NoseprintError: MODEL_FILE_INVALID naming what is missing or wrong.
    """
    try:
        return msgspec.convert(tomllib.loads(file.read_text("utf-8")), ModelManifest)
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, msgspec.ValidationError) as fault:
        raise NoseprintError(ErrorCode.MODEL_FILE_INVALID, problem=f"{file.name}: {fault}") from fault


def sha256_of(file: Path) -> str:
    """The SHA-256 of a file, as 64 hex digits.

    Raises:
        NoseprintError: MODEL_FILE_INVALID when the file cannot be read.
    """
    try:
        with file.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError as fault:
        raise NoseprintError(ErrorCode.MODEL_FILE_INVALID, problem=f"{file.name}: {fault.strerror}") from fault
