"""Finding the nose: where a dog's nose is in a picture, how it is turned, and whether there is one at all.

A small ONNX network says so; how it was taught and measured is in training/finder.
"""

from __future__ import annotations

import math
import tomllib
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Literal

import msgspec
import numpy as np
import numpy.typing as npt
from msgspec import Meta
from PIL import Image

from noseprint.capture.nose import FoundNose, NoseBox
from noseprint.embedding.image import open_photo
from noseprint.embedding.manifest import sha256_of
from noseprint.embedding.model import open_session
from noseprint.errors import ErrorCode, NoseprintError

if TYPE_CHECKING:
    from pathlib import Path

    import onnxruntime as ort

    from noseprint.embedding.limits import ImageLimits

Pixels = npt.NDArray[np.uint8]

_GREY = 128
_NUMBERS = 8
_STEEPEST = 90.0
_SCALED_DECODING = 4
# With two looks all 23 photographs of dogs reach 0.85 and 1 of 82 pictures without dogs the finder's own threshold.
_WORTH_A_SECOND_LOOK = 0.3


class FinderManifest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The manifest beside a finder.

    Attributes:
        file: the ONNX file it speaks of, beside it.
        sha256: of that file.
        side: of the square input, in pixels.
        confidence: from which a nose counts as found, 0 to 1; the card says from which data it was set.
        refusal: below which a photo handed over as a nose is refused, 0 to 1, at most ``confidence``.
        card: what it was taught on and what was measured, for people.
    """

    schema: Literal[1]
    name: Annotated[str, Meta(min_length=1, max_length=100)]
    version: str
    file: str
    sha256: Annotated[str, Meta(pattern="^[0-9a-f]{64}$")]
    side: Annotated[int, Meta(ge=32, le=512, multiple_of=2)]
    confidence: Annotated[float, Meta(gt=0.0, lt=1.0)]
    refusal: Annotated[float, Meta(ge=0.0, lt=1.0)] = 0.0
    card: dict[str, str] = {}

    def __post_init__(self) -> None:
        if self.refusal > self.confidence:
            raise ValueError("refusal may not be above confidence")


class NoseFinder:
    """A loaded finder. Safe to call from several threads at once; the same picture always gives the same answer."""

    def __init__(self, session: ort.InferenceSession, manifest: FinderManifest) -> None:
        self.manifest = manifest
        self._session = session
        self._input_name = session.get_inputs()[0].name

    def find(self, picture: Pixels) -> FoundNose | None:
        """The nose in a picture, or None where none is to be seen.

        Args:
            picture: upright, (height, width, 3) RGB or (height, width) grey, uint8.

        Raises:
            NoseprintError: INFERENCE_ERROR.
        """
        return self._if_sure(self.look(Image.fromarray(picture)))

    def find_in_photo(self, photo: bytes, limits: ImageLimits) -> FoundNose | None:
        """The nose in a photo, its box in shares of the upright picture, or None where none is to be seen.

        Args:
            photo: the whole JPEG or PNG file.
            limits: checked before decoding.

        Raises:
            NoseprintError: as :func:`noseprint.embedding.image.open_photo`, or INFERENCE_ERROR.
        """
        return self._if_sure(self.look_at_photo(photo, limits))

    def look_at_photo(self, photo: bytes, limits: ImageLimits) -> FoundNose:
        """As :meth:`look`, of a JPEG or PNG file; there is time for a second look, at the nose alone.

        A nose that is small in the picture is small to the network as well: the second look sees it at about half the
        width, and its box and confidence count.

        Raises:
            NoseprintError: as :func:`noseprint.embedding.image.open_photo`, or INFERENCE_ERROR.
        """
        picture = open_photo(photo, limits, least_side=_SCALED_DECODING * self.manifest.side)
        first = self.look(picture)
        window = _window_around(first.box, picture.size)
        if first.confidence < _WORTH_A_SECOND_LOOK or window == (0, 0, *picture.size):
            return first
        return _seen_from_outside(self.look(picture.crop(window)), window, picture.size)

    def is_sure(self, seen: FoundNose) -> bool:
        """Whether what was looked at counts as a nose."""
        return seen.confidence >= self.manifest.confidence

    def may_be_a_nose(self, seen: FoundNose) -> bool:
        """Whether a photo that somebody hands over as a nose is to be believed."""
        return seen.confidence >= self.manifest.refusal

    def look(self, picture: Image.Image) -> FoundNose:
        """Where a nose would be most likely, however little the confidence, for whoever sets a threshold.

        Args:
            picture: upright, mode RGB or L.

        Raises:
            NoseprintError: INFERENCE_ERROR.
        """
        side = self.manifest.side
        content = content_size(picture.size, side)
        numbers = self._run(_square(picture, content, side))
        confidence, left, top, right, bottom, sine, cosine, turn = (float(number) for number in numbers)
        left, right = _shares((left, right), content[0] / side)
        top, bottom = _shares((top, bottom), content[1] / side)
        roll = math.degrees(math.atan2(sine, cosine))
        box = NoseBox((left + right) / 2, (top + bottom) / 2, right - left, bottom - top)
        return FoundNose(box, confidence, roll, min(max(turn, 0.0), _STEEPEST))

    def warm_up(self) -> None:
        """Run once on plain grey: a file that does not do what its manifest says is found at start.

        Raises:
            NoseprintError: MODEL_FILE_INVALID.
        """
        side = self.manifest.side
        try:
            self.look(Image.new("RGB", (side, side), (_GREY,) * 3))
        except NoseprintError as fault:
            problem = f"{self.manifest.name}: does not do what its manifest says ({fault.detail})"
            raise NoseprintError(ErrorCode.MODEL_FILE_INVALID, problem=problem) from fault

    def _if_sure(self, found: FoundNose) -> FoundNose | None:
        return found if self.is_sure(found) else None

    def _run(self, tensor: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        try:
            (output, *_) = self._session.run(None, {self._input_name: tensor})
            numbers = np.asarray(output, dtype=np.float32).reshape(-1)
        except Exception as fault:  # ONNX Runtime's exceptions share no nearer base
            raise NoseprintError(ErrorCode.INFERENCE_ERROR, type(fault).__name__) from fault
        if numbers.size != _NUMBERS or not np.isfinite(numbers).all():
            raise NoseprintError(ErrorCode.INFERENCE_ERROR, "no nose, no box, no angles")
        return numbers


def load_finder(file: Path) -> NoseFinder:
    """Load and warm up a finder; its manifest is the TOML file of the same name beside it.

    Raises:
        NoseprintError: MODEL_FILE_INVALID when the file, its manifest or its checksum is wrong.
    """
    manifest = read_finder_manifest(file.with_suffix(".toml"))
    sha256 = sha256_of(file)
    if sha256 != manifest.sha256:
        problem = f"{file.name}: SHA-256 {sha256[:12]}…, its manifest says {manifest.sha256[:12]}…"
        raise NoseprintError(ErrorCode.MODEL_FILE_INVALID, problem=problem)
    finder = NoseFinder(open_session(file), manifest)
    finder.warm_up()
    return finder


def read_finder_manifest(file: Path) -> FinderManifest:
    """Read a finder's manifest.

    Raises:
        NoseprintError: MODEL_FILE_INVALID naming what is missing or wrong.
    """
    try:
        return msgspec.convert(tomllib.loads(file.read_text("utf-8")), FinderManifest)
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, msgspec.ValidationError) as fault:
        raise NoseprintError(ErrorCode.MODEL_FILE_INVALID, problem=f"{file.name}: {fault}") from fault


def content_size(size: tuple[int, int], side: int) -> tuple[int, int]:
    """Width and height that a picture of a size takes in the square, in pixels: even numbers, so it lies centred."""
    aspect = size[0] / size[1]
    return 2 * max(1, round(side * min(aspect, 1) / 2)), 2 * max(1, round(side / max(aspect, 1) / 2))


def _square(picture: Image.Image, content: tuple[int, int], side: int) -> npt.NDArray[np.float32]:
    """The network's input, (1, 3, side, side) in [0, 1]: the whole picture between grey bars."""
    # Twofold reduction by plain averages first takes a third of the time and shows in no answer.
    small = picture.resize(content, Image.Resampling.BILINEAR, reducing_gap=2.0).convert("RGB")
    left, top = (side - content[0]) // 2, (side - content[1]) // 2
    square = np.full((side, side, 3), _GREY, np.uint8)
    square[top : top + content[1], left : left + content[0]] = np.asarray(small)
    return np.ascontiguousarray(square.transpose(2, 0, 1)[np.newaxis], dtype=np.float32) / np.float32(255.0)


