"""A store that shows what still waits as if it were there already: a clinic without network serves its own dogs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Protocol

from noseprint.errors import ErrorCode, NoseprintError
from noseprint.sync.object_store import Held, require_key, require_prefix
from noseprint.sync.outbox import EntryKind

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from noseprint.sync.object_store import ObjectStore
    from noseprint.sync.outbox import Entry

_UNREADABLE: Final = frozenset({ErrorCode.SEALED_DAMAGED, ErrorCode.MASTER_KEY_MISSING})


class Waiting(Protocol):
    """As much of an outbox as is asked here."""

    def kept(self, key: str) -> Entry | None:
        """See ``Outbox.kept``."""
        ...

    def open_keys(self, prefix: str) -> set[str]:
        """See ``Outbox.open_keys``."""
        ...


class Readable(Protocol):
    """As much of contents as is asked here."""

    def read(self, name: str) -> bytes:
        """See ``Contents.read``."""
        ...


class PendingStore:
    """The store as it will be once the outbox is empty; see ``ObjectStore`` for what each method promises.

    What waits, or is parked, is read from this machine, and so is a synced photo while its copy is kept, for photos
    never change. A synced vector may have been replaced elsewhere: it is read from the store, and where that cannot
    be reached, from the local copy. Writing goes past the outbox, to the store itself.

    Besides the store's own codes, reading raises those of the outbox and the contents.

    Args:
        store: where objects go in the end.
        outbox: what waits.
        contents: the plaintexts of what waits.
    """

    def __init__(self, store: ObjectStore, outbox: Waiting, contents: Readable) -> None:
        self._store = store
        self._outbox = outbox
        self._contents = contents

    def put(self, key: str, content: bytes, content_type: str) -> Held:
        """Write one object into the store itself."""
        return self._store.put(key, content, content_type)

    def get(self, key: str) -> bytes:
        """Read one object, wholly."""
        entry = self._outbox.kept(require_key(key))
        if entry and _is_told_here(entry) and (content := self._local(entry)) is not None:
            return content
        try:
            return self._store.get(key)
        except NoseprintError as error:
            away = error.code is ErrorCode.STORAGE_CONNECTION_ERROR
            if entry and away and (content := self._local(entry)) is not None:
                return content
            raise

    def exists(self, key: str) -> bool:
        """Whether an object lies under the key, or will."""
        entry = self._outbox.kept(require_key(key))
        if entry and entry.state.is_open:
            return True
        try:
            return self._store.exists(key)
        except NoseprintError as error:
            if entry and error.code is ErrorCode.STORAGE_CONNECTION_ERROR:
                return True
            raise

    def look(self, keys: Collection[str]) -> dict[str, Held]:
        """What lies under these keys, or will; what waits is named without its digest."""
        waiting = {key: entry for key in keys if (entry := self._outbox.kept(require_key(key))) and entry.state.is_open}
        others = self._store.look([key for key in keys if key not in waiting])
        return others | {key: Held(entry.size, None) for key, entry in waiting.items()}

    def keys(self, prefix: str) -> Iterator[str]:
        """All keys that begin with the prefix, sorted, those that wait among them."""
        waiting = self._outbox.open_keys(require_prefix(prefix))
        return iter(sorted(waiting.union(self._store.keys(prefix)), key=str.encode))

    def delete(self, key: str) -> None:
        """Remove one object from the store itself; what waits goes on waiting."""
        self._store.delete(key)

    def check(self) -> None:
        """Return if the store can be used now."""
        self._store.check()

    def _local(self, entry: Entry) -> bytes | None:
        """The content as it is here; None if it is lost, or was synced: it may be dropped or unreadable here then."""
        try:
            return self._contents.read(entry.spool_name)
        except NoseprintError as error:
            if error.code is ErrorCode.OBJECT_NOT_FOUND or (not entry.state.is_open and error.code in _UNREADABLE):
                return None
            raise


def _is_told_here(entry: Entry) -> bool:
    return entry.state.is_open or entry.kind is not EntryKind.VECTOR
