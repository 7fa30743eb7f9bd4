"""The outbox in words: what waits to be uploaded, in which order, and what becomes of an upload that fails.

No database and no network here: the records keep the entries, the worker carries them out.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final, Protocol

from noseprint.errors import ErrorCode, NoseprintError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence
    from contextlib import AbstractContextManager
    from datetime import datetime


class EntryKind(StrEnum):
    """What an entry uploads."""

    PHOTO = "photo"
    """An enrolment photo."""
    VECTOR = "vector"
    """A vector of an enrolment, which nobody may read before its photos are there."""
    VERIFICATION = "verification"
    """A verification photo, which stands for itself."""

    @property
    def is_enrolment(self) -> bool:
        """Whether it belongs to the pet's enrolment, whose parts come in order or not at all."""
        return self is not EntryKind.VERIFICATION


class EntryState(StrEnum):
    """How far an entry has come."""

    WAITING = "waiting"
    PARKED = "parked"
    """A person must look at it: trying again would not help."""
    SYNCED = "synced"
    """Read back from the store, with its size and hash."""
    THEIRS = "theirs"
    """Never uploaded: a person said that the other content, which the store has under the key, is the right one."""
    GIVEN_UP = "given_up"
    """Never uploaded: a person said that the machine which has the content is lost."""

    @property
    def is_open(self) -> bool:
        """Whether it is still to be uploaded."""
        return self in {EntryState.WAITING, EntryState.PARKED}


@dataclass(frozen=True, slots=True)
class NewEntry:
    """An object to be uploaded.

    Args:
        pet_did: whose it is; entries of one pet are uploaded in the order in which they are enqueued.
        kind: what it is; photos are to be enqueued before vectors, the vector JSON last.
        key: where it goes in the store.
        content_type: its media type.
        spool_name: under which name the contents of this machine have it.
        sha256: hexadecimal checksum of the plaintext.
        size: bytes of the plaintext.
        replaces: whether it takes the place of another content under the key, as a vector of a new model does;
            otherwise that is a conflict.
    """

    pet_did: str
    kind: EntryKind
    key: str
    content_type: str
    spool_name: str
    sha256: str
    size: int
    replaces: bool = False


@dataclass(frozen=True, slots=True)
class Outgoing:
    """Entries whose contents are in a machine's spool, to be enqueued in the transaction that saves what they are of.

    Args:
        holder: the machine's name.
        entries: photos before vectors, the vector JSON last.
    """

    holder: str
    entries: tuple[NewEntry, ...]


@dataclass(frozen=True, slots=True)
class Entry(NewEntry):
    """An entry as the outbox keeps it.

    Args:
        id: grows in the order in which entries are enqueued.
        holder: the machine's name that has the content.
        state: how far it has come.
        attempts: tries that failed for a reason of this entry's own.
        error_code: of the last failure; None where there was none, or it was overcome.
        error_detail: what a maintainer wants to know about it.
        created_at: when it was enqueued, in UTC.
        synced_at: when it was confirmed, in UTC.
        kept: whether the local copy is still there.
    """

    id: int = 0
    holder: str = ""
    state: EntryState = EntryState.WAITING
    attempts: int = 0
    error_code: str | None = None
    error_detail: str = ""
    created_at: datetime | None = None
    synced_at: datetime | None = None
    kept: bool = True


@dataclass(frozen=True, slots=True)
class Run:
    """What one worker has claimed: entries of one pet, to be carried out one after the other.

    Args:
        pet_did: whose they are.
        claim: the token that the outbox knows the claim by.
        entries: at least one, in the order of their uploads.
    """

    pet_did: str
    claim: str
    entries: tuple[Entry, ...]


class Handling(StrEnum):
    """What a failure asks for."""

    RETRY = "retry"
    """The same upload may succeed later."""
    PARK = "park"
    """It cannot succeed before a person has looked at it."""
    HALT = "halt"
    """No upload of this machine would succeed now: nothing is wrong with this entry."""


@dataclass(frozen=True, slots=True)
class Fault:
    """The failure that ended a run.

    Args:
        entry: which entry failed.
        error: how.
        handling: what it asks for.
        next_at: for RETRY, when to try again, in UTC.
    """

    entry: Entry
    error: NoseprintError
    handling: Handling
    next_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Report:
    """What became of a run: entries not mentioned go on waiting."""

    run: Run
    synced: tuple[Entry, ...] = ()
    fault: Fault | None = None


@dataclass(frozen=True, slots=True)
class Counts:
    """What has not been synced yet: entries, and bytes of those that wait."""

    waiting: int = 0
    waiting_bytes: int = 0
    parked: int = 0


@dataclass(frozen=True, slots=True)
class HolderBacklog:
    """What is not synced yet of what one machine holds.

    Args:
        holder: the machine's name.
        pets: how many have something there.
        waiting: entries that it is to upload.
        parked: entries that a person must look at.
        latest: when the newest of them was saved, in UTC.
    """

    holder: str
    pets: int
    waiting: int
    parked: int
    latest: datetime


@dataclass(frozen=True, slots=True)
class Moved:
    """What becomes of synced objects when another store takes the place of the former one.

    Args:
        due: objects that will be uploaded again, where the store lacks them.
        left: objects whose local copy was dropped, or is a vector of such photos: they are in the former store alone.
        parked: vectors of such photos that are in no store yet: a person must bring the photos first.
    """

    due: int
    left: int
    parked: int = 0


