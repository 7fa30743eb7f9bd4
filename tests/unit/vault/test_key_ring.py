from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from noseprint.errors import ErrorCode, NoseprintError
from noseprint.settings import Secret
from noseprint.vault.key_ring import KeyRing, MasterKey

KEYS = st.lists(st.binary(min_size=32, max_size=32), min_size=1, max_size=5)


def written(*secrets: bytes, between: str = "\n") -> Secret:
    return Secret(between.join(base64.b64encode(secret).decode() for secret in secrets))


@given(KEYS)
def test_a_ring_that_was_written_is_read_again(secrets: list[bytes]) -> None:
    ring = KeyRing(*map(MasterKey.of, secrets))
    again = KeyRing.parse(ring.written(), "here")
    assert again.key_ids == ring.key_ids
    assert [again.key(key_id).wrapping for key_id in again.key_ids] == [
        ring.key(key_id).wrapping for key_id in ring.key_ids
    ]


@pytest.mark.parametrize("between", ["\n", ",", ", ", " ", "\r\n", "\n\n"])
def test_people_may_write_keys_apart_as_they_like(between: str) -> None:
    one, other = bytes(32), bytes(range(32))
    ring = KeyRing.parse(Secret(f" {written(one, other, between=between).reveal()}\n"), "here")
    assert ring.key_ids == (MasterKey.of(one).key_id, MasterKey.of(other).key_id)


@pytest.mark.parametrize(
    "text",
    ["", " \n", "secret", base64.b64encode(bytes(31)).decode(), base64.b64encode(bytes(33)).decode(), "0" * 64, "키"],
)
def test_what_is_no_key_is_refused_by_the_name_of_its_place_and_not_shown(text: str) -> None:
    with pytest.raises(NoseprintError) as caught:
        KeyRing.parse(Secret(f"{written(bytes(32)).reveal()} {text}" if text.strip() else text), "/etc/keys")
    assert caught.value.code is ErrorCode.SETTINGS_INVALID
    assert caught.value.facts == {"problem": "/etc/keys: a master key is 32 bytes in base64"}


def test_a_ring_needs_a_key() -> None:
    with pytest.raises(ValueError, match="without a key"):
        KeyRing()


def test_new_keys_are_new() -> None:
    assert len({KeyRing.generate().current.key_id for _ in range(100)}) == 100


def test_a_rotated_ring_has_a_new_key_before_the_others() -> None:
    ring = KeyRing.generate().rotated()
    assert ring.rotated().key_ids[1:] == ring.key_ids
    assert ring.rotated().current.key_id not in ring.key_ids
    assert ring.rotated().oldest is ring.oldest


def test_an_unknown_key_is_named() -> None:
    ring = KeyRing.generate()
    with pytest.raises(NoseprintError) as caught:
        ring.key("0123456789abcdef")
    assert caught.value.code is ErrorCode.MASTER_KEY_MISSING
    assert caught.value.facts == {"key_id": "0123456789abcdef"}
    assert ring.current.key_id in caught.value.detail


def test_what_is_derived_from_a_key_never_changes() -> None:
    key = MasterKey.of(bytes(range(32)))
    assert key.key_id == "375ad3a2592fa3ac"
    assert key.wrapping.hex() == "ffa425f34e9229cb5e79dc731ac0d457061121c6cc5f6a45b5e4c7da127030e0"
    assert key.fingerprinting.hex() == "35a96a3aed4205582ec1a6aeb7447a3728dd04f9cc387895f22c6fa827c9f217"
