"""The command that opens the window, or lets it play its own story."""

from __future__ import annotations

import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import Annotated

import typer

from command_line.context import context_of, needs_extra
from command_line.demo import apart_from_the_clinics_own
from command_line.keeping import keep_running as keep_running_
from command_line.keeping import start_again
from noseprint.logs import configure_logging


def register(app: typer.Typer) -> None:
    """Hang this command on the program."""
    app.command()(kiosk)


def kiosk(  # noqa: PLR0913 (each is one way of starting it)
    context: typer.Context,
    demo: Annotated[bool, typer.Option("--demo", help="A clinic of its own, thrown away at the end.")] = False,
    camera: Annotated[
        str, typer.Option(help="A number, `simulated`, a video, a folder, an http or rtsp address (or CAMERA).")
    ] = "",
    windowed: Annotated[bool, typer.Option("--windowed", help="In a window, not on the whole screen.")] = False,
    keep_running: Annotated[
        bool, typer.Option("--keep-running", help="Start again after a crash; what was under way is offered again.")
    ] = False,
    tour: Annotated[
        Path | None, typer.Option(help="Play the whole story in --demo, keep a picture of each step here, and end.")
    ] = None,
) -> None:
    """Open the window for the staff; with --tour leave with 0 only if every step showed what it should."""
    if keep_running:
        arguments = [argument for argument in sys.argv[1:] if argument != "--keep-running"]
        raise typer.Exit(keep_running_(lambda: start_again(arguments)))
    here = context_of(context)
    with needs_extra("kiosk"):
        from kiosk_app.app import Options, run, run_tour  # noqa: PLC0415
    with ExitStack() as closing:
        settings = here.settings
        if demo or tour:
            folder = closing.enter_context(tempfile.TemporaryDirectory(prefix="noseprint-", ignore_cleanup_errors=True))
            settings = apart_from_the_clinics_own(settings, Path(folder))
            camera = camera or "simulated"
            configure_logging("WARNING", settings.log_format)
        options = Options(camera=camera, windowed=windowed)
        code = run_tour(settings, options, tour, typer.echo) if tour else run(settings, options)
    raise typer.Exit(code)
