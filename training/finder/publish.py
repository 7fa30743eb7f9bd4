"""Put a trained finder where the product looks for it, and write its manifest.

Run as `python -m training.finder.publish FINDER.onnx assets/finder --confidence 0.6 --refusal 0.5 --training "..."
--threshold "..." --measured "..."`.
"""

from __future__ import annotations

import argparse
import hashlib
from pathlib import Path

import onnx

_NAME = "nose-finder"
_DATA = (
    "23 photographs of dogs with a nose box each (Unsplash licence), procedurally generated dog noses"
    " (training/generator.py), and freely licensed photographs without dogs (training/finder/README.md)"
)
_TOLD = ("version", "confidence", "refusal", "training", "data", "threshold", "measured")
_MANIFEST = """schema = 1
name = "{name}"
version = "{version}"
file = "{name}.onnx"
sha256 = "{sha256}"
side = {side}
confidence = {confidence}
refusal = {refusal}

[card]
training = "{training}"
data = "{data}"
threshold = "{threshold}"
measured = "{measured}"
license = "MIT"
"""


def main() -> None:
    """Copy the model and write the manifest beside it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("finder", type=Path)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--confidence", type=float, required=True)
    parser.add_argument("--refusal", type=float, required=True)
    parser.add_argument("--version", default="1")
    parser.add_argument("--data", default=_DATA)
    for said in ("training", "threshold", "measured"):
        parser.add_argument(f"--{said}", required=True)
    arguments = parser.parse_args()
    arguments.folder.mkdir(parents=True, exist_ok=True)
    content = arguments.finder.read_bytes()
    side = onnx.load_from_string(content).graph.input[0].type.tensor_type.shape.dim[2].dim_value
    (arguments.folder / f"{_NAME}.onnx").write_bytes(content)
    told = {k: getattr(arguments, k) for k in _TOLD}
    digest = hashlib.sha256(content).hexdigest()
    text = _MANIFEST.format(name=_NAME, sha256=digest, side=side, **told)
    (arguments.folder / f"{_NAME}.toml").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
