"""How usable a picture of a nose is: components in their own units, reasons from a closed list, one score 0 to 100.

The unified score follows ISO/IEC 29794-1: higher is better, and it foretells comparison, not beauty. A component is
harmless (100) up to the value at which 10 % of the comparisons that match with the unspoilt photo are lost at FMR
0.1 %, and worthless (0) from where half of them are; between the two it falls along a straight line. Components that
see the same harm form a group (:data:`GROUPS`), and a group is as good as its worst component. The unified score is
100 times the product of the groups as shares of 100: what is left of the matches if each took its part by itself.
`training/quality_study.py` measures the limits; docs/decisions/0010 has the figures, which are those of the default
model's first version: the second copes with more roll and turn.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
from PIL import Image

from noseprint.capture.region import PIXELS_PER_SIDE, Grey, JudgedRegion, judged_region
from noseprint.capture.sharpness import gaussian, measure_sharpness
from noseprint.embedding.image import open_photo

if TYPE_CHECKING:
    from noseprint.capture.nose import FoundNose
    from noseprint.embedding.limits import ImageLimits

# A JPEG may be decoded at a reduced scale as long as the nose keeps twice the pixels that it is judged at.
_LEAST_SIDE = 2 * PIXELS_PER_SIDE
_WHITE = 250.0
# Beads of a wet nose glitter one by one and do no harm; a sheet of light is wider than three standard deviations of
# this many pixels, 6 % of the nose.
_SHEET, _SHEET_SHARE = 3.0, 0.9
# Beads lie between these two sizes, as standard deviations of a Gaussian in pixels.
_FINE, _COARSE = 0.8, 3.0

LITTLE_HARM = 75.0
"""A component with at least this score need not be mended."""


class Flaw(StrEnum):
    """Why a picture is less than good; each is the lack of one component."""

    BLURRED = "blurred"
    SMEARED = "smeared"
    DARK = "dark"
    OVEREXPOSED = "overexposed"
    GLARING = "glaring"
    FLAT = "flat"
    SMALL = "small"
    ROLLED = "rolled"
    TURNED = "turned"
    MOVING = "moving"


@dataclass(frozen=True, slots=True)
class Limits:
    """From where on a component does harm, and where nothing is left, in its own unit."""

    unit: str
    harmless: float
    worthless: float

    def score(self, value: float) -> float:
        """0 (worthless) to 100 (harmless), a straight line between."""
        return 100.0 * float(np.clip((value - self.worthless) / (self.harmless - self.worthless), 0.0, 1.0))


LIMITS = {
    Flaw.BLURRED: Limits("% of the nose's shorter side", 1.4, 2.15),
    Flaw.SMEARED: Limits("% of the nose's shorter side", 3.8, 5.4),
    Flaw.DARK: Limits("mean grey level of the brighter half", 21.0, 10.0),
    Flaw.OVEREXPOSED: Limits("share of white pixels", 0.07, 0.28),
    Flaw.GLARING: Limits("share under sheets of white", 0.004, 0.05),
    Flaw.FLAT: Limits("% of the brightness in the beads' relief", 2.8, 0.45),
    Flaw.SMALL: Limits("pixels of the nose's shorter side", 50.0, 32.0),
    Flaw.ROLLED: Limits("degrees in the picture's plane", 17.5, 26.5),
    Flaw.TURNED: Limits("degrees from straight ahead", 16.0, 31.0),
    Flaw.MOVING: Limits("% of the nose's shorter side a frame", 4.9, 10.0),
}


GROUPS = (
    frozenset({Flaw.BLURRED, Flaw.SMEARED, Flaw.SMALL, Flaw.MOVING}),
    frozenset({Flaw.DARK, Flaw.OVEREXPOSED, Flaw.GLARING, Flaw.FLAT}),
    frozenset({Flaw.ROLLED, Flaw.TURNED}),
)
"""Detail, light and pose: what is small is blurred as well, what is overexposed glares."""


@dataclass(frozen=True, slots=True)
class Component:
    """One component of quality.

    Attributes:
        flaw: what the picture has when this is low.
        value: as measured, in the unit of `LIMITS`.
        score: 0 (worthless) to 100 (harmless).
    """

    flaw: Flaw
    value: float
    score: float


@dataclass(frozen=True, slots=True)
class Quality:
    """The quality of one picture of a nose.

    Attributes:
        components: those that could be judged, in the order of :class:`Flaw`.
        score: the unified quality, 0 (worthless) to 100.
    """

    components: tuple[Component, ...]
    score: float

    @property
    def flaws(self) -> tuple[Flaw, ...]:
        """What keeps the score down, worst first."""
        return tuple(part.flaw for part in sorted(self.components, key=lambda part: part.score) if part.score < 100.0)  # noqa: PLR2004

    @property
    def main_flaws(self) -> tuple[Flaw, ...]:
        """What a person should mend: the worst of each group, worst first, without what does little harm."""
        worst = [min(members, key=lambda part: part.score) for members in self._by_group()]
        harmful = [part for part in worst if part.score < LITTLE_HARM]
        return tuple(part.flaw for part in sorted(harmful, key=lambda part: part.score)) or self.flaws[:1]

    def _by_group(self) -> list[list[Component]]:
        members = [[part for part in self.components if part.flaw in group] for group in GROUPS]
        return [group for group in members if group]

    def value(self, flaw: Flaw) -> float:
        """A component as measured, in the unit of `LIMITS`; NaN where it could not be judged."""
        return next((part.value for part in self.components if part.flaw is flaw), float("nan"))


def assess(photo: bytes, limits: ImageLimits, nose: FoundNose | None = None) -> Quality:
    """Judge a stored photo.

    Args:
        photo: a whole JPEG or PNG file.
        limits: of the photo.
        nose: where the nose is and how it is turned, in the upright picture. Without it the photo is taken for a
            close-up: the middle is judged, its shorter side stands for the nose's, roll and turn are not judged.

    Raises:
        NoseprintError: as :func:`noseprint.embedding.image.open_photo`.
    """
    share = min(nose.box.width, nose.box.height, 1.0) if nose else 1.0
    picture = open_photo(photo, limits, grey=True, least_side=round(_LEAST_SIDE / max(share, 0.01)))
    return judge(judged_region(picture, nose.box if nose else None), nose)


def assess_frame(frame: npt.NDArray[np.uint8], nose: FoundNose | None = None, moved: float | None = None) -> Quality:
    """Judge a camera's frame.

    Args:
        frame: (h, w) uint8 grey levels, upright.
        nose: as in `assess`.
        moved: how far the nose moved since the frame before (:func:`noseprint.capture.movement.movement`).
    """
    return judge(judged_region(Image.fromarray(frame), nose.box if nose else None), nose, moved)


def judge(region: JudgedRegion, nose: FoundNose | None = None, moved: float | None = None) -> Quality:
    """Judge a region that was sampled already, as `assess_frame` does."""
    values = _measured(region)
    if nose:
        values |= {Flaw.ROLLED: abs(nose.roll), Flaw.TURNED: nose.turn}
    if moved is not None:
        values[Flaw.MOVING] = moved
    components = tuple(Component(flaw, value, LIMITS[flaw].score(value)) for flaw, value in values.items())
    return Quality(components, _unified(components))


def _unified(components: tuple[Component, ...]) -> float:
    worst = [min((part.score for part in components if part.flaw in group), default=100.0) for group in GROUPS]
    return 100.0 * float(np.prod([score / 100.0 for score in worst]))


def _measured(region: JudgedRegion) -> dict[Flaw, float]:
    grey = region.grey
    sharpness = measure_sharpness(grey)
    brightness = float(np.mean(grey[grey >= np.median(grey)]))
    white = (grey >= _WHITE).astype(np.float32)
    return {
        Flaw.BLURRED: sharpness.blur,
        Flaw.SMEARED: sharpness.smear,
        Flaw.DARK: brightness,
        Flaw.OVEREXPOSED: float(np.mean(white)),
        Flaw.GLARING: float(np.mean(gaussian(white, _SHEET) > _SHEET_SHARE)),
        Flaw.FLAT: 100.0 * _relief(grey) / max(brightness, 1.0),
        Flaw.SMALL: region.side,
    }


def _relief(grey: Grey) -> float:
    """Median distance of bead-sized detail from its surroundings, in grey levels; rims and glints hardly count."""
    return float(np.median(np.abs(gaussian(grey, _FINE) - gaussian(grey, _COARSE))))
