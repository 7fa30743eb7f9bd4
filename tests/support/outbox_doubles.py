"""What stands around the outbox in tests: contents and a store in memory, a clock to set, entries to enqueue."""

from __future__ import annotations

import hashlib
import threading
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from noseprint.errors import ErrorCode, NoseprintError
from noseprint.sync.object_store import Held, held, require_key
from noseprint.sync.outbox import Entry, EntryKind, NewEntry

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator

NOON = datetime(2026, 3, 1, 12, 0, 0, 123456, tzinfo=UTC)
SMALL = 20


class SetClock:
    """A clock that stands still until it is set."""

    def __init__(self, now: datetime = NOON) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def advance(self, **by: float) -> None:
        self.now += timedelta(**by)


class MemoryContents:
    """Contents in memory; names are those of the spool's kind."""

    def __init__(self) -> None:
        self.held: dict[str, bytes] = {}
        self.fault: NoseprintError | None = None
        self.folder_fault: NoseprintError | None = None
        self._lock = threading.Lock()

    def put(self, content: bytes) -> str:
        name = hashlib.sha256(b"name of " + content).hexdigest()
        self.held[name] = content
        return name

    def read(self, name: str) -> bytes:
        if self.fault:
            raise self.fault
        if name not in self.held:
            raise NoseprintError(ErrorCode.OBJECT_NOT_FOUND, key=name)
        return self.held[name]

    def names(self) -> list[str]:
        if self.folder_fault:
            raise self.folder_fault
        return sorted(self.held)

    def drop(self, name: str) -> None:
        self.held.pop(name, None)

    @contextmanager
    def changing(self) -> Iterator[None]:
        with self._lock:
            yield


class MemoryStore:
    """A store in memory that goes wrong when told to.

    Attributes:
        objects: what it holds.
        puts: the keys of all uploads, in order.
        gets: the keys of all downloads, in order.
        before: called with the method's name and the key at every call; what it raises, the call raises.
        lies: keys whose uploads are thanked for and forgotten.
        names_digests: whether `look` names them.
    """

    def __init__(self) -> None:
        self.objects: dict[str, bytes] = {}
        self.puts: list[str] = []
        self.gets: list[str] = []
        self.before: Callable[[str, str], None] = lambda _method, _key: None
        self.lies: set[str] = set()
        self.names_digests = True

    def put(self, key: str, content: bytes, content_type: str) -> Held:  # noqa: ARG002 - nobody asks for it
        self.before("put", require_key(key))
        self.puts.append(key)
        if key not in self.lies:
            self.objects[key] = content
        return held(content)

    def get(self, key: str) -> bytes:
        self.before("get", require_key(key))
        self.gets.append(key)
        if key not in self.objects:
            raise NoseprintError(ErrorCode.OBJECT_NOT_FOUND, key=key)
        return self.objects[key]

    def exists(self, key: str) -> bool:
        self.before("exists", require_key(key))
        return key in self.objects

    def look(self, keys: Collection[str]) -> dict[str, Held]:
        for key in keys:
            self.before("look", require_key(key))
        return {key: self._held(self.objects[key]) for key in keys if key in self.objects}

    def keys(self, prefix: str) -> Iterator[str]:
        self.before("keys", prefix)
        return iter(sorted(key for key in self.objects if key.startswith(prefix)))

    def delete(self, key: str) -> None:
        self.objects.pop(key, None)

    def check(self) -> None:
        self.before("check", "")

    def _held(self, content: bytes) -> Held:
        return held(content) if self.names_digests else Held(len(content), None)


def away(*_: str) -> None:
    """What a call does when there is no network."""
    raise NoseprintError(ErrorCode.STORAGE_CONNECTION_ERROR, "no network")


def pet(number: int) -> str:
    return f"did:ethr:besu:0x{number:040x}"


def new_entry(contents: MemoryContents, pet_did: str, name: str, content: bytes, *, replaces: bool = False) -> NewEntry:
    """An entry whose kind goes by the name of its object."""
    kind = EntryKind.PHOTO
    if name.startswith(("vector", "json")):
        kind = EntryKind.VECTOR
    elif name.startswith("verify"):
        kind = EntryKind.VERIFICATION
    return NewEntry(
        pet_did=pet_did,
        kind=kind,
        key=f"nose-print-photo/{pet_did}/{name}",
        content_type="image/jpeg" if kind is not EntryKind.VECTOR else "application/octet-stream",
        spool_name=contents.put(content),
        sha256=hashlib.sha256(content).hexdigest(),
        size=len(content),
        replaces=replaces,
    )


def enrolment(contents: MemoryContents, number: int, photos: int = 2) -> list[NewEntry]:
    """What one enrolment uploads: photos, then both vectors."""
    names = [*(f"image_{n}.jpg" for n in range(1, photos + 1)), "vector.npy", "json"]
    return [new_entry(contents, pet(number), name, f"{name} of {number}".encode() * SMALL) for name in names]


def kept_entry(new: NewEntry, number: int = 1, **changes: object) -> Entry:
    """The entry as an outbox would give it."""
    return Entry(**{**asdict(new), "id": number, "holder": "kiosk-1", "created_at": NOON, **changes})  # type: ignore[arg-type]
