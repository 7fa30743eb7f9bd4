"""Keypoint evidence: which points of two nose photos are one and the same bead, under one movement of the nose.

It counts and draws; what a count means for a verdict is decided elsewhere.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import TYPE_CHECKING

import cv2
import numpy as np
import numpy.typing as npt
from PIL import Image

from noseprint.embedding.image import open_photo

if TYPE_CHECKING:
    from collections.abc import Iterator

    from noseprint.embedding.limits import ImageLimits

Points = npt.NDArray[np.float32]
_Plane = npt.NDArray[np.complex128]  # x + iy: a turn with a scaling is one multiplication

# Of 200 to 400 pixels, five filters, and raw, CLAHE and locally normalised photos, these and the soft bilinear filter
# kept genuine and impostor pairs farthest apart.
_SIDE = 250
_CLAHE_CLIP = 3.0
_CLAHE_TILES = (8, 8)
_KEYPOINTS = 1000
_NOSE = 0.9  # of the photo's width and height, the axes of the ellipse whose points count
_CONTRAST = 0.02
_RATIO = 0.9
_DESCRIPTOR_LENGTH = 512  # whole numbers whose products float32 sums exactly, whatever the order of the summands
# The noses' skin flexes and domes: what one flat movement leaves over, in pixels of the scaled photos.
_TOLERANCE = 0.015 * _SIDE
_LEAST_BASE = 20.0
_SEEDS = 80
_REFITS = 3
_LARGEST_SCALE = 2.0
_LARGEST_TURN = np.pi / 3
_FEWEST = 3  # two matches always agree on a movement

_SHOWN_HEIGHT = 640
_SHOWN_WIDTH = 1280
_GAP = 12
_LINES = 48
_BACKGROUND = 245
_COLOUR = (64, 200, 190)
_OPACITY = 0.7
_FRACTION_BITS = 4  # of the coordinates that OpenCV draws at


@dataclass(frozen=True, slots=True, eq=False)
class KeypointEvidence:
    """What speaks for two photos showing one nose.

    Attributes:
        inliers: matches that one turn, scaling and shift explains; 0, or at least 3.
        matches: alike points found in both photos, wherever they lie.
        spread: 0 to 1, the share of the photo that the inliers' convex hull covers, the lesser of both photos'.
        points_a: float32 (inliers, 2), x and y of the inliers in pixels of the first photo, upright.
        points_b: the same points in the second photo.
    """

    inliers: int
    matches: int
    spread: float
    points_a: Points
    points_b: Points


@dataclass(frozen=True, slots=True, eq=False)
class Keypoints:
    """The points of one photo, to be matched any number of times.

    Attributes:
        places: complex128 (n,), x + iy in pixels of the scaled photo.
        descriptors: float32 (n, 128), whole numbers.
        size: width and height of the upright photo.
        scale: upright pixels in a scaled one, across and down.
    """

    places: _Plane
    descriptors: npt.NDArray[np.float32]
    size: tuple[int, int]
    scale: tuple[float, float]


def extract(photo: bytes, limits: ImageLimits) -> Keypoints:
    """Find the points of a nose photo: SIFT (Lowe 2004) on a contrast-normalised photo of one size.

    Only points in the middle count: the corners of a photo that is cropped to the nose show coat and background,
    which dogs may share. The descriptors are square-rooted (Arandjelovic and Zisserman 2012). The same bytes give
    the same points, whatever the thread.

    Args:
        photo: a JPEG or PNG file, cropped to the nose.
        limits: checked before decoding.

    Raises:
        NoseprintError: INVALID_IMAGE, INVALID_IMAGE_FORMAT or IMAGE_TOO_LARGE.
    """
    picture = open_photo(photo, limits, grey=True)
    width, height = picture.size
    share = _SIDE / max(width, height)
    scaled = picture.resize((max(round(width * share), 1), max(round(height * share), 1)), Image.Resampling.BILINEAR)
    grey = cv2.createCLAHE(_CLAHE_CLIP, _CLAHE_TILES).apply(np.asarray(scaled, np.uint8))
    sift = cv2.SIFT.create(nfeatures=_KEYPOINTS, contrastThreshold=_CONTRAST)
    found, described = sift.detectAndCompute(grey, _nose_mask(scaled.size))
    scale = (width / scaled.width, height / scaled.height)
    if not found:
        return Keypoints(np.zeros(0, np.complex128), np.zeros((0, 128), np.float32), picture.size, scale)
    places = np.array([complex(*point.pt) for point in found])
    descriptors = np.asarray(described, np.float32)
    shares = descriptors / np.maximum(descriptors.sum(axis=1, keepdims=True), 1.0)
    return Keypoints(places, np.rint(_DESCRIPTOR_LENGTH * np.sqrt(shares)), picture.size, scale)


def match(one: Keypoints, other: Keypoints) -> KeypointEvidence:
    """Find the points that two nose photos share; the order of the photos does not matter.

    Mutual nearest neighbours that pass the ratio test both ways; then the similarity transform, within half to
    twice the share of the photo and 60 degrees either way, on which most of them agree, tried from every pair
    of the best matches. Nothing is drawn at random.
    """
    if _sorts_before(other, one):
        found = match(other, one)
        return KeypointEvidence(found.inliers, found.matches, found.spread, found.points_b, found.points_a)
    of_one, of_other = _matches(one, other)
    agreeing = _agreeing(one.places[of_one], other.places[of_other])
    points_a, points_b = _upright(one, of_one[agreeing]), _upright(other, of_other[agreeing])
    spread = min(_covered(points_a, one.size), _covered(points_b, other.size))
    return KeypointEvidence(len(points_a), len(of_one), spread, points_a, points_b)


def draw_evidence(one: bytes, other: bytes, evidence: KeypointEvidence, limits: ImageLimits) -> bytes:
    """Both photos side by side, 640 pixels high, every inlier dotted and up to 48 of them joined by lines.

    Args:
        one: the first photo that the evidence is about.
        other: the second.
        evidence: as `match` gave it for these photos in this order.
        limits: checked before decoding.

    Returns:
        A PNG file, RGB. A photo more than twice as wide as high is shown 1,280 pixels wide on a light ground.

    Raises:
        NoseprintError: INVALID_IMAGE, INVALID_IMAGE_FORMAT or IMAGE_TOO_LARGE.
    """
    left, left_points = _panel(open_photo(one, limits), evidence.points_a)
    right, right_points = _panel(open_photo(other, limits), evidence.points_b)
    gap = np.full((_SHOWN_HEIGHT, _GAP, 3), _BACKGROUND, np.uint8)
    canvas = np.ascontiguousarray(np.hstack([left, gap, right]))
    right_points[:, 0] += left.shape[1] + _GAP
    drawn = canvas.copy()
    joined = np.unique(np.linspace(0, len(left_points) - 1, min(_LINES, len(left_points))).astype(int))
    for start, end in zip(_fixed(left_points[joined]), _fixed(right_points[joined]), strict=True):
        cv2.line(drawn, start, end, _COLOUR, 1, cv2.LINE_AA, _FRACTION_BITS)
    for centre in _fixed(np.concatenate([left_points, right_points])):
        cv2.circle(drawn, centre, 4 << _FRACTION_BITS, _COLOUR, 2, cv2.LINE_AA, _FRACTION_BITS)
    blended = cv2.addWeighted(drawn, _OPACITY, canvas, 1 - _OPACITY, 0)
    file = io.BytesIO()
    Image.fromarray(np.asarray(blended, np.uint8)).save(file, "PNG")
    return file.getvalue()


def _nose_mask(size: tuple[int, int]) -> npt.NDArray[np.uint8]:
    across, down = (np.abs(2 * (np.arange(side) + 0.5) / side - 1) for side in size)
    inside: npt.NDArray[np.uint8] = (across**2 + down[:, None] ** 2 <= _NOSE**2).astype(np.uint8)
    return inside


def _sorts_before(one: Keypoints, other: Keypoints) -> bool:
    """An order of photos by their points alone, so that ties fall the same way whichever photo is named first."""
    return (one.places.tobytes(), one.descriptors.tobytes()) < (other.places.tobytes(), other.descriptors.tobytes())


def _matches(a: Keypoints, b: Keypoints) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]:
    """Indices of mutually nearest keypoints, the least ambiguous first, no place used twice."""
    if min(len(a.places), len(b.places)) < _FEWEST:
        return np.zeros(0, np.intp), np.zeros(0, np.intp)
    squares_a, squares_b = (np.square(each.descriptors).sum(axis=1) for each in (a, b))
    distances = squares_a[:, None] + squares_b - 2 * (a.descriptors @ b.descriptors.T)
    to_b, doubt_a = _nearest(distances)
    to_a, doubt_b = _nearest(distances.T)
    doubt = np.maximum(doubt_a, doubt_b[to_b])
    of_a = np.flatnonzero((to_a[to_b] == np.arange(len(to_b))) & (doubt < _RATIO**2))
    of_a = of_a[np.argsort(doubt[of_a], kind="stable")]
    # SIFT describes a place once for each of its directions; a bead counts once.
    of_a = of_a[_first_of_each(a.places[of_a])]
    of_a = of_a[_first_of_each(b.places[to_b[of_a]])]
    return of_a, to_b[of_a]


def _nearest(distances: npt.NDArray[np.float32]) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.float32]]:
    """For each row its nearest column, and how near that is against the second nearest, 0 to 1 (squared)."""
    rows, nearest = np.arange(len(distances)), distances.argmin(axis=1)
    others = distances.copy()
    others[rows, nearest] = np.inf
    doubt: npt.NDArray[np.float32] = distances[rows, nearest] / np.maximum(others.min(axis=1), 1)
    return nearest, doubt


def _first_of_each(places: _Plane) -> npt.NDArray[np.intp]:
    return np.sort(np.unique(np.round(places), return_index=True)[1])


def _agreeing(a: _Plane, b: _Plane) -> npt.NDArray[np.intp]:
    """Indices of the matches that the best movement b = factor * a + shift explains; none if fewer than three."""
    nobody = np.zeros(0, np.intp)
    if len(a) < _FEWEST:
        return nobody
    first, second = np.triu_indices(min(len(a), _SEEDS), 1)
    across_a, across_b = a[first] - a[second], b[first] - b[second]
    far = (abs(across_a) > _LEAST_BASE) & (abs(across_b) > _LEAST_BASE)
    factors = across_b[far] / across_a[far]
    plausible = _plausible(factors)
    factors, seeds = factors[plausible], first[far][plausible]
    if not len(factors):
        return nobody
    explained = _explained(a, b, factors, b[seeds] - factors * a[seeds])
    best = explained[explained.sum(axis=1).argmax()]
    for _ in range(_REFITS):
        better = _refitted(a, b, best)
        if better.sum() <= best.sum():
            break
        best = better
    return np.flatnonzero(best) if best.sum() >= _FEWEST else nobody


def _plausible(factors: _Plane) -> npt.NDArray[np.bool_]:
    scale, turn = abs(factors), abs(np.angle(factors))
    return (scale <= _LARGEST_SCALE) & (scale >= 1 / _LARGEST_SCALE) & (turn <= _LARGEST_TURN)


def _explained(a: _Plane, b: _Plane, factors: _Plane, shifts: _Plane) -> npt.NDArray[np.bool_]:
    """For m movements and n matches (m, n): which lie within the tolerance, midway between both photos' scales."""
    left_over = factors[:, None].astype(np.complex64) * a.astype(np.complex64)
    left_over += (shifts[:, None] - b).astype(np.complex64)
    within: npt.NDArray[np.bool_] = abs(left_over) < _TOLERANCE * np.sqrt(abs(factors))[:, None]
    return within


