"""A request reaches the photos of the pet that it names, and nothing else in the store."""

from __future__ import annotations

import pytest

from tests.integration.embedded_server.serving import (
    OTHER_PET,
    PET,
    Client,
    assert_success,
    code_of,
)

FOLDER = f"nose-print-photo/{PET}/"

OUTSIDE = {
    "empty": "",
    "the folder itself": FOLDER,
    "the folder without its slash": FOLDER.rstrip("/"),
    "another pet's photo": f"nose-print-photo/{OTHER_PET}/verify_1.jpg",
    "another root": "models/verify_1.jpg",
    "the pet's vector": f"pet/petDID/{PET}.json",
    "up to another pet": f"{FOLDER}../{OTHER_PET}/verify_1.jpg",
    "up and back": f"{FOLDER}../{PET}/verify_1.jpg",
    "up to the root": f"{FOLDER}../../models/verify_1.jpg",
    "absolute": f"/{FOLDER}verify_1.jpg",
    "the store's own disk path": "/etc/passwd",
    "backslashes": f"{FOLDER}..\\..\\models\\verify_1.jpg",
    "percent-encoded traversal": f"{FOLDER}%2e%2e%2fverify_1.jpg",
    "nested": f"{FOLDER}older/verify_1.jpg",
    "empty part": f"{FOLDER}/verify_1.jpg",
    "here": f"{FOLDER}./verify_1.jpg",
    "nul": f"{FOLDER}verify_1.jpg\x00.png",
    "newline": f"{FOLDER}verify_1.jpg\n",
    "delete": f"{FOLDER}verify\x7f_1.jpg",
    "line separator": f"{FOLDER}verify\u2028_1.jpg",
    "text direction": f"{FOLDER}verify\u202egpj.1",
    "other case": FOLDER.upper() + "verify_1.jpg",
    "no end": FOLDER + "x" * 5000,
}

NO_DIDS = {
    "empty": "",
    "a name": "Choco",
    "traversal": "../models",
    "did with traversal": f"{PET}/../{OTHER_PET}",
    "too short": PET[:-1],
    "too long": PET + "0",
    "no hex": "did:ethr:besu:0x" + "zz" * 20,
    "newline": PET + "\n",
    "wide digits": "did:ethr:besu:0x" + "\uff11" * 40,
}


@pytest.mark.parametrize("key", OUTSIDE.values(), ids=OUTSIDE.keys())
def test_a_key_outside_the_pets_own_folder_is_an_invalid_request(client: Client, key: str) -> None:
    assert code_of(client.compare(key)) == "INVALID_REQUEST"


@pytest.mark.parametrize("pet_did", NO_DIDS.values(), ids=NO_DIDS.keys())
def test_what_is_no_pet_did_opens_no_folder(client: Client, pet_did: str) -> None:
    assert code_of(client.compare(f"nose-print-photo/{pet_did}/verify_1.jpg", pet_did)) == "INVALID_REQUEST"


def test_another_pets_did_does_not_open_this_pets_folder(client: Client) -> None:
    assert code_of(client.compare(f"{FOLDER}verify_1.jpg", OTHER_PET)) == "INVALID_REQUEST"


def test_the_pets_own_photo_is_reached(client: Client) -> None:
    assert_success(client.compare(f"{FOLDER}verify_1.jpg"))
