from __future__ import annotations

import hashlib
import io
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from noseprint.errors import ErrorCode, NoseprintError
from noseprint.settings import Secret
from noseprint.transfer.archive_format import ArchiveReader, ArchiveWriter, Signer, derived
from noseprint.transfer.codes import fingerprint_of, new_code, same_fingerprint, understood
from noseprint.vault.key_ring import KeyRing
from noseprint.vault.vault import Vault

FILE = Path("stick") / "some.npx"
CODE = Secret("0123-4567-89AB-CDEF-GHJK-MNPQ")
CONTENTS = [b"parcel", b"", b"photo" * 1000]


@pytest.fixture(scope="module")
def signer() -> Signer:
    return Signer(Vault(KeyRing.generate()))


@pytest.fixture(scope="module")
def archive(signer: Signer) -> bytes:
    return written(CONTENTS, signer)


def quick(code: Secret, salt: bytes) -> tuple[bytes, bytes]:
    """Key and proof, without the time that the real ones take on purpose."""
    digest = hashlib.sha384(understood(code).encode() + salt).digest()
    return digest[:32], digest[32:]


def written(contents: list[bytes], signer: Signer) -> bytes:
    stream = io.BytesIO()
    writer = ArchiveWriter(stream.write, CODE, signer, quick)
    for content in contents:
        writer.add(content)
    writer.finish()
    return stream.getvalue()


def read(archive: bytes, code: Secret = CODE) -> list[bytes]:
    return list(ArchiveReader(FILE, io.BytesIO(archive), code, quick).contents())


def refusal(archive: bytes, code: Secret = CODE) -> ErrorCode:
    with pytest.raises(NoseprintError) as raised:
        read(archive, code)
    return raised.value.code


def test_what_was_written_is_read_with_the_code_however_it_is_typed(archive: bytes) -> None:
    for typed in (
        "0123-4567-89AB-CDEF-GHJK-MNPQ",
        "o123 4567 89ab cdef ghjk mnpq",
        "Ol23456789ABCDEFGHJKMNPQ",
        "\uff10123456789abcdefghjkmnpq",
    ):
        assert read(archive, Secret(typed)) == CONTENTS


def test_a_code_is_made_slow_to_guess_and_another_salt_makes_another_key() -> None:
    key, proof = derived(CODE, b"salt")
    assert (len(key), len(proof)) == (32, 16)
    assert derived(CODE, b"salt") == (key, proof)
    assert derived(CODE, b"other") != (key, proof)


def test_an_archive_tells_who_wrote_it(archive: bytes, signer: Signer) -> None:
    assert ArchiveReader(FILE, io.BytesIO(archive), CODE, quick).sender == signer.public_key


def test_a_machine_signs_with_the_same_key_as_long_as_it_has_its_master_key() -> None:
    ring = KeyRing.generate()
    before = Signer(Vault(ring))
    assert Signer(Vault(ring.rotated())).public_key == before.public_key
    assert Signer(Vault(KeyRing.generate())).public_key != before.public_key


def test_nothing_in_it_can_be_read(archive: bytes, signer: Signer) -> None:
    assert b"parcel" not in archive
    assert b"photophoto" not in archive
    assert signer.public_key not in archive


def test_another_code_is_told_as_such(archive: bytes) -> None:
    assert refusal(archive, new_code()) is ErrorCode.WRONG_TRANSFER_CODE
    assert refusal(archive, Secret("")) is ErrorCode.WRONG_TRANSFER_CODE


def test_every_cut_is_told(archive: bytes) -> None:
    for length in range(len(archive)):
        assert refusal(archive[:length]) is ErrorCode.ARCHIVE_DAMAGED


def test_something_added_is_told(archive: bytes) -> None:
    assert refusal(archive + b"\0") is ErrorCode.ARCHIVE_DAMAGED
    assert refusal(archive + archive) is ErrorCode.ARCHIVE_DAMAGED


def test_every_altered_byte_is_told(archive: bytes) -> None:
    for place in [*range(200), *range(200, len(archive), 17)]:
        altered = archive[:place] + bytes([archive[place] ^ 1]) + archive[place + 1 :]
        assert refusal(altered) in {
            ErrorCode.ARCHIVE_DAMAGED,
            ErrorCode.WRONG_TRANSFER_CODE if 4 <= place < 36 else ErrorCode.ARCHIVE_DAMAGED,
            ErrorCode.RECORDS_TOO_NEW if place == 3 else ErrorCode.ARCHIVE_DAMAGED,
        }


def frames(archive: bytes) -> list[bytes]:
    found, at = [archive[:36]], 36
    while at < len(archive):
        end = at + 4 + int.from_bytes(archive[at : at + 4])
        found.append(archive[at:end])
        at = end
    return found


def test_a_frame_left_out_moved_or_repeated_is_told(archive: bytes) -> None:
    header, *rest = frames(archive)
    for number in range(len(rest)):
        assert refusal(b"".join([header, *rest[:number], *rest[number + 1 :]])) is ErrorCode.ARCHIVE_DAMAGED
        assert refusal(b"".join([header, *rest[:number], rest[number], *rest[number:]])) is ErrorCode.ARCHIVE_DAMAGED
    assert refusal(b"".join([header, rest[0], rest[2], rest[1], *rest[3:]])) is ErrorCode.ARCHIVE_DAMAGED


def test_who_knows_the_code_cannot_write_in_another_machines_name(signer: Signer) -> None:
    class Forger(Signer):
        @property
        def public_key(self) -> bytes:
            return signer.public_key

    assert refusal(written(CONTENTS, Forger(Vault(KeyRing.generate())))) is ErrorCode.ARCHIVE_DAMAGED


def test_a_later_version_is_told_as_such(archive: bytes) -> None:
    assert refusal(b"NPX\x02" + archive[4:]) is ErrorCode.RECORDS_TOO_NEW


@settings(max_examples=50)
@given(st.binary(max_size=300))
def test_no_bytes_are_taken_for_an_archive(content: bytes) -> None:
    assert refusal(content) is ErrorCode.ARCHIVE_DAMAGED


@given(st.lists(st.binary(max_size=50), max_size=4))
@settings(max_examples=30)
def test_any_contents_come_back_in_order(contents: list[bytes]) -> None:
    assert read(written(contents, Signer(Vault(KeyRing.generate())))) == contents


def test_codes_are_long_and_never_alike() -> None:
    codes = {new_code().reveal() for _ in range(100)}
    assert len(codes) == 100
    for code in codes:
        assert [len(group) for group in code.split("-")] == [4] * 6
        assert understood(Secret(code.lower())) == code.replace("-", "")


def test_fingerprints_are_compared_however_they_are_typed(signer: Signer) -> None:
    fingerprint = fingerprint_of(signer.public_key)
    assert [len(group) for group in fingerprint.split("-")] == [4] * 4
    assert same_fingerprint(fingerprint.lower().replace("-", " "), fingerprint)
    assert not same_fingerprint(fingerprint[:-1], fingerprint)
    assert fingerprint == signer.fingerprint
