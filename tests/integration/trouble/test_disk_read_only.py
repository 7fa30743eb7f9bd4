"""The disk lets itself be read and no more, as after errors: commands say so, and nothing that was saved is lost."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from tests.integration.trouble.conftest import SavedClinic
from tests.support.program import Program
from tests.support.volume import Volume, can_mount

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.s3_server import RcloneS3

pytestmark = [
    pytest.mark.proof,
    pytest.mark.skipif(os.name != "posix", reason="nothing is mounted there, and modes mean nothing"),
]

REFUSALS = {"FOLDER_NOT_USABLE", "RECORDS_UNAVAILABLE"}


def require_refusals(clinic: SavedClinic) -> None:
    """Every command starts and says what is wrong, in words."""
    assert clinic.try_to_enrol(2) in REFUSALS
    for command in (["sync", "--once"], ["identify", *clinic.photos(1, 4)]):
        assert clinic.program.run(*command).error in REFUSALS
    assert "NP_" in clinic.program.words("pets")
    findings = {check["name"]: check for check in clinic.program.run("doctor").answer["checks"]}
    assert [findings[name]["ok"] for name in ("data folder", "records", "model")] == [False, False, True]


def test_on_a_disk_that_cannot_be_written_to_commands_say_so_and_all_is_there_once_it_can(
    tmp_path: Path, key_file: Path, noses: Path, bucket: RcloneS3
) -> None:
    if not can_mount():
        pytest.skip("this user may not mount a file system here")
    (tmp_path / "volume").mkdir()
    with Volume(tmp_path / "volume", size_mib=16) as volume:
        clinic = SavedClinic(
            Program(volume.folder / "data", key_file, bucket.endpoint, through=volume.through), noses, bucket
        )
        pet_did = clinic.enrol(1)
        volume.refuse_writing()
        require_refusals(clinic)
        clinic.require_served(pet_did, tmp_path / "log", "NP_", volume.allow_writing)
        clinic.require_everything()


@pytest.mark.skipif(os.name == "posix" and os.geteuid() == 0, reason="root may write whatever the modes say")
def test_in_a_folder_that_may_not_be_written_to_commands_say_so_and_all_is_there_once_it_may(
    clinic: SavedClinic,
) -> None:
    clinic.verify(clinic.enrol(1))
    below = [clinic.program.data_dir, *clinic.program.data_dir.rglob("*")]
    modes = {path: path.stat().st_mode for path in below}
    for path, mode in modes.items():
        path.chmod(mode & ~0o222)
    require_refusals(clinic)
    for path, mode in modes.items():
        path.chmod(mode)
    clinic.require_everything()
