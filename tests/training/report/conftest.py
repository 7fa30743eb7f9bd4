from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

pytest.importorskip("cv2", reason="the report needs OpenCV")

from noseprint.settings import Settings
from tests.support.report_crew import Embeds
from training.report.bench import Bench
from training.report.work import Work

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from noseprint.embedding.manifest import KeypointFusion


@pytest.fixture
def make_bench(tmp_path: Path) -> Callable[..., Bench]:
    """A bench with a model of which only the manifest counts, whether it weighs keypoints or not."""

    def make(fusion: KeypointFusion | None = None) -> Bench:
        embedder: Any = Embeds(fusion)
        return Bench(embedder, None, None, Settings(data_dir=tmp_path), Work(tmp_path / "work"), _silently)

    return make


def _silently(_label: str, _total: int) -> Callable[[], None]:
    return lambda: None
