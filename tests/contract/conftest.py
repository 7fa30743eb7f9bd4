"""One Node client for all contract tests, and the pets that they ask about."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.contract.node_gateway import NodeGateway
from tests.integration.embedded_server.serving import store_pets, tiny_embedder
from tests.support import pictures

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from noseprint.embedding.embedder import ModelEmbedder
    from noseprint.sync.pet_objects import PetObjects


@pytest.fixture(scope="session")
def node() -> Iterator[NodeGateway]:
    with NodeGateway() as gateway:
        yield gateway


@pytest.fixture
def photo() -> bytes:
    return pictures.jpeg(pictures.gradient())


@pytest.fixture
def embedder(tmp_path: Path) -> ModelEmbedder:
    return tiny_embedder(tmp_path)


@pytest.fixture
def objects(tmp_path: Path, embedder: ModelEmbedder, photo: bytes) -> PetObjects:
    return store_pets(tmp_path, embedder, photo)
