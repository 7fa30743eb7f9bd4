"""Whoever copies the data folder, the logs or the temporary files finds no name, number, photo or key in them."""

from __future__ import annotations

import base64
import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from noseprint.vault.key_ring import KeyRing

if TYPE_CHECKING:
    from pathlib import Path

# Run in a program of its own that dies at the end without a farewell, so that whatever lies about stays there.
PROGRAM = """
import json, os, sys
from command_line.main import main
for arguments in json.loads(sys.argv[1]):
    code = main(arguments)
    print(flush=True)
    if code:
        print("failed:", arguments[0], code, file=sys.stderr, flush=True)
os._exit(9)
"""

PET, GUARDIAN, OPERATOR, FEATURES = "초코라떼", "홍길동이름", "Doctor Readable", "white socks and a scar"
PHONE, CHIP = "010-2345-6789", "900182001234567"
WORDS = (PET, GUARDIAN, OPERATOR, FEATURES)
NUMBERS = (PHONE, "01023456789", "+821023456789", "1023456789", CHIP, "190377")
KEY = KeyRing.generate().written().reveal().strip()


def traces(text: str) -> list[bytes]:
    """What a text looks like in the encodings in which programs write."""
    plain = [text.encode(encoding) for encoding in ("utf-8", "utf-16-le", "utf-16-be")]
    return [*plain, base64.b64encode(text.encode())[:-4], *([json.dumps(text).encode()[1:-1]])]


def files_below(*folders: Path) -> list[Path]:
    return [file for folder in folders for file in folder.rglob("*") if file.is_file()]


@pytest.fixture
def left_behind(tmp_path: Path, noses: Path) -> Path:
    """A folder of everything that a program wrote which enrolled, verified, searched and signed in real noses' dogs."""
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    photos = [str(noses / "dog-1" / f"{number:02}.jpg") for number in (1, 2, 3)]
    personal = ["--guardian-name", GUARDIAN, "--guardian-phone", PHONE, "--microchip", CHIP, "--features", FEATURES]
    enrol = ["enroll", "--pet-name", PET, *personal, "--consent", "--operator", OPERATOR]
    commands = [
        [*enrol, *photos],
        [*enrol, str(noses / "dog-2" / "01.jpg"), str(noses / "dog-2" / "02.jpg")],  # refused: the microchip
        ["identify", str(noses / "dog-1" / "04.jpg")],
        ["pets", PET],
        ["pets", PHONE],
        ["operator", "add", OPERATOR, "--role", "admin"],
        ["doctor"],
    ]
    environment = os.environ | {
        "NOSEPRINT_DATA_DIR": str(tmp_path / "data"),
        "NOSEPRINT_MASTER_KEY": KEY,
        "LOG_LEVEL": "DEBUG",
        "TMPDIR": str(temporary),
        "TEMP": str(temporary),
        "SQLITE_TMPDIR": str(temporary),
    }
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, json.dumps(commands)],
        input=b"190377\n",
        capture_output=True,
        check=False,
        env=environment,
    )
    assert done.returncode == 9, done.stderr.decode()
    assert PET.encode() in done.stdout  # it is shown to who asks, and there alone
    (tmp_path / "log").write_bytes(done.stderr)
    assert done.stderr.decode().count("failed:") == 1, done.stderr.decode()
    return tmp_path


def test_no_file_holds_a_name_a_number_or_a_key(left_behind: Path) -> None:
    files = files_below(left_behind)
    assert {"records.db", "log"} <= {file.name for file in files}
    assert any("objects" in file.parts for file in files)
    private = [trace for text in (*WORDS, *NUMBERS, KEY) for trace in traces(text)]
    private.append(base64.b64decode(KEY))
    found = {(str(file), trace) for file in files for trace in private if trace in file.read_bytes()}
    assert found == set()


def test_no_file_outside_the_stores_own_folder_holds_a_photo_or_a_vector(left_behind: Path) -> None:
    store = left_behind / "data" / "objects"
    photos = [file.read_bytes() for file in [*store.rglob("*.jpg"), *store.rglob("*.npy")]]
    assert len(photos) == 4
    elsewhere = [file for file in files_below(left_behind) if not file.is_relative_to(store)]
    for file in elsewhere:
        content = file.read_bytes()
        assert not any(photo[at : at + 64] in content for photo in photos for at in (1000, len(photo) // 2))
