"""Writes a calibration into a model's manifest and leaves everything else of the file as people wrote it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import tomlkit
from tomlkit.exceptions import TOMLKitError

from noseprint.errors import ErrorCode, NoseprintError

if TYPE_CHECKING:
    from pathlib import Path

    from tomlkit.items import Table

    from noseprint.embedding.manifest import Calibration, KeypointFusion


def write_calibration(manifest_file: Path, calibration: Calibration, keypoints: KeypointFusion) -> None:
    """Replace the calibrations of a manifest, that of the cosine and that with keypoints, both or none.

    Args:
        manifest_file: the manifest; it must exist.
        calibration: what the cosine means.
        keypoints: how keypoint evidence is weighed, and what cosine and evidence mean together.

    Raises:
        NoseprintError: MODEL_FILE_INVALID when the manifest cannot be read or written.
    """
    half_written = manifest_file.with_suffix(".new")
    try:
        document = tomlkit.parse(manifest_file.read_text("utf-8"))
        document["calibration"] = _table(calibration)
        document["keypoints"] = _table(keypoints)
        half_written.write_text(tomlkit.dumps(document), "utf-8", newline="\n")
        half_written.replace(manifest_file)
    except (OSError, UnicodeDecodeError, TOMLKitError) as fault:
        raise NoseprintError(ErrorCode.MODEL_FILE_INVALID, problem=f"{manifest_file.name}: {fault}") from fault


def _table(part: msgspec.Struct) -> Table:
    table = tomlkit.table()
    for name, value in msgspec.structs.asdict(part).items():
        if isinstance(value, msgspec.Struct):
            table.add(name, _table(value))
        else:
            table.add(name, list(value) if isinstance(value, tuple) else value)
    return table
