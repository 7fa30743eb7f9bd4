"""Turn a checkpoint into the ONNX model with the documented signature, and write its manifest.

Run as `python -m training.export ALIGNER.pt CHECKPOINT.pt assets/model --training "..." --measured "..."`.
"""

from __future__ import annotations

import argparse
import hashlib
from pathlib import Path

import onnx
import torch

from training.network import Aligner, Deployed, Embedder

_OPSET = 17
_MANIFEST = """schema = 1
name = "{name}"
version = "{version}"
file = "{name}.onnx"
sha256 = "{sha256}"

[input]
layout = "NCHW"
channels = 3
size = 224
range = [0.0, 1.0]
resampling = "lanczos"
crop = 1.0
scaled_decoding = 0.0

[output]
dimension = 512
normalise = true

[calibration]
cosine = [-1.0, 0.0, 1.0]
similarity = [0.0, 0.0, 1.0]
source = "uncalibrated"

[card]
training = "{training}"
data = "{data}"
measured = "{measured}"
license = "MIT"
"""


def load(aligner_path: Path, checkpoint: Path) -> Deployed:
    """Return an aligner and the averaged embedder of a checkpoint that `train` wrote, ready for inference."""
    state = torch.load(checkpoint, weights_only=True)
    aligner, embedder = Aligner(), Embedder(tuple(state["widths"]))
    aligner.load_state_dict(torch.load(aligner_path, weights_only=True))
    embedder.load_state_dict(state["average"])
    return Deployed(aligner, embedder).eval()


def export(model: Deployed, path: Path) -> None:
    """Write one ONNX file: `image` (n, 3, 224, 224) RGB float32 in [0, 1] to `embedding` (n, 512) float32."""
    torch.onnx.export(
        model,
        (torch.rand(1, 3, 224, 224),),
        str(path),
        dynamo=False,
        opset_version=_OPSET,
        input_names=["image"],
        output_names=["embedding"],
        dynamic_axes={"image": {0: "n"}, "embedding": {0: "n"}},
    )
    exported = onnx.load(path)
    share_constants(exported)
    onnx.save(exported, path)


def share_constants(model: onnx.ModelProto) -> None:
    """Keep one of several equal constants: the exporter writes the sampling grid again for each use, 0.6 MB a time."""
    first_of: dict[bytes, str] = {}
    renamed: dict[str, str] = {}
    kept = []
    for node in model.graph.node:
        if node.op_type == "Constant":
            name = first_of.setdefault(node.attribute[0].SerializeToString(deterministic=True), node.output[0])
            if name != node.output[0]:
                renamed[node.output[0]] = name
                continue
        kept.append(node)
    for node in kept:
        for place, name in enumerate(node.input):
            node.input[place] = renamed.get(name, name)
    del model.graph.node[:]
    model.graph.node.extend(kept)


def main() -> None:
    """Export a checkpoint and its manifest."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("aligner", type=Path)
    parser.add_argument("checkpoint", type=Path)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--name", default="noseprint-base")
    parser.add_argument("--version", default="2")
    parser.add_argument("--training", default="CosFace and supervised contrastive loss; see training/README.md")
    parser.add_argument(
        "--data", default="procedurally generated dog noses (training/generator.py); no photographs of real dogs"
    )
    parser.add_argument("--measured", default="not yet measured")
    arguments = parser.parse_args()
    arguments.folder.mkdir(parents=True, exist_ok=True)
    model = arguments.folder / f"{arguments.name}.onnx"
    export(load(arguments.aligner, arguments.checkpoint), model)
    digest = hashlib.sha256(model.read_bytes()).hexdigest()
    manifest = _MANIFEST.format(
        sha256=digest, **{k: getattr(arguments, k) for k in ("name", "version", "training", "data", "measured")}
    )
    model.with_suffix(".toml").write_text(manifest, encoding="utf-8")


if __name__ == "__main__":
    main()
