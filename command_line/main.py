"""`noseprint`: the program's front door."""

from __future__ import annotations

import io
import logging
import sys
from importlib import import_module
from typing import Annotated

import typer

from command_line.context import Context, Start, split_common_options
from command_line.terminal import Terminal
from noseprint.errors import ErrorCode, NoseprintError
from noseprint.logs import configure_logging
from noseprint.settings import load_settings

_ROOMS = {
    "attestations": ("attestation",),
    "demo": ("demo",),
    "dogs": ("enroll", "verify", "identify", "pets", "reembed"),
    "keys": ("keys",),
    "kiosk": ("kiosk",),
    "measuring": ("evaluate",),
    "models": ("model",),
    "pet": ("pet",),
    "serving": ("serve",),
    "staff": ("operator", "audit"),
    "sync": ("sync",),
    "transfer": ("export", "import", "dataset", "backup", "restore"),
    "upkeep": ("doctor", "settings"),
    "vectors": ("extract", "compare"),
}

log = logging.getLogger("noseprint")

_MISUSED = 2
_INTERRUPTED = 130


def _show_version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version  # noqa: PLC0415 (every start would wait for it)

        typer.echo(f"noseprint {version('noseprint')}")
        raise typer.Exit


def build_app(command: str) -> typer.Typer:
    """The program with the room of one command, or with all rooms where it has no such command.

    `serve` must be ready soon, and most rooms bring libraries that take longer than all of its own.
    """
    app = typer.Typer(
        name="noseprint",
        help="Gives a dog an identity by its nose print. --json, --data-dir and --lang may stand anywhere.",
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    app.callback()(start)
    for room in [room for room, commands in _ROOMS.items() if command in commands] or _ROOMS:
        import_module(f"command_line.{room}").register(app)
    return app


def start(
    context: typer.Context,
    data_dir: Annotated[
        str | None, typer.Option("--data-dir", help="Where everything lives (or NOSEPRINT_DATA_DIR).")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Answer with one JSON object.")] = False,
    language: Annotated[str | None, typer.Option("--lang", help="ko or en (or NOSEPRINT_LANGUAGE).")] = None,
    _version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    """Gather the settings before any command runs."""
    overrides: dict[str, object] = {"data_dir": data_dir, "language": language}
    settings = load_settings(overrides={name: value for name, value in overrides.items() if value is not None})
    configure_logging(settings.log_level, settings.log_format)
    beginning = context.ensure_object(Start)
    beginning.terminal = Terminal(as_json, settings.language)
    beginning.context = Context(settings, beginning.terminal)


def run() -> None:
    """Run the program on the process's arguments and leave with its exit code."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # a Korean Windows pipe is cp949, which has no tick
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")
    sys.exit(main(sys.argv[1:]))


def main(arguments: list[str]) -> int:
    """Run one command.

    Returns:
        0 on success, 1 after a coded error, 2 when the command line itself is wrong.
    """
    configure_logging("INFO", "text")  # until the settings are known
    common, rest = split_common_options(arguments)
    ordered = common + rest
    beginning = Start(_early_terminal(ordered))
    try:
        app = build_app(rest[0] if rest else "")
        outcome = app(ordered or ["--help"], obj=beginning, standalone_mode=False)
    except NoseprintError as fault:
        beginning.terminal.error(fault)
        return 1
    except typer.Abort:
        return _INTERRUPTED
    except typer.TyperException as misuse:
        words = misuse.format_message() if isinstance(misuse, typer.BadParameter) else str(misuse)
        beginning.terminal.error(NoseprintError(ErrorCode.INVALID_REQUEST, words))
        return _MISUSED
    except Exception as fault:  # the outermost boundary: a person gets a coded sentence, never a traceback
        log.exception("command failed")
        beginning.terminal.error(NoseprintError(ErrorCode.INTERNAL_SERVER_ERROR, type(fault).__name__))
        return 1
    return outcome if isinstance(outcome, int) else 0


def _early_terminal(ordered: list[str]) -> Terminal:
    """The terminal until the settings are known; the common options stand in front by now."""
    chosen = ordered[ordered.index("--lang") + 1 :] if "--lang" in ordered else []
    return Terminal("--json" in ordered, "en" if chosen[:1] == ["en"] or "--lang=en" in ordered else "ko")
