"""An object store in a folder: the platform's keys as paths, nothing to install."""

from __future__ import annotations

import os
import re
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote
from uuid import uuid4

from noseprint.disk import Disk
from noseprint.errors import ErrorCode, NoseprintError
from noseprint.sync.object_store import RESERVED_PREFIX, Held, held, is_key, require_key, require_prefix, require_size

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

# https://learn.microsoft.com/windows/win32/fileio/naming-a-file; the percent sign keeps the way back unique.
_REFUSED_ON_WINDOWS: Final = re.compile(r'[<>:"|?*%]|[. ]$')
_DEVICE_ON_WINDOWS: Final = re.compile(r"(?:CON|PRN|AUX|NUL|COM[0-9¹²³]|LPT[0-9¹²³])(?=\.|$)", re.IGNORECASE)
_BY_THE_DISK: Final = frozenset({ErrorCode.DISK_FULL, ErrorCode.FOLDER_NOT_USABLE})


class LocalStore:
    """Objects as files below one folder, each written wholly or not at all, even when the power fails.

    Args:
        folder: where the objects live; it is made when first needed.
        escape_names: percent-encode what the file system of Windows refuses in a name, such as the ``:`` of a
            Pet DID. By default only there; elsewhere keys are paths as they stand.
        disk: what writes them.
    """

    def __init__(self, folder: Path, *, escape_names: bool = os.name == "nt", disk: Disk | None = None) -> None:
        self._folder = folder
        self._escape_names = escape_names
        self._disk = disk or Disk()

    @property
    def _parts(self) -> Path:
        """Where objects lie until they are whole: one folder, so that ``sweep`` need not look through them all."""
        return self._folder / f"{RESERVED_PREFIX}files"

    def put(self, key: str, content: bytes, content_type: str) -> Held:  # noqa: ARG002 - files have no type
        """Write one object, see ``ObjectStore.put``; it is on the disk when this returns."""
        require_size(len(content))
        with _storage_errors("write"):
            path = self._path(require_key(key))
            self._disk.make_folder(self._parts)
            self._disk.make_folder(path.parent)
            self._disk.write(path, content, self._parts)
        return held(content)

    def get(self, key: str) -> bytes:
        """Read one object, see ``ObjectStore.get``."""
        with _storage_errors("read"):
            path = self._path(require_key(key))
            try:
                return _read_whole(path)
            except FileNotFoundError as error:
                raise NoseprintError(ErrorCode.OBJECT_NOT_FOUND, key=key) from error

    def exists(self, key: str) -> bool:
        """Whether an object lies under the key, see ``ObjectStore.exists``."""
        with _storage_errors("look up"):
            return self._path(require_key(key)).is_file()

    def look(self, keys: Collection[str]) -> dict[str, Held]:
        """What lies under these keys, see ``ObjectStore.look``; every file is read for its digest."""
        return {key: held(self.get(key)) for key in keys if self.exists(key)}

    def keys(self, prefix: str) -> Iterator[str]:
        """All keys that begin with the prefix, see ``ObjectStore.keys``; symbolic links are left out."""
        require_prefix(prefix)
        with _storage_errors("list"):
            return iter(sorted(key for key in self._walk(prefix) if key.startswith(prefix)))

    def delete(self, key: str) -> None:
        """Remove one object, see ``ObjectStore.delete``."""
        with _storage_errors("remove"):
            path = self._path(require_key(key))
            if path.is_file():
                self._disk.remove(path)

    def sweep(self) -> None:
        """Remove what killed programs did not finish; for who alone writes here now."""
        with _storage_errors("sweep"):
            if self._parts.is_dir():
                for unfinished in list(self._parts.iterdir()):
                    self._disk.remove(unfinished)

    def check(self) -> None:
        """Return if a file can be written into the folder and removed again, see ``ObjectStore.check``."""
        with _storage_errors("use"):
            self._disk.make_folder(self._folder)
            probe = self._folder / f"{RESERVED_PREFIX}{uuid4().hex}"
            probe.write_bytes(b"")
            probe.unlink()

    def _path(self, key: str) -> Path:
        """The file of a key, all links followed; one that leads out of the folder is refused."""
        root = Path(os.path.realpath(self._folder))
        parts = [escaped(part) for part in key.split("/")] if self._escape_names else key.split("/")
        path = Path(os.path.realpath(root.joinpath(*parts)))
        if not path.is_relative_to(root):
            raise NoseprintError(ErrorCode.STORAGE_CONNECTION_ERROR, "a link in the storage folder leads out of it")
        return path

    def _walk(self, prefix: str) -> Iterator[str]:
        """The keys in the deepest folder that holds all objects of the prefix, unsorted."""
        parent, slash, _ = prefix.rpartition("/")
        root = Path(os.path.realpath(self._folder))
        start = self._path(parent) if slash else root
        for folder, _, names in os.walk(start, onerror=_unless_missing):
            files = (Path(folder, name) for name in names)
            yield from (key for file in files if (key := self._key(file, root)))

    def _key(self, file: Path, root: Path) -> str:
        """The key of a file, or nothing if no key leads to it."""
        name = file.relative_to(root).as_posix()
        key = unquote(name) if self._escape_names else name
        if not is_key(key) or file.is_symlink():
            return ""
        foreign = self._escape_names and "/".join(map(escaped, key.split("/"))) != name
        return "" if foreign else key


def escaped(part: str) -> str:
    """One part of a key as a file name that Windows accepts; ``urllib.parse.unquote`` is the way back."""
    name = _REFUSED_ON_WINDOWS.sub(lambda found: f"%{ord(found.group()):02X}", part)
    return f"%{ord(name[0]):02X}{name[1:]}" if _DEVICE_ON_WINDOWS.match(name) else name


@contextmanager
def _storage_errors(action: str) -> Iterator[None]:
    """Give every fault of the folder the code that every store has for "cannot be used now"."""
    try:
        yield
    except OSError as error:
        raise _unusable(action, error.strerror or type(error).__name__) from error
    except NoseprintError as error:
        if error.code not in _BY_THE_DISK:
            raise
        raise _unusable(action, error.detail) from error


def _unusable(action: str, detail: str) -> NoseprintError:
    return NoseprintError(ErrorCode.STORAGE_CONNECTION_ERROR, f"cannot {action} in the storage folder: {detail}")


def _unless_missing(error: OSError) -> None:
    """Let a listing go on over a folder that is not there (any more), and over nothing else."""
    if not isinstance(error, FileNotFoundError | NotADirectoryError):
        raise error


def _read_whole(path: Path) -> bytes:
    if not path.is_file():
        raise FileNotFoundError
    require_size(path.stat().st_size)
    return path.read_bytes()
