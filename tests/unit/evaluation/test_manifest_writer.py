"""Calibrations are written into a manifest whole or not at all, and people's words around them stay."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from noseprint.embedding.manifest import Calibration, FusedCalibration, KeypointFusion, read_manifest
from noseprint.errors import ErrorCode, NoseprintError
from noseprint.evaluation.manifest_writer import write_calibration

if TYPE_CHECKING:
    from pathlib import Path

CALIBRATION = Calibration(cosine=(-1.0, 0.1, 0.6, 0.8, 1.0), similarity=(0.0, 0.25, 0.7, 0.85, 1.0), source="today")
KEYPOINTS = KeypointFusion(
    weight=0.04,
    by_chance=6,
    most_inliers=22,
    calibration=FusedCalibration(
        score=(-1.0, 0.1, 0.6, 0.81, 1.64), similarity=(0.0, 0.25, 0.7, 0.85, 1.0), source="today as well"
    ),
)
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


def test_both_calibrations_are_read_back_and_the_rest_stays(tmp_path: Path) -> None:
    file = tmp_path / "m.toml"
    file.write_text(MANIFEST, "utf-8")
    for _ in range(2):
        write_calibration(file, CALIBRATION, KEYPOINTS)
        written = read_manifest(file)
        assert (written.calibration, written.keypoints) == (CALIBRATION, KEYPOINTS)
        assert written.card == {"data": "초코"}
        assert "# a word of warning" in file.read_text("utf-8")
        assert [item.name for item in tmp_path.iterdir()] == ["m.toml"]


@pytest.mark.parametrize("content", [None, b"not toml [", b"\xff\xfe"])
def test_a_manifest_that_cannot_be_read_is_a_coded_error(tmp_path: Path, content: bytes | None) -> None:
    file = tmp_path / "m.toml"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(NoseprintError) as refused:
        write_calibration(file, CALIBRATION, KEYPOINTS)
    assert refused.value.code is ErrorCode.MODEL_FILE_INVALID
    assert content is None or file.read_bytes() == content
