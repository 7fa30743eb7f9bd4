"""`evaluate --with-keypoints` measures the model, the keypoints and both together on the same pairs."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from command_line.main import main

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def two_dogs(noses: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("dogs")
    for dog in ("dog-1", "dog-2"):
        (folder / dog).mkdir()
        for name in ("01.jpg", "02.jpg"):
            (folder / dog / name).write_bytes((noses / dog / name).read_bytes())
    return folder


@pytest.fixture(autouse=True)
def _at_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NOSEPRINT_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.chdir(tmp_path)


def _evaluate(capsys: pytest.CaptureFixture[str], *arguments: object) -> Any:  # noqa: ANN401 (any JSON)
    assert main(["evaluate", *map(str, arguments), "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def test_all_three_are_measured_on_the_same_pairs_and_drawn(
    two_dogs: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    told = _evaluate(capsys, two_dogs, "--with-keypoints", "--det", tmp_path / "det.svg")

    for each in (told, told["keypoints"], told["fused"]):
        assert (each["genuine_comparisons"], each["impostor_comparisons"], each["photos"]) == (2, 4, 4)
    assert [each["score"] for each in (told, told["keypoints"], told["fused"])] == ["cosine", "inliers", "fused score"]
    assert told["keypoints"]["at_similarity"] == []
    assert told["fused"]["at_similarity"][-1]["similarity"] == 0.85
    assert (tmp_path / "det.svg").read_text("utf-8").count("<polyline") == 3


def test_people_see_each_under_its_name(two_dogs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["evaluate", str(two_dogs), "--with-keypoints", "--lang", "en"]) == 0

    lines = [line.strip() for line in capsys.readouterr().out.splitlines()]
    assert {"keypoints", "noseprint-base + keypoints"} <= set(lines)
    assert sum(line.startswith("EER (") for line in lines) == 3


def test_without_the_option_no_keypoint_is_looked_at(two_dogs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "keypoints" not in _evaluate(capsys, two_dogs)
