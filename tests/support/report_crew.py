"""Made-up crews for the report: photographs that are no pictures, with vectors and shared points as wanted."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from noseprint.embedding.manifest import Calibration, FusedCalibration, KeypointFusion, ModelIdentity, ModelManifest
from training.report.bench import PairScores
from training.report.photographs import Crew, Photograph
from training.report.templates import Sightings

if TYPE_CHECKING:
    from collections.abc import Sequence

FUSION = KeypointFusion(
    weight=0.05,
    by_chance=6,
    most_inliers=16,
    calibration=FusedCalibration(score=(-1.0, 0.0, 0.5, 0.7, 1.5), similarity=(0.0, 0.25, 0.7, 0.85, 1.0)),
)


class Embeds:
    """A model of which only the manifest counts; it sees a photograph as its first two bytes."""

    def __init__(self, fusion: KeypointFusion | None) -> None:
        self.manifest = ModelManifest(
            schema=1,
            name="tiny",
            version="1",
            file="tiny.onnx",
            sha256="0" * 64,
            calibration=Calibration(cosine=(-1.0, 0.0, 0.5, 0.7, 1.0), similarity=(0.0, 0.25, 0.7, 0.85, 1.0)),
            keypoints=fusion,
        )
        self.identity = ModelIdentity("tiny", "0" * 64)

    def embed(self, photo: bytes) -> np.ndarray:
        return np.frombuffer(photo[:2], np.uint8).astype(np.float32)


def crew(*labels: str) -> Crew:
    return Crew(tuple(Photograph(label, f"{place:02}", f"{place}".encode()) for place, label in enumerate(labels)))


def sightings(angles: Sequence[float], labels: Sequence[str]) -> Sightings:
    """Photographs whose vectors lie at these angles, in degrees, in one plane; none shares a point."""
    radians = np.radians(angles)
    vectors = np.stack([np.cos(radians), np.sin(radians)], axis=1).astype(np.float32)
    return Sightings(crew(*labels), vectors, [100.0] * len(labels), np.zeros((len(labels),) * 2, np.int32))


def scores(
    labels: Sequence[str], cosines: Sequence[float], inliers: Sequence[int], fused: Sequence[float] | None = None
) -> PairScores:
    return PairScores(
        tuple(labels),
        crew(*labels).pairs(),
        np.array(cosines),
        np.array(inliers, np.int32),
        None,
        None if fused is None else np.array(fused),
    )
