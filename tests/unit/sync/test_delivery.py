from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from noseprint.errors import ErrorCode, NoseprintError
from noseprint.sync.delivery import Delivery
from noseprint.sync.object_store import Held
from noseprint.sync.outbox import Entry
from tests.support.outbox_doubles import MemoryContents, MemoryStore, away, enrolment, kept_entry, new_entry, pet

if TYPE_CHECKING:
    from collections.abc import Callable

Result = tuple[list[Entry], tuple[Entry, NoseprintError] | None]


@pytest.fixture
def contents() -> MemoryContents:
    return MemoryContents()


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore()


@pytest.fixture
def entries(contents: MemoryContents) -> list[Entry]:
    return [kept_entry(new, number) for number, new in enumerate(enrolment(contents, 1), start=1)]


def names(entries: list[Entry]) -> list[str]:
    return [entry.key.rpartition("/")[2] for entry in entries]


def deliver(
    store: MemoryStore,
    contents: MemoryContents,
    entries: list[Entry],
    may_upload: Callable[[Entry], bool] = lambda _: True,
) -> Result:
    return Delivery(store, contents, may_upload, lambda _: None).deliver(entries)


def failing(*calls: tuple[str, str]) -> Callable[[str, str], None]:
    """Fail every call of such a method whose key ends so."""

    def before(method: str, key: str) -> None:
        if any(method == bad and key.endswith(end) for bad, end in calls):
            away()

    return before


def failure(result: Result) -> tuple[str, ErrorCode]:
    assert result[1]
    entry, error = result[1]
    return names([entry])[0], error.code


def test_everything_is_uploaded_in_order_with_exactly_its_bytes(
    store: MemoryStore, contents: MemoryContents, entries: list[Entry]
) -> None:
    assert deliver(store, contents, entries) == (entries, None)
    assert store.puts == [entry.key for entry in entries]
    assert store.objects == {entry.key: contents.held[entry.spool_name] for entry in entries}
    assert store.gets == []


def test_a_store_that_names_no_digests_is_read_back(
    store: MemoryStore, contents: MemoryContents, entries: list[Entry]
) -> None:
    store.names_digests = False
    assert deliver(store, contents, entries) == (entries, None)
    assert store.gets == [entry.key for entry in entries]


@pytest.mark.parametrize("names_digests", [True, False])
def test_what_is_there_already_is_not_uploaded_again(
    store: MemoryStore, contents: MemoryContents, entries: list[Entry], names_digests: bool
) -> None:
    deliver(store, contents, entries)
    store.names_digests = names_digests
    store.puts.clear()
    assert deliver(store, contents, entries) == (entries, None)
    assert store.puts == []


@pytest.mark.parametrize("there", [b"another photo", b"image_2.jpg of 9" * 20])
def test_another_content_under_a_key_is_a_conflict_and_stays(
    store: MemoryStore, contents: MemoryContents, entries: list[Entry], there: bytes
) -> None:
    store.objects[entries[1].key] = there
    result = deliver(store, contents, entries)
    assert failure(result) == ("image_2.jpg", ErrorCode.OBJECT_CONFLICT)
    assert store.objects[entries[1].key] == there
    assert store.puts == [entries[0].key]


def test_a_store_that_misstates_a_size_is_read_before_anything_is_called_a_conflict(
    store: MemoryStore, contents: MemoryContents, entries: list[Entry], monkeypatch: pytest.MonkeyPatch
) -> None:
    deliver(store, contents, entries[:1])
    monkeypatch.setattr(store, "look", lambda keys: {key: Held(2, None) for key in keys if key in store.objects})
    assert deliver(store, contents, entries[:1]) == (entries[:1], None)
    assert store.puts == [entries[0].key]


def test_an_entry_that_replaces_takes_the_place_of_another_content(
    store: MemoryStore, contents: MemoryContents
) -> None:
    entry = kept_entry(new_entry(contents, pet(1), "vector.npy", b"new", replaces=True))
    store.objects[entry.key] = b"old"
    assert deliver(store, contents, [entry]) == ([entry], None)
    assert store.objects[entry.key] == b"new"


def test_a_content_whose_successor_is_there_already_is_no_conflict_and_not_brought_back(
    store: MemoryStore, contents: MemoryContents
) -> None:
    old = kept_entry(new_entry(contents, pet(1), "vector.npy", b"old"), 1)
    newer = [kept_entry(new_entry(contents, pet(1), "vector.npy", b"new" * n, replaces=True), n + 1) for n in (1, 2)]
    assert deliver(store, contents, [old, *newer]) == ([old, *newer], None)
    # The process ended before any of it was noted.
    assert deliver(store, contents, [old, *newer]) == ([old, *newer], None)
    assert len(store.puts) == 3
    assert store.objects[old.key] == b"newnew"


def test_of_two_contents_for_one_key_in_a_row_the_second_is_the_conflict(
    store: MemoryStore, contents: MemoryContents
) -> None:
    first = kept_entry(new_entry(contents, pet(1), "image_1.jpg", b"one"), 1)
    second = kept_entry(new_entry(contents, pet(1), "image_1.jpg", b"two"), 2)
    result = deliver(store, contents, [first, second])
    assert result[0] == [first]
    assert failure(result) == ("image_1.jpg", ErrorCode.OBJECT_CONFLICT)
    assert store.objects[first.key] == b"one"


