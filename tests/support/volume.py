"""A small file system of its own that runs full or refuses to be written to, as real ones do."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path
from typing import Self

_MIB = 1024 * 1024
_IN_A_NAMESPACE = ("unshare", "--user", "--map-root-user", "--mount")


class Volume:
    """A file system in memory below an empty folder, gone at the end of the `with` block.

    Root mounts it for all to see. Anyone else mounts it in a namespace of its own, which lasts as long as a process
    in it: commands must be started `through` that, and the test sees the files by way of `seen`.

    Args:
        folder: empty.
        size_mib: how much it can hold.
    """

    def __init__(self, folder: Path, size_mib: int) -> None:
        self.folder = folder
        self.seen = folder
        self.through: list[str] = []
        self._size_mib = size_mib
        self._inside: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        if not _is_root():
            self._inside = subprocess.Popen([*_IN_A_NAMESPACE, "cat"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
            self._wait_until_it_is_inside()
            entry = ("nsenter", "--preserve-credentials", "--user", "--mount", f"--target={self._inside.pid}")
            self.through = list(entry)
            self.seen = Path(f"/proc/{self._inside.pid}/root") / self.folder.relative_to("/")
        self._mount("-t", "tmpfs", "-o", f"size={self._size_mib}m", "none")
        return self

    def __exit__(self, *_: object) -> None:
        if self._inside:
            self._inside.communicate()
        else:
            subprocess.run(["umount", "--lazy", self.folder], check=True)

    def fill(self, leaving: int = 0) -> None:
        """Leave room for so many bytes and no more, to a page of the memory; nothing but the ballast is changed."""
        self.make_room()
        ballast = bytes(max(0, shutil.disk_usage(self.seen).free - leaving))
        self._ballast.write_bytes(ballast)

    def make_room(self) -> None:
        """Take the ballast away."""
        self._ballast.unlink(missing_ok=True)

    def refuse_writing(self) -> None:
        """Let it be read and no more, as a disk whose errors made the system mount it anew."""
        self._mount("-o", "remount,ro")

    def allow_writing(self) -> None:
        """Let it be written to again."""
        self._mount("-o", "remount,rw")

    @property
    def _ballast(self) -> Path:
        return self.seen / "ballast"

    def _mount(self, *options: str) -> None:
        subprocess.run([*self.through, "mount", *options, str(self.folder)], check=True)

    def _wait_until_it_is_inside(self) -> None:
        """`cat` answers once `unshare` has become it."""
        assert self._inside
        assert self._inside.stdin
        assert self._inside.stdout
        self._inside.stdin.write(b"?")
        self._inside.stdin.flush()
        self._inside.stdout.read(1)


def can_mount() -> bool:
    """Whether this user may mount a file system here, as root or in a namespace of its own."""
    tools = ["mount", "umount"] if _is_root() else ["unshare", "nsenter", "mount"]
    if not all(map(shutil.which, tools)):
        return False
    private = ["unshare", "--mount"] if _is_root() else _IN_A_NAMESPACE
    attempt = [*private, "mount", "-t", "tmpfs", "none", "/tmp"]  # noqa: S108 - in a namespace that ends at once
    return subprocess.run(attempt, capture_output=True, check=False).returncode == 0


def _is_root() -> bool:
    return os.name == "posix" and os.geteuid() == 0
