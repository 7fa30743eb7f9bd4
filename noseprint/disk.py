"""Files that are on the disk when the call returns, and locks that the operating system gives back.

Everything durable that the product writes passes through ``Disk``. What the files mean is nobody's business here.
"""

from __future__ import annotations

import errno
import os
import sys
import time
from contextlib import contextmanager
from typing import IO, TYPE_CHECKING, Final
from uuid import uuid4

from noseprint.errors import ErrorCode, NoseprintError

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PART_PREFIX: Final = ".noseprint-part-"
"""Files that begin like this were not finished: whoever owns the folder may remove them at the next start."""

INSTANCE_LOCK: Final = ".noseprint-running"
LOCK_WAIT_S: Final = 30.0

# Folders cannot be opened on Windows, whose NTFS keeps a journal of names.
_FLUSH_FOLDERS: Final = os.name != "nt"
# Windows has no quotas by this name.
_FULL: Final = frozenset({errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC)})
_LOCK_POLL_S: Final = 0.005


class Disk:
    """Durable changes to files: done when the call returns, whatever happens to the power afterwards.

    ``write``, ``remove`` and ``make_folder`` are what others call. The steps that they are made of are methods
    of their own (``create``, ``fill``, ``flush``, ``rename``, ``unlink``, ``mkdir``, ``flush_folder``), so that
    a test can strike before or after every one of them; they raise the operating system's own errors.

    Stateless; any thread may use it.
    """

    def write(self, path: Path, content: bytes) -> None:
        """Put a file in place, wholly or not at all, readable by its owner alone; an earlier one is replaced.

        A process that is killed meanwhile may leave a file that begins with ``PART_PREFIX`` in the same folder.

        Raises:
            NoseprintError: DISK_FULL, or FOLDER_NOT_USABLE (``path``: the folder).
        """
        with self.writing(path) as file:
            self.fill(file, content)

    @contextmanager
    def writing(self, path: Path) -> Iterator[IO[bytes]]:
        """Put a file in place as ``write`` does, when the block that fills it has ended well.

        Yields:
            The file to be filled; its ``name`` is a path beside the one that it will get.

        Raises:
            NoseprintError: DISK_FULL, or FOLDER_NOT_USABLE (``path``: the folder).
        """
        part = path.with_name(f"{PART_PREFIX}{uuid4().hex}")
        with disk_errors(path.parent):
            try:
                with self.create(part) as file:
                    yield file
                    self.flush(file)
                self.rename(part, path)
            except BaseException:
                part.unlink(missing_ok=True)
                raise
            self.flush_folder(path.parent)

    def remove(self, path: Path) -> None:
        """Remove a file for good; an absent one is fine.

        Raises:
            NoseprintError: FOLDER_NOT_USABLE.
        """
        with disk_errors(path.parent):
            try:
                self.unlink(path)
            except FileNotFoundError:
                return
            self.flush_folder(path.parent)

    def make_folder(self, folder: Path) -> None:
        """Make a folder and those above it where they are missing, open to their owner alone.

        Raises:
            NoseprintError: DISK_FULL, or FOLDER_NOT_USABLE.
        """
        with disk_errors(folder):
            self._make_missing(folder)

    def create(self, part: Path) -> IO[bytes]:
        """Step: open a new file, mode 0600."""
        return open(part, "xb", opener=_private)

    def fill(self, file: IO[bytes], content: bytes) -> None:
        """Step: hand the content to the operating system."""
        file.write(content)
        file.flush()

    def flush(self, file: IO[bytes]) -> None:
        """Step: put the content of an open file on the disk."""
        os.fsync(file.fileno())

    def rename(self, part: Path, path: Path) -> None:
        """Step: give a finished file its name, in place of an earlier one."""
        part.replace(path)

    def unlink(self, path: Path) -> None:
        """Step: take the name of a file away."""
        path.unlink()

    def mkdir(self, folder: Path) -> None:
        """Step: make one folder, mode 0700."""
        folder.mkdir(mode=0o700, exist_ok=True)

    def flush_folder(self, folder: Path) -> None:
        """Step: put the names in a folder on the disk: without it, a file that is there may have none."""
        if not _FLUSH_FOLDERS:
            return
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)

    def _make_missing(self, folder: Path) -> None:
        if folder.is_dir():
            return
        self._make_missing(folder.parent)
        self.mkdir(folder)
        self.flush_folder(folder.parent)


@contextmanager
def exclusive(folder: Path) -> Iterator[None]:
    """Be the only long-running instance on a data folder; the folder must exist.

    The operating system frees the folder when the process ends, however it ends.

    Raises:
        NoseprintError: ALREADY_RUNNING (``path``) at once, or FOLDER_NOT_USABLE.
    """
    with locked(folder / INSTANCE_LOCK, wait_s=0.0):
        yield


@contextmanager
def locked(file: Path, wait_s: float = LOCK_WAIT_S) -> Iterator[None]:
    """Be alone in this block, among all threads of all processes that lock the same file.

    Args:
        file: made where it is missing, and left there; its folder must exist. The lock is not reentrant.
        wait_s: how long to wait for others, in seconds.

    Raises:
        NoseprintError: ALREADY_RUNNING (``path``: the folder) when others stayed too long, or
            FOLDER_NOT_USABLE.
    """
    with disk_errors(file.parent):
        handle = os.open(file, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        with disk_errors(file.parent):
            taken = _lock_within(handle, wait_s)
        if not taken:
            raise NoseprintError(ErrorCode.ALREADY_RUNNING, path=file.parent)
        yield
    finally:
        os.close(handle)


@contextmanager
def disk_errors(folder: Path) -> Iterator[None]:
    """Give the operating system's errors about a folder the codes that people know.

    Raises:
        NoseprintError: DISK_FULL or FOLDER_NOT_USABLE (``path``: the folder), the system's own words as detail.
    """
    try:
        yield
    except OSError as fault:
        code = ErrorCode.DISK_FULL if fault.errno in _FULL else ErrorCode.FOLDER_NOT_USABLE
        raise NoseprintError(code, fault.strerror or type(fault).__name__, path=folder) from fault


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _lock_within(handle: int, wait_s: float) -> bool:
    end = time.monotonic() + wait_s
    while not _try_lock(handle):
        if time.monotonic() >= end:
            return False
        time.sleep(_LOCK_POLL_S)
    return True


def _try_lock(handle: int) -> bool:
    """Take the lock of an open file if nobody has it; it goes with the file's last handle."""
    try:
        if sys.platform == "win32":
            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
        else:
            # Not `lockf`: its locks belong to the process, and would let its other threads in.
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (BlockingIOError, PermissionError):
        return False
    return True
