"""`serve` starts past the terminal's libraries, and everything else the ordinary way."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from command_line.entry import serving_settings

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("arguments", "settings"),
    [
        (["serve"], {}),
        (["serve", "--port", "0"], {"NOSEPRINT_GRPC_PORT": "0"}),
        (
            ["serve", "--host", "::", "--data-dir", "x"],
            {"NOSEPRINT_GRPC_HOST": "::", "NOSEPRINT_DATA_DIR": "x"},
        ),
        (["serve", "--port"], None),
        (["serve", "--port=0"], None),
        (["serve", "--help"], None),
        (["serve", "--json", "--port", "0"], None),
        (["serve", "--other", "0"], None),
        (["pets"], None),
        ([], None),
    ],
)
def test_plain_serving_is_told_from_everything_else(arguments: list[str], settings: dict[str, str] | None) -> None:
    assert serving_settings(arguments) == settings


def _run(*arguments: str, folder: Path) -> subprocess.CompletedProcess[str]:
    program = "from command_line.entry import run; run()"
    environment = os.environ | {"NOSEPRINT_DATA_DIR": str(folder), "NOSEPRINT_LANGUAGE": "en"}
    command = [sys.executable, "-c", program, *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, env=environment, timeout=120)


def test_a_wrong_port_is_a_coded_sentence_on_the_short_way_too(tmp_path: Path) -> None:
    done = _run("serve", "--port", "eighty", folder=tmp_path)
    assert done.returncode == 1
    assert done.stderr.startswith("NP_2001")
    assert "grpc_port" in done.stderr


def test_other_commands_take_the_ordinary_way(tmp_path: Path) -> None:
    done = _run("pets", "--json", folder=tmp_path)
    assert (done.returncode, done.stdout.strip()) == (0, '{"pets": []}')
