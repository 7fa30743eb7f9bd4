"""What is promised of the shipped model on real photographs; skipped where they are absent."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pytest

from noseprint.bootstrap import DEFAULT_MODEL, known_models, load_embedder, open_clinic
from noseprint.clinic import EnrolmentRequest
from noseprint.embedding.limits import ImageLimits
from noseprint.embedding.manifest import read_manifest
from noseprint.embedding.model import load_model
from noseprint.embedding.preprocess import photo_to_tensor
from noseprint.evaluation.acquisition import acquire, label
from noseprint.evaluation.comparisons import pair_photos
from noseprint.evaluation.identity_folders import read_identity_folder
from noseprint.evaluation.keypoint_scores import inliers_of, keypoints_of
from noseprint.evaluation.report import evaluate
from noseprint.matching.fusion import fused_similarity
from noseprint.matching.similarity import Thresholds, cosine
from noseprint.records.entities import PetFacts
from noseprint.settings import Settings

if TYPE_CHECKING:
    from pathlib import Path

    from noseprint.embedding.embedder import Embedder

LIMITS = ImageLimits()


def equal_error_rate(embedder: Embedder, folder: Path) -> float:
    found = label(acquire(read_identity_folder(folder), embedder))
    rate = evaluate(found.vectors, found.labels, lambda angle: max(angle, 0.0), resamples=0).eer.eer
    assert rate is not None
    return rate.value


@pytest.fixture(scope="module")
def shipped() -> Embedder:
    return load_embedder(Settings())


def test_every_shipped_manifest_is_calibrated() -> None:
    for file in sorted(known_models().glob("*.toml")):
        manifest = read_manifest(file)
        assert "impostor comparisons" in manifest.calibration.source, file.name
        assert {0.7, 0.85} <= set(manifest.calibration.similarity)
        assert manifest.input.scaled_decoding > 0
        assert manifest.keypoints, file.name
        assert manifest.keypoints.calibration.source == manifest.calibration.source


def test_the_shipped_model_errs_less_than_the_central_servers(shipped: Embedder, shared: Path) -> None:
    central = load_embedder(Settings(model_path=str(shared / "reference" / "embedder_96x96.onnx")))
    dogs = shared / "noses" / "enrolled"
    assert equal_error_rate(shipped, dogs) < equal_error_rate(central, dogs)


def test_with_keypoints_no_test_dog_is_taken_for_another_and_few_for_strangers(shipped: Embedder, shared: Path) -> None:
    found = label(acquire(read_identity_folder(shared / "noses" / "enrolled"), shipped))
    pairs = pair_photos(found.labels)
    points = list(keypoints_of((path.read_bytes() for path in found.paths), LIMITS))
    fusion = shipped.manifest.keypoints
    assert fusion
    alike = fused_similarity(pairs.cosines(found.vectors), list(inliers_of(pairs, points)), fusion)
    same = Thresholds().same
    assert (alike[pairs.genuine] < same).mean() <= 0.005
    assert not (alike[~pairs.genuine] >= same).any()


@pytest.mark.parametrize("model", ["shipped", "central"])
def test_scaled_decoding_moves_no_vector_of_a_real_photo(model: str, shared: Path) -> None:
    file = known_models() / DEFAULT_MODEL if model == "shipped" else shared / "reference" / "embedder_96x96.onnx"
    loaded = load_model(file, known=known_models())
    scaled = loaded.manifest.input
    full = msgspec.structs.replace(scaled, scaled_decoding=0.0)
    photos = [path.read_bytes() for path in sorted((shared / "noses").rglob("*.jpg"))]
    assert photos
    for photo in photos:
        vectors = [loaded.run(photo_to_tensor(photo, spec, LIMITS)) for spec in (scaled, full)]
        assert cosine(*vectors) >= 0.9995


def test_a_real_dog_is_enrolled_verified_in_another_session_and_told_from_others(
    shipped: Embedder, shared: Path, tmp_path: Path
) -> None:
    def photo(dog: str, number: int) -> bytes:
        return (shared / "noses" / "enrolled" / dog / f"{number:02}.jpg").read_bytes()

    with open_clinic(Settings(data_dir=tmp_path), shipped) as clinic:
        request = EnrolmentRequest([photo("dog-a", n) for n in (1, 2, 3)], 2, PetFacts("a"))
        pet_did = clinic.enrol(request).pet.pet_did
        assert {clinic.verify(pet_did, photo("dog-a", n), "s").verdict for n in (4, 6, 7, 12)} == {"same"}
        assert clinic.verify(pet_did, photo("dog-b", 1), "s").verdict == "different"
        assert clinic.look_up(photo("dog-a", 9)).pet_did == pet_did
        assert clinic.look_up(photo("dog-b", 1)).pet_did is None
