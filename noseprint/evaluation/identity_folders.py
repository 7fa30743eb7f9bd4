"""Reads a folder of photos sorted by identity; it opens no photo."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from noseprint.errors import ErrorCode, NoseprintError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

_PHOTO_SUFFIXES = frozenset({".jpg", ".jpeg", ".png"})


@dataclass(frozen=True, slots=True)
class IdentityPhoto:
    """One photo and the identity (dog) that it shows.

    Attributes:
        identity: the name of the identity.
        path: where the photo lies.
    """

    identity: str
    path: Path


def read_identity_folder(folder: Path) -> tuple[IdentityPhoto, ...]:
    """List the photos of a folder whose sub-folders are identities.

    A photo directly in the folder is an identity of its own, named by its stem (by its whole name where that
    stem is taken, so that two dogs never become one). Hidden entries, other files and deeper folders are left
    out.

    Args:
        folder: the folder to read.

    Returns:
        Sub-folders first, then the flat photos, both by name; within an identity by file name.

    Raises:
        NoseprintError: FOLDER_NOT_USABLE when the folder is absent, no folder, not readable or without photos.
    """
    try:
        photos = tuple(_photos_of(folder))
    except OSError as error:
        raise NoseprintError(ErrorCode.FOLDER_NOT_USABLE, type(error).__name__, path=folder) from error
    if not photos:
        raise NoseprintError(ErrorCode.FOLDER_NOT_USABLE, "no JPEG or PNG file inside", path=folder)
    return photos


def _photos_of(folder: Path) -> Iterator[IdentityPhoto]:
    entries = _visible(folder)
    identities = [entry for entry in entries if entry.is_dir()]
    for identity in identities:
        for path in _only_photos(_visible(identity)):
            yield IdentityPhoto(identity.name, path)
    taken = {identity.name for identity in identities}
    for path in _only_photos(entries):
        name = path.name if path.stem in taken else path.stem
        taken.add(name)
        yield IdentityPhoto(name, path)


def _visible(folder: Path) -> list[Path]:
    return sorted(entry for entry in folder.iterdir() if not entry.name.startswith("."))


def _only_photos(paths: Iterable[Path]) -> Iterator[Path]:
    return (path for path in paths if path.suffix.lower() in _PHOTO_SUFFIXES and path.is_file())
