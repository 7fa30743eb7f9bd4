"""Fetches a model from the object store into a cache where a half-written one can never be used.

Each model lies in a folder named by its checksum; a pointer file names the folder in use and is replaced
in one step, after the model has proven its checksum and has run once.
"""

from __future__ import annotations

import hashlib
import re
import tempfile
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from noseprint.embedding.manifest import sha256_of
from noseprint.embedding.model import load_model
from noseprint.errors import ErrorCode, NoseprintError

if TYPE_CHECKING:
    from noseprint.sync.object_store import ObjectStore

_CHECKSUM = re.compile("[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class ModelCache:
    """The models that were fetched onto this machine.

    Attributes:
        folder: where they lie.
        known: a folder of manifests for models that come without one.
    """

    folder: Path
    known: Path

    def current(self, key: str, sha256: str = "") -> Path | None:
        """The model that was fetched from this key of the store, or None where none was.

        Args:
            key: the ONNX file's key.
            sha256: the checksum that it must have; a model with another does not count. Empty takes any.

        Raises:
            NoseprintError: MODEL_FILE_INVALID when the file is no longer what was fetched.
        """
        try:
            checksum = self._pointer(key).read_text("ascii").strip()
        except (OSError, UnicodeDecodeError):
            return None
        file = self.folder / checksum / PurePosixPath(key).name
        if not (_CHECKSUM.fullmatch(checksum) and file.is_file()) or (sha256 and sha256 != checksum):
            return None
        if sha256_of(file) != checksum:
            problem = f"{file.name}: damaged since it was fetched"
            raise NoseprintError(ErrorCode.MODEL_FILE_INVALID, problem=problem)
        return file

    def fetch(self, store: ObjectStore, key: str, sha256: str = "") -> Path:
        """Fetch a model, and the manifest beside it where the store has one, and make it the current one.

        Args:
            store: where from.
            key: the ONNX file's key.
            sha256: the checksum that it must have; empty takes what comes.

        Returns:
            The model's file in the cache.

        Raises:
            NoseprintError: OBJECT_NOT_FOUND, STORAGE_CONNECTION_ERROR, MODEL_FILE_INVALID when the checksum
                or the model is wrong, FOLDER_NOT_USABLE. The model fetched before stays current then.
        """
        content = store.get(key)
        found = hashlib.sha256(content).hexdigest()
        if sha256 and found != sha256:
            problem = f"{key}: SHA-256 {found[:12]}…, expected {sha256[:12]}…"
            raise NoseprintError(ErrorCode.MODEL_FILE_INVALID, problem=problem)
        files = {PurePosixPath(key).name: content} | _manifest_beside(store, key)
        try:
            return self._keep(key, found, files)
        except OSError as fault:
            raise NoseprintError(ErrorCode.FOLDER_NOT_USABLE, fault.strerror or "", path=self.folder) from fault

    def _keep(self, key: str, checksum: str, files: dict[str, bytes]) -> Path:
        self.folder.mkdir(parents=True, exist_ok=True)
        name = PurePosixPath(key).name
        with tempfile.TemporaryDirectory(dir=self.folder, prefix=".incoming-", ignore_cleanup_errors=True) as staging:
            for file_name, content in files.items():
                (Path(staging) / file_name).write_bytes(content)
            load_model(Path(staging) / name, known=self.known)
            (self.folder / checksum).mkdir(exist_ok=True)
            for file_name in reversed(files):  # the manifest first: a model never stands without its own
                (Path(staging) / file_name).replace(self.folder / checksum / file_name)
            for left in (self.folder / checksum).iterdir():
                if left.name not in files:  # a manifest that was taken off the store
                    left.unlink()
            pointer = Path(staging) / "pointer"
            pointer.write_text(checksum, "ascii")
            pointer.replace(self._pointer(key))
        return self.folder / checksum / name

    def _pointer(self, key: str) -> Path:
        # Two keys may end alike (models/v1/m.onnx, models/v2/m.onnx): the whole key names the pointer.
        return self.folder / f"{hashlib.sha256(key.encode()).hexdigest()[:16]}.current"


def _manifest_beside(store: ObjectStore, key: str) -> dict[str, bytes]:
    manifest_key = str(PurePosixPath(key).with_suffix(".toml"))
    try:
        return {PurePosixPath(manifest_key).name: store.get(manifest_key)}
    except NoseprintError as fault:
        if fault.code is ErrorCode.OBJECT_NOT_FOUND:
            return {}
        raise
