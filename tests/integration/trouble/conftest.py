"""A clinic whose program is the real one and whose bucket is a real server's, before something happens to it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.integration.embedded_server.serving import client_of
from tests.support.program import Program
from tests.support.s3_server import RcloneS3

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


class SavedClinic:
    """What was saved by a program, and whether it is still there.

    Args:
        program: whose storage is this bucket; the way to it is there in `require_everything` alone.
        noses: the folder of the dogs' photos.
        bucket: a real server.
    """

    def __init__(self, program: Program, noses: Path, bucket: RcloneS3) -> None:
        self.program = program
        program.lose_network()
        self._noses = noses
        self._bucket = bucket
        self._photos: dict[str, int] = {}
        self._keys: dict[str, set[str]] = {}

    def photos(self, dog: int, *numbers: int) -> list[Path]:
        return [self._noses / f"dog-{dog}" / f"{number:02}.jpg" for number in numbers]

    def try_to_enrol(self, dog: int) -> str:
        """Enrol a dog, remember it if the program says that it is saved, and give the name of its error otherwise."""
        ended = self.program.run("enroll", "--pet-name", f"dog {dog}", *self.photos(dog, 1, 2))
        assert ended.code == (1 if ended.error else 0)
        if not ended.error:
            self._remember(dog, ended.answer)
        return ended.error

    def enrol(self, dog: int) -> str:
        assert self.try_to_enrol(dog) == ""
        return next(pet_did for pet_did, number in self._photos.items() if number == dog)

    def verify(self, pet_did: str) -> None:
        ended = self.program.run("verify", "--pet-did", pet_did, *self.photos(self._photos[pet_did], 3))
        assert (ended.code, ended.answer["verdict"]) == (0, "same")
        self._keys[pet_did].add(ended.answer["image_key"])

    def require_served(self, pet_did: str, log: Path, trouble: str, ends: Callable[[], object]) -> None:
        """Start the server meanwhile: it says what is wrong, takes photos, and knows the pet when the trouble ends.

        Args:
            pet_did: a pet that was saved and waits.
            log: the file for what the server logs.
            trouble: the code that it must log.
            ends: ends the trouble while the server goes on.
        """
        with self.program.started("serve", "--port", "0", log=log) as server:
            assert server.stdout
            port = int(server.stdout.readline().rstrip(".\n").rpartition(":")[2])
            assert server.stdout.readline().startswith("Ready")
            assert trouble in log.read_text()
            with client_of(port) as client:
                (photo,) = self.photos(self._photos[pet_did], 3)
                assert client.extract(photo.read_bytes()).success
                key = min(key for key in self._keys[pet_did] if key.endswith("image_1.jpg"))
                refused = client.compare(key, pet_did)
                assert (refused.success, refused.retryable) == (False, True)
                ends()
                assert client.compare(key, pet_did).success
        assert "Traceback" not in log.read_text()

    def require_everything(self) -> None:
        """Start again, find every pet and no other, sync all of it, and find it whole in the bucket."""
        assert {pet["pet_did"] for pet in self.program.run("pets").answer["pets"]} == set(self._photos)
        assert self.program.run("audit", "verify").code == 0
        self.program.find_network()
        synced = self.program.run("sync", "--once")
        assert (synced.code, synced.answer["waiting"], synced.answer["parked"]) == (0, 0, 0), synced
        files = [file for file in self._bucket.bucket_folder.rglob("*") if file.is_file()]
        stored = {file.relative_to(self._bucket.bucket_folder).as_posix(): file.read_bytes() for file in files}
        assert set(stored) == set().union(*self._keys.values())
        for pet_did, dog in self._photos.items():
            taken = {photo.read_bytes() for photo in self.photos(dog, 1, 2, 3)}
            assert {stored[key] for key in self._keys[pet_did] if key.endswith(".jpg")} <= taken
        self.verify(min(self._photos))

    def _remember(self, dog: int, pet: dict[str, Any]) -> None:
        pet_did = pet["pet_did"]
        self._photos[pet_did] = dog
        vectors = {f"nose-print-photo/{pet_did}/vector.npy", f"pet/petDID/{pet_did}.json"}
        self._keys[pet_did] = {*pet["photo_keys"], *vectors}


@pytest.fixture
def bucket(tmp_path: Path) -> Iterator[RcloneS3]:
    folder = tmp_path / "buckets"
    folder.mkdir()
    with RcloneS3(folder) as server:
        yield server


@pytest.fixture
def key_file(tmp_path: Path) -> Path:
    return tmp_path / "keys" / "master.key"


@pytest.fixture
def clinic(tmp_path: Path, key_file: Path, noses: Path, bucket: RcloneS3) -> SavedClinic:
    """A clinic in a folder like any other, without network."""
    return SavedClinic(Program(tmp_path / "data", key_file, bucket.endpoint), noses, bucket)
