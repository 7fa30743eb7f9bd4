"""The disk runs full, wherever a command happens to be: it says so, and what was saved before stays saved."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

import pytest

from tests.integration.trouble.conftest import SavedClinic
from tests.support.program import Program
from tests.support.volume import Volume, can_mount

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.support.s3_server import RcloneS3

pytestmark = [
    pytest.mark.proof,
    pytest.mark.skipif(os.name != "posix", reason="neither small file systems nor limits to be had"),
]

# From nothing at all to what the photos take and the records do not.
ROOM_LEFT = (0, 48 * 1024, 96 * 1024, 176 * 1024)


@pytest.fixture
def volume(tmp_path: Path) -> Iterator[Volume]:
    if not can_mount():
        pytest.skip("this user may not mount a file system here")
    folder = tmp_path / "volume"
    folder.mkdir()
    with Volume(folder, size_mib=16) as mounted:
        yield mounted


@pytest.fixture
def clinic(volume: Volume, key_file: Path, noses: Path, bucket: RcloneS3) -> SavedClinic:
    """A clinic on the small file system, without network."""
    return SavedClinic(
        Program(volume.folder / "data", key_file, bucket.endpoint, through=volume.through), noses, bucket
    )


def test_on_a_full_disk_commands_say_so_and_once_there_is_room_all_that_was_saved_is_there(
    clinic: SavedClinic, volume: Volume
) -> None:
    clinic.verify(clinic.enrol(1))
    refusals = []
    for dog, left in enumerate(ROOM_LEFT, start=2):
        volume.fill(leaving=left)
        refusals.append(clinic.try_to_enrol(dog))
    assert refusals[0] == "DISK_FULL"
    assert set(refusals) <= {"DISK_FULL", ""}
    volume.make_room()
    clinic.require_everything()


def test_on_a_full_disk_every_command_starts_and_says_what_is_wrong(
    clinic: SavedClinic, volume: Volume, tmp_path: Path
) -> None:
    pet_did = clinic.enrol(1)
    volume.fill()
    told = clinic.program.words("pets")
    assert "NP_2011: 디스크가 가득 찼어요" in told
    for command in (["sync", "--once"], ["identify", *clinic.photos(1, 4)], ["audit", "verify"]):
        assert clinic.program.run(*command).error == "DISK_FULL"
    findings = {check["name"]: check for check in clinic.program.run("doctor").answer["checks"]}
    assert not findings["data folder"]["ok"]
    assert findings["records"]["finding"].startswith("NP_2011")
    assert findings["model"]["ok"]
    clinic.require_served(pet_did, tmp_path / "log", "NP_2011", volume.make_room)
    clinic.require_everything()


@pytest.mark.skipif(shutil.which("prlimit") is None, reason="no prlimit")
def test_files_that_may_not_grow_are_told_and_nothing_saved_is_lost(
    tmp_path: Path, key_file: Path, noses: Path, bucket: RcloneS3
) -> None:
    clinic = SavedClinic(Program(tmp_path / "data", key_file, bucket.endpoint), noses, bucket)
    clinic.verify(clinic.enrol(1))
    for limit in (0, 20_000, 100_000):
        clinic.program.through = ["prlimit", f"--fsize={limit}"]
        assert clinic.try_to_enrol(2) in {"DISK_FULL", "FOLDER_NOT_USABLE", "RECORDS_UNAVAILABLE"}
    clinic.program.through = []
    clinic.require_everything()