def test_no_vector_is_sent_before_its_photos_are_confirmed(
    store: MemoryStore, contents: MemoryContents, entries: list[Entry]
) -> None:
    store.lies = {entries[1].key}
    result = deliver(store, contents, entries)
    assert failure(result) == ("image_2.jpg", ErrorCode.STORAGE_CONNECTION_ERROR)
    assert names(result[0]) == []
    assert not [key for key in store.puts if "vector" in key or "json" in key]


def test_a_store_that_keeps_something_else_than_it_was_given_is_found_out(
    store: MemoryStore, contents: MemoryContents, entries: list[Entry]
) -> None:
    uploaded: list[Entry] = []

    def spoil(entry: Entry) -> None:
        uploaded.append(entry)
        store.objects[entry.key] = b"\x00" * entry.size

    synced, failed = Delivery(store, contents, lambda _: True, spoil).deliver(entries)
    assert synced == []
    assert failure((synced, failed)) == ("image_1.jpg", ErrorCode.STORAGE_CONNECTION_ERROR)


@pytest.mark.parametrize(
    ("call", "synced"),
    [
        (("look", "image_1.jpg"), []),
        (("put", "image_1.jpg"), []),
        (("put", "image_2.jpg"), []),
        (("put", "vector.npy"), ["image_1.jpg", "image_2.jpg"]),
        (("put", "json"), ["image_1.jpg", "image_2.jpg", "vector.npy"]),
    ],
)
def test_a_failing_call_ends_the_run_at_its_stage_and_a_second_try_ends_it_well(
    store: MemoryStore, contents: MemoryContents, entries: list[Entry], call: tuple[str, str], synced: list[str]
) -> None:
    store.before = failing(call)
    result = deliver(store, contents, entries)
    assert names(result[0]) == synced
    assert failure(result) == (call[1], ErrorCode.STORAGE_CONNECTION_ERROR)
    store.before = failing()
    assert deliver(store, contents, entries) == (entries, None)
    assert sorted(store.puts) == sorted(entry.key for entry in entries)


@pytest.mark.parametrize("content", [None, b"another", b"IMAGE_1.jpg of 1" * 20])
def test_a_local_copy_that_is_missing_or_another_one_is_never_uploaded(
    store: MemoryStore, contents: MemoryContents, entries: list[Entry], content: bytes | None
) -> None:
    if content is None:
        contents.drop(entries[0].spool_name)
    else:
        contents.held[entries[0].spool_name] = content
    assert failure(deliver(store, contents, entries)) == ("image_1.jpg", ErrorCode.LOCAL_COPY_LOST)
    assert store.puts == []


def test_a_key_that_no_store_takes_is_the_fault_of_its_entry_alone(
    store: MemoryStore, contents: MemoryContents, entries: list[Entry]
) -> None:
    bad = kept_entry(new_entry(contents, pet(1), "verify_/../x.jpg", b"x"), 9)
    result = deliver(store, contents, [*entries, bad])
    assert result[0] == entries
    assert failure(result) == ("x.jpg", ErrorCode.INVALID_REQUEST)


def test_a_run_that_may_not_go_on_ends_without_a_fault(
    store: MemoryStore, contents: MemoryContents, entries: list[Entry]
) -> None:
    synced, failed = deliver(store, contents, entries, lambda entry: entry.id < 3)
    assert (names(synced), failed) == (["image_1.jpg", "image_2.jpg"], None)
    assert len(store.puts) == 2


@pytest.mark.parametrize("code", [ErrorCode.FOLDER_NOT_USABLE, ErrorCode.MASTER_KEY_MISSING])
def test_a_content_that_alone_cannot_be_read_is_the_fault_of_its_entry_alone(
    store: MemoryStore, contents: MemoryContents, entries: list[Entry], code: ErrorCode
) -> None:
    contents.fault = NoseprintError(code, path="spool", key_id="ab")
    assert failure(deliver(store, contents, entries)) == ("image_1.jpg", ErrorCode.LOCAL_COPY_LOST)


def test_a_folder_of_which_nothing_can_be_read_is_no_fault_of_an_entry(
    store: MemoryStore, contents: MemoryContents, entries: list[Entry]
) -> None:
    contents.fault = contents.folder_fault = NoseprintError(ErrorCode.FOLDER_NOT_USABLE, path="spool")
    assert failure(deliver(store, contents, entries)) == ("image_1.jpg", ErrorCode.FOLDER_NOT_USABLE)


def test_an_object_that_is_removed_right_after_it_was_seen_is_tried_again(
    store: MemoryStore, contents: MemoryContents, entries: list[Entry]
) -> None:
    store.objects[entries[0].key] = b"x" * entries[0].size

    def remove_before_reading(method: str, key: str) -> None:
        if method == "get":
            store.objects.pop(key, None)

    store.before = remove_before_reading
    assert failure(deliver(store, contents, entries)) == ("image_1.jpg", ErrorCode.STORAGE_CONNECTION_ERROR)
    assert deliver(store, contents, entries) == (entries, None)
