"""An ONNX embedder with its manifest: one tensor in, one vector out, the same bits every time."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import onnxruntime as ort

from noseprint.embedding.manifest import (
    Layout,
    ModelIdentity,
    ModelInput,
    ModelManifest,
    ModelOutput,
    read_manifest,
    sha256_of,
)
from noseprint.errors import ErrorCode, NoseprintError

if TYPE_CHECKING:
    from pathlib import Path

    from noseprint.embedding.preprocess import Tensor

Vector = npt.NDArray[np.float32]

_ERRORS_ONLY = 3
_IMAGE_AXES = 4
_CHANNELS = (1, 3)


class OnnxModel:
    """A loaded model. Safe to call from several threads at once.

    Every call runs a batch of one on one thread: the batch size and the number of threads can change
    the last bits of a result, and a Pet DID hangs on every bit.
    """

    def __init__(self, session: ort.InferenceSession, manifest: ModelManifest) -> None:
        self.manifest = manifest
        self.identity = ModelIdentity(manifest.name, manifest.sha256)
        self._session = session
        self._input_name = session.get_inputs()[0].name

    def run(self, tensor: Tensor) -> Vector:
        """Compute the vector of one photo.

        Args:
            tensor: float32 of the manifest's input shape.

        Returns:
            float32 of shape (dimension,), of unit length where the manifest normalises.

        Raises:
            NoseprintError: INFERENCE_ERROR.
        """
        try:
            (output, *_) = self._session.run(None, {self._input_name: tensor})
            vector = np.asarray(output, dtype=np.float32).reshape(-1)
        except Exception as fault:  # ONNX Runtime's exceptions share no nearer base
            raise NoseprintError(ErrorCode.INFERENCE_ERROR, type(fault).__name__) from fault
        return _finish(vector, self.manifest.output)

    def warm_up(self) -> None:
        """Run once on plain grey, so that the first photo is not slow and a wrong manifest is found at start.

        Raises:
            NoseprintError: MODEL_FILE_INVALID when file and manifest do not fit each other.
        """
        grey = np.full(self.manifest.input.shape, 0.5, np.float32)
        try:
            self.run(grey)
        except NoseprintError as fault:
            problem = f"{self.manifest.name}: does not do what its manifest says ({fault.detail})"
            raise NoseprintError(ErrorCode.MODEL_FILE_INVALID, problem=problem) from fault


def load_model(file: Path, *, known: Path | None = None, size: int = 0, channels: int = 0) -> OnnxModel:
    """Load and warm up an ONNX embedder.

    Its manifest is the TOML file of the same name beside it, else the one among the ``known`` manifests
    with the file's checksum, else one made up from the model's own shapes.

    Args:
        file: the ONNX file.
        known: a folder of manifests for models that may lie anywhere.
        size: input side in pixels where the model leaves it open; 0 for 224.
        channels: 1 or 3 where the model leaves it open; 0 for 3.

    Raises:
        NoseprintError: MODEL_FILE_INVALID when the file, its manifest or its checksum is wrong.
    """
    manifest = find_manifest(file, known)
    session = open_session(file)
    model = OnnxModel(session, manifest or _describe(file, session, size, channels))
    model.warm_up()
    return model


def find_manifest(file: Path, known: Path | None = None) -> ModelManifest | None:
    """The manifest of a model file, its checksum proven, or None where nobody wrote one."""
    sha256 = sha256_of(file)
    beside = file.with_suffix(".toml")
    if beside.exists():
        manifest = read_manifest(beside)
        if manifest.sha256 != sha256:
            problem = f"{file.name}: SHA-256 {sha256[:12]}…, its manifest says {manifest.sha256[:12]}…"
            raise NoseprintError(ErrorCode.MODEL_FILE_INVALID, problem=problem)
        return manifest
    candidates = map(read_manifest, sorted(known.glob("*.toml")) if known else [])
    return next((manifest for manifest in candidates if manifest.sha256 == sha256), None)


def open_session(file: Path) -> ort.InferenceSession:
    """Open an ONNX file for one thread, so that the same input gives the same bits.

    Raises:
        NoseprintError: MODEL_FILE_INVALID.
    """
    options = ort.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.log_severity_level = _ERRORS_ONLY
    try:
        session = ort.InferenceSession(str(file), options, providers=["CPUExecutionProvider"])
    except Exception as fault:  # ONNX Runtime's exceptions share no nearer base
        problem = f"{file.name}: {type(fault).__name__}"
        raise NoseprintError(ErrorCode.MODEL_FILE_INVALID, problem=problem) from fault
    if not session.get_inputs():
        raise NoseprintError(ErrorCode.MODEL_FILE_INVALID, problem=f"{file.name}: takes no input")
    return session


def _describe(file: Path, session: ort.InferenceSession, size: int, channels: int) -> ModelManifest:
    """Make a manifest from a model's shapes and the documented preprocessing."""
    layout, known_channels, known_size = _read_input_shape(session.get_inputs()[0].shape)
    spec = ModelInput(
        layout=layout,
        channels=1 if (known_channels or channels) == 1 else 3,
        size=known_size or size or 224,
    )
    sample = _sample_output(session, spec)
    return ModelManifest(
        schema=1,
        name=file.stem,
        version="",
        file=file.name,
        sha256=sha256_of(file),
        input=spec,
        output=ModelOutput(dimension=sample.size, normalise=not _has_unit_length(sample)),
    )


def _read_input_shape(shape: list[int | str | None]) -> tuple[Layout, int, int]:
    """Layout, channels and side of a four-axis input; 0 for what it leaves open."""
    if len(shape) != _IMAGE_AXES:
        raise NoseprintError(ErrorCode.MODEL_FILE_INVALID, problem=f"input has {len(shape)} axes, not {_IMAGE_AXES}")
    _, first, second, last = (axis if isinstance(axis, int) else 0 for axis in shape)
    if last in _CHANNELS and first not in _CHANNELS:
        return "NHWC", last, first
    return "NCHW", first if first in _CHANNELS else 0, second


def _sample_output(session: ort.InferenceSession, spec: ModelInput) -> Vector:
    try:
        (output, *_) = session.run(None, {session.get_inputs()[0].name: np.full(spec.shape, 0.5, np.float32)})
        return np.asarray(output, dtype=np.float32).reshape(-1)
    except Exception as fault:  # ONNX Runtime's exceptions share no nearer base
        problem = f"refuses an input of {spec.shape}; write a manifest beside it"
        raise NoseprintError(ErrorCode.MODEL_FILE_INVALID, problem=problem) from fault


def _has_unit_length(vector: Vector) -> bool:
    return bool(abs(np.linalg.norm(vector.astype(np.float64)) - 1.0) < 1e-3)  # noqa: PLR2004


def _finish(vector: Vector, output: ModelOutput) -> Vector:
    """Check a raw output and bring it to unit length where the manifest says so."""
    if vector.size != output.dimension:
        raise NoseprintError(ErrorCode.INFERENCE_ERROR, f"{vector.size} values, not {output.dimension}")
    length = float(np.linalg.norm(vector.astype(np.float64)))
    if not np.isfinite(length) or length == 0.0:
        raise NoseprintError(ErrorCode.INFERENCE_ERROR, "vector without direction")
    # Divided in float64: float32 cannot hold the length of every float32 vector.
    return (vector.astype(np.float64) / length).astype(np.float32) if output.normalise else vector
