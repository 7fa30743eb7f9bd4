"""What every command begins with: the settings, the terminal, and the parts of the engine it asks for."""

from __future__ import annotations

import errno
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from command_line.terminal import Terminal
from noseprint.errors import ErrorCode, NoseprintError
from noseprint.settings import Settings

Photo = Annotated[Path, typer.Argument(help="A JPEG or PNG photo of a nose.", show_default=False)]
Photos = Annotated[list[Path], typer.Argument(help="JPEG or PNG photos of one nose.", show_default=False)]

_ANYWHERE = {"--json": 0, "--data-dir": 1, "--lang": 1}


@dataclass(frozen=True, slots=True)
class Context:
    """The settings in force and the terminal to answer on."""

    settings: Settings
    terminal: Terminal


@dataclass(slots=True)
class Start:
    """What the program's start has found out so far: errors may come before the settings are known."""

    terminal: Terminal
    context: Context | None = None


def context_of(typer_context: typer.Context) -> Context:
    """The context that the program's start left for its commands."""
    start = typer_context.find_object(Start)
    if start is None or start.context is None:
        raise TypeError("a command was called without its context")
    return start.context


@contextmanager
def needs_extra(extra: str) -> Iterator[None]:
    """Around the imports of a face that may not be installed.

    Raises:
        NoseprintError: FACE_NOT_INSTALLED, saying how to install it.
    """
    try:
        yield
    except ModuleNotFoundError as fault:
        raise NoseprintError(ErrorCode.FACE_NOT_INSTALLED, str(fault), extra=extra) from fault


def read_photo(path: Path, settings: Settings) -> bytes:
    """The bytes of a photo.

    Raises:
        NoseprintError: FILE_NOT_READABLE, or IMAGE_TOO_LARGE before an oversized file is read.
    """
    try:
        if not path.is_file():
            raise FileNotFoundError(errno.ENOENT, "no such file")
        if path.stat().st_size > settings.max_image_bytes:
            raise NoseprintError(ErrorCode.IMAGE_TOO_LARGE, path.name)
        return path.read_bytes()
    except OSError as fault:
        raise NoseprintError(ErrorCode.FILE_NOT_READABLE, fault.strerror or "", path=path) from fault


def split_common_options(arguments: Sequence[str]) -> tuple[list[str], list[str]]:
    """Tell the options that every command knows, wherever they were written, from the command and its own words.

    What follows a lone ``--`` is never taken for an option.
    """
    front: list[str] = []
    rest: list[str] = []
    waiting = list(arguments)
    while waiting:
        word = waiting.pop(0)
        if word == "--":
            return front, [*rest, word, *waiting]
        values = _ANYWHERE.get(word.partition("=")[0])
        if values is None:
            rest.append(word)
            continue
        value_follows = values > 0 and "=" not in word
        if value_follows and not waiting:
            rest.append(word)  # typer says best what is missing
            continue
        front += [word, waiting.pop(0)] if value_follows else [word]
    return front, rest
