from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import numpy as np
import pytest

from noseprint.errors import ErrorCode, NoseprintError
from noseprint.records.entities import GuardianDetails, PetFacts, Template
from noseprint.records.parcels import Parcels
from noseprint.transfer.archive_format import Signer
from noseprint.transfer.codes import new_code
from noseprint.transfer.export_archive import Export, ExportedPet
from noseprint.transfer.import_archive import Import, TakenPet, prove
from noseprint.vault.key_ring import KeyRing
from noseprint.vault.vault import Vault
from tests.support.clinic_data import MODEL, NOON, ClinicData, pet
from tests.support.striking_disk import StrikingDisk, counting, deadly, survives

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from noseprint.disk import Disk
    from noseprint.settings import Secret

CODE = new_code()
LATER = NOON + timedelta(days=3)


@pytest.fixture
def here(tmp_path: Path) -> Iterator[ClinicData]:
    with ClinicData(tmp_path / "here") as clinic:
        yield clinic


@pytest.fixture
def there(tmp_path: Path) -> Iterator[ClinicData]:
    """Another clinic, with a master key of its own."""
    with ClinicData(tmp_path / "there", Vault(KeyRing.generate()), "kiosk-2") as clinic:
        yield clinic


@pytest.fixture
def file(tmp_path: Path) -> Path:
    (tmp_path / "stick").mkdir()
    return tmp_path / "stick" / "waiting.npx"


def parcels(data: ClinicData) -> Parcels:
    return Parcels(data.records.engine, data.vault, data.outbox.holder)


def exported(data: ClinicData, file: Path, disk: Disk | None = None) -> list[ExportedPet]:
    return list(Export(parcels(data), data.spool, Signer(data.vault), disk).write(file, CODE))


def imported(data: ClinicData, file: Path, code: Secret = CODE, sender: str = "") -> list[TakenPet]:
    proven = prove(file, code, sender)
    return list(Import(parcels(data), data.dispatch, lambda: LATER).take_in(proven))


def code_of(act: Callable[[], object]) -> ErrorCode:
    with pytest.raises(NoseprintError) as raised:
        act()
    return raised.value.code


def test_what_waits_is_taken_in_elsewhere_with_its_records_and_uploaded_from_both(
    here: ClinicData, there: ClinicData, file: Path
) -> None:
    enrolled = [here.enrol(number) for number in (1, 2)]
    verified = here.verify(1)
    assert exported(here, file) == [ExportedPet(pet(1), 5), ExportedPet(pet(2), 4)]
    assert imported(there, file) == [TakenPet(pet(1), True, 5), TakenPet(pet(2), True, 4)]
    assert there.records.find_pets() == enrolled[::-1]
    assert there.records.verifications(pet(1)) == [verified]
    ours, theirs = here.records.template(pet(1), MODEL.sha256), there.records.template(pet(1), MODEL.sha256)
    assert ours
    assert theirs
    assert np.array_equal(ours.vector, theirs.vector)
    assert there.waiting() == here.waiting()
    for number in (1, 2):
        assert order(there, number) == order(here, number)
    here.sync()
    there.sync()
    assert list(there.objects.photos(pet(2))) == list(here.objects.photos(pet(2)))


def order(data: ClinicData, number: int) -> list[str]:
    return [entry.key for entry in data.outbox.open_entries() if entry.pet_did == pet(number)]


def test_a_second_import_of_the_same_file_changes_nothing(here: ClinicData, there: ClinicData, file: Path) -> None:
    here.enrol(1)
    here.verify(1)
    exported(here, file)
    imported(there, file)
    before = there.outbox.open_entries(), there.records.trail.verify(there.records.engine)
    assert imported(there, file) == [TakenPet(pet(1))]
    assert (there.outbox.open_entries(), there.records.trail.verify(there.records.engine)) == before
    there.sync()
    assert imported(there, file) == [TakenPet(pet(1))]
    assert there.waiting() == {}


def test_an_import_into_the_machine_that_exported_changes_nothing(here: ClinicData, file: Path) -> None:
    here.enrol(1)
    exported(here, file)
    assert imported(here, file) == [TakenPet(pet(1))]


