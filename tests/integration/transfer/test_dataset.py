from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from noseprint.embedding.limits import ImageLimits
from noseprint.errors import ErrorCode, NoseprintError
from noseprint.evaluation.identity_folders import read_identity_folder
from noseprint.records.entities import Consent, ConsentKind, Pet, PetFacts
from noseprint.transfer.dataset import MANIFEST, DataSet, ExportedIdentity, anonymous
from tests.support.clinic_data import NOON, ClinicData, pet
from tests.support.pictures import encoded, noise, quarters
from tests.support.striking_disk import deadly, survives
from tests.support.vault import VAULT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

LIMITS = ImageLimits(10_000_000, 40_000_000)
BOTH = tuple(Consent(kind, "2026-11", NOON) for kind in ConsentKind)


def photo(seed: int) -> bytes:
    exif = Image.Exif()
    exif[0x010F] = "Maker of cameras"
    exif[0x9003] = "2026:03:01 12:00:00"
    exif[0x8825] = {1: "N", 2: (37.0, 33.0, 0.0)}
    return encoded(noise(seed=seed), "JPEG", exif=exif, comment="김하늘")


@pytest.fixture
def data(tmp_path: Path) -> Iterator[ClinicData]:
    """Two pets whose guardians agreed, photos with all that cameras write, and one whose guardian did not."""
    with ClinicData(tmp_path / "data") as clinic:
        clinic.enrol(1, (photo(1), photo(2)), consents=BOTH)
        clinic.enrol(2, (photo(3),), consents=BOTH)
        clinic.enrol(3, (photo(4),))
        yield clinic


def export(data: ClinicData, folder: Path) -> list[ExportedIdentity]:
    return list(DataSet(folder, data.objects, data.vault, LIMITS).add(data.records.find_pets(limit=100)))


def files(folder: Path) -> dict[str, bytes]:
    return {str(file.relative_to(folder)): file.read_bytes() for file in folder.rglob("*") if file.is_file()}


def test_it_is_what_evaluate_reads(data: ClinicData, tmp_path: Path) -> None:
    outcome = export(data, tmp_path / "set")
    assert sorted(identity.added for identity in outcome) == [1, 2]
    photos = read_identity_folder(tmp_path / "set")
    assert len(photos) == 3
    assert len({item.identity for item in photos}) == 2
    for item in photos:
        with Image.open(item.path) as picture:
            assert picture.size == (64, 48)


def test_nothing_in_it_tells_whose_when_or_where(data: ClinicData, tmp_path: Path) -> None:
    export(data, tmp_path / "set")
    for name, content in files(tmp_path / "set").items():
        everything = name.encode() + content
        for secret in (b"Exif", b"2026", b"Maker", b"did:", pet(1).encode()[-8:], "김하늘".encode(), "초코".encode()):
            if name != MANIFEST or secret != b"2026":
                assert secret not in everything, (name, secret)
    manifest = json.loads((tmp_path / "set" / MANIFEST).read_text("utf-8"))
    assert set(manifest) == {"format", "data_set", "identities", "photos", "terms"}
    assert (manifest["identities"], manifest["photos"]) == (2, 3)


def test_a_photo_that_lies_on_its_side_is_turned() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    turned = anonymous(encoded(quarters(64, 48), "JPEG", exif=exif, quality=95), LIMITS)
    with Image.open(io.BytesIO(turned)) as picture:
        assert picture.size == (48, 64)
        assert not picture.getexif()
        assert "icc_profile" not in picture.info


def test_another_run_adds_nothing_twice_and_what_is_new(data: ClinicData, tmp_path: Path) -> None:
    export(data, tmp_path / "set")
    before = files(tmp_path / "set")
    assert sorted(item.present for item in export(data, tmp_path / "set")) == [1, 2]
    assert files(tmp_path / "set") == before
    data.enrol(4, (photo(5),), consents=BOTH)
    assert sum(item.added for item in export(data, tmp_path / "set")) == 1
    assert json.loads((tmp_path / "set" / MANIFEST).read_text("utf-8"))["identities"] == 3


def test_two_data_sets_share_no_name(data: ClinicData, tmp_path: Path) -> None:
    export(data, tmp_path / "one")
    export(data, tmp_path / "two")
    assert files(tmp_path / "one").keys() & files(tmp_path / "two").keys() == {MANIFEST}


def test_what_a_killed_export_did_not_finish_is_gone_after_the_next_one(data: ClinicData, tmp_path: Path) -> None:
    export(data, tmp_path / "set")
    identity = next(folder for folder in (tmp_path / "set").iterdir() if folder.is_dir())
    for folder in (tmp_path / "set", identity):
        (folder / ".noseprint-part-1").write_bytes(b"half a photo")
    export(data, tmp_path / "set")
    assert not [name for name in files(tmp_path / "set") if ".noseprint-part-" in name]


def test_a_folder_with_anything_else_is_left_alone(data: ClinicData, tmp_path: Path) -> None:
    (tmp_path / "set").mkdir()
    (tmp_path / "set" / "letter.txt").write_text("dear")
    with pytest.raises(NoseprintError) as raised:
        export(data, tmp_path / "set")
    assert raised.value.code is ErrorCode.FOLDER_NOT_USABLE
    assert list(files(tmp_path / "set")) == ["letter.txt"]


def test_a_photo_that_cannot_be_read_is_told_and_the_others_come_in(data: ClinicData, tmp_path: Path) -> None:
    data.enrol(4, (b"no picture",), consents=BOTH)
    outcome = export(data, tmp_path / "set")
    assert [item.fault.code for item in outcome if item.fault] == [ErrorCode.INVALID_IMAGE]
    assert sum(item.added for item in outcome) == 3


def test_an_export_killed_at_any_step_is_gone_on_with(data: ClinicData, tmp_path: Path) -> None:
    pets, folder = data.records.find_pets(limit=100), tmp_path / "set"
    data.records.engine.dispose()
    for at in range(1, 200, 3):
        if survives(lambda at=at: list(DataSet(folder, data.objects, VAULT, LIMITS, deadly(at)).add(pets))):
            break
    export(data, folder)
    assert len(read_identity_folder(folder)) == 3
    assert len([name for name in files(folder) if not name.split("/")[-1].startswith(".")]) == 4


class _AnyPhoto:
    def load_photo(self, key: str) -> bytes:
        return encoded(noise(8, 8, seed=len(key)), "JPEG")


consents = st.sets(st.sampled_from(ConsentKind))


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(agreed=st.lists(consents, max_size=6))
def test_a_pet_without_the_second_consent_never_appears(
    tmp_path_factory: pytest.TempPathFactory, agreed: list[set[ConsentKind]]
) -> None:
    folder = tmp_path_factory.mktemp("property") / "set"
    pets = [
        Pet(
            pet_did=pet(number),
            facts=PetFacts("초코"),
            guardian=None,
            consents=tuple(Consent(kind, "1", NOON) for kind in sorted(kinds)),
            photo_keys=(f"{number}/1.jpg",),
            model_name="model",
            quality=1.0,
            operator="staff",
            created_at=NOON,
        )
        for number, kinds in enumerate(agreed)
    ]
    outcome = list(DataSet(folder, _AnyPhoto(), VAULT, LIMITS).add(pets))
    expected = sum(ConsentKind.IMPROVEMENT in kinds for kinds in agreed)
    assert len(outcome) == len([entry for entry in folder.iterdir() if entry.is_dir()]) == expected
