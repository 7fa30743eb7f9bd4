"""What every object store promises, whichever it is."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from itertools import product
from typing import TYPE_CHECKING

import pytest

from noseprint.errors import ErrorCode, NoseprintError
from noseprint.sync.object_store import Held, held

if TYPE_CHECKING:
    from collections.abc import Callable

    from noseprint.sync.object_store import ObjectStore

DID = "did:ethr:besu:0x" + "ab" * 20
KEY = f"nose-print-photo/{DID}/image_1.jpg"
AWKWARD_KEYS = [
    KEY,
    "a",
    "a b/c+d/e%20f/g#h/i?j/k&l=m",
    "비문/코코 1.jpg",
    "emoji/🐶.jpg",
    "quotes/'\"<>|*.jpg",
    "dots/..a/.b/c./...",
    "CON/aux.txt/Nul",
    "pct/%2e%2e/%00",
]
BAD_KEYS = ["", "/a", "a/", "a//b", "../a", "a/../b", "a/.", "a\\b", "a\nb", "a\x00b", "a\x7f", "k" * 1025]
CALLS: dict[str, Callable[[ObjectStore, str], object]] = {
    "put": lambda store, key: store.put(key, b"x", "image/jpeg"),
    "get": lambda store, key: store.get(key),
    "exists": lambda store, key: store.exists(key),
    "delete": lambda store, key: store.delete(key),
    "look": lambda store, key: store.look([key]),
}


@pytest.mark.parametrize("key", AWKWARD_KEYS)
def test_what_is_put_under_any_valid_key_is_got_listed_and_deleted_under_it(store: ObjectStore, key: str) -> None:
    store.put(key, b"nose", "image/jpeg")
    assert store.get(key) == b"nose"
    assert store.exists(key)
    assert list(store.keys("")) == [key]
    store.delete(key)
    assert not store.exists(key)
    assert list(store.keys("")) == []


@pytest.mark.parametrize("content", [b"", b"\x00\xff\r\n", bytes(range(256)) * 20_000])
def test_content_comes_back_bit_for_bit(store: ObjectStore, content: bytes) -> None:
    store.put(KEY, content, "application/octet-stream")
    assert store.get(KEY) == content
    assert store.exists(KEY)


def test_a_look_names_size_and_digest_of_what_is_there_and_leaves_out_the_rest(store: ObjectStore) -> None:
    folder = KEY.rpartition("/")[0]
    written = {f"{folder}/image_1.jpg": b"one", f"{folder}/vector.npy": b"three", "pet/petDID/a.json": b"{}"}
    said = {key: store.put(key, content, "image/jpeg") for key, content in written.items()}
    for other in ("image_0.jpg", "image_11.jpg", "verify_1.jpg"):
        store.put(f"{folder}/{other}", b"other", "image/jpeg")
    assert store.look([*written, f"{folder}/image_2.jpg", "pet/petDID/b.json", "pet"]) == said
    assert said[KEY] == held(b"one") == Held(3, "f97c5d29941bfb1b2fdab0874906ab82")
    assert store.look([]) == {}
    assert store.look([KEY, KEY]) == {KEY: held(b"one")}


@pytest.mark.parametrize("key", AWKWARD_KEYS)
def test_a_look_finds_any_valid_key_alone_and_beside_another(store: ObjectStore, key: str) -> None:
    store.put(key, b"nose", "image/jpeg")
    assert store.look([key]) == {key: held(b"nose")}
    assert store.look([key, f"{key}~"]) == {key: held(b"nose")}


def test_a_second_put_replaces_the_first(store: ObjectStore) -> None:
    store.put(KEY, b"a longer first content", "image/jpeg")
    store.put(KEY, b"second", "image/jpeg")
    assert store.get(KEY) == b"second"


def test_a_missing_object_is_told_by_its_key(store: ObjectStore) -> None:
    with pytest.raises(NoseprintError) as caught:
        store.get(KEY)
    assert caught.value.code is ErrorCode.OBJECT_NOT_FOUND
    assert caught.value.facts == {"key": KEY}
    assert not store.exists(KEY)


def test_deleting_what_is_not_there_is_fine(store: ObjectStore) -> None:
    store.delete(KEY)
    store.put("other", b"x", "image/jpeg")
    store.delete(KEY)
    assert list(store.keys("")) == ["other"]


def test_keys_come_sorted_and_only_those_of_the_prefix(store: ObjectStore) -> None:
    written = ["pet/petDID/b.json", "pet/petDID/a.json", "pet/petDID.json", "pet/other", "temp/é", "temp/z", "가"]
    for key in written:
        store.put(key, b"x", "application/json")
    assert list(store.keys("")) == sorted(written)
    assert list(store.keys("pet/petDID/")) == ["pet/petDID/a.json", "pet/petDID/b.json"]
    assert list(store.keys("pet/petDID")) == ["pet/petDID.json", "pet/petDID/a.json", "pet/petDID/b.json"]
    assert list(store.keys("pet/petDID/a")) == ["pet/petDID/a.json"]
    assert list(store.keys("pet/petDID/a.json/none")) == []
    assert list(store.keys("nothing/here/")) == []


def test_a_folder_of_objects_is_no_object(store: ObjectStore) -> None:
    store.put("pet/petDID/a.json", b"x", "application/json")
    assert not store.exists("pet/petDID")
    with pytest.raises(NoseprintError) as caught:
        store.get("pet/petDID")
    assert caught.value.code is ErrorCode.OBJECT_NOT_FOUND
    assert store.exists("pet/petDID/a.json")


def test_an_invalid_key_is_refused_by_every_method(store: ObjectStore) -> None:
    for key, call in product(BAD_KEYS, CALLS.values()):
        with pytest.raises(NoseprintError) as caught:
            call(store, key)
        assert caught.value.code is ErrorCode.INVALID_REQUEST, key


def test_an_invalid_prefix_is_refused_at_the_call(store: ObjectStore) -> None:
    for prefix in ["/", "../", "a//", "a\\", "\n"]:
        with pytest.raises(NoseprintError) as caught:
            store.keys(prefix)
        assert caught.value.code is ErrorCode.INVALID_REQUEST, prefix


def test_too_large_an_object_is_refused_before_it_is_written(
    store: ObjectStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.put(KEY, b"12345", "image/jpeg")
    monkeypatch.setattr("noseprint.sync.object_store.MAX_OBJECT_BYTES", 4)
    for call in CALLS["get"], lambda store, key: store.put(key, b"54321", "image/jpeg"):
        with pytest.raises(NoseprintError) as caught:
            call(store, KEY)
        assert caught.value.code is ErrorCode.INVALID_REQUEST
    monkeypatch.undo()
    assert store.get(KEY) == b"12345"


def test_a_store_in_order_passes_its_check_and_stays_as_it_was(store: ObjectStore) -> None:
    store.check()
    assert list(store.keys("")) == []


def test_many_threads_share_one_store(store: ObjectStore) -> None:
    keys = [f"shared/{n:03}" for n in range(64)]
    with ThreadPoolExecutor(16) as pool:
        list(pool.map(lambda key: store.put(key, key.encode() * 1000, "image/jpeg"), keys))
        contents = list(pool.map(store.get, keys))
    assert contents == [key.encode() * 1000 for key in keys]
    assert list(store.keys("shared/")) == keys
