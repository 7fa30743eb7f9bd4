"""Where a nose lies in a picture and how it is turned: the words that finding, quality and framing share."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class NoseBox:
    """A box around a nose, in shares of the upright picture's width and height.

    Attributes:
        centre_x: 0 at the left edge, 1 at the right.
        centre_y: 0 at the top edge, 1 at the bottom.
        width: share of the picture's width.
        height: share of the picture's height.
    """

    centre_x: float
    centre_y: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class FoundNose:
    """A nose in a picture.

    Attributes:
        box: around it.
        confidence: that it is a dog's nose at all, 0 to 1.
        roll: how far it is turned in the picture's plane, in degrees, clockwise positive.
        turn: the angle between its axis and the camera's, in degrees: 0 from straight ahead, 90 from the side.
    """

    box: NoseBox
    confidence: float
    roll: float
    turn: float
