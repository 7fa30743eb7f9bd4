"""How far JPEGs may be decoded at a reduced scale before a model's vectors move: the manifest's `scaled_decoding`.

    python bench/scaled_decoding.py [--model FILE] [--least-cosine C] FOLDER...

For every JPEG below the folders and every scale of the JPEG decoder (1/2, 1/4, 1/8) the vector is compared with
that of the full decode. The smallest safe factor is the smallest one under which no photo is decoded so small that
its cosine falls below the limit.
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import dataclass
from pathlib import Path

import msgspec
from PIL import Image

from noseprint.bootstrap import assets_folder
from noseprint.embedding.limits import ImageLimits
from noseprint.embedding.model import OnnxModel, Vector, load_model
from noseprint.embedding.preprocess import photo_to_tensor
from noseprint.matching.similarity import cosine

REPOSITORY = Path(__file__).parents[1]
REFERENCE = REPOSITORY.parent / "shared" / "reference" / "embedder_96x96.onnx"
LIMITS = ImageLimits(max_bytes=64 * 2**20, max_pixels=200_000_000)
DENOMINATORS = (1, 2, 4, 8)
FACTORS = (1.0, 1.5, 2.0, 2.5, 3.0, 3.5, 4.0, 4.5, 5.0, 5.5, 6.0, 7.0, 8.0, 10.0, 12.0, 16.0)


@dataclass(frozen=True)
class Trial:
    """One photo at one scale: what its shorter side keeps, in input sides, and the cosine to the full decode."""

    photo: Path
    denominator: int
    kept: float
    cosine: float


def main() -> None:
    """Measure, print the table, and name the smallest safe factor."""
    options = _options()
    model = load_model(options.model, known=assets_folder() / "model")
    photos = sorted(file for folder in options.folders for file in folder.rglob("*") if file.suffix.lower() == ".jpg")
    trials = [trial for photo in photos for trial in _trials(model, photo)]
    print(f"{model.manifest.name}: {len(photos)} photos, limit {options.least_cosine}")
    for denominator in DENOMINATORS:
        _print_scale(denominator, [trial for trial in trials if trial.denominator == denominator])
    _print_verdict(model, photos, trials, options.least_cosine)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--model", type=Path, default=REFERENCE)
    parser.add_argument("--least-cosine", type=float, default=0.9995)
    parser.add_argument("folders", type=Path, nargs="+")
    return parser.parse_args()


def _trials(model: OnnxModel, photo: Path) -> list[Trial]:
    """Each scale that leaves the shorter side at least as long as the model's input."""
    encoded = photo.read_bytes()
    with Image.open(photo) as picture:
        side = min(picture.size)
    full = _vector(model, encoded, 0.0)
    size = model.manifest.input.size / model.manifest.input.crop
    kept = [(denominator, side / denominator / size) for denominator in DENOMINATORS]
    return [
        Trial(photo, denominator, sides, cosine(full, _vector(model, encoded, sides * 0.999)))
        for denominator, sides in kept
        if sides >= 1.0
    ]


def _vector(model: OnnxModel, photo: bytes, factor: float) -> Vector:
    spec = msgspec.structs.replace(model.manifest.input, scaled_decoding=factor)
    return model.run(photo_to_tensor(photo, spec, LIMITS))


def _print_scale(denominator: int, trials: list[Trial]) -> None:
    worst = min(trials, key=lambda trial: trial.cosine, default=None)
    if worst:
        print(
            f"  1/{denominator}: {len(trials)} photos, least cosine {worst.cosine:.6f} "
            f"({worst.photo.parent.name}/{worst.photo.name}, {worst.kept:.2f} input sides kept)"
        )


def _print_verdict(model: OnnxModel, photos: list[Path], trials: list[Trial], limit: float) -> None:
    unsafe = [trial.kept for trial in trials if trial.cosine < limit]
    floor = max(unsafe, default=0.0)
    factor = next((factor for factor in FACTORS if factor > floor), None)
    print(f"  largest side that moved a vector too far: {floor:.2f} input sides")
    if factor is None:
        sys.exit("  no factor is safe: decode in full")
    vectors = [(photo.read_bytes(), photo) for photo in photos]
    least = min(cosine(_vector(model, bytes_, 0.0), _vector(model, bytes_, factor)) for bytes_, _ in vectors)
    print(f"  scaled_decoding = {factor}: least cosine over all photos {least:.6f}")


if __name__ == "__main__":
    main()