def test_a_later_export_brings_what_is_new(here: ClinicData, there: ClinicData, file: Path) -> None:
    here.enrol(1)
    exported(here, file)
    imported(there, file)
    here.enrol(2)
    here.verify(1)
    exported(here, file)
    assert imported(there, file) == [TakenPet(pet(1), False, 1), TakenPet(pet(2), True, 4)]


def test_what_is_synced_is_not_exported(here: ClinicData, there: ClinicData, file: Path) -> None:
    here.enrol(1)
    here.sync()
    here.verify(1)
    assert exported(here, file) == [ExportedPet(pet(1), 1)]
    assert imported(there, file) == [TakenPet(pet(1), True, 1)]


def test_a_verification_of_a_dog_of_another_clinic_travels_alone(
    here: ClinicData, there: ClinicData, file: Path
) -> None:
    verified = here.verify(7)
    exported(here, file)
    assert imported(there, file) == [TakenPet(pet(7), False, 1)]
    assert there.records.verifications(pet(7)) == [verified]
    assert there.records.pet_count() == 0


def test_a_template_of_a_newer_model_travels_with_its_vectors(here: ClinicData, there: ClinicData, file: Path) -> None:
    here.enrol(1)
    exported(here, file)
    imported(there, file)
    here.sync()
    newer = Template(np.ones(8, np.float32), "model-b", "cd" * 32, 81.0)
    identity = replace(MODEL, name="model-b", sha256="cd" * 32)
    objects = here.objects.of_new_vector(pet(1), newer.vector, identity, LATER)
    with here.dispatch.prepared(objects) as outgoing:
        here.records.save_template(pet(1), newer, LATER, outgoing)
    exported(here, file)
    assert imported(there, file) == [TakenPet(pet(1), False, 2)]
    taken = there.records.template(pet(1), "cd" * 32)
    assert taken
    assert np.array_equal(taken.vector, newer.vector)


def test_a_pet_did_with_other_facts_blocks_that_pet_alone(here: ClinicData, there: ClinicData, file: Path) -> None:
    here.enrol(1)
    here.enrol(2)
    exported(here, file)
    there.enrol(1, facts=PetFacts("another"))
    before = there.waiting()
    first, second = imported(there, file)
    assert first.fault is not None
    assert first.fault.code is ErrorCode.PET_DID_TAKEN
    assert second == TakenPet(pet(2), True, 4)
    assert there.records.pet(pet(1)).facts.name == "another"
    assert {key: there.waiting()[key] for key in before} == before


def test_a_microchip_of_another_pet_blocks_that_pet_alone(here: ClinicData, there: ClinicData, file: Path) -> None:
    here.enrol(1)
    here.enrol(2)
    exported(here, file)
    there.enrol(9, facts=PetFacts("bearer", microchip=f"{410000000000001}"))
    first, second = imported(there, file)
    assert first.fault is not None
    assert (first.fault.code, first.fault.facts["pet_did"]) == (ErrorCode.MICROCHIP_TAKEN, pet(9))
    assert second.enrolled
    assert code_of(lambda: there.records.pet(pet(1))) is ErrorCode.PET_NOT_FOUND
    assert set(there.spool.names()) == there.outbox.mentioned()


def test_another_content_under_a_key_blocks_that_pet_alone(here: ClinicData, there: ClinicData, file: Path) -> None:
    here.verify(1, b"one probe")
    here.verify(2)
    exported(here, file)
    there.verify(1, b"another probe")
    first, second = imported(there, file)
    assert first.fault is not None
    assert first.fault.code is ErrorCode.OBJECT_CONFLICT
    assert second.entries == 1


def test_a_guardian_keeps_the_name_given_first(here: ClinicData, there: ClinicData, file: Path) -> None:
    here.enrol(1, guardian=GuardianDetails("김하늘", "010-1111-2222"))
    exported(here, file)
    there.enrol(9, guardian=GuardianDetails("김하늘 보호자", "010-1111-2222"))
    assert imported(there, file) == [TakenPet(pet(1), True, 4)]
    assert there.records.pet(pet(1)).guardian == GuardianDetails("김하늘 보호자", "+821011112222")
    assert imported(there, file) == [TakenPet(pet(1))]


