"""The server alone, from settings alone: ``python -m embedded_server``."""

from __future__ import annotations

import gc
import sys

# Importing makes hundreds of thousands of objects that stay; searching them for garbage over and over is
# about a tenth of the time to the first answer.
gc.disable()

from embedded_server.server import serve  # noqa: E402
from noseprint.errors import NoseprintError  # noqa: E402
from noseprint.logs import configure_logging  # noqa: E402
from noseprint.settings import load_settings  # noqa: E402


def main() -> int:
    """Run until stopped; 0 after a wanted stop, 1 after an error, said in one sentence."""
    gc.freeze()
    gc.enable()
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
