from __future__ import annotations

import base64
import traceback

import pytest
from Crypto.Cipher import AES
from hypothesis import given
from hypothesis import strategies as st

from noseprint.errors import ErrorCode, NoseprintError
from noseprint.settings import Secret
from noseprint.vault.key_ring import KeyRing, MasterKey
from noseprint.vault.sealed import OVERHEAD_BYTES, PREFIX, Sealed, key_id_of
from noseprint.vault.vault import Vault

SECRET = bytes(range(32))
VAULT = Vault(KeyRing(MasterKey.of(SECRET)))
SEALED = VAULT.seal(b"a nose print", "photo")
# Sealed on 2026-11-21 with SECRET, in the context "pet:did:x:facts": what is stored must open for ever.
KEPT = bytes.fromhex(
    "4e505301375ad3a2592fa3ac6447a226a52f608913fa8574053b855033711ec5649ff0abeaeb2efb62afcb0a6df9d637d07f"
    "784f3d56ea4bcad347508f3752893288dd5d860370df2046eac0293f6d3a0b55d6bd6294b251adb598fb0f1dfd18d929b177"
    "07fd76049f2fed91bb65f357"
)

CONTENT = st.binary(max_size=600)
CONTEXT = st.text(max_size=40)


def code_of(sealed: bytes, context: str = "photo", vault: Vault = VAULT) -> ErrorCode:
    with pytest.raises(NoseprintError) as caught:
        vault.unseal(sealed, context)
    return caught.value.code


@given(CONTENT, CONTEXT)
def test_what_is_sealed_opens_in_its_context(content: bytes, context: str) -> None:
    sealed = VAULT.seal(content, context)
    assert VAULT.unseal(sealed, context) == content
    assert len(sealed) == len(content) + OVERHEAD_BYTES


@given(CONTEXT, CONTEXT)
def test_it_opens_in_no_other_context(context: str, other: str) -> None:
    sealed = VAULT.seal(b"x", context)
    if other != context:
        assert code_of(sealed, other) is ErrorCode.SEALED_DAMAGED


