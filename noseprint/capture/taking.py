"""From a camera's frame, or a file that somebody chose, to a photo that counts; work for a thread of its own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PIL import Image

from noseprint.capture.intake import REASONS, take_in
from noseprint.embedding.image import encode_jpeg
from noseprint.errors import NoseprintError, Words

if TYPE_CHECKING:
    from collections.abc import Iterable

    from noseprint.capture.camera import Frame
    from noseprint.capture.finder import NoseFinder
    from noseprint.embedding.limits import ImageLimits


@dataclass(frozen=True, slots=True)
class CapturedPhoto:
    """A photo that counts.

    Attributes:
        jpeg: as it will be stored and embedded; taken in once more, it stays as it is.
        quality: of that JPEG, 0 to 100.
        from_file: whether somebody chose it, rather than the camera taking it.
    """

    jpeg: bytes
    quality: float
    from_file: bool = False


@dataclass(frozen=True, slots=True)
class Refused:
    """A photo that does not count.

    Attributes:
        words: why.
        name: of the file, empty for a frame.
    """

    words: Words
    name: str = ""


@dataclass(frozen=True, slots=True)
class Taking:
    """How photos are taken.

    Attributes:
        limits: of a photo.
        finder: finds the nose in it.
        minimum_quality: the score, 0 to 100, from which it counts.
    """

    limits: ImageLimits
    finder: NoseFinder
    minimum_quality: float

    def frame(self, frame: Frame) -> CapturedPhoto | Refused:
        """Encode a frame, once, and cut its nose out.

        Raises:
            NoseprintError: IMAGE_TOO_LARGE, INFERENCE_ERROR.
        """
        return self._photo(encode_jpeg(Image.fromarray(frame.pixels)))

    def files(self, files: Iterable[tuple[str, bytes]]) -> tuple[tuple[CapturedPhoto, ...], tuple[Refused, ...]]:
        """Take in photos that somebody chose.

        Args:
            files: their names and contents.

        Returns:
            Those that count, best first, and those that do not, with why.
        """
        photos: list[CapturedPhoto] = []
        refused: list[Refused] = []
        for name, content in files:
            taken = self._file(name, content)
            if isinstance(taken, Refused):
                refused.append(taken)
            else:
                photos.append(taken)
        return tuple(sorted(photos, key=lambda photo: -photo.quality)), tuple(refused)

    def _file(self, name: str, content: bytes) -> CapturedPhoto | Refused:
        try:
            return self._photo(content, name, from_file=True)
        except NoseprintError as fault:
            return Refused(Words(fault.sentence("ko"), fault.sentence("en")), name)

    def _photo(self, photo: bytes, name: str = "", *, from_file: bool = False) -> CapturedPhoto | Refused:
        taken = take_in(photo, self.limits, self.finder)
        if reasons := taken.reasons_against(self.minimum_quality):
            return Refused(reasons_in_words(reasons), name)
        return CapturedPhoto(taken.jpeg, taken.quality.score, from_file)


def reasons_in_words(reasons: tuple[str, ...]) -> Words:
    """Reasons against a photo, keys of `REASONS`, as one piece of a sentence."""
    ko, en = zip(*(REASONS[reason] for reason in reasons), strict=True)
    return Words(", ".join(ko), ", ".join(en))