def _refitted(a: _Plane, b: _Plane, chosen: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    """What the least-squares movement of the chosen matches explains; nothing if it is implausible."""
    middle_a, middle_b = a[chosen].mean(), b[chosen].mean()
    around_a, around_b = a[chosen] - middle_a, b[chosen] - middle_b
    factor = np.atleast_1d(np.vdot(around_a, around_b) / np.vdot(around_a, around_a))
    if not _plausible(factor).all():
        return np.zeros_like(chosen)
    within: npt.NDArray[np.bool_] = _explained(a, b, factor, middle_b - factor * middle_a)[0]
    return within


def _upright(keypoints: Keypoints, chosen: npt.NDArray[np.intp]) -> Points:
    """Places as (n, 2) pixels of the upright photo, the centre of its first pixel at 0, 0."""
    places = keypoints.places[chosen]
    points = (np.column_stack([places.real, places.imag]) + 0.5) * keypoints.scale - 0.5
    return points.clip(0, np.array(keypoints.size) - 1).astype(np.float32)


def _covered(points: Points, size: tuple[int, int]) -> float:
    if len(points) < _FEWEST:
        return 0.0
    return min(cv2.contourArea(cv2.convexHull(points)) / (size[0] * size[1]), 1.0)


def _panel(photo: Image.Image, points: Points) -> tuple[npt.NDArray[np.uint8], Points]:
    """A photo at the shown height with its points moved along."""
    share = min(_SHOWN_HEIGHT / photo.height, _SHOWN_WIDTH / photo.width)
    shown = photo.resize((max(round(photo.width * share), 1), max(round(photo.height * share), 1)))
    above = (_SHOWN_HEIGHT - shown.height) // 2
    panel = np.full((_SHOWN_HEIGHT, shown.width, 3), _BACKGROUND, np.uint8)
    panel[above : above + shown.height] = np.asarray(shown)
    scale = np.array([shown.width / photo.width, shown.height / photo.height])
    return panel, ((points + 0.5) * scale - 0.5 + [0, above]).astype(np.float32)


def _fixed(points: Points) -> Iterator[tuple[int, int]]:
    for x, y in np.rint(points * (1 << _FRACTION_BITS)).astype(int):
        yield int(x), int(y)
