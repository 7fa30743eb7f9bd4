"""A second program comes to a data folder that one is at work on: it is told so, and neither loses anything."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from tests.integration.trouble.conftest import SavedClinic

pytestmark = pytest.mark.proof


@pytest.mark.skipif(os.name != "posix", reason="signals")
def test_what_a_second_program_may_not_do_is_told_and_what_it_may_is_kept_though_the_first_is_killed(
    clinic: SavedClinic, tmp_path: Path
) -> None:
    clinic.enrol(1)
    assert clinic.program.run("backup", tmp_path / "clinic.backup").code == 0
    with clinic.program.started("--lang", "en", "sync", "--watch") as first:
        assert first.stderr
        assert "Watching" in first.stderr.readline()
        for command in (["sync", "--once"], ["sync", "--watch"], ["keys", "rotate"]):
            assert clinic.program.run(*command).error == "ALREADY_RUNNING"
        assert clinic.program.run("restore", tmp_path / "clinic.backup").error == "ALREADY_RUNNING"
        assert "NP_2012: 이 폴더로 프로그램이 이미 실행되고 있어요" in clinic.program.words("sync", "--once")
        clinic.verify(clinic.enrol(2))
        first.kill()
    clinic.require_everything()