@dataclass(frozen=True, slots=True)
class Backlog:
    """What has not been synced yet, in a person's terms: pets, and since when, in UTC, the oldest entry waits."""

    pets: int = 0
    oldest: datetime | None = None


_PARKING: Final = frozenset(
    {
        ErrorCode.INVALID_REQUEST,
        ErrorCode.OBJECT_CONFLICT,
        ErrorCode.SEALED_DAMAGED,
        ErrorCode.LOCAL_COPY_LOST,
    }
)


def handling(error: NoseprintError) -> Handling:
    """What a failure of an upload asks for, as far as its code tells.

    A store that cannot be reached is RETRY here; whoever can ask the store itself may know better.
    """
    if error.code in _PARKING:
        return Handling.PARK
    return Handling.RETRY if error.code is ErrorCode.STORAGE_CONNECTION_ERROR else Handling.HALT


def claimable(open_entries: Iterable[Entry], holder: str) -> tuple[Entry, ...]:
    """Which entries of one pet a worker may carry out now, one after the other.

    A parked entry holds back the later ones of the enrolment, and so does one whose content another machine has:
    a vector must not appear before its photos. A verification photo stands for itself.

    Args:
        open_entries: the pet's entries that are not synced, of all holders, in the order of their ids.
        holder: whose worker asks.
    """
    held = False
    run: list[Entry] = []
    for entry in open_entries:
        ready = entry.state is EntryState.WAITING and entry.holder == holder
        if ready and not (held and entry.kind.is_enrolment):
            run.append(entry)
        elif entry.kind.is_enrolment:
            held = True
    return tuple(run)


class Outbox(Protocol):
    """The entries of one machine, the holder; safe for several threads and programs on one database.

    ``now`` is always given by the caller, in UTC. Every method raises NoseprintError RECORDS_UNAVAILABLE or
    RECORDS_DAMAGED when the database cannot be used.
    """

    @property
    def holder(self) -> str:
        """The machine's name."""
        ...

    def claim(self, limit: int, now: datetime) -> list[Run]:
        """Take what is due, at most ``limit`` pets, those due longest first; nobody else gets them meanwhile.

        A claim ends after its lease, or when a clock was set back so far that it seems to last longer. No pause
        lasts longer than the longest one either, whatever the clock was when it began.
        """
        ...

    def renew(self, run: Run, now: datetime) -> bool:
        """Let the lease begin anew; False when another one has the claim now."""
        ...

    def settle(self, reports: Sequence[Report], now: datetime) -> list[Report]:
        """Keep what became of runs, in one transaction, and give their pets free.

        Returns:
            The reports that were kept: all but those of claims that another one has now.
        """
        ...

    def next_due(self) -> datetime | None:
        """When the next entry can be claimed, maybe in the past; None while nothing waits that could be."""
        ...

    def counts(self) -> Counts:
        """How much is not synced yet."""
        ...

    def kept(self, key: str) -> Entry | None:
        """The newest entry of a key whose local copy is there, synced or not; None where there is none."""
        ...

    def mentioned(self) -> set[str]:
        """The spool names that must be kept."""
        ...

    def owner(self) -> str:
        """What a spool is marked with whose contents are this machine's in this database."""
        ...

    def open_keys(self, prefix: str) -> set[str]:
        """The keys that begin so and are not synced yet."""
        ...

    def forget_expired(self, before: datetime, limit: int, now: datetime) -> list[str] | None:
        """Note that contents synced before that moment are kept no longer, and name those that nobody mentions now.

        Ask it inside ``Contents.changing``. That photos are dropped is in the audit trail then.

        Returns:
            Spool names for the caller to drop, of at most ``limit`` entries; None when there were no such entries.
        """
        ...


class Contents(Protocol):
    """The plaintexts that entries speak of, by their spool names."""

    def read(self, name: str) -> bytes:
        """The plaintext.

        Raises:
            NoseprintError: OBJECT_NOT_FOUND, SEALED_DAMAGED, MASTER_KEY_MISSING, FOLDER_NOT_USABLE.
        """
        ...

    def names(self) -> Sequence[str]:
        """The names of all of them.

        Raises:
            NoseprintError: FOLDER_NOT_USABLE: none of them can be read now.
        """
        ...

    def drop(self, name: str) -> None:
        """Remove it; an absent one is fine."""
        ...

    def changing(self) -> AbstractContextManager[None]:
        """Be the only one that adds, mentions and drops while the block runs."""
        ...


def in_stages(entries: Sequence[Entry]) -> list[list[Entry]]:
    """The entries in groups whose uploads may be confirmed together: photos side by side, a vector by itself.

    No key comes twice in a stage.
    """
    stages: list[list[Entry]] = []
    for entry in entries:
        if stages and _joins(entry, stages[-1]):
            stages[-1].append(entry)
        else:
            stages.append([entry])
    return stages


def _joins(entry: Entry, stage: Collection[Entry]) -> bool:
    kinds = {other.kind for other in stage} | {entry.kind}
    return EntryKind.VECTOR not in kinds and all(other.key != entry.key for other in stage)
