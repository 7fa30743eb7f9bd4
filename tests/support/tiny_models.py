"""Tiny ONNX embedders with seeded weights: flatten and multiply, in every layout, and some that misbehave."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

_OPSET = [helper.make_opsetid("", 17)]


def linear_model(
    file: Path,
    size: int = 16,
    channels: int = 3,
    layout: str = "NCHW",
    dimension: int = 8,
    *,
    batch: int | str = 1,
    unit: bool = False,
    weights: np.ndarray | None = None,
) -> Path:
    """Write an embedder of one matrix.

    Args:
        file: where to.
        size: side of the square input.
        channels: of the input.
        layout: NCHW or NHWC.
        dimension: of the vector.
        batch: the first axis: a number, or a name for one that is open.
        unit: whether the model itself brings its vector to unit length.
        weights: float32 of (size * size * channels, dimension); seeded when left out.
    """
    shape = [batch, channels, size, size] if layout == "NCHW" else [batch, size, size, channels]
    if weights is None:
        weights = np.random.default_rng(7).normal(size=(size * size * channels, dimension)).astype(np.float32)
    nodes = [
        helper.make_node("Flatten", ["photo"], ["flat"], axis=1),
        helper.make_node("MatMul", ["flat", "weights"], ["raw" if unit else "vector"]),
    ]
    if unit:
        nodes.append(helper.make_node("LpNormalization", ["raw"], ["vector"], axis=1, p=2))
    return _write(file, nodes, shape, [batch, dimension], {"weights": weights})


def pooled_model(file: Path, shape: Sequence[int | str | None], channels: int = 3, dimension: int = 8) -> Path:
    """Write an embedder of any side: it averages over the picture first, so its shape may be left open."""
    weights = np.random.default_rng(8).normal(size=(channels, dimension)).astype(np.float32)
    nodes = [
        helper.make_node("ReduceMean", ["photo"], ["mean"], axes=[2, 3], keepdims=0),
        helper.make_node("MatMul", ["mean", "weights"], ["vector"]),
    ]
    return _write(file, nodes, shape, [1, dimension], {"weights": weights})


def wrong_rank_model(file: Path) -> Path:
    """Write a model that eats a matrix."""
    nodes = [helper.make_node("Identity", ["photo"], ["vector"])]
    return _write(file, nodes, [1, 8], [1, 8], {})


def constant_model(file: Path, vector: Sequence[float], size: int = 16) -> Path:
    """Write a model that gives the same vector whatever it sees; perhaps nought, perhaps no number."""
    nodes = [
        helper.make_node("ReduceMean", ["photo"], ["mean"], axes=[1, 2, 3], keepdims=0),
        helper.make_node("Mul", ["mean", "nought"], ["nothing"]),
        helper.make_node("Add", ["nothing", "constant"], ["vector"]),
    ]
    numbers = {"nought": np.zeros(1, np.float32), "constant": np.asarray([vector], np.float32)}
    return _write(file, nodes, [1, 3, size, size], [1, len(vector)], numbers)


def model_of_texts(file: Path, size: int = 16) -> Path:
    """Write a model whose output is text."""
    nodes = [helper.make_node("Identity", ["word"], ["vector"])]
    word = helper.make_tensor("word", TensorProto.STRING, [1], [b"nose"])
    photo = helper.make_tensor_value_info("photo", TensorProto.FLOAT, [1, 3, size, size])
    output = helper.make_tensor_value_info("vector", TensorProto.STRING, [1])
    return _save(file, helper.make_graph(nodes, "texts", [photo], [output], [word]))


def model_without_input(file: Path) -> Path:
    """Write a model that looks at nothing."""
    constant = numpy_helper.from_array(np.ones((1, 8), np.float32), "constant")
    nodes = [helper.make_node("Identity", ["constant"], ["vector"])]
    output = helper.make_tensor_value_info("vector", TensorProto.FLOAT, [1, 8])
    return _save(file, helper.make_graph(nodes, "blind", [], [output], [constant]))


def write_manifest(model: Path, text: str = "", *, file: Path | None = None, **head: object) -> Path:
    """Write a manifest for a model, beside it unless told otherwise.

    Args:
        model: the ONNX file; its checksum goes into the manifest.
        text: further TOML, tables such as ``[input]``.
        file: where to.
        head: keys of the first table that replace the usual ones.
    """
    checksum = hashlib.sha256(model.read_bytes()).hexdigest()
    keys: dict[str, object] = {"schema": 1, "name": model.stem, "version": "1", "file": model.name, "sha256": checksum}
    lines = [f"{key} = {value if isinstance(value, int) else repr(value)}" for key, value in (keys | head).items()]
    where = file or model.with_suffix(".toml")
    where.write_text("\n".join([*lines, text]), "utf-8")
    return where


def _write(
    file: Path,
    nodes: list[onnx.NodeProto],
    shape: Sequence[int | str | None],
    output_shape: Sequence[int | str | None],
    numbers: dict[str, np.ndarray],
) -> Path:
    photo = helper.make_tensor_value_info("photo", TensorProto.FLOAT, shape)
    output = helper.make_tensor_value_info("vector", TensorProto.FLOAT, output_shape)
    constants = [numpy_helper.from_array(array, name) for name, array in numbers.items()]
    return _save(file, helper.make_graph(nodes, "tiny", [photo], [output], constants))


def _save(file: Path, graph: onnx.GraphProto) -> Path:
    model = helper.make_model(graph, opset_imports=_OPSET)
    model.ir_version = 8
    onnx.checker.check_model(model)
    file.write_bytes(model.SerializeToString())
    return file
