"""Writes what waits on this machine into one encrypted, signed file, without any network."""

from __future__ import annotations

from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, Final

from noseprint.disk import Disk
from noseprint.errors import ErrorCode, NoseprintError
from noseprint.transfer import documents
from noseprint.transfer.archive_format import ArchiveWriter

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from noseprint.records.parcels import Parcel, Parcels
    from noseprint.settings import Secret
    from noseprint.sync.outbox import Contents
    from noseprint.transfer.archive_format import Signer

_LOST: Final = frozenset({ErrorCode.OBJECT_NOT_FOUND, ErrorCode.SEALED_DAMAGED})


@dataclass(frozen=True, slots=True)
class ExportedPet:
    """A pet that an export went through.

    Attributes:
        pet_did: which one.
        entries: how many objects of it are in the file; none where all was synced meanwhile.
        fault: why it is left out, LOCAL_COPY_LOST.
    """

    pet_did: str
    entries: int = 0
    fault: NoseprintError | None = None


class Export:
    """Everything unsynced, one pet after the other; nothing of it changes here, and it goes on waiting.

    Args:
        parcels: what waits.
        contents: the plaintexts of it.
        signer: signs the file.
        disk: writes it.
    """

    def __init__(self, parcels: Parcels, contents: Contents, signer: Signer, disk: Disk | None = None) -> None:
        self._parcels = parcels
        self._contents = contents
        self._signer = signer
        self._disk = disk or Disk()

    @property
    def sender(self) -> str:
        """The fingerprint of this machine's key, which the receiving one shows too."""
        return self._signer.fingerprint

    def write(self, target: Path, code: Secret) -> Iterator[ExportedPet]:
        """Write the file; it gets its name when the last pet has been gone through, and is wholly there then.

        Holds the contents of one pet at a time.

        Args:
            target: the file; an earlier one is replaced.
            code: what will open it.

        Raises:
            NoseprintError: DISK_FULL, FOLDER_NOT_USABLE, ALREADY_RUNNING; the codes of the records.
        """
        with self._disk.writing(target) as file:
            archive = ArchiveWriter(self._filling(file), code, self._signer)
            for pet_did in self._parcels.waiting():
                yield self._add(archive, pet_did)
            archive.finish()

    def _filling(self, file: IO[bytes]) -> Callable[[bytes], None]:
        return lambda content: self._disk.fill(file, content)

    def _add(self, archive: ArchiveWriter, pet_did: str) -> ExportedPet:
        try:
            parcel, contents = self._read(pet_did)
        except NoseprintError as error:
            if error.code not in _LOST:
                raise
            return ExportedPet(pet_did, fault=NoseprintError(ErrorCode.LOCAL_COPY_LOST, error.detail))
        if parcel.entries:
            for content in (documents.encode(parcel), *contents):
                archive.add(content)
        return ExportedPet(pet_did, len(contents))

    def _read(self, pet_did: str) -> tuple[Parcel, list[bytes]]:
        # What is uploaded meanwhile may be dropped, but not while this is held.
        with self._contents.changing():
            parcel = self._parcels.parcel(pet_did)
            return parcel, [self._contents.read(entry.spool_name) for entry in parcel.entries]
