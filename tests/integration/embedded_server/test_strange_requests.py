"""A few hundred mutated photos and requests: success or the caller's fault, nothing else. The proof sends 20,000."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import pytest

from noseprint.embedding.embedder import ModelEmbedder
from noseprint.embedding.model import load_model
from noseprint.gateway import Gateway
from tests.integration.embedded_server.mutations import CALLERS_FAULTS, case, run, seeds
from tests.integration.embedded_server.serving import LIMITS, running, settings_for, store_pets
from tests.support.tiny_models import constant_model

if TYPE_CHECKING:
    from pathlib import Path

CASES = 600


@pytest.fixture
def gateway(tmp_path: Path, photo: bytes) -> Gateway:
    """A model that gives every photo a vector, so that a failure is never its fault."""
    embedder = ModelEmbedder(load_model(constant_model(tmp_path / "constant.onnx", [0.6, 0.8])), LIMITS)
    return Gateway(embedder, store_pets(tmp_path, embedder, photo))


def test_strange_photos_and_requests_are_answered_in_band(gateway: Gateway, tmp_path: Path, noses: Path) -> None:
    photos = seeds(noses)
    with running(settings_for(tmp_path), gateway) as (_, client):
        outcomes = Counter(run(case(number, photos), client.channel) for number in range(CASES))
    # The cases reach deep enough to tell: many photos survive their mutation, and every client-side code is met.
    assert outcomes["OK"] > CASES / 20
    assert set(outcomes) >= CALLERS_FAULTS
