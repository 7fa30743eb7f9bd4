"""Where the files of an installation lie: those that were shipped, and those of its data."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

from noseprint.errors import ErrorCode, NoseprintError

if TYPE_CHECKING:
    from noseprint.settings import Settings

SYNC_LOCK = ".noseprint-syncing"
"""The file in the data folder that a worker locks; keys are not changed under it."""


def assets_folder() -> Path:
    """Where the shipped files lie: inside the installed package, or beside it in a working copy."""
    package = Path(str(files("noseprint")))
    installed = package / "assets"
    return installed if installed.is_dir() else package.parent / "assets"


def make_data_folder(settings: Settings) -> None:
    """Make the data folder where it is missing, open to its owner alone.

    Where a restore was killed after it had moved the former folder away, the restored one takes its place.

    Raises:
        NoseprintError: FOLDER_NOT_USABLE.
    """
    if not settings.data_dir.exists():
        from noseprint.records.restore import finish_interrupted  # noqa: PLC0415

        finish_interrupted(settings.data_dir)
    try:
        settings.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as fault:
        raise NoseprintError(ErrorCode.FOLDER_NOT_USABLE, fault.strerror or "", path=settings.data_dir) from fault


def spool_folder(settings: Settings) -> Path:
    """Where content waits to be uploaded."""
    return settings.data_dir / "spool"


def drafts_folder(settings: Settings) -> Path:
    """Where enrolments under way lie."""
    return settings.data_dir / "drafts"
