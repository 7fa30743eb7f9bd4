"""A calibration is written into a manifest whole or not at all, and people's words around it stay."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from noseprint.embedding.manifest import read_manifest
from noseprint.errors import ErrorCode, NoseprintError
from noseprint.evaluation.calibration import CalibrationKnots
from noseprint.evaluation.manifest_writer import write_calibration

if TYPE_CHECKING:
    from pathlib import Path

KNOTS = CalibrationKnots((-1.0, 0.1, 0.6, 0.8, 1.0), (0.0, 0.25, 0.7, 0.85, 1.0))
MANIFEST = f"""\
# a word of warning
schema = 1
name = "m"
version = "1"
file = "m.onnx"
sha256 = "{"0" * 64}"

[calibration]
cosine = [-1.0, 1.0] # old
similarity = [0.0, 1.0]

[card]
data = "초코"
"""


def test_the_knots_are_read_back_and_the_rest_stays(tmp_path: Path) -> None:
    file = tmp_path / "m.toml"
    file.write_text(MANIFEST, "utf-8")
    write_calibration(file, KNOTS, "today")
    written = read_manifest(file)
    assert (written.calibration.cosine, written.calibration.similarity) == (KNOTS.cosine, KNOTS.similarity)
    assert written.calibration.source == "today"
    assert written.card == {"data": "초코"}
    assert "# a word of warning" in file.read_text("utf-8")
    assert [item.name for item in tmp_path.iterdir()] == ["m.toml"]


@pytest.mark.parametrize("content", [None, b"not toml [", b"\xff\xfe"])
def test_a_manifest_that_cannot_be_read_is_a_coded_error(tmp_path: Path, content: bytes | None) -> None:
    file = tmp_path / "m.toml"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(NoseprintError) as refused:
        write_calibration(file, KNOTS, "today")
    assert refused.value.code is ErrorCode.MODEL_FILE_INVALID
    assert content is None or file.read_bytes() == content
