"""What the network promises: places mean what the generator says, and embeddings have unit length."""

from __future__ import annotations

import pytest

torch = pytest.importorskip("torch", reason="the network needs PyTorch: see training/requirements.txt")
cv2 = pytest.importorskip("cv2", reason="the generator needs OpenCV: see training/requirements.txt")

from training.generator import build, take  # noqa: E402
from training.network import (  # noqa: E402
    Aligner,
    Deployed,
    Embedder,
    Glance,
    LocalContrast,
    Look,
    Straighten,
    corrected,
)
from training.train_aligner import misplacement  # noqa: E402


def test_an_untrained_glance_takes_the_picture_as_it_is() -> None:
    place = Glance().eval()(torch.rand(2, 1, 224, 224))
    assert place.shape == (2, 2, 3)
    assert misplacement(place, torch.eye(2, 3).expand(2, 2, 3)) < 0.2


def test_an_untrained_look_corrects_next_to_nothing() -> None:
    place = torch.eye(2, 3).expand(2, 2, 3) * 0.9
    amiss = Look().eval()(torch.rand(2, 1, 112, 112))
    assert misplacement(corrected(place, amiss), place) < 0.1


def test_a_correction_takes_back_what_was_amiss() -> None:
    amiss = torch.tensor([[[0.1, -0.05, 0.03], [0.02, 0.0, -0.04]]])
    true = torch.tensor([[[0.8, 0.1, 0.05], [-0.1, 0.7, 0.02]]])
    mistaken = torch.cat([true, torch.tensor([[[0.0, 0.0, 1.0]]])], dim=1) @ torch.linalg.inv(
        torch.eye(3) + torch.cat([amiss, torch.zeros(1, 1, 3)], dim=1)
    )
    assert torch.allclose(corrected(mistaken[:, :2], amiss), true, atol=1e-6)


def test_the_generators_place_puts_the_nose_into_the_frame() -> None:
    nose = build(3, size=128)
    places = torch.stack([torch.from_numpy(take(nose, capture, 224).place) for capture in range(8)])
    middle = places[:, :, 2]
    assert middle.abs().max() < 0.4
    width = places[:, 0, 0]
    assert ((width > 0.5) & (width < 1.4)).all()


def test_straighten_with_the_identity_only_averages() -> None:
    picture = torch.rand(1, 1, 224, 224)
    straight = Straighten()(picture, torch.eye(2, 3)[None, None], 0.0)
    assert torch.allclose(straight, torch.nn.functional.avg_pool2d(picture, 2), atol=1e-4)


def test_local_contrast_ignores_exposure() -> None:
    picture = torch.rand(1, 1, 112, 112) * 0.4
    plain, brighter = LocalContrast()(picture), LocalContrast()(picture + 0.5)
    assert torch.allclose(plain, brighter, atol=1e-3)


def test_the_deployed_model_keeps_the_documented_signature() -> None:
    with torch.no_grad():
        vectors = Deployed(Aligner(), Embedder()).eval()(torch.rand(2, 3, 224, 224))
    assert vectors.shape == (2, 512)
    assert torch.allclose(vectors.norm(dim=1), torch.ones(2), atol=1e-5)
