"""The file of the master key is gone: nothing opens, nothing is made in its place, and with it all is there again."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from tests.integration.trouble.conftest import SavedClinic

pytestmark = pytest.mark.proof


def test_without_its_key_commands_say_so_and_with_it_all_that_was_saved_is_there(
    clinic: SavedClinic, key_file: Path, tmp_path: Path
) -> None:
    pet_did = clinic.enrol(1)
    kept_apart = key_file.rename(key_file.with_name("kept-apart"))
    assert clinic.try_to_enrol(2) == "MASTER_KEY_MISSING"
    for command in (["sync", "--once"], ["identify", *clinic.photos(1, 4)], ["operator", "list"]):
        assert clinic.program.run(*command).error == "MASTER_KEY_MISSING"
    assert "NP_2009: 이 데이터를 여는 마스터 키" in clinic.program.words("pets")
    findings = {check["name"]: check for check in clinic.program.run("doctor").answer["checks"]}
    assert findings["records"]["finding"].startswith("NP_2009")
    assert findings["model"]["ok"]
    assert not key_file.exists()
    clinic.require_served(pet_did, tmp_path / "log", "NP_2009", lambda: kept_apart.rename(key_file))
    clinic.require_everything()
