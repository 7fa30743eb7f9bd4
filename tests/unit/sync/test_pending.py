from __future__ import annotations

import pytest

from noseprint.errors import ErrorCode, NoseprintError
from noseprint.sync.object_store import Held
from noseprint.sync.outbox import Entry, EntryState
from noseprint.sync.pending import PendingStore
from tests.support.outbox_doubles import MemoryContents, MemoryStore, away, kept_entry, new_entry, pet

KEY = f"nose-print-photo/{pet(1)}/vector.npy"


class ListedOutbox:
    """As much of an outbox as is asked."""

    def __init__(self, *entries: Entry) -> None:
        self.entries = {entry.key: entry for entry in entries}

    def kept(self, key: str) -> Entry | None:
        return self.entries.get(key)

    def open_keys(self, prefix: str) -> set[str]:
        waiting = (entry for entry in self.entries.values() if entry.state is not EntryState.SYNCED)
        return {entry.key for entry in waiting if entry.key.startswith(prefix)}


@pytest.fixture
def contents() -> MemoryContents:
    return MemoryContents()


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore()


def shown(store: MemoryStore, contents: MemoryContents, state: EntryState | None) -> PendingStore:
    """A store that holds `old` under the key, while `new` is in the outbox in that state."""
    store.objects[KEY] = b"old"
    entry = kept_entry(new_entry(contents, pet(1), "vector.npy", b"new"), state=state or EntryState.WAITING)
    return PendingStore(store, ListedOutbox(*([entry] if state else [])), contents)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("state", "content"),
    [
        (None, b"old"),
        (EntryState.WAITING, b"new"),
        (EntryState.PARKED, b"new"),
        (EntryState.SYNCED, b"old"),
    ],
)
def test_what_waits_is_shown_before_what_the_store_has(
    store: MemoryStore, contents: MemoryContents, state: EntryState | None, content: bytes
) -> None:
    assert shown(store, contents, state).get(KEY) == content


def test_what_is_synced_is_shown_from_here_while_the_store_is_away(
    store: MemoryStore, contents: MemoryContents
) -> None:
    pending = shown(store, contents, EntryState.SYNCED)
    store.before = away
    assert pending.get(KEY) == b"new"
    assert pending.exists(KEY)


def test_a_photo_that_is_kept_here_is_shown_without_asking_the_store(
    store: MemoryStore, contents: MemoryContents
) -> None:
    store.before = away
    entry = kept_entry(new_entry(contents, pet(1), "image_1.jpg", b"photo"), state=EntryState.SYNCED)
    pending = PendingStore(store, ListedOutbox(entry), contents)  # type: ignore[arg-type]
    assert pending.get(entry.key) == b"photo"
    contents.held.clear()
    with pytest.raises(NoseprintError):
        pending.get(entry.key)


def test_a_store_that_is_away_says_so_for_what_is_not_here(store: MemoryStore, contents: MemoryContents) -> None:
    pending = shown(store, contents, EntryState.SYNCED)
    store.before = away
    contents.held.clear()
    for call in (lambda: pending.get(KEY), lambda: pending.get("other"), lambda: pending.exists("other")):
        with pytest.raises(NoseprintError) as caught:
            call()
        assert caught.value.code is ErrorCode.STORAGE_CONNECTION_ERROR


def test_what_was_synced_and_dropped_in_between_is_read_from_the_store(
    store: MemoryStore, contents: MemoryContents
) -> None:
    pending = shown(store, contents, EntryState.WAITING)
    contents.held.clear()
    assert pending.get(KEY) == b"old"


def test_what_nobody_has_is_missing(store: MemoryStore, contents: MemoryContents) -> None:
    pending = shown(store, contents, None)
    with pytest.raises(NoseprintError) as caught:
        pending.get("other")
    assert caught.value.code is ErrorCode.OBJECT_NOT_FOUND
    assert not pending.exists("other")


def test_keys_of_both_come_sorted_and_once(store: MemoryStore, contents: MemoryContents) -> None:
    pending = shown(store, contents, EntryState.WAITING)
    store.objects |= {"a": b"", "z": b""}
    assert list(pending.keys("")) == ["a", KEY, "z"]
    store.objects.pop(KEY)
    assert list(pending.keys("nose")) == [KEY]


def test_a_look_names_the_size_of_what_waits_and_no_digest(store: MemoryStore, contents: MemoryContents) -> None:
    pending = shown(store, contents, EntryState.WAITING)
    store.objects["a"] = b"1"
    assert pending.look([KEY, "a", "b"]) == {KEY: Held(3, None), "a": Held(1, "c4ca4238a0b923820dcc509a6f75849b")}


def test_writing_goes_to_the_store_itself(store: MemoryStore, contents: MemoryContents) -> None:
    pending = shown(store, contents, None)
    pending.put("a", b"1", "image/jpeg")
    pending.delete(KEY)
    pending.check()
    assert store.objects == {"a": b"1"}


def test_a_key_that_cannot_be_one_is_refused(store: MemoryStore, contents: MemoryContents) -> None:
    pending = shown(store, contents, None)
    for call in (pending.get, pending.exists, pending.keys, lambda key: pending.look([key])):
        with pytest.raises(NoseprintError) as caught:
            call("../a")
        assert caught.value.code is ErrorCode.INVALID_REQUEST


@pytest.mark.parametrize("code", [ErrorCode.SEALED_DAMAGED, ErrorCode.MASTER_KEY_MISSING])
def test_a_synced_photo_whose_copy_here_cannot_be_read_comes_from_the_store_and_one_that_waits_says_so(
    store: MemoryStore, contents: MemoryContents, code: ErrorCode
) -> None:
    new = new_entry(contents, pet(1), "image_1.jpg", b"photo")
    store.objects[new.key] = b"photo"
    contents.fault = NoseprintError(code, key_id="ab")
    synced, waiting = (kept_entry(new, state=state) for state in (EntryState.SYNCED, EntryState.WAITING))
    assert PendingStore(store, ListedOutbox(synced), contents).get(new.key) == b"photo"  # type: ignore[arg-type]
    with pytest.raises(NoseprintError) as caught:
        PendingStore(store, ListedOutbox(waiting), contents).get(new.key)  # type: ignore[arg-type]
    assert caught.value.code is code
