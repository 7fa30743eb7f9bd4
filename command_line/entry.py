"""Where the program begins. A server must be ready soon: it starts past the libraries that only a terminal needs.

They take longer to import than all that the server adds to its model, so `serve` with nothing but its own options
goes to the server directly, its options as the settings that they stand for. Everything else takes the ordinary way.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

_SETTINGS = {
    "--host": "NOSEPRINT_GRPC_HOST",
    "--port": "NOSEPRINT_GRPC_PORT",
    "--data-dir": "NOSEPRINT_DATA_DIR",
    "--lang": "NOSEPRINT_LANGUAGE",
}


def run() -> None:
    """Run the program on the process's arguments and leave with its exit code."""
    settings = serving_settings(sys.argv[1:])
    if settings is not None:
        try:
            from embedded_server.__main__ import main as serve  # noqa: PLC0415
        except ModuleNotFoundError:
            pass  # the ordinary way says which extra is missing
        else:
            os.environ.update(settings)
            sys.exit(serve())
    from command_line.main import run as run_command  # noqa: PLC0415

    run_command()


def serving_settings(arguments: Sequence[str]) -> dict[str, str] | None:
    """What `serve` was told, as environment variables; None when this is not `serve` with plain options alone."""
    if not arguments or arguments[0] != "serve" or len(arguments) % 2 == 0:
        return None
    given = dict(zip(arguments[1::2], arguments[2::2], strict=True))
    if not set(given) <= set(_SETTINGS):
        return None
    return {_SETTINGS[name]: value for name, value in given.items()}
