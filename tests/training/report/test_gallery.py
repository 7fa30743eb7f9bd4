"""Generated dogs are photographed once, and their vectors computed once for each model."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from training.report import gallery
from training.report.gallery import GeneratedDogs, embed_photographs
from training.report.work import Work

if TYPE_CHECKING:
    from pathlib import Path


def test_a_dog_is_photographed_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gallery, "SITTING", gallery.Sitting(photos=2, size=48, style=gallery.SITTING.style))

    folder = gallery._write(tmp_path, 1)
    (folder / "01.jpg").write_bytes(b"kept")

    assert gallery._write(tmp_path, 1) == folder == tmp_path / "dog-00001"
    assert (folder / "01.jpg").read_bytes() == b"kept"
    assert [each.name for each in tmp_path.iterdir()] == ["dog-00001"]


def test_vectors_are_computed_once_for_each_model(tmp_path: Path) -> None:
    folder = tmp_path / "dog-0"
    folder.mkdir()
    for number in (1, 2):
        (folder / f"{number}.jpg").write_bytes(b"x" * number)
    calls = []

    def embed(photos: list[bytes]) -> np.ndarray:
        calls.append(len(photos))
        return np.array([[len(photo), 0.0] for photo in photos], np.float32)

    for model in ("one", "one", "two"):
        (block,) = embed_photographs(Work(tmp_path / "work"), [folder], model, embed)
        assert block.tolist() == [[[1.0, 0.0], [2.0, 0.0]]]
    assert calls == [2, 2]


def test_a_template_is_the_mean_at_unit_length() -> None:
    dogs = GeneratedDogs((), np.array([[[1.0, 0.0], [0.0, 1.0]]], np.float32))

    assert dogs.templates == pytest.approx(np.sqrt([[0.5, 0.5]]))
    assert dogs.first.tolist() == [[1.0, 0.0]]
