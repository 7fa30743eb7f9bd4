"""The server alone, from settings alone: ``python -m embedded_server``."""

from __future__ import annotations

import sys

from embedded_server.server import serve
from noseprint.errors import NoseprintError
from noseprint.logs import configure_logging
from noseprint.settings import load_settings


def main() -> int:
    """Run until stopped; 0 after a wanted stop, 1 after an error, said in one sentence."""
    try:
        settings = load_settings()
        configure_logging(settings.log_level, settings.log_format)
        serve(settings, _announce)
    except NoseprintError as fault:
        sys.stderr.write(f"{fault.code.value}: {fault.sentence('en')}\n")
        return 1
    return 0


def _announce(sentence: str) -> None:
    sys.stdout.write(f"{sentence}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
