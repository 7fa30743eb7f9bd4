"""The command that answers the platform's gateway, headless."""

from __future__ import annotations

from typing import Annotated

import msgspec
import typer

from command_line.context import context_of, needs_extra


def register(app: typer.Typer) -> None:
    """Hang this command on the program."""
    app.command()(serve)


def serve(
    context: typer.Context,
    host: Annotated[str | None, typer.Option(help="Address to listen on (or GRPC_HOST).")] = None,
    port: Annotated[int | None, typer.Option(min=0, max=65535, help="Port; 0 takes a free one (or GRPC_PORT).")] = None,
) -> None:
    """Run the NoseEmbedderService until it is told to stop."""
    here = context_of(context)
    with needs_extra("server"):
        from embedded_server.server import serve as run_server  # noqa: PLC0415
    given = {"grpc_host": host, "grpc_port": port}
    changes = {name: value for name, value in given.items() if value is not None}
    run_server(msgspec.structs.replace(here.settings, **changes), announce=typer.echo)
