from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest
import segno
from hypothesis import given
from hypothesis import strategies as st

from noseprint.attestation.signing import (
    LONGEST,
    SignedStatement,
    SigningKey,
    check,
    fingerprint_of,
    new_seed,
    read_public_key,
)
from noseprint.attestation.statement import LIFETIME, Statement, canonical, guardian_mark, written_bytes, written_moment
from noseprint.errors import ErrorCode, NoseprintError

# RFC 8032, 7.1, test 1
SEED = bytes.fromhex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60")
PUBLIC = bytes.fromhex("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a")
KEY = SigningKey(SEED)
NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
NONCE = written_bytes(bytes(range(16)))
GIVER, TAKER = "+821012345678", "+821098765432"
MARKS = guardian_mark(GIVER, NONCE), guardian_mark(TAKER, NONCE)


def statement(**changes: Any) -> Statement:  # noqa: ANN401 (the fields' own types)
    usual: dict[str, Any] = {
        "pet": "did:ethr:besu:0x" + "ab" * 32,
        "verdict": "review",
        "approved": "review_band",
        "similarity": "0.8312",
        "image": "12" * 32,
        "model": "34" * 32,
        "guardian_from": MARKS[0],
        "guardian_to": MARKS[1],
        "time": written_moment(NOON),
        "expires": written_moment(NOON + LIFETIME),
        "nonce": NONCE,
        "key": written_bytes(KEY.public_key),
    }
    return Statement(**{**usual, **changes})


SIGNED = KEY.sign(statement())


def code(signed: str | bytes, now: datetime = NOON, trusted: tuple[bytes, ...] = (PUBLIC,)) -> ErrorCode:
    with pytest.raises(NoseprintError) as raised:
        check(signed, now, trusted)
    return raised.value.code


def test_the_key_is_that_of_the_rfc() -> None:
    assert KEY.public_key == PUBLIC


@pytest.mark.parametrize(
    "form", [SIGNED.compact, SIGNED.compact.encode(), SIGNED.document], ids=["text", "line", "file"]
)
def test_what_was_signed_is_given_back_from_every_form(form: str | bytes) -> None:
    assert check(form, NOON, {PUBLIC}) == statement()


def test_its_compact_form_fits_a_qr_code_that_a_telephone_reads() -> None:
    assert len(SIGNED.compact.encode()) < 1000
    code = segno.make(SIGNED.compact, error="m", mode="byte", micro=False)
    assert int(code.version) <= 25


def test_it_is_canonical_json() -> None:
    text = canonical(statement()).decode()
    again = json.dumps(json.loads(text), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    assert text == again


def test_no_number_and_no_name_can_be_read_in_it() -> None:
    assert "1234" not in SIGNED.compact.replace(NONCE, "").replace("12" * 32, "").replace("34" * 32, "")
    assert "82101" not in SIGNED.compact


def test_who_has_a_number_can_tell_whose_it_is() -> None:
    assert statement().names_guardian(GIVER) == "from"
    assert statement().names_guardian(TAKER) == "to"
    assert statement().names_guardian("+821011112222") is None
    assert statement(guardian_from=None, guardian_to=None).names_guardian(GIVER) is None


def test_two_statements_do_not_show_that_they_name_one_guardian() -> None:
    assert guardian_mark(GIVER, NONCE) != guardian_mark(GIVER, written_bytes(bytes(16)))


@pytest.mark.parametrize(
    ("field", "other"),
    [
        ("verdict", "same"),
        ("similarity", "0.9312"),
        ("pet", "did:ethr:besu:0x" + "ac" * 32),
        ("image", "13" * 32),
        ("approved", None),
        ("expires", "2026-11-22T12:10:00Z"),
        ("guardian_to", None),
    ],
)
def test_a_changed_field_is_found(field: str, other: str | None) -> None:
    forged = SignedStatement(msgspec.structs.replace(SIGNED.statement, **{field: other}), SIGNED.signature)
    assert code(forged.compact) is ErrorCode.RESULT_ALTERED


@given(st.integers(0, len(SIGNED.compact) - 1), st.characters(min_codepoint=32, max_codepoint=126))
def test_no_character_can_be_changed(place: int, letter: str) -> None:
    text = SIGNED.compact
    altered = text[:place] + letter + text[place + 1 :]
    if altered != text:
        with pytest.raises(NoseprintError):
            check(altered, NOON, {PUBLIC})


@given(st.binary(max_size=300) | st.text(max_size=300))
def test_anything_else_is_told_as_none(junk: str | bytes) -> None:
    assert code(junk) is ErrorCode.RESULT_ALTERED


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{}",
        "[" * LONGEST,
        SIGNED.compact[:-1],
        SIGNED.compact + " " * LONGEST,
        SIGNED.compact.replace('"signature"', '"remark":1,"signature"'),
        SIGNED.compact.replace("2026-11-21T12:00:00Z", "2026-13-41T12:00:00Z"),
        SIGNED.compact.replace(SIGNED.signature, SIGNED.signature[:-4]),
    ],
)
def test_what_is_cut_longer_or_malformed_is_told_as_none(text: str) -> None:
    assert code(text) is ErrorCode.RESULT_ALTERED


def test_another_clinic_that_nobody_trusts_is_told_by_its_fingerprint() -> None:
    with pytest.raises(NoseprintError) as raised:
        check(SIGNED.compact, NOON, {SigningKey(new_seed()).public_key})
    assert raised.value.code is ErrorCode.RESULT_OF_UNKNOWN_CLINIC
    assert raised.value.facts["signer"] == fingerprint_of(PUBLIC)


def test_it_counts_for_ten_minutes_and_clocks_may_differ_by_two() -> None:
    second = timedelta(seconds=1)
    for at in (NOON, NOON + LIFETIME - second, NOON - timedelta(minutes=2)):
        assert check(SIGNED.compact, at, {PUBLIC}) == SIGNED.statement
    for at in (NOON + LIFETIME, NOON - timedelta(minutes=2) - second):
        assert code(SIGNED.compact, at) is ErrorCode.RESULT_NOT_VALID_NOW


def test_a_key_signs_only_what_names_it() -> None:
    with pytest.raises(ValueError, match="another key"):
        SigningKey(new_seed()).sign(statement())


def test_a_public_key_is_read_as_it_is_passed_on() -> None:
    assert read_public_key(f" {written_bytes(PUBLIC)}\n") == PUBLIC
    for wrong in ("", "!", written_bytes(PUBLIC)[:-1], written_bytes(PUBLIC) + "AA", "키" * 43):
        with pytest.raises(NoseprintError) as raised:
            read_public_key(wrong)
        assert raised.value.code is ErrorCode.INVALID_REQUEST


def test_a_key_does_not_show_itself() -> None:
    assert repr(KEY) == f"SigningKey({fingerprint_of(PUBLIC)})"
