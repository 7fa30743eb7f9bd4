"""Taking in a photo that somebody hands over: its nose cut out, the JPEG to store, and why it may not count."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from noseprint.capture.framing import nose_for_storage
from noseprint.capture.quality import Flaw, Quality, assess
from noseprint.embedding.image import jpeg_for_storage
from noseprint.errors import Words

if TYPE_CHECKING:
    from noseprint.capture.finder import NoseFinder
    from noseprint.embedding.limits import ImageLimits

NO_NOSE: Final = "no_nose"
REPEATED: Final = "repeated"

REASONS: Final = {
    NO_NOSE: Words("강아지 코가 보이지 않아요", "no dog's nose can be seen"),
    REPEATED: Words("같은 사진이 이미 있어요", "the same photo was given before"),
    Flaw.BLURRED: Words("흐려요", "blurred"),
    Flaw.SMEARED: Words("흔들렸어요", "smeared by movement"),
    Flaw.DARK: Words("어두워요", "too dark"),
    Flaw.OVEREXPOSED: Words("너무 밝아요", "overexposed"),
    Flaw.GLARING: Words("빛이 반사돼요", "glare"),
    Flaw.FLAT: Words("무늬가 뚜렷하지 않아요", "too little contrast"),
    Flaw.SMALL: Words("코가 너무 작아요", "the nose is too small"),
    Flaw.ROLLED: Words("기울었어요", "tilted"),
    Flaw.TURNED: Words("옆에서 찍었어요", "taken from the side"),
    Flaw.MOVING: Words("움직이고 있어요", "moving"),
}
"""Why a photo does not count, in words that people read."""


@dataclass(frozen=True, slots=True)
class TakenPhoto:
    """A photo as it would be stored.

    Attributes:
        jpeg: the nose, without metadata; what is stored and embedded.
        quality: of that JPEG.
        shows_nose: whether a dog's nose may be in it.
    """

    jpeg: bytes
    quality: Quality
    shows_nose: bool = True

    def reasons_against(self, minimum_quality: float) -> tuple[str, ...]:
        """Why it does not count, keys of `REASONS`, worst first; nothing where it does.

        Args:
            minimum_quality: the score, 0 to 100, from which a photo counts.
        """
        if not self.shows_nose:
            return (NO_NOSE,)
        return self.quality.main_flaws if self.quality.score < minimum_quality else ()


def take_in(photo: bytes, limits: ImageLimits, finder: NoseFinder | None = None) -> TakenPhoto:
    """Make of a photo what is stored of it.

    Where the finder is sure of a nose, that is cut out of its surroundings. Where it is in doubt, the photo stays
    whole, and is judged by the nose that may be in it.

    Args:
        photo: a JPEG or PNG file.
        limits: checked before decoding.
        finder: what finds noses; without it the photo is taken for a close-up of one.

    Raises:
        NoseprintError: as :func:`noseprint.embedding.image.open_photo`, or INFERENCE_ERROR.
    """
    if finder is None:
        jpeg = jpeg_for_storage(photo, limits)
        return TakenPhoto(jpeg, assess(jpeg, limits))
    seen = finder.look_at_photo(photo, limits)
    if not finder.is_sure(seen):
        return TakenPhoto(
            whole := jpeg_for_storage(photo, limits), assess(whole, limits, seen), finder.may_be_a_nose(seen)
        )
    stored = nose_for_storage(photo, seen, limits)
    # What is stored gets judged, not what it was cut from.
    nose = finder.look_at_photo(stored.jpeg, limits) if stored.box else seen
    return TakenPhoto(stored.jpeg, assess(stored.jpeg, limits, nose))