def test_a_lost_content_leaves_its_pet_out_and_is_told(here: ClinicData, there: ClinicData, file: Path) -> None:
    here.enrol(1)
    here.enrol(2)
    here.spool.drop(here.outbox.open_entries()[1].spool_name)
    first, second = exported(here, file)
    assert first.fault is not None
    assert first.fault.code is ErrorCode.LOCAL_COPY_LOST
    assert second == ExportedPet(pet(2), 4)
    assert imported(there, file) == [TakenPet(pet(2), True, 4)]


def test_nothing_is_taken_in_from_a_harmed_file(here: ClinicData, there: ClinicData, file: Path) -> None:
    for number in (1, 2):
        here.enrol(number)
    exported(here, file)
    whole = file.read_bytes()
    places = range(36, len(whole), len(whole) // 5)
    harmed = [whole[: len(whole) - 1], whole[: len(whole) // 2], *(_altered(whole, place) for place in places)]
    for content in harmed:
        file.write_bytes(content)
        assert code_of(lambda: imported(there, file)) is ErrorCode.ARCHIVE_DAMAGED
    file.write_bytes(whole)
    assert code_of(lambda: imported(there, file, new_code())) is ErrorCode.WRONG_TRANSFER_CODE
    assert there.records.pet_count() == 0
    assert there.spool.names() == []


def test_a_file_of_another_machine_than_expected_is_refused(here: ClinicData, there: ClinicData, file: Path) -> None:
    here.enrol(1)
    exported(here, file)
    other = Signer(there.vault).fingerprint
    assert code_of(lambda: imported(there, file, sender=other)) is ErrorCode.UNEXPECTED_SENDER
    assert imported(there, file, sender=Signer(here.vault).fingerprint.lower())[0].enrolled


def test_a_missing_file_is_told(there: ClinicData, tmp_path: Path) -> None:
    assert code_of(lambda: imported(there, tmp_path / "none")) is ErrorCode.FILE_NOT_READABLE


def test_nothing_in_the_file_can_be_read(here: ClinicData, file: Path) -> None:
    here.enrol(1)
    exported(here, file)
    for secret in ("초코".encode(), "보호자".encode(), b"8210", b"photo one", pet(1).encode()):
        assert secret not in file.read_bytes()


def test_an_export_killed_at_any_step_leaves_the_earlier_file_or_a_whole_one(here: ClinicData, file: Path) -> None:
    here.enrol(1)
    points: list[str] = []
    exported(here, file, counting(points))
    earlier = file.read_bytes()
    here.records.engine.dispose()
    steps = [at for at, point in enumerate(points) if "fill" not in point] + [3, len(points) // 2]
    for at in steps:
        assert not survives(lambda at=at: exported(here, file, deadly(at)))
        assert file.read_bytes() == earlier or prove(file, CODE).pets == 1


def test_an_import_killed_at_any_step_keeps_each_pet_whole_or_not_at_all(
    here: ClinicData, file: Path, tmp_path: Path
) -> None:
    here.enrol(1, (b"photo",))
    exported(here, file)
    folder = tmp_path / "there"
    for at in range(100):
        if survives(lambda at=at: _killed_import(folder, file, at)):
            break
        with ClinicData(folder, holder="kiosk-2") as there:
            assert there.records.pet_count() * 3 == len(there.waiting())
            there.dispatch.sweep()
    with ClinicData(folder, holder="kiosk-2") as there:
        assert there.waiting() == here.waiting()
        assert set(there.spool.names()) == there.outbox.mentioned()
    assert at > 10


def test_a_full_stick_leaves_the_earlier_file(here: ClinicData, file: Path) -> None:
    def full(point: str) -> None:
        if point == "within fill":
            raise OSError(28, "No space left on device")

    here.enrol(1)
    file.write_bytes(b"the last good one")
    assert code_of(lambda: exported(here, file, StrikingDisk(full))) is ErrorCode.DISK_FULL
    assert list(file.parent.iterdir()) == [file]
    assert file.read_bytes() == b"the last good one"


def _altered(content: bytes, place: int) -> bytes:
    return content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :]


def _killed_import(folder: Path, file: Path, at: int) -> None:
    with ClinicData(folder, holder="kiosk-2", disk=deadly(at)) as there:
        imported(there, file)