@given(st.integers(0, len(SEALED) * 8 - 1))
def test_a_single_changed_bit_is_found(bit: int) -> None:
    damaged = bytearray(SEALED)
    damaged[bit // 8] ^= 1 << bit % 8
    in_the_key_id = len(PREFIX) <= bit // 8 < len(PREFIX) + 8
    expected = ErrorCode.MASTER_KEY_MISSING if in_the_key_id else ErrorCode.SEALED_DAMAGED
    assert code_of(bytes(damaged)) is expected


@pytest.mark.parametrize("length", range(len(SEALED)))
def test_a_missing_end_is_found(length: int) -> None:
    assert code_of(SEALED[:length]) is ErrorCode.SEALED_DAMAGED


@given(st.binary(max_size=200))
def test_foreign_bytes_are_refused(foreign: bytes) -> None:
    assert code_of(foreign) is ErrorCode.SEALED_DAMAGED
    assert code_of(SEALED + foreign + b"\0") is ErrorCode.SEALED_DAMAGED


@pytest.mark.parametrize("part", ["wrap_nonce", "wrapped_key", "nonce", "content"])
def test_parts_of_two_contents_do_not_open_together(part: str) -> None:
    one, other = Sealed.parse(SEALED), Sealed.parse(VAULT.seal(b"another nose", "photo"))
    parts = {name: getattr(one, name) for name in Sealed.__slots__} | {part: getattr(other, part)}
    assert code_of(Sealed(**parts).written()) is ErrorCode.SEALED_DAMAGED


def test_a_key_id_that_was_exchanged_for_a_known_one_is_found() -> None:
    vault = Vault(VAULT.keys.rotated())
    exchanged = SEALED.replace(bytes.fromhex(VAULT.keys.current.key_id), bytes.fromhex(vault.keys.current.key_id))
    assert code_of(exchanged, vault=vault) is ErrorCode.SEALED_DAMAGED
    with pytest.raises(NoseprintError):
        Vault(vault.keys.rotated()).rewrap(exchanged)


def test_equal_contents_do_not_look_equal() -> None:
    seen = [VAULT.seal(b"the same", "photo") for _ in range(50)]
    for field in ("wrap_nonce", "wrapped_key", "nonce", "content"):
        assert len({getattr(Sealed.parse(sealed), field) for sealed in seen}) == len(seen)


def test_the_layout_is_the_documented_one() -> None:
    """Opened by offsets and the cipher alone, as another program would."""
    sealed = VAULT.seal(b"a nose print", "photo")
    assert sealed[:4] == b"NPS\x01"
    assert sealed[4:12].hex() == VAULT.keys.current.key_id == key_id_of(sealed[:12])
    wrap = AES.new(VAULT.keys.current.wrapping, AES.MODE_GCM, nonce=sealed[12:24]).update(sealed[:12])
    data_key = wrap.decrypt_and_verify(sealed[24:56], sealed[56:72])
    content = AES.new(data_key, AES.MODE_GCM, nonce=sealed[72:84]).update(sealed[:4] + b"photo")
    assert content.decrypt_and_verify(sealed[84:-16], sealed[-16:]) == b"a nose print"


def test_content_of_the_first_release_still_opens() -> None:
    assert VAULT.unseal(KEPT, "pet:did:x:facts") == "초코, 3 kg".encode()


def test_another_ring_says_which_key_it_lacks() -> None:
    with pytest.raises(NoseprintError) as caught:
        Vault(KeyRing.generate()).unseal(SEALED, "photo")
    assert caught.value.code is ErrorCode.MASTER_KEY_MISSING
    assert caught.value.facts == {"key_id": VAULT.keys.current.key_id}


def test_what_is_no_sealed_content_has_no_key() -> None:
    for sealed in b"", b"NPS\x01short", b"NPS\x02" + bytes(120):
        with pytest.raises(NoseprintError) as caught:
            key_id_of(sealed)
        assert caught.value.code is ErrorCode.SEALED_DAMAGED


class TestAfterTheKeyWasChanged:
    vault = Vault(VAULT.keys.rotated())

    def test_former_content_opens_and_new_content_is_under_the_new_key(self) -> None:
        assert self.vault.unseal(SEALED, "photo") == b"a nose print"
        assert key_id_of(self.vault.seal(b"x", "photo")) == self.vault.keys.current.key_id

    def test_rewrapped_content_needs_the_new_key_alone(self) -> None:
        rewrapped = self.vault.rewrap(SEALED)
        assert Vault(KeyRing(self.vault.keys.current)).unseal(rewrapped, "photo") == b"a nose print"

    def test_rewrapping_leaves_the_encrypted_content_as_it_is(self) -> None:
        before, after = Sealed.parse(SEALED), Sealed.parse(self.vault.rewrap(SEALED))
        assert (after.nonce, after.content) == (before.nonce, before.content)
        assert after.wrapped_key != before.wrapped_key

    def test_rewrapping_twice_changes_nothing_more(self) -> None:
        rewrapped = self.vault.rewrap(SEALED)
        assert self.vault.rewrap(rewrapped) == rewrapped

    def test_a_damaged_data_key_is_not_rewrapped(self) -> None:
        damaged = SEALED[:30] + bytes([SEALED[30] ^ 1]) + SEALED[31:]
        with pytest.raises(NoseprintError) as caught:
            self.vault.rewrap(damaged)
        assert caught.value.code is ErrorCode.SEALED_DAMAGED

    def test_fingerprints_stay(self) -> None:
        assert self.vault.fingerprint("phone", "+821012345678") == VAULT.fingerprint("phone", "+821012345678")


class TestFingerprints:
    def test_equal_texts_have_equal_ones_also_in_later_versions(self) -> None:
        assert VAULT.fingerprint("phone", "+821012345678").hex() == (
            "718eafa2a2f77198f42cd6d3724799c2a7b81ecb2b5d0d533f1091ae610e2708"
        )

    @given(st.tuples(CONTEXT, CONTEXT), st.tuples(CONTEXT, CONTEXT))
    def test_unlike_purposes_or_texts_have_unlike_ones(self, one: tuple[str, str], other: tuple[str, str]) -> None:
        assert (VAULT.fingerprint(*one) == VAULT.fingerprint(*other)) == (one == other)

    def test_another_ring_makes_others(self) -> None:
        assert Vault(KeyRing.generate()).fingerprint("phone", "1") != VAULT.fingerprint("phone", "1")


def readings(secret: bytes) -> list[str]:
    """The ways in which bytes may show in a text."""
    return [secret.hex(), base64.b64encode(secret).decode(), repr(secret)[2:-1], str(list(secret))[1:-1]]


@pytest.mark.parametrize(
    "act",
    [
        lambda vault, sealed: vault.unseal(sealed, "another"),
        lambda vault, sealed: vault.unseal(sealed[:-1], "photo"),
        lambda vault, sealed: vault.unseal(sealed[:40] + bytes(4) + sealed[44:], "photo"),
        lambda vault, sealed: Vault(vault.keys.rotated()).rewrap(sealed[:40] + bytes(4) + sealed[44:]),
        lambda _, sealed: Vault(KeyRing.generate()).unseal(sealed, "photo"),
        lambda vault, _: KeyRing.parse(Secret(vault.keys.written().reveal() + "x"), "here"),
        lambda vault, _: KeyRing.parse(Secret(vault.keys.written().reveal()[:-5]), "here"),
    ],
)
def test_no_error_shows_a_key_or_the_content_not_even_with_its_variables(act: object) -> None:
    plaintext = b"hong gil-dong 010-1234-5678"
    sealed = VAULT.seal(plaintext, "photo")
    with pytest.raises(NoseprintError) as caught:
        act(VAULT, sealed)  # type: ignore[operator]
    error = caught.value
    assert error.__cause__ is None
    assert error.__context__ is None
    # Without the frame of this test, which knows the plaintext.
    trace = traceback.TracebackException(type(error), error, error.__traceback__.tb_next.tb_next, capture_locals=True)
    shown = "".join(trace.format())
    assert "noseprint" in shown
    current = VAULT.keys.current
    for secret in SECRET, current.wrapping, current.fingerprinting, plaintext:
        assert not any(reading in shown for reading in readings(secret))


def test_nothing_that_holds_a_key_shows_it() -> None:
    key = VAULT.keys.current
    for thing in VAULT, VAULT.keys, key, VAULT.keys.written():
        for show in (repr, str, "{}".format):
            shown = show(thing)
            assert not any(text in shown for secret in (SECRET, key.wrapping) for text in readings(secret))
    assert repr(VAULT) == f"Vault(KeyRing({key.key_id}))"
