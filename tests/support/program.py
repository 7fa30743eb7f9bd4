"""The command-line program as a person starts it: a process of its own, with a data folder, a key and a bucket."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from contextlib import contextmanager, nullcontext
from typing import TYPE_CHECKING, Any, NamedTuple

from tests.support.s3_server import ACCESS_KEY, BUCKET, REGION, SECRET_KEY, refused_port

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

COMMAND = (sys.executable, "-c", "from command_line.entry import run; run()")
DEADLINE_S = 120.0


class Ended(NamedTuple):
    """How a command ended: its exit code, what it answered with `--json`, and what it said on standard error."""

    code: int
    answer: dict[str, Any]
    said: str

    @property
    def error(self) -> str:
        """The name of the error that it answered with; empty for none."""
        return str(self.answer.get("error", {}).get("name", ""))


class Program:
    """Starts commands, each as a process of its own.

    Args:
        data_dir: its data folder.
        key_file: where its master key lies, or will; None where the environment names one.
        endpoint: of its object storage, the bucket of `tests.support.s3_server`; empty for the folder of its own.
        environment: what else it is told.
        through: the command that each is started by, such as one that enters another mount namespace.
    """

    def __init__(
        self,
        data_dir: Path,
        key_file: Path | None = None,
        endpoint: str = "",
        environment: Mapping[str, str] | None = None,
        through: Sequence[str] = (),
    ) -> None:
        self.data_dir = data_dir
        self.through = list(through)
        inherited = {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}
        self.environment = inherited | {"NOSEPRINT_DATA_DIR": str(data_dir), "GRPC_HOST": "127.0.0.1"}
        if key_file:
            self.environment["NOSEPRINT_MASTER_KEY_FILE"] = str(key_file)
        named = {"ENDPOINT": endpoint, "REGION": REGION, "ACCESS_KEY": ACCESS_KEY, "SECRET_KEY": SECRET_KEY}
        if endpoint:
            self.environment.update({f"NCP_{name}": value for name, value in {**named, "BUCKET_NAME": BUCKET}.items()})
        self.environment.update(environment or {})
        self.find_network()

    def lose_network(self) -> None:
        """Leave the way to the storage by a web proxy that is not there."""
        self.environment.update(HTTP_PROXY=f"http://127.0.0.1:{refused_port()}", NO_PROXY="")

    def find_network(self) -> None:
        """Reach the storage again."""
        self.environment["NO_PROXY"] = "127.0.0.1"

    def run(self, *arguments: object, typed: Sequence[str] = ()) -> Ended:
        """Run a command to its end, with these lines on its standard input; no traceback may come of it."""
        done = self._ended(*arguments, "--json", typed=typed)
        assert done.stdout.count("\n") == 1, (arguments, done.stdout, done.stderr)
        return Ended(done.returncode, json.loads(done.stdout), done.stderr)

    def words(self, *arguments: object) -> str:
        """What a command says to people, on both streams; it must have failed."""
        done = self._ended(*arguments)
        assert done.returncode == 1, (arguments, done.stdout, done.stderr)
        return done.stdout + done.stderr

    @contextmanager
    def started(self, *arguments: object, log: Path | None = None) -> Iterator[subprocess.Popen[str]]:
        """A command that goes on, ended by SIGTERM with the block; what it logs goes into a file where one is named."""
        command = [*self.through, *COMMAND, *map(str, arguments)]
        pipe = subprocess.PIPE
        with (
            log.open("w") if log else nullcontext(pipe) as said,
            subprocess.Popen(command, env=self.environment, stdout=pipe, stderr=said, text=True) as process,
        ):
            try:
                yield process
            finally:
                process.terminate()
                process.communicate(timeout=DEADLINE_S)

    def _ended(self, *arguments: object, typed: Sequence[str] = ()) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            [*self.through, *COMMAND, *map(str, arguments)],
            input="".join(f"{line}\n" for line in typed),
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=DEADLINE_S,
            check=False,
        )
        assert "Traceback" not in done.stdout + done.stderr, done.stderr
        return done
