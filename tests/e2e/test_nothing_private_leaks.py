"""Whoever copies the data folder, the logs or the temporary files finds no name, number, photo or key in them."""

from __future__ import annotations

import base64
import io
import json
import os
import re
import subprocess
import sys
from typing import TYPE_CHECKING

import numpy as np
import pytest

from noseprint.vault.key_ring import KeyRing

if TYPE_CHECKING:
    from pathlib import Path

# Run in a program of its own that dies at the end without a farewell, so that whatever lies about stays there. Its
# last command meets a fault of the program's own, whose message holds what nobody may read.
PROGRAM = """
import json, os, sys
from command_line.main import main
from noseprint.clinic import Clinic

def fail(*_):
    raise RuntimeError(sys.argv[2])

for arguments in json.loads(sys.argv[1]):
    if arguments[0] == "crash":
        Clinic.look_up = fail
        arguments = ["identify", *arguments[1:]]
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
AWAY = {"NCP_ACCESS_KEY": "AKID", "NCP_SECRET_KEY": "s3cret-of-the-bucket", "NCP_ENDPOINT": "http://127.0.0.1:9"}
WINDOW = 48


def traces(text: str) -> list[bytes]:
    """What a text looks like in the encodings in which programs write."""
    plain = [text.encode(encoding) for encoding in ("utf-8", "utf-16-le", "utf-16-be")]
    return [*plain, base64.b64encode(text.encode())[:-4], *([json.dumps(text).encode()[1:-1]])]


def windows(content: bytes) -> list[bytes]:
    """Pieces of an encoded photo, from all over it but its head, which is like that of many others."""
    return [content[at : at + WINDOW] for at in range(2000, len(content) - WINDOW, 2000)]


def numbers_of(vector: bytes) -> list[bytes]:
    """What some values of a stored vector look like in memory, at both widths, and as text."""
    values = np.load(io.BytesIO(vector))
    some = [values[at : at + 8] for at in range(0, len(values) - 8, 64)]
    raw = [form for part in some for form in (part.tobytes(), part.astype(np.float64).tobytes())]
    return [*raw, *(str(float(part[0])).encode() for part in some)]


def files_below(*folders: Path) -> list[Path]:
    return [file for folder in folders for file in folder.rglob("*") if file.is_file()]


def found(private: list[bytes], files: list[Path]) -> set[tuple[str, bytes]]:
    contents = {file: file.read_bytes() for file in files}
    return {(str(file), trace) for file, content in contents.items() for trace in private if trace in content}


@pytest.fixture
def left_behind(tmp_path: Path, noses: Path) -> Path:
    """A folder of everything that two programs wrote, the one without network and the one that synced after it."""
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    photos = [str(noses / "dog-1" / f"{number:02}.jpg") for number in (1, 2, 3)]
    personal = ["--guardian-name", GUARDIAN, "--guardian-phone", PHONE, "--microchip", CHIP, "--features", FEATURES]
    enrol = ["enroll", "--pet-name", PET, *personal, "--consent", "--operator", OPERATOR]
    environment = os.environ | {
        "NOSEPRINT_DATA_DIR": str(tmp_path / "data"),
        "NOSEPRINT_MASTER_KEY": KEY,
        "LOG_LEVEL": "DEBUG",
        "TMPDIR": str(temporary),
        "TEMP": str(temporary),
        "SQLITE_TMPDIR": str(temporary),
    }

    def run(commands: list[list[str]], more: dict[str, str]) -> str:
        done = subprocess.run(
            [sys.executable, "-c", PROGRAM, json.dumps(commands), f"{PET} {GUARDIAN} {PHONE}"],
            input=b"190377\n",
            capture_output=True,
            check=False,
            env=environment | more,
        )
        assert done.returncode == 9, done.stderr.decode()
        with (tmp_path / "log").open("ab") as log:
            log.write(done.stderr)
        assert "failed: identify" in done.stderr.decode()
        assert done.stderr.decode().count("failed:") == 2, done.stderr.decode()
        return done.stdout.decode()

    without_network = [
        [*enrol, *photos],
        [*enrol, str(noses / "dog-2" / "01.jpg"), str(noses / "dog-2" / "02.jpg")],  # refused: the microchip
        ["identify", str(noses / "dog-1" / "04.jpg")],
        ["pets", PHONE],
        ["operator", "add", OPERATOR, "--role", "admin"],
        ["export", str(tmp_path / "stick.npx")],
        ["backup", str(tmp_path / "clinic.backup")],
        ["audit", "show"],
        ["crash", str(noses / "dog-1" / "04.jpg")],
    ]
    shown = run(without_network, AWAY)
    assert PET in shown  # it is shown to who asks, and there alone
    pet_did = re.search(r"did:ethr:besu:0x[0-9a-f]{40}", shown)
    assert pet_did
    with_it = [
        ["verify", "--pet-did", pet_did.group(), str(noses / "dog-1" / "04.jpg")],
        ["verify", "--pet-did", pet_did.group(), str(tmp_path / "log")],  # refused: no picture
        ["sync"],
        ["pets", PET],
        ["doctor"],
        ["crash", str(noses / "dog-1" / "04.jpg")],
    ]
    run(with_it, {"GRPC_PORT": "0"})
    return tmp_path


def test_no_file_holds_a_name_a_number_or_a_key(left_behind: Path) -> None:
    files = files_below(left_behind)
    assert {"records.db", "log", "stick.npx", "clinic.backup"} <= {file.name for file in files}
    assert any("objects" in file.parts for file in files)
    private = [trace for text in (*WORDS, *NUMBERS, KEY, AWAY["NCP_SECRET_KEY"]) for trace in traces(text)]
    private.append(base64.b64decode(KEY))
    assert found(private, files) == set()


def test_no_file_outside_the_stores_own_folder_holds_a_photo_or_a_vector(left_behind: Path, noses: Path) -> None:
    store = left_behind / "data" / "objects"
    photos = [(noses / "dog-1" / f"{number:02}.jpg").read_bytes() for number in (1, 2, 3, 4)]
    pieces = [piece for photo in photos for piece in windows(photo)]
    (vector,) = store.rglob("*.npy")
    values = numbers_of(vector.read_bytes())
    in_the_store = {piece for _, piece in found([*pieces, *values], files_below(store))}
    # What is looked for is to be found where it may lie: each photo, and the vector both as numbers and as text.
    assert all(in_the_store & set(windows(photo)) for photo in photos)
    assert len(in_the_store & set(values)) > len(values) / 2
    elsewhere = [file for file in files_below(left_behind) if not file.is_relative_to(store)]
    assert found([*pieces, *values], elsewhere) == set()
