"""A training that goes on keeps its plan: it refuses another one instead of forgetting which it was."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

pytest.importorskip("torch", reason="training needs PyTorch: see training/requirements.txt")
pytest.importorskip("cv2", reason="training needs OpenCV: see training/requirements.txt")

from training.train import keep_plan
from training.trainer import Plan

if TYPE_CHECKING:
    from pathlib import Path

_PLAN = Plan(
    steps=10,
    families=1,
    strangers=1,
    photographed=0,
    captures=2,
    mistakes=1.0,
    rate=1e-3,
    decay=0.0,
    cosface_share=0.0,
    margin=0.3,
    temperature=0.1,
    widths=(8,),
    seed=1,
    reduced=False,
)


def test_the_same_plan_may_go_on(tmp_path: Path) -> None:
    keep_plan(_PLAN, tmp_path)
    kept = (tmp_path / "plan.json").read_text(encoding="utf-8")
    keep_plan(_PLAN, tmp_path)
    assert (tmp_path / "plan.json").read_text(encoding="utf-8") == kept


def test_another_plan_is_refused_and_the_old_one_kept(tmp_path: Path) -> None:
    keep_plan(_PLAN, tmp_path)
    kept = (tmp_path / "plan.json").read_text(encoding="utf-8")
    with pytest.raises(SystemExit, match="another plan"):
        keep_plan(replace(_PLAN, steps=20), tmp_path)
    assert (tmp_path / "plan.json").read_text(encoding="utf-8") == kept
