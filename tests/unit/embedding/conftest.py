from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support import tiny_models

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def tiny(tmp_path: Path) -> Path:
    """A tiny embedder, 16 pixels RGB in, eight values out, with nothing beside it."""
    return tiny_models.linear_model(tmp_path / "tiny.onnx")
