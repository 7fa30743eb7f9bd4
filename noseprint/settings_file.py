"""``noseprint.toml`` in the data folder: changed setting by setting, its comments and its order kept."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

import tomlkit
from tomlkit.exceptions import TOMLKitError

from noseprint.disk import Disk, disk_errors
from noseprint.errors import ErrorCode, NoseprintError
from noseprint.settings import Secret, settings_with

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tomlkit import TOMLDocument

    from noseprint.settings import Settings

SETTINGS_FILE: Final = "noseprint.toml"


def settings_in(folder: Path, environment: Mapping[str, str] | None = None, *, dotenv: Path = Path(".env")) -> Settings:
    """The settings as the next start will find them.

    Takes and raises what :func:`change_settings` does.
    """
    return settings_with(folder, _read(folder / SETTINGS_FILE).unwrap(), environment, dotenv=dotenv)


def change_settings(
    folder: Path,
    changes: Mapping[str, object],
    environment: Mapping[str, str] | None = None,
    *,
    dotenv: Path = Path(".env"),
) -> Settings:
    """Change settings in the file, all of them or, where one is wrong, none.

    Args:
        folder: the data folder.
        changes: settings by their field; numbers and choices may be text.
        environment: as in :func:`noseprint.settings.load_settings`.
        dotenv: as there.

    Returns:
        The settings as the next start will find them.

    Raises:
        NoseprintError: SETTINGS_INVALID, as :func:`noseprint.settings.settings_with`; FOLDER_NOT_USABLE, DISK_FULL.
    """
    file = folder / SETTINGS_FILE
    document = _read(file)
    checked = settings_with(folder, document.unwrap() | dict(changes), environment, dotenv=dotenv)
    for field in changes:
        document[field] = _written(getattr(checked, field))
    Disk().write(file, tomlkit.dumps(document).encode())
    return checked


def _read(file: Path) -> TOMLDocument:
    with disk_errors(file.parent):
        text = file.read_text("utf-8") if file.exists() else ""
    try:
        return tomlkit.parse(text)
    except TOMLKitError as fault:
        raise NoseprintError(ErrorCode.SETTINGS_INVALID, problem=f"{file.name}: {fault}") from fault


def _written(value: object) -> object:
    """A value as TOML has it."""
    if isinstance(value, Secret):
        return value.reveal()
    return str(value) if isinstance(value, Path) else value
