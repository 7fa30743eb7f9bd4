"""A page in the middle of the records is garbage: it is told, the file is left alone, and a backup brings all back."""

from __future__ import annotations

import random
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from tests.integration.trouble.conftest import SavedClinic

pytestmark = pytest.mark.proof

GARBAGE = random.Random(7)  # noqa: S311 - nothing secret


def overwrite_page_of(table: str, file: Path) -> bytes:
    """Put garbage in the place of a table's first page, and give the file's content then."""
    with closing(sqlite3.connect(file)) as connection:
        (size,) = connection.execute("PRAGMA page_size").fetchone()
        (page,) = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = ?", (table,)).fetchone()
    content = bytearray(file.read_bytes())
    assert 1 < page < len(content) // size
    content[(page - 1) * size : page * size] = GARBAGE.randbytes(size)
    file.write_bytes(content)
    return bytes(content)


@pytest.mark.parametrize(("table", "command"), [("pets", ["pets"]), ("outbox_entries", ["sync", "--once"])])
def test_a_damaged_page_is_told_and_a_backup_brings_back_all_that_was_saved(
    clinic: SavedClinic, tmp_path: Path, table: str, command: list[str]
) -> None:
    clinic.verify(clinic.enrol(1))
    assert clinic.program.run("backup", tmp_path / "clinic.backup").code == 0
    records = clinic.program.data_dir / "records.db"
    damaged = overwrite_page_of(table, records)
    assert clinic.program.run(*command).error == "RECORDS_DAMAGED"
    assert "NP_2008: 기록 파일이 손상되었어요" in clinic.program.words(*command)
    assert clinic.try_to_enrol(2) == "RECORDS_DAMAGED"
    doctor = clinic.program.run("doctor")
    findings = [check["finding"] for check in doctor.answer["checks"] if not check["ok"]]
    assert any(finding.startswith("NP_2008") for finding in findings)
    assert records.read_bytes() == damaged
    restored = clinic.program.run("restore", tmp_path / "clinic.backup")
    assert (restored.code, restored.answer["pets"]) == (0, 1)
    clinic.require_everything()
