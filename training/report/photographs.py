"""The real photographs that the report is about, and what is known of them besides their folders."""

from __future__ import annotations

import io
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

import numpy as np
from PIL import Image

from noseprint.embedding.image import open_photo
from noseprint.errors import NoseprintError
from noseprint.evaluation.comparisons import PhotoPairs, pair_photos
from noseprint.evaluation.identity_folders import read_identity_folder
from training.report.work import digest
from training.retake import rephotograph

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from noseprint.embedding.limits import ImageLimits

MAY_BE_ONE_DOG = (
    ("aldo-houtkamp-0l5xdVCyn-U", "aldo-houtkamp-ZavPVqlvxBI"),
    ("gidlark-VglkWXWQGho", "gidlark-f8HKMon0HZ4"),
)
"""Two photographs each by one photographer, of dogs that look alike: neither genuine nor impostors."""

OTHER_SESSION = {"dog-a": frozenset({"06", "07"})}
"""Photographs that were taken on another occasion than the rest of their dog's."""

ENROLLED_SETS: dict[str, Literal["save-pets"]] = {
    "235de76a6a876bff8b929805d28fdab84067fde739d437ddb142f3f59c15f548": "save-pets"
}
SINGLES_SETS: dict[str, Literal["unsplash"]] = {
    "02d0e86a95cfcd21ff7081993d82179a46e6f8a676570e27469256de9c2fd30f": "unsplash"
}
"""By the fingerprint of the crew: what the report tells of these sets is true of these very files alone."""


@dataclass(frozen=True, slots=True)
class Photograph:
    """One photograph: whose, the stem of its file, and the whole file (JPEG or PNG)."""

    identity: str
    name: str
    content: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Crew:
    """Photographs that are compared with each other (a test crew in the words of ISO/IEC 19795-1).

    Attributes:
        photographs: of one identity after the other.
        refused: names of files that no picture could be read from; they are failures to acquire.
    """

    photographs: tuple[Photograph, ...]
    refused: tuple[str, ...] = ()

    def __add__(self, other: Crew) -> Crew:
        return Crew(self.photographs + other.photographs, self.refused + other.refused)

    def __len__(self) -> int:
        return len(self.photographs)

    @property
    def labels(self) -> list[str]:
        """The identity of each photograph."""
        return [photograph.identity for photograph in self.photographs]

    @property
    def identities(self) -> tuple[str, ...]:
        """The identities, each once, in the order of their photographs."""
        return tuple(dict.fromkeys(self.labels))

    @property
    def contents(self) -> list[bytes]:
        """The file of each photograph."""
        return [photograph.content for photograph in self.photographs]

    def of(self, identity: str) -> list[int]:
        """The places of an identity's photographs in the crew."""
        return [place for place, label in enumerate(self.labels) if label == identity]

    def pairs(self) -> PhotoPairs:
        """Every pair that is surely genuine or surely impostor."""
        return pair_photos(self.labels, MAY_BE_ONE_DOG)

    def fingerprint(self) -> str:
        """What a result for this crew depends on."""
        return digest(part for each in self.photographs for part in (each.identity, each.content))


def read_crew(folder: Path, limits: ImageLimits) -> Crew:
    """Read a folder of identities.

    Raises:
        NoseprintError: FOLDER_NOT_USABLE.
    """
    found = [Photograph(each.identity, each.path.stem, each.path.read_bytes()) for each in read_identity_folder(folder)]
    readable = [photograph for photograph in found if _is_readable(photograph, limits)]
    refused = [f"{each.identity}/{each.name}" for each in found if each not in readable]
    return Crew(tuple(readable), tuple(refused))


def retaken(crew: Crew, seed: int, limits: ImageLimits) -> Crew:
    """Every photograph of a crew taken again in simulation, as lossless PNG files; see `training.retake`."""
    return Crew(
        tuple(
            Photograph(each.identity, f"{each.name}, retake {seed}", _retake(each.content, (seed, place), limits))
            for place, each in enumerate(crew.photographs)
        )
    )


def may_be_one_dog(one: str, other: str, doubtful: Iterable[tuple[str, str]] = MAY_BE_ONE_DOG) -> bool:
    """Whether two identities are one, or perhaps."""
    return one == other or any({one, other} == set(pair) for pair in doubtful)


def _is_readable(photograph: Photograph, limits: ImageLimits) -> bool:
    try:
        open_photo(photograph.content, limits)
    except NoseprintError:
        return False
    return True


def _retake(photo: bytes, seed: tuple[int, int], limits: ImageLimits) -> bytes:
    grey = np.asarray(open_photo(photo, limits, grey=True), dtype=np.uint8)
    file = io.BytesIO()
    Image.fromarray(rephotograph(grey, np.random.default_rng(seed))).save(file, "PNG", compress_level=1)
    return file.getvalue()
