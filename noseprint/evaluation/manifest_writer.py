"""Writes a calibration into a model's manifest and leaves everything else of the file as people wrote it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import tomlkit
from tomlkit.exceptions import TOMLKitError

from noseprint.errors import ErrorCode, NoseprintError

if TYPE_CHECKING:
    from pathlib import Path

    from noseprint.evaluation.calibration import CalibrationKnots


def write_calibration(manifest_file: Path, knots: CalibrationKnots, source: str) -> None:
    """Replace the calibration of a manifest, whole or not at all.

    Args:
        manifest_file: the manifest; it must exist.
        knots: the new map.
        source: what it was computed from, for people.

    Raises:
        NoseprintError: MODEL_FILE_INVALID when the manifest cannot be read or written.
    """
    table = tomlkit.table()
    table.add("cosine", list(knots.cosine))
    table.add("similarity", list(knots.similarity))
    table.add("source", source)
    half_written = manifest_file.with_suffix(".new")
    try:
        document = tomlkit.parse(manifest_file.read_text("utf-8"))
        document["calibration"] = table
        half_written.write_text(tomlkit.dumps(document), "utf-8", newline="\n")
        half_written.replace(manifest_file)
    except (OSError, UnicodeDecodeError, TOMLKitError) as fault:
        raise NoseprintError(ErrorCode.MODEL_FILE_INVALID, problem=f"{manifest_file.name}: {fault}") from fault
