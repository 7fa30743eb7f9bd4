"""Measure an ONNX embedder on identity folders of photographs: EER, FNMR at FMR 1 % and 0.1 % over all photo pairs.

Run as `python -m training.measure MODEL.onnx FOLDER`. The preprocessing follows from the model's input shape: NCHW with
three channels takes RGB and LANCZOS, NHWC with one channel takes grey and BICUBIC.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import onnxruntime
from PIL import Image

from training.rates import pair_scores, rates
from training.retake import rephotograph

if TYPE_CHECKING:
    from numpy.typing import NDArray


class Model:
    """An ONNX embedder on one thread."""

    def __init__(self, path: Path) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        self._session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
        self._input = self._session.get_inputs()[0]
        shape = self._input.shape
        self._planes_first = shape[1] in (1, 3)
        self._side = int(shape[2])
        self._channels = int(shape[1] if self._planes_first else shape[3])

    def tensor(self, photo: Path) -> NDArray[np.float32]:
        """Return a photograph as the model's input, a batch of one, float32 in [0, 1]."""
        with Image.open(photo) as image:
            converted = image.convert("RGB" if self._channels == 3 else "L")
        how = Image.Resampling.LANCZOS if self._channels == 3 else Image.Resampling.BICUBIC
        values = np.asarray(converted.resize((self._side, self._side), how), dtype=np.float32) / 255
        values = values.reshape(self._side, self._side, self._channels)
        return np.ascontiguousarray(values.transpose(2, 0, 1) if self._planes_first else values, dtype=np.float32)[None]

    def retaken(self, photo: Path, rng: np.random.Generator) -> NDArray[np.float32]:
        """Return a photograph as if taken again (see `retake`), in grey, as the model's input."""
        with Image.open(photo) as image:
            grey = np.asarray(image.convert("L"), dtype=np.uint8)
        again = Image.fromarray(rephotograph(grey, rng))
        how = Image.Resampling.LANCZOS if self._channels == 3 else Image.Resampling.BICUBIC
        values = np.asarray(again.resize((self._side, self._side), how), dtype=np.float32)[:, :, None] / 255
        values = np.repeat(values, self._channels, axis=2)
        return np.ascontiguousarray(values.transpose(2, 0, 1) if self._planes_first else values, dtype=np.float32)[None]

    def embed(self, batch: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return the unit embedding, (dimension,) float32, of a batch of one."""
        vector = np.asarray(self._session.run(None, {self._input.name: batch})[0][0], dtype=np.float32)
        return np.asarray(vector / np.linalg.norm(vector), dtype=np.float32)


def photos_of(folder: Path) -> list[Path]:
    """Return the JPEG files of all identity folders, sorted."""
    return sorted(p for p in folder.glob("*/*") if p.suffix.lower() in {".jpg", ".jpeg"})


def worst_pairs(units: NDArray[np.float32], photos: list[Path], count: int) -> list[str]:
    """Return lines that name the least alike genuine and the most alike impostor pairs."""
    first, second = np.triu_indices(len(photos), 1)
    cosine = (units @ units.T)[first, second]
    names = [f"{p.parent.name}/{p.stem}" for p in photos]
    genuine = np.array([photos[a].parent == photos[b].parent for a, b in zip(first, second, strict=True)])
    order = np.argsort(cosine)
    low = [i for i in order if genuine[i]][:count]
    high = [i for i in order[::-1] if not genuine[i]][:count]
    return [
        f"{'genuine' if genuine[i] else 'impostor':8} {cosine[i]:+.3f} {names[first[i]]} {names[second[i]]}"
        for i in low + high
    ]


def main() -> None:
    """Print the rates, the time of an inference, and on request the worst pairs."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model", type=Path)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--pairs", type=int, default=0, help="also name this many of the worst pairs of each kind")
    parser.add_argument("--retake", type=int, metavar="SEED", help="take every photograph again first, with this seed")
    arguments = parser.parse_args()
    model = Model(arguments.model)
    photos = photos_of(arguments.folder)
    if not photos:
        raise SystemExit(f"no photographs in {arguments.folder}")
    if arguments.retake is None:
        tensors = [model.tensor(p) for p in photos]
    else:
        tensors = [model.retaken(p, np.random.default_rng([arguments.retake, i])) for i, p in enumerate(photos)]
    begun = time.perf_counter()
    units = np.stack([model.embed(t) for t in tensors])
    took = (time.perf_counter() - begun) / len(photos)
    print(rates(*pair_scores(units, [p.parent.name for p in photos])))
    print(f"{1000 * took:.1f} ms per inference on one thread, {arguments.model.stat().st_size / 1e6:.2f} MB")
    print("\n".join(worst_pairs(units, photos, arguments.pairs)))


if __name__ == "__main__":
    main()
