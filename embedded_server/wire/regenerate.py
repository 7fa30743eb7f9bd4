"""Make the generated modules beside this file again: ``python -m embedded_server.wire.regenerate``.

Needs grpcio-tools, which only the development environment has.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

REPOSITORY = Path(__file__).parents[2]
GENERATED = ("nose_embedder_pb2.py", "nose_embedder_pb2.pyi", "nose_embedder_pb2_grpc.py")


def regenerate(root: Path) -> None:
    """Write the generated modules to ``embedded_server/wire`` below a folder.

    The proto is mapped to the package's own path, so that the generated imports hold inside the package.
    """
    subprocess.run(  # noqa: S603 - our own interpreter, fixed arguments
        [
            sys.executable,
            "-m",
            "grpc_tools.protoc",
            "-Iembedded_server/wire=proto",
            f"--python_out={root}",
            f"--pyi_out={root}",
            f"--grpc_python_out={root}",
            "embedded_server/wire/nose_embedder.proto",
        ],
        check=True,
        cwd=REPOSITORY,
    )


if __name__ == "__main__":
    regenerate(REPOSITORY)
