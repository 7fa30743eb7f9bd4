"""Takes in what another machine exported: all of it is proven first, and nothing is taken in twice."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final, NamedTuple

from noseprint.errors import ErrorCode, NoseprintError
from noseprint.sync.pet_keys import DEFAULT_VECTOR_PREFIX
from noseprint.sync.pet_objects import PetObject
from noseprint.transfer import documents
from noseprint.transfer.archive_format import ArchiveReader
from noseprint.transfer.codes import fingerprint_of, same_fingerprint

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from noseprint.records.parcels import Parcel, Parcels
    from noseprint.settings import Secret
    from noseprint.sync.dispatch import Dispatch
    from noseprint.sync.outbox import NewEntry

_CONFLICTS: Final = frozenset({ErrorCode.PET_DID_TAKEN, ErrorCode.MICROCHIP_TAKEN, ErrorCode.OBJECT_CONFLICT})


@dataclass(frozen=True, slots=True)
class ProvenArchive:
    """An export that was read through and found whole.

    Attributes:
        path: the file.
        code: what opens it.
        sender: the fingerprint of the machine that signed it.
        pets: how many are in it.
        entries: how many objects.
        vector_prefix: where vectors may go.
    """

    path: Path
    code: Secret
    sender: str
    pets: int
    entries: int
    vector_prefix: str = DEFAULT_VECTOR_PREFIX


@dataclass(frozen=True, slots=True)
class TakenPet:
    """A pet of an export.

    Attributes:
        pet_did: which one.
        enrolled: whether its enrolment came in now.
        entries: how many objects came in now, to be uploaded from here; none where all was here already.
        fault: what it contradicts here, so that nothing of it came in: PET_DID_TAKEN, MICROCHIP_TAKEN or
            OBJECT_CONFLICT.
    """

    pet_did: str
    enrolled: bool = False
    entries: int = 0
    fault: NoseprintError | None = None


class _Packed(NamedTuple):
    parcel: Parcel
    contents: list[bytes]


def prove(path: Path, code: Secret, sender: str = "", vector_prefix: str = DEFAULT_VECTOR_PREFIX) -> ProvenArchive:
    """Read an export through, and check every byte of it.

    Args:
        path: the file.
        code: the transfer code that was shown when it was written.
        sender: the fingerprint of the machine that it must be from; empty for any.
        vector_prefix: where the platform keeps vectors; those for other places are refused.

    Raises:
        NoseprintError: WRONG_TRANSFER_CODE, ARCHIVE_DAMAGED (``path``), UNEXPECTED_SENDER (``sender``),
            RECORDS_TOO_NEW, FILE_NOT_READABLE (``path``).
    """
    found = fingerprint_of(_sender(path, code))
    if sender and not same_fingerprint(sender, found):
        raise NoseprintError(ErrorCode.UNEXPECTED_SENDER, sender=found)
    pets = entries = 0
    for packed in _unpacked(path, code, vector_prefix):
        pets, entries = pets + 1, entries + len(packed.contents)
    return ProvenArchive(path, code, found, pets, entries, vector_prefix)


class Import:
    """Takes in proven exports.

    Args:
        parcels: where records go.
        dispatch: where contents go.
        clock: the present moment.
    """

    def __init__(
        self, parcels: Parcels, dispatch: Dispatch, clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        self._parcels = parcels
        self._dispatch = dispatch
        self._clock = clock

    def take_in(self, archive: ProvenArchive) -> Iterator[TakenPet]:
        """Keep each pet in one transaction with what is to be uploaded of it, as far as it is not here yet.

        Broken off, it can be begun again. Holds the contents of one pet at a time.

        Raises:
            NoseprintError: the codes of ``prove`` when the file was changed since; DISK_FULL, FOLDER_NOT_USABLE,
                ALREADY_RUNNING; the codes of the records.
        """
        for packed in _unpacked(archive.path, archive.code, archive.vector_prefix):
            try:
                yield self._take(packed)
            except NoseprintError as error:
                if error.code not in _CONFLICTS:
                    raise
                yield TakenPet(packed.parcel.pet_did, fault=error)

    def _take(self, packed: _Packed) -> TakenPet:
        new = self._parcels.news(packed.parcel)
        if new.is_empty:
            return TakenPet(new.pet_did)
        wanted = {entry.key for entry in new.entries}
        pairs = zip(packed.parcel.entries, packed.contents, strict=True)
        objects = [_object(entry, content) for entry, content in pairs if entry.key in wanted]
        with self._dispatch.prepared(objects) as outgoing:
            self._parcels.take_in(replace(new, entries=outgoing.entries), outgoing, self._clock())
        return TakenPet(new.pet_did, new.enrolment is not None, len(objects))


def _sender(path: Path, code: Secret) -> bytes:
    try:
        with path.open("rb") as stream:
            return ArchiveReader(path, stream, code).sender
    except OSError as fault:
        raise NoseprintError(ErrorCode.FILE_NOT_READABLE, fault.strerror or "", path=path) from fault


def _unpacked(path: Path, code: Secret, vector_prefix: str) -> Iterator[_Packed]:
    """The pets in an archive, each checked; only after the last one is the archive proven."""
    try:
        with path.open("rb") as stream:
            frames = ArchiveReader(path, stream, code).contents()
            for frame in frames:
                parcel = _parcel(frame, path, vector_prefix)
                yield _Packed(parcel, [_content(next(frames, None), entry, path) for entry in parcel.entries])
    except OSError as fault:
        raise NoseprintError(ErrorCode.FILE_NOT_READABLE, fault.strerror or "", path=path) from fault


def _parcel(frame: bytes, path: Path, vector_prefix: str) -> Parcel:
    try:
        return documents.decode(frame, vector_prefix)
    except (ValueError, NoseprintError) as fault:
        raise NoseprintError(ErrorCode.ARCHIVE_DAMAGED, "a parcel that cannot be read", path=path) from fault


def _content(content: bytes | None, entry: NewEntry, path: Path) -> bytes:
    if content is None or len(content) != entry.size or hashlib.sha256(content).hexdigest() != entry.sha256:
        raise NoseprintError(ErrorCode.ARCHIVE_DAMAGED, "a content that is not the listed one", path=path)
    return content


def _object(entry: NewEntry, content: bytes) -> PetObject:
    return PetObject(entry.pet_did, entry.kind, entry.key, content, entry.content_type, entry.replaces)
