"""`noseprint demo`: the whole story on the shipped, generated noses, each step checked."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import typer

from command_line.context import context_of
from noseprint.bootstrap import assets_folder, load_embedder, open_clinic, open_gateway
from noseprint.clinic import Clinic, EnrolmentRequest
from noseprint.records.entities import Consent, ConsentKind, GuardianDetails, PetFacts
from noseprint.settings import Settings

if TYPE_CHECKING:
    from command_line.terminal import Terminal

OPERATOR = "demo"


def register(app: typer.Typer) -> None:
    """Hang this command on the program."""
    app.command()(demo)


def demo(context: typer.Context) -> None:
    """Enrol a generated dog, verify it, refuse an impostor, look dogs up, and answer over gRPC."""
    here = context_of(context)
    with tempfile.TemporaryDirectory(prefix="noseprint-demo-", ignore_cleanup_errors=True) as folder:
        settings = msgspec.structs.replace(here.settings, data_dir=Path(folder), grpc_host="127.0.0.1", grpc_port=0)
        embedder = load_embedder(settings)
        with open_clinic(settings, embedder) as clinic:
            story = Story(here.terminal)
            pet_did = _at_the_clinic(story, clinic)
            _over_grpc(story, settings, clinic, pet_did)
    here.terminal.answer({"ok": story.went_well, "steps": story.steps})
    if not story.went_well:
        raise typer.Exit(1)
