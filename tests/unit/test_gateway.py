from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import numpy as np
import pytest

from noseprint.embedding.embedder import LoadingEmbedder, ModelEmbedder
from noseprint.embedding.limits import ImageLimits
from noseprint.embedding.manifest import ModelIdentity
from noseprint.embedding.model import load_model
from noseprint.errors import ErrorCode, NoseprintError
from noseprint.gateway import Gateway
from noseprint.matching.fusion import fused_similarity
from noseprint.matching.similarity import compare
from noseprint.sync.local_store import LocalStore
from noseprint.sync.pet_objects import PetObjects
from tests.support import pictures, tiny_models
from tests.support.point_finder import SharesPoints
from tests.support.stored import store_all

if TYPE_CHECKING:
    from pathlib import Path

DID = "did:ethr:besu:0x" + "a" * 40
OTHER_DID = "did:ethr:besu:0x" + "b" * 40
FOLDER = f"nose-print-photo/{DID}"
PHOTO, PROBE = pictures.jpeg(pictures.noise(seed=1)), pictures.jpeg(pictures.noise(seed=2))
CALIBRATION = """
[calibration]
cosine = [-1.0, 1.0]
similarity = [0.25, 0.75]
[keypoints]
weight = 0.05
by_chance = 4
most_inliers = 24
[keypoints.calibration]
score = [-1.0, 2.0]
similarity = [0.2, 0.95]
"""
NOW = datetime(2026, 11, 20, tzinfo=UTC)


@pytest.fixture
def embedder(tmp_path: Path) -> ModelEmbedder:
    model = tiny_models.linear_model(tmp_path / "tiny.onnx")
    tiny_models.write_manifest(model, "[input]\nsize = 16\n[output]\ndimension = 8\n" + CALIBRATION)
    return ModelEmbedder(load_model(model), ImageLimits())


@pytest.fixture
def store(tmp_path: Path) -> LocalStore:
    return LocalStore(tmp_path / "objects")


@pytest.fixture
def gateway(embedder: ModelEmbedder, store: LocalStore) -> Gateway:
    """A gateway under which one pet is enrolled, and one photo of it is kept for verification."""
    objects = PetObjects(store)
    store_all(store, objects.of_enrolment(DID, [PHOTO], embedder.embed(PHOTO), embedder.identity, NOW))
    store.put(f"{FOLDER}/verify_1.jpg", PROBE, "image/jpeg")
    return Gateway(embedder, objects)


def refusal(gateway: Gateway, image_key: str = f"{FOLDER}/verify_1.jpg", pet_did: str = DID) -> ErrorCode:
    with pytest.raises(NoseprintError) as caught:
        gateway.compare_with_stored_image(image_key, pet_did)
    return caught.value.code


def enrol_again(gateway: Gateway, vector: np.ndarray, model: ModelIdentity) -> None:
    objects = gateway.objects
    store_all(objects._store, objects.of_new_vector(DID, vector.astype(np.float32), model, NOW))


class TestExtraction:
    def test_is_the_embedders_vector(self, gateway: Gateway, embedder: ModelEmbedder) -> None:
        assert gateway.extract(PHOTO).tobytes() == embedder.embed(PHOTO).tobytes()

    def test_of_no_photo_is_refused(self, gateway: Gateway) -> None:
        with pytest.raises(NoseprintError) as caught:
            gateway.extract(b"nothing")
        assert caught.value.code is ErrorCode.INVALID_IMAGE

    def test_waits_for_no_model(self, gateway: Gateway, embedder: ModelEmbedder) -> None:
        early = Gateway(LoadingEmbedder(lambda: embedder), gateway.objects)
        with pytest.raises(NoseprintError) as caught:
            early.extract(PHOTO)
        assert caught.value.code is ErrorCode.MODEL_NOT_LOADED


