from __future__ import annotations

import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from noseprint.errors import ErrorCode, NoseprintError
from noseprint.sync.object_store import MAX_KEY_BYTES, is_key, require_key, require_prefix, require_size

GOOD = ["a", "a/b", "nose-print-photo/did:ethr:besu:0xab/image_1.jpg", "코/비문.jpg", "...", "a/..b", "k" * 1024]
BAD = {
    "": "empty part",
    "/a": "empty part",
    "a/": "empty part",
    "a//b": "empty part",
    ".": "leaves its folder",
    "..": "leaves its folder",
    "a/../b": "leaves its folder",
    "a/./b": "leaves its folder",
    "a\\..\\b": "backslash",
    "a\nb": "control character",
    "a\x00": "control character",
    "a\x85b": "control character",
    "a\u2028b": "control character",
    "\ud800": "control character",
    "k" * 1025: "longer than",
    "코" * 342: "longer than",
    "a/.noseprint-part-0/b": "reserved",
}


@pytest.mark.parametrize("key", GOOD)
def test_a_valid_key_is_returned_as_it_is(key: str) -> None:
    assert require_key(key) == key
    assert is_key(key)


@pytest.mark.parametrize(("key", "rule"), BAD.items())
def test_an_invalid_key_is_refused_by_the_rule_it_breaks(key: str, rule: str) -> None:
    with pytest.raises(NoseprintError, match=rule) as caught:
        require_key(key)
    assert caught.value.code is ErrorCode.INVALID_REQUEST
    assert not is_key(key)


@given(st.text(alphabet=st.characters() | st.sampled_from("/.\\"), max_size=40))
def test_an_accepted_key_never_leaves_its_folder(text: str) -> None:
    if is_key(text):
        assert not {"", ".", ".."} & set(text.split("/"))
        assert "\\" not in text
        assert len(text.encode()) <= MAX_KEY_BYTES


@pytest.mark.parametrize("prefix", ["", "pet/petDID/", "pet/petDID", "pet"])
def test_a_folder_a_key_and_nothing_at_all_are_prefixes(prefix: str) -> None:
    assert require_prefix(prefix) == prefix


@pytest.mark.parametrize("prefix", ["/", "a//", "../", "a/../", "\n"])
def test_what_could_begin_no_key_is_no_prefix(prefix: str) -> None:
    with pytest.raises(NoseprintError) as caught:
        require_prefix(prefix)
    assert caught.value.code is ErrorCode.INVALID_REQUEST


def test_the_size_limit_lets_its_own_value_pass() -> None:
    limit = 128 * 1024 * 1024
    assert require_size(limit) == limit
    with pytest.raises(NoseprintError):
        require_size(limit + 1)


def test_without_the_s3_store_nothing_of_it_is_loaded() -> None:
    modules = "noseprint.sync.object_store, noseprint.sync.local_store, noseprint.sync.pet_objects"
    program = f"import sys, {modules}; print(sorted(m for m in sys.modules if m in ('boto3', 'botocore')))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
