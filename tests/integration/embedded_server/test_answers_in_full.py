"""What a success carries: vectors to the last bit, whoever else is asking; scores; nothing of an error."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import numpy as np
import pytest

from noseprint.bootstrap import KeypointFinder
from noseprint.embedding.limits import ImageLimits
from noseprint.gateway import Gateway
from noseprint.matching.fusion import Evidence, Weigher
from noseprint.matching.similarity import compare
from noseprint.sync.local_store import LocalStore
from noseprint.sync.pet_objects import PetObjects
from tests.integration.embedded_server.serving import (
    PET,
    Client,
    assert_success,
    client_of,
    running,
    settings_for,
    shipped_or_reference,
)
from tests.support import pictures
from tests.support.stored import store_all

if TYPE_CHECKING:
    from pathlib import Path

    from noseprint.embedding.embedder import ModelEmbedder

CLIENTS = 16
ROUNDS = 6


@pytest.mark.parametrize("kind", sorted(pictures.KINDS))
def test_every_kind_of_photo_gives_the_engines_own_vector(client: Client, embedder: ModelEmbedder, kind: str) -> None:
    photo = pictures.KINDS[kind]()
    answer = client.extract(photo)
    assert_success(answer)
    assert answer.vector_size == len(answer.vector) == embedder.manifest.output.dimension
    assert np.array(answer.vector, np.float32).tobytes() == embedder.embed(photo).tobytes()


@pytest.mark.parametrize("claimed", ["", "png", "PNG", "image/webp", "jpg; drop table", "\u0000", "x" * 10_000])
def test_a_format_claimed_wrongly_is_no_error(client: Client, photo: bytes, claimed: str) -> None:
    answer = client.extract(photo, claimed)
    assert_success(answer)
    assert answer == client.extract(photo, "jpeg")


def test_a_stored_photo_is_compared_with_its_pets_vector(
    client: Client, embedder: ModelEmbedder, objects: PetObjects
) -> None:
    key = f"nose-print-photo/{PET}/verify_1.jpg"
    answer = client.compare(key)
    assert_success(answer)
    scores = compare(
        objects.load_vector(PET).vector, embedder.embed(objects.load_photo(key)), embedder.manifest.calibration
    )
    assert answer.similarity == pytest.approx(scores.similarity) == 1.0
    assert answer.cosine_similarity == pytest.approx(scores.cosine_similarity) == 1.0
    assert answer.euclidean_distance == pytest.approx(scores.euclidean_distance) == 0.0
    assert answer.vector_size == embedder.manifest.output.dimension


def test_a_stored_photo_is_weighed_by_what_it_shares_with_the_enrolment(
    request: pytest.FixtureRequest, noses: Path, tmp_path: Path
) -> None:
    embedder, store = shipped_or_reference(request, tmp_path), LocalStore(tmp_path / "noses")
    objects = PetObjects(store)
    photos = [(noses / "dog-1" / f"{number:02}.jpg").read_bytes() for number in (1, 2, 3)]
    vector = embedder.embed(photos[0])
    store_all(store, objects.of_enrolment(PET, photos[:2], vector, embedder.identity, datetime.now(UTC)))
    store.put(f"nose-print-photo/{PET}/verify_1.jpg", photos[2], "image/jpeg")
    with running(settings_for(tmp_path), Gateway(embedder, objects)) as (_, client):
        alone = client.compare(f"nose-print-photo/{PET}/verify_1.jpg")
    finder = KeypointFinder(ImageLimits())
    with running(settings_for(tmp_path), Gateway(embedder, objects, finder)) as (_, client):
        weighed = client.compare(f"nose-print-photo/{PET}/verify_1.jpg")
    assert_success(weighed)
    assert weighed.cosine_similarity == alone.cosine_similarity
    assert weighed.euclidean_distance == alone.euclidean_distance
    evidence = Weigher(photos[2], finder, embedder.manifest.keypoints).weigh(weighed.cosine_similarity, photos[:2])
    assert isinstance(evidence, Evidence)
    assert evidence.inliers > 20
    assert weighed.similarity == pytest.approx(evidence.similarity)
    assert weighed.similarity != alone.similarity


def test_sixteen_clients_at_once_get_the_bits_that_a_lone_one_gets(
    request: pytest.FixtureRequest, objects: PetObjects, noses: Path, tmp_path: Path
) -> None:
    """The gateway extracts twice and expects the same Pet DID, which hangs on every bit."""
    photos = _mixed_photos(noses)
    with running(settings_for(tmp_path), Gateway(shipped_or_reference(request, tmp_path), objects)) as (server, lone):
        alone = [_bits(lone, photo) for photo in photos]
        together = threading.Barrier(CLIENTS)

        def ask(number: int) -> list[tuple[int, bytes]]:
            order = np.random.default_rng(number).permutation(np.tile(np.arange(len(photos)), ROUNDS))
            with client_of(server.port) as client:
                together.wait()
                return [(int(place), _bits(client, photos[place])) for place in order]

        with ThreadPoolExecutor(CLIENTS) as pool:
            answers = [answer for answers in pool.map(ask, range(CLIENTS)) for answer in answers]
    assert len(answers) == CLIENTS * ROUNDS * len(photos)
    assert all(bits == alone[place] for place, bits in answers)


def _mixed_photos(noses: Path) -> list[bytes]:
    carried = [photo.read_bytes() for photo in sorted(noses.glob("*/01.jpg"))]
    sizes = [(64, 48), (333, 517), (1600, 1200)]
    made = [pictures.noise(*size, seed=size[0]) for size in sizes]
    return [
        *carried,
        *map(pictures.jpeg, made),
        *(pictures.png(picture) for picture in made[:2]),
        pictures.turned("JPEG", 6),
    ]


def _bits(client: Client, photo: bytes) -> bytes:
    answer = client.extract(photo)
    assert_success(answer)
    return np.array(answer.vector, np.float32).tobytes()
