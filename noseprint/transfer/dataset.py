"""A data set for measuring: photos of pets whose guardians agreed to it, without anything that tells whose they are."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol

import msgspec

from noseprint.disk import PART_PREFIX, Disk, disk_errors
from noseprint.embedding.image import encode_jpeg, jpeg_for_storage, open_photo
from noseprint.errors import ErrorCode, NoseprintError
from noseprint.records.entities import ConsentKind

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from noseprint.embedding.limits import ImageLimits
    from noseprint.records.entities import Pet
    from noseprint.vault.vault import Vault

MANIFEST: Final = "data-set.json"
FORMAT: Final = 1
TERMS: Final = {
    "ko": "보호자가 제품 개선에 쓰도록 동의한 반려견의 코 사진이에요. 인식 성능을 재고 고치는 데에만 쓰고, "
    "공개하거나 다른 곳에 넘기지 마세요.",
    "en": "Photos of dogs' noses whose guardians agreed to their use for improving the product. Use them only to "
    "measure and improve recognition; do not publish them or pass them on.",
}

_NAME_LENGTH: Final = 32
# What a JPEG for storage may still hold besides its picture: which way up it is, and how a device shows colours.
_BESIDES: Final = (b"Exif\x00\x00", b"ICC_PROFILE\x00")


class Manifest(msgspec.Struct, frozen=True):
    """What a data set says of itself.

    Attributes:
        format: ``FORMAT``.
        data_set: its random name; folders of two data sets cannot be told to show the same dog.
        identities: how many dogs are in it.
        photos: how many photos.
        terms: what it may be used for, by language.
    """

    format: int
    data_set: str
    identities: int
    photos: int
    terms: dict[str, str]


@dataclass(frozen=True, slots=True)
class ExportedIdentity:
    """A dog that an export of a data set went through.

    Attributes:
        added: photos that came in now.
        present: photos that were there already.
        fault: why it is not whole; run the export again for it.
    """

    added: int = 0
    present: int = 0
    fault: NoseprintError | None = None


class Photos(Protocol):
    """Where photos are read."""

    def load_photo(self, key: str) -> bytes:
        """One photo by its key.

        Raises:
            NoseprintError: OBJECT_NOT_FOUND, STORAGE_CONNECTION_ERROR, INVALID_REQUEST.
        """
        ...


class DataSet:
    """A folder of identities, as ``noseprint evaluate`` reads them; begun anew or gone on with.

    Args:
        folder: absent, empty, or one that was begun here.
        photos: where photos are read.
        vault: makes names that nobody can trace back without its key.
        limits: of photos.
        disk: writes them.

    Raises:
        NoseprintError: FOLDER_NOT_USABLE (``path``) for a folder that holds anything else.
    """

    def __init__(
        self, folder: Path, photos: Photos, vault: Vault, limits: ImageLimits, disk: Disk | None = None
    ) -> None:
        self._folder = folder
        self._photos = photos
        self._vault = vault
        self._limits = limits
        self._disk = disk or Disk()
        self._data_set = self._begun()
        self._sweep()

    def add(self, pets: Iterable[Pet]) -> Iterator[ExportedIdentity]:
        """Add the photos of those pets whose guardians consented to IMPROVEMENT, and of no others.

        Photos that are there already are left alone. One identity after the other, in an order that says nothing of
        the order of enrolment; then the manifest is brought up to date.

        Raises:
            NoseprintError: DISK_FULL, FOLDER_NOT_USABLE. What fails about one pet is told in its place.
        """
        agreed = {self._name("identity", pet.pet_did): pet for pet in pets if may_be_used(pet)}
        for name, pet in sorted(agreed.items()):
            yield self._add(self._folder / name, pet)
        self._keep_manifest()

    def manifest(self) -> Manifest:
        """What the folder holds now.

        Raises:
            NoseprintError: FOLDER_NOT_USABLE.
        """
        with disk_errors(self._folder):
            photos = [file for file in self._folder.glob("*/*.jpg") if not file.name.startswith(".")]
        return Manifest(FORMAT, self._data_set, len({file.parent for file in photos}), len(photos), TERMS)

    def _add(self, folder: Path, pet: Pet) -> ExportedIdentity:
        added = present = 0
        for key in pet.photo_keys:
            target = folder / f"{self._name('photo', key)}.jpg"
            if target.exists():
                present += 1
                continue
            try:
                photo = anonymous(self._photos.load_photo(key), self._limits)
            except NoseprintError as fault:
                return ExportedIdentity(added, present, fault)
            self._disk.make_folder(folder)
            self._disk.write(target, photo)
            added += 1
        return ExportedIdentity(added, present)

    def _begun(self) -> str:
        """The random name of the data set in the folder; a new one where nothing is in it yet."""
        self._disk.make_folder(self._folder)
        with disk_errors(self._folder):
            entries = [entry for entry in self._folder.iterdir() if not entry.name.startswith(PART_PREFIX)]
            if entries:
                return self._known()
        name = secrets.token_hex(_NAME_LENGTH // 2)
        # Before any photo: who goes on after a crash must give the same names.
        self._write(Manifest(FORMAT, name, 0, 0, TERMS))
        return name

    def _sweep(self) -> None:
        """Remove what a killed export did not finish: half a photo has not lost what tells whose it is."""
        with disk_errors(self._folder):
            unfinished = [*self._folder.glob(f"{PART_PREFIX}*"), *self._folder.glob(f"*/{PART_PREFIX}*")]
        for file in unfinished:
            self._disk.remove(file)

    def _known(self) -> str:
        try:
            return msgspec.json.decode((self._folder / MANIFEST).read_bytes(), type=Manifest).data_set
        except (FileNotFoundError, msgspec.MsgspecError) as fault:
            raise NoseprintError(
                ErrorCode.FOLDER_NOT_USABLE, "neither empty nor a data set of this program", path=self._folder
            ) from fault

    def _keep_manifest(self) -> None:
        self._write(self.manifest())

    def _write(self, manifest: Manifest) -> None:
        self._disk.write(self._folder / MANIFEST, msgspec.json.format(msgspec.json.encode(manifest)))

    def _name(self, kind: str, text: str) -> str:
        return self._vault.fingerprint(f"data-set-{kind}", f"{self._data_set}:{text}").hex()[:_NAME_LENGTH]


def may_be_used(pet: Pet) -> bool:
    """Whether the guardian agreed to the use of the photos for improving the product."""
    return any(consent.kind is ConsentKind.IMPROVEMENT for consent in pet.consents)


def anonymous(photo: bytes, limits: ImageLimits) -> bytes:
    """A JPEG that holds the picture, upright, and nothing else at all.

    The picture stays byte for byte as it was encoded, unless it must be turned or held a colour profile.

    Raises:
        NoseprintError: INVALID_IMAGE, INVALID_IMAGE_FORMAT or IMAGE_TOO_LARGE.
    """
    jpeg = jpeg_for_storage(photo, limits)
    if any(block in jpeg for block in _BESIDES):
        return encode_jpeg(open_photo(jpeg, limits))
    return jpeg