class TestComparison:
    def test_is_that_of_the_enrolled_vector_and_the_photos(self, gateway: Gateway, embedder: ModelEmbedder) -> None:
        result = gateway.compare_with_stored_image(f"{FOLDER}/verify_1.jpg", DID)
        expected = compare(embedder.embed(PHOTO), embedder.embed(PROBE), embedder.manifest.calibration)
        assert result.comparison == expected
        assert result.vector_size == 8

    def test_is_on_the_models_own_scale(self, gateway: Gateway) -> None:
        same = gateway.compare_with_stored_image(f"{FOLDER}/image_1.jpg", DID).comparison
        assert same.cosine_similarity == pytest.approx(1.0)
        assert same.similarity == pytest.approx(0.75)
        assert same.euclidean_distance == 0.0

    def test_takes_a_vector_that_does_not_name_its_model(self, gateway: Gateway, store: LocalStore) -> None:
        store.delete(f"pet/petDID/{DID}.json")  # what is left is the .npy, which names none
        assert gateway.compare_with_stored_image(f"{FOLDER}/verify_1.jpg", DID).vector_size == 8

    @pytest.mark.parametrize(
        "key",
        [
            f"nose-print-photo/{OTHER_DID}/image_1.jpg",
            f"{FOLDER}/../{OTHER_DID}/image_1.jpg",
            f"{FOLDER}/",
            f"{FOLDER}",
            f"/{FOLDER}/verify_1.jpg",
            f"{FOLDER}/a/verify_1.jpg",
            f"{FOLDER}/verify\n1.jpg",
            f"{FOLDER}/..",
            "",
            f"pet/petDID/{DID}.json",
        ],
    )
    def test_of_a_key_outside_the_pets_folder_is_refused(self, gateway: Gateway, key: str) -> None:
        assert refusal(gateway, key) is ErrorCode.INVALID_REQUEST

    @pytest.mark.parametrize("pet_did", ["", "did:x", DID + "a", "../" + DID, DID.upper()])
    def test_for_what_is_no_pet_did_is_refused(self, gateway: Gateway, pet_did: str) -> None:
        assert refusal(gateway, f"nose-print-photo/{pet_did}/x.jpg", pet_did) is ErrorCode.INVALID_REQUEST

    def test_for_a_pet_that_nobody_enrolled_is_refused(self, gateway: Gateway, store: LocalStore) -> None:
        store.put(f"nose-print-photo/{OTHER_DID}/verify_1.jpg", PROBE, "image/jpeg")
        key = f"nose-print-photo/{OTHER_DID}/verify_1.jpg"
        assert refusal(gateway, key, OTHER_DID) is ErrorCode.VECTOR_NOT_FOUND

    def test_with_a_missing_photo_is_refused(self, gateway: Gateway) -> None:
        assert refusal(gateway, f"{FOLDER}/verify_2.jpg") is ErrorCode.INVALID_IMAGE

    @pytest.mark.parametrize(
        ("photo", "code"),
        [(b"nothing", ErrorCode.INVALID_IMAGE), (b"GIF89a", ErrorCode.INVALID_IMAGE_FORMAT)],
    )
    def test_with_a_broken_photo_is_refused(
        self, gateway: Gateway, store: LocalStore, photo: bytes, code: ErrorCode
    ) -> None:
        store.put(f"{FOLDER}/verify_3.jpg", photo, "image/jpeg")
        assert refusal(gateway, f"{FOLDER}/verify_3.jpg") is code

    @pytest.mark.parametrize("size", [7, 9, 512])
    def test_with_a_vector_of_another_size_is_refused(
        self, gateway: Gateway, embedder: ModelEmbedder, size: int
    ) -> None:
        enrol_again(gateway, np.ones(size), embedder.identity)
        assert refusal(gateway) is ErrorCode.VECTOR_DIMENSION_MISMATCH

    def test_with_a_vector_of_another_model_is_refused(self, gateway: Gateway) -> None:
        enrol_again(gateway, np.ones(8), ModelIdentity("another", "0" * 64))
        with pytest.raises(NoseprintError, match="8 values by another"):
            gateway.compare_with_stored_image(f"{FOLDER}/verify_1.jpg", DID)
        assert refusal(gateway) is ErrorCode.VECTOR_DIMENSION_MISMATCH

    def test_with_an_unnamed_vector_of_another_size_is_refused(self, gateway: Gateway, store: LocalStore) -> None:
        enrol_again(gateway, np.ones(9), ModelIdentity("another", "0" * 64))
        store.delete(f"pet/petDID/{DID}.json")
        with pytest.raises(NoseprintError, match="9 values by an unnamed model"):
            gateway.compare_with_stored_image(f"{FOLDER}/verify_1.jpg", DID)

    def test_with_a_vector_without_direction_is_refused(self, gateway: Gateway, embedder: ModelEmbedder) -> None:
        enrol_again(gateway, np.zeros(8), embedder.identity)
        assert refusal(gateway) is ErrorCode.VECTOR_DIMENSION_MISMATCH

    def test_waits_for_no_model(self, gateway: Gateway, embedder: ModelEmbedder) -> None:
        early = Gateway(LoadingEmbedder(lambda: embedder), gateway.objects)
        assert refusal(early) is ErrorCode.MODEL_NOT_LOADED

    def test_of_a_store_that_cannot_be_read_is_a_storage_error(self, gateway: Gateway) -> None:
        class Lost(LocalStore):
            def get(self, key: str) -> bytes:
                if key.endswith(".jpg"):
                    raise NoseprintError(ErrorCode.STORAGE_CONNECTION_ERROR)
                return super().get(key)

        lost = Gateway(gateway.embedder, PetObjects(Lost(gateway.objects._store._folder)))
        assert refusal(lost) is ErrorCode.STORAGE_CONNECTION_ERROR


