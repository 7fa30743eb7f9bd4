"""Carrying out what was claimed: look, upload, read back, in order. Nothing here waits or tries again."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Final

from noseprint.errors import ErrorCode, NoseprintError
from noseprint.sync.object_store import held, is_key
from noseprint.sync.outbox import in_stages

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from noseprint.sync.object_store import Held, ObjectStore
    from noseprint.sync.outbox import Contents, Entry

# What ails one content may ail all of them; whether it does, the folder around it tells.
_ALONE_OR_ALL: Final = frozenset({ErrorCode.FOLDER_NOT_USABLE, ErrorCode.MASTER_KEY_MISSING})


class _Stopped(Exception):  # noqa: N818 (not an error: whoever runs the delivery wanted it)
    """The next upload may not begin."""


class Delivery:
    """Uploads entries so that each is confirmed before the next stage begins, and what is there already stays.

    Uploading again is harmless: a key that holds the same content is a success, and one that holds another is a
    conflict unless the entry replaces it. Between the look and the upload another program may still write.

    Args:
        store: where the objects go.
        contents: where the plaintexts are.
        may_upload: asked right before every upload; where it says no, the run ends there without a fault.
        uploaded: told after every upload, before it is confirmed.
    """

    def __init__(
        self,
        store: ObjectStore,
        contents: Contents,
        may_upload: Callable[[Entry], bool],
        uploaded: Callable[[Entry], None],
    ) -> None:
        self._store = store
        self._contents = contents
        self._may_upload = may_upload
        self._uploaded = uploaded

    def deliver(self, entries: Sequence[Entry]) -> tuple[list[Entry], tuple[Entry, NoseprintError] | None]:
        """Upload entries of one pet, in order, up to the first that fails.

        Args:
            entries: at least one.

        Returns:
            Those that the store holds for certain, size and hash compared; and the one that failed, and how:
            OBJECT_CONFLICT, LOCAL_COPY_LOST, or a code of the store or the contents.
        """
        synced: list[Entry] = []
        entry = entries[0]
        try:
            there = self._store.look([entry.key for entry in entries if is_key(entry.key)])
            for stage in in_stages(entries):
                sent: dict[str, Held] = {}
                for entry in stage:
                    sent |= self._bring(entry, there.get(entry.key), _successors(entry, entries))
                for entry in self._unconfirmed(stage, sent):
                    self._read_back(entry)
                there |= sent
                synced += stage
        except _Stopped:
            return synced, None
        except NoseprintError as error:
            return synced, (entry, error)
        return synced, None

    def _bring(self, entry: Entry, there: Held | None, successors: Sequence[Entry]) -> dict[str, Held]:
        """Upload one entry unless its content is there; say under which key what is to be confirmed."""
        content = self._content(entry)
        if self._is_there(entry, content, there, successors):
            return {}
        if not self._may_upload(entry):
            raise _Stopped
        sent = self._store.put(entry.key, content, entry.content_type)
        self._uploaded(entry)
        return {entry.key: sent}

    def _unconfirmed(self, stage: Sequence[Entry], sent: dict[str, Held]) -> list[Entry]:
        """Those of the uploaded ones whose size and MD5 the store does not name."""
        named = self._store.look(sent) if sent else {}
        return [entry for entry in stage if entry.key in sent and named.get(entry.key) != sent[entry.key]]

    def _content(self, entry: Entry) -> bytes:
        try:
            content = self._contents.read(entry.spool_name)
        except NoseprintError as error:
            if error.code is ErrorCode.OBJECT_NOT_FOUND:
                raise NoseprintError(ErrorCode.LOCAL_COPY_LOST, "it is missing") from error
            if error.code in _ALONE_OR_ALL:
                self._contents.names()  # raises where the whole folder cannot be used: nothing is wrong with this one
                raise NoseprintError(ErrorCode.LOCAL_COPY_LOST, f"it cannot be read: {error.code}") from error
            raise
        if not _is(entry, content):
            raise NoseprintError(ErrorCode.LOCAL_COPY_LOST, "its size or hash is another one")
        return content

    def _is_there(self, entry: Entry, content: bytes, there: Held | None, successors: Sequence[Entry]) -> bool:
        """Whether the store holds the content already, or one that took its place; False if it is to be uploaded."""
        if there is None:
            return False
        if there == held(content):
            return True
        if entry.replaces and all(there.size != one.size for one in (entry, *successors)):
            return False
        # Read, not believed: a connection that ends within a size or a digest makes another one of it.
        found = self._found(entry, "gone after it was seen")
        # Of a successor, nobody may have noted that both were uploaded: the process ended before.
        is_ours = any(_is(one, found) for one in (entry, *successors))
        if not is_ours and not entry.replaces:
            raise NoseprintError(
                ErrorCode.OBJECT_CONFLICT, f"{len(found)} bytes there, {entry.size} here", key=entry.key
            )
        return is_ours

    def _read_back(self, entry: Entry) -> None:
        """Fetch what was just uploaded: the store's own word about it was missing, or another."""
        if not _is(entry, self._found(entry, "not there after its upload")):
            raise NoseprintError(ErrorCode.STORAGE_CONNECTION_ERROR, "another content there after its upload")

    def _found(self, entry: Entry, where_absent: str) -> bytes:
        """What the store has under the key; that it has nothing, after all, may be otherwise at the next try."""
        try:
            return self._store.get(entry.key)
        except NoseprintError as error:
            if error.code is ErrorCode.OBJECT_NOT_FOUND:
                raise NoseprintError(ErrorCode.STORAGE_CONNECTION_ERROR, where_absent) from error
            raise


def _successors(entry: Entry, entries: Sequence[Entry]) -> list[Entry]:
    """The later ones that take an entry's place in the store."""
    return [other for other in entries if other.key == entry.key and other.replaces and other.id > entry.id]


def _is(entry: Entry, content: bytes) -> bool:
    return len(content) == entry.size and hashlib.sha256(content).hexdigest() == entry.sha256
