"""A tiny real embedder, a store with pets, and a server over both."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from noseprint.gateway import Gateway
from tests.integration.embedded_server.serving import Client, running, settings_for, store_pets, tiny_embedder
from tests.support import pictures

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from noseprint.embedding.embedder import ModelEmbedder
    from noseprint.settings import Settings
    from noseprint.sync.pet_objects import PetObjects


@pytest.fixture
def photo() -> bytes:
    return pictures.jpeg(pictures.gradient())


@pytest.fixture
def embedder(tmp_path: Path) -> ModelEmbedder:
    return tiny_embedder(tmp_path)


@pytest.fixture
def objects(tmp_path: Path, embedder: ModelEmbedder, photo: bytes) -> PetObjects:
    return store_pets(tmp_path, embedder, photo)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return settings_for(tmp_path)


@pytest.fixture
def client(settings: Settings, embedder: ModelEmbedder, objects: PetObjects) -> Iterator[Client]:
    with running(settings, Gateway(embedder, objects)) as (_, client):
        yield client