class TestEvidence:
    KEY = f"{FOLDER}/verify_1.jpg"

    def test_raises_the_similarity_and_leaves_cosine_and_distance_raw(self, gateway: Gateway) -> None:
        alone = gateway.compare_with_stored_image(self.KEY, DID).comparison
        weighing = Gateway(gateway.embedder, gateway.objects, SharesPoints({PHOTO: 20}))
        weighed = weighing.compare_with_stored_image(self.KEY, DID).comparison
        fusion = gateway.embedder.manifest.keypoints
        assert fusion
        assert weighed.similarity == fused_similarity(alone.cosine_similarity, 20, fusion)
        assert weighed.similarity > alone.similarity
        assert weighed.cosine_similarity == alone.cosine_similarity
        assert weighed.euclidean_distance == alone.euclidean_distance

    def test_is_fetched_for_five_photos_at_most_and_none_after_plenty(
        self, gateway: Gateway, store: LocalStore
    ) -> None:
        photos = [pictures.jpeg(pictures.noise(seed=seed)) for seed in range(10, 18)]
        for number, photo in enumerate(photos, start=1):
            store.put(f"{FOLDER}/image_{number}.jpg", photo, "image/jpeg")
        finder = SharesPoints(dict.fromkeys(photos, 5))
        Gateway(gateway.embedder, gateway.objects, finder).compare_with_stored_image(self.KEY, DID)
        assert finder.looked_at == [PROBE, *photos[:5]]
        finder = SharesPoints(dict.fromkeys(photos, 5) | {photos[1]: 24})
        Gateway(gateway.embedder, gateway.objects, finder).compare_with_stored_image(self.KEY, DID)
        assert finder.looked_at == [PROBE, *photos[:2]]

    def test_is_no_condition_where_no_enrolment_photo_is_stored(self, gateway: Gateway, store: LocalStore) -> None:
        alone = gateway.compare_with_stored_image(self.KEY, DID)
        store.delete(f"{FOLDER}/image_1.jpg")
        weighing = Gateway(gateway.embedder, gateway.objects, SharesPoints({}))
        assert weighing.compare_with_stored_image(self.KEY, DID) == alone

    @pytest.mark.provokes_warnings
    @pytest.mark.parametrize("code", [ErrorCode.STORAGE_CONNECTION_ERROR, ErrorCode.INVALID_REQUEST])
    def test_that_cannot_be_fetched_leaves_the_answer_to_the_vectors(self, gateway: Gateway, code: ErrorCode) -> None:
        class Lost(LocalStore):
            def get(self, key: str) -> bytes:
                if "/image_" in key:
                    raise NoseprintError(code)
                return super().get(key)

        lost = PetObjects(Lost(gateway.objects._store._folder))
        answer = Gateway(gateway.embedder, lost, SharesPoints({PHOTO: 20})).compare_with_stored_image(self.KEY, DID)
        assert answer == gateway.compare_with_stored_image(self.KEY, DID)

    @pytest.mark.provokes_warnings
    def test_of_a_broken_enrolment_photo_is_none(self, gateway: Gateway) -> None:
        weighing = Gateway(gateway.embedder, gateway.objects, SharesPoints({PHOTO: None}))
        answer = weighing.compare_with_stored_image(self.KEY, DID)
        assert answer == gateway.compare_with_stored_image(self.KEY, DID)
