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
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

PART_PREFIX: Final = ".noseprint-part-"
"""Files that begin like this were not finished: whoever owns the folder may remove them at the next start."""

INSTANCE_LOCK: Final = ".noseprint-running"
LOCK_WAIT_S: Final = 30.0

# Folders cannot be opened on Windows, whose NTFS keeps a journal of names.
_FLUSH_FOLDERS: Final = os.name != "nt"
# Access is denied, or another program has the file open: a virus scanner does so for moments. Nowhere but on Windows.
_IN_USE_FOR_A_MOMENT: Final = frozenset({5, 32})
_PAUSES_S: Final = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5) if os.name == "nt" else ()
# How many may be in a data folder at once on Windows, where each locks one byte of the file.
_SHARES: Final = 256
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

    def write(self, path: Path, content: bytes, parts: Path | None = None) -> None:
        """Put a file in place, wholly or not at all, readable by its owner alone; an earlier one is replaced.

        A process that is killed meanwhile may leave a file that begins with ``PART_PREFIX``.

        Args:
            path: the file.
            content: all of it.
            parts: the folder, on the same file system, where it lies until it is whole; its own when left out.

        Raises:
            NoseprintError: DISK_FULL, or FOLDER_NOT_USABLE (``path``: the folder).
        """
        with self.writing(path, parts) as file:
            self.fill(file, content)

    @contextmanager
    def writing(self, path: Path, parts: Path | None = None) -> Iterator[IO[bytes]]:
        """Put a file in place as ``write`` does, when the block that fills it has ended well.

        Yields:
            The file to be filled; its ``name`` is the path that it has until then.

        Raises:
            NoseprintError: DISK_FULL, or FOLDER_NOT_USABLE (``path``: the folder).
        """
        part = (parts or path.parent) / f"{PART_PREFIX}{uuid4().hex}"
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
        _patiently(lambda: part.replace(path))

    def unlink(self, path: Path) -> None:
        """Step: take the name of a file away."""
        _patiently(path.unlink)

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
    """Have a data folder to oneself, as a restore must; the folder must exist.

    The operating system frees the folder when the process ends, however it ends.

    Raises:
        NoseprintError: ALREADY_RUNNING (``path``) at once when anyone else is in it, or FOLDER_NOT_USABLE.
    """
    with _holding(folder / INSTANCE_LOCK, _try_lock, wait_s=0.0):
        yield


@contextmanager
def shared(folder: Path) -> Iterator[None]:
    """Be in a data folder beside others, and keep everyone out who wants it ``exclusive``; the folder must exist.

    The operating system lets go of the folder when the process ends, however it ends. It may be taken several times.

    Raises:
        NoseprintError: ALREADY_RUNNING (``path``) at once when someone has it to himself, or FOLDER_NOT_USABLE.
    """
    with _holding(folder / INSTANCE_LOCK, _try_share, wait_s=0.0):
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
    with _holding(file, _try_lock, wait_s):
        yield


@contextmanager
def _holding(file: Path, try_it: Callable[[int], bool], wait_s: float) -> Iterator[None]:
    with disk_errors(file.parent):
        handle = _opened_and_locked(file, try_it, wait_s)
    if handle is None:
        raise NoseprintError(ErrorCode.ALREADY_RUNNING, path=file.parent)
    try:
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


def _patiently(
    act: Callable[[], object], pauses_s: Sequence[float] = _PAUSES_S, wait: Callable[[float], None] = time.sleep
) -> None:
    """Do it, again after each pause while another program has the file open for a moment."""
    for pause_s in pauses_s:
        try:
            act()
        except PermissionError as fault:
            if getattr(fault, "winerror", None) not in _IN_USE_FOR_A_MOMENT:
                raise
            wait(pause_s)
        else:
            return
    act()


def _opened_and_locked(file: Path, try_it: Callable[[int], bool], wait_s: float) -> int | None:
    """The handle of the file that has this name while the lock is held; None when others stayed too long."""
    end = time.monotonic() + wait_s
    while True:
        handle = os.open(file, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            while not try_it(handle):
                if time.monotonic() >= end:
                    os.close(handle)
                    return None
                time.sleep(_LOCK_POLL_S)
            # A restore may have put another folder in the place of the one that the file was opened in.
            if os.path.samestat(os.fstat(handle), file.stat()):
                return handle
        except BaseException:
            os.close(handle)
            raise
        os.close(handle)


if sys.platform == "win32":
    # The standard library has no shared locks there. So each who shares locks one byte, whichever is free, and who
    # wants to be alone all of them at once. They go with the handle, as `flock`'s do.

    def _try_lock(handle: int) -> bool:
        """Take all of the lock of an open file if nobody has any of it."""
        return _try_bytes(handle, 0, _SHARES)

    def _try_share(handle: int) -> bool:
        """Take a share of the lock of an open file if nobody has all of it."""
        return any(_try_bytes(handle, start, 1) for start in range(_SHARES))

    def _try_bytes(handle: int, start: int, count: int) -> bool:
        os.lseek(handle, start, os.SEEK_SET)
        try:
            msvcrt.locking(handle, msvcrt.LK_NBLCK, count)
        except PermissionError:
            return False
        return True
else:

    def _try_lock(handle: int) -> bool:
        """Take all of the lock of an open file if nobody has any of it."""
        return _try_flock(handle, fcntl.LOCK_EX)

    def _try_share(handle: int) -> bool:
        """Take a share of the lock of an open file if nobody has all of it."""
        return _try_flock(handle, fcntl.LOCK_SH)

    def _try_flock(handle: int, kind: int) -> bool:
        # Not `lockf`: its locks belong to the process, and would let its other threads in.
        try:
            fcntl.flock(handle, kind | fcntl.LOCK_NB)
        except (BlockingIOError, PermissionError):
            return False
        return True