def _window_around(box: NoseBox, size: tuple[int, int]) -> tuple[int, int, int, int]:
    """Left, top, right and bottom in pixels of a square around a box, twice its longer side, within the picture."""
    width, height = size
    half = max(box.width * width, box.height * height, 1.0)
    middle_x, middle_y = box.centre_x * width, box.centre_y * height
    return (
        max(math.floor(middle_x - half), 0),
        max(math.floor(middle_y - half), 0),
        min(math.ceil(middle_x + half), width),
        min(math.ceil(middle_y + half), height),
    )


def _seen_from_outside(found: FoundNose, window: tuple[int, int, int, int], size: tuple[int, int]) -> FoundNose:
    """What was found in a window of a picture, in shares of the picture."""
    left, top, right, bottom = window
    across, down = (right - left) / size[0], (bottom - top) / size[1]
    box = NoseBox(
        left / size[0] + found.box.centre_x * across,
        top / size[1] + found.box.centre_y * down,
        found.box.width * across,
        found.box.height * down,
    )
    return replace(found, box=box)


def _shares(edges: tuple[float, float], content: float) -> tuple[float, float]:
    """Two edges, from shares of the square to shares of the picture within it, in order and inside the picture."""
    low, high = (min(max((edge - 0.5) / content + 0.5, 0.0), 1.0) for edge in edges)
    return min(low, high), max(low, high)
