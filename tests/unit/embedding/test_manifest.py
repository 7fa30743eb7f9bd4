from __future__ import annotations

import hashlib
from pathlib import Path

import msgspec
import pytest

from noseprint.embedding.manifest import Calibration, ModelInput, ModelManifest, read_manifest, sha256_of
from noseprint.errors import ErrorCode, NoseprintError

SHIPPED = sorted((Path(__file__).resolve().parents[3] / "assets" / "model").glob("*.toml"))
LEAST = f"""
schema = 1
name = "tiny"
version = "1"
file = "tiny.onnx"
sha256 = "{"0" * 64}"
"""

KEYPOINTS = """
[keypoints]
weight = 0.05
by_chance = 4
most_inliers = 20
[keypoints.calibration]
score = [-1.0, 0.5, 1.8]
similarity = [0.0, 0.7, 1.0]
"""


def read(folder: Path, text: str) -> ModelManifest:
    file = folder / "tiny.toml"
    file.write_text(text, "utf-8")
    return read_manifest(file)


def refusal(folder: Path, text: str) -> str:
    with pytest.raises(NoseprintError) as caught:
        read(folder, text)
    assert caught.value.code is ErrorCode.MODEL_FILE_INVALID
    return caught.value.sentence("en")


@pytest.mark.parametrize("file", SHIPPED, ids=lambda file: file.name)
def test_every_shipped_manifest_is_valid(file: Path) -> None:
    manifest = read_manifest(file)
    assert manifest.file == file.with_suffix(".onnx").name
    assert manifest.name == file.stem


@pytest.mark.parametrize("file", SHIPPED, ids=lambda file: file.name)
def test_every_shipped_model_has_the_checksum_that_its_manifest_says(file: Path) -> None:
    model = file.with_suffix(".onnx")
    if not model.exists():
        pytest.skip(f"{model.name} is known, not shipped")
    assert sha256_of(model) == read_manifest(file).sha256


def test_the_central_servers_model_is_known_by_its_checksum(shared: Path) -> None:
    known = {read_manifest(file).sha256 for file in SHIPPED}
    assert sha256_of(shared / "reference" / "embedder_96x96.onnx") in known


def test_what_a_manifest_leaves_out_is_as_documented(tmp_path: Path) -> None:
    manifest = read(tmp_path, LEAST)
    assert manifest.input.shape == (1, 3, 224, 224)
    assert (manifest.input.range, manifest.input.resampling, manifest.input.crop) == ((0.0, 1.0), "lanczos", 1.0)
    assert (manifest.output.dimension, manifest.output.normalise) == (512, True)
    assert manifest.input.scaled_decoding == 0.0


@pytest.mark.parametrize(("layout", "shape"), [("NCHW", (1, 1, 96, 96)), ("NHWC", (1, 96, 96, 1))])
def test_the_shape_follows_the_layout(layout: str, shape: tuple[int, ...]) -> None:
    assert ModelInput(layout=layout, channels=1, size=96).shape == shape


def test_keypoints_count_where_a_manifest_says_how(tmp_path: Path) -> None:
    assert read(tmp_path, LEAST).keypoints is None
    fusion = read(tmp_path, LEAST + KEYPOINTS).keypoints
    assert fusion
    assert (fusion.weight, fusion.by_chance, fusion.most_inliers) == (0.05, 4, 20)
    assert fusion.calibration.score == (-1.0, 0.5, 1.8)


@pytest.mark.parametrize("key", ["schema", "name", "version", "file", "sha256"])
def test_a_missing_key_is_named(tmp_path: Path, key: str) -> None:
    without = "\n".join(line for line in LEAST.splitlines() if not line.startswith(key))
    assert key in refusal(tmp_path, without)


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("surprise = 1", "surprise"),
        ("[input]\nsice = 96", "sice"),
        ("[output]\ndimensions = 96", "dimensions"),
        ("[calibration]\nknots = [1.0]", "knots"),
        ("[input]\nsize = 4", "size"),
        ("[input]\nsize = 4096", "size"),
        ("[input]\nsize = '96'", "size"),
        ("[input]\nchannels = 4", "channels"),
        ("[input]\nlayout = 'CHWN'", "layout"),
        ("[input]\nresampling = 'nearest'", "resampling"),
        ("[input]\ncrop = 0.0", "crop"),
        ("[input]\ncrop = 1.1", "crop"),
        ("[input]\ncrop = nan", "crop"),
        ("[input]\nrange = [0.0]", "range"),
        ("[input]\nrange = [0.0, nan]", "range"),
        ("[input]\nrange = [-inf, 1.0]", "range"),
        ("[input]\nrange = [0.5, 0.5]", "range"),
        ("[input]\nscaled_decoding = -1.0", "scaled_decoding"),
        ("[output]\ndimension = 0", "dimension"),
        ("[calibration]\ncosine = [0.0]\nsimilarity = [0.0]", "at least two"),
        ("[calibration]\ncosine = [-1.0, 0.0, 1.0]\nsimilarity = [0.0, 1.0]", "as many"),
        ("[calibration]\ncosine = [-1.0, 1.0, 1.0]\nsimilarity = [0.0, 0.5, 1.0]", "rise"),
        ("[calibration]\ncosine = [1.0, -1.0]\nsimilarity = [0.0, 1.0]", "rise"),
        ("[calibration]\ncosine = [-1.0, 1.0]\nsimilarity = [0.6, 0.5]", "rise"),
        ("[calibration]\ncosine = [-1.0, 1.0]\nsimilarity = [-0.1, 1.0]", "within 0 and 1"),
        ("[calibration]\ncosine = [-1.0, 1.0]\nsimilarity = [0.0, 1.1]", "within 0 and 1"),
        ("[calibration]\ncosine = [-1.0, nan, 1.0]\nsimilarity = [0.0, 0.5, 1.0]", "rise"),
        ("[calibration]\ncosine = [-inf, 1.0]\nsimilarity = [0.0, 1.0]", "rise"),
        ("[calibration]\ncosine = [-1.0, 1.0]\nsimilarity = [0.0, nan]", "rise"),
        ("[card]\ndata = 3", "card"),
        ("[keypoints]\nweight = 0.1\nby_chance = 4\nmost_inliers = 20", "calibration"),
        (KEYPOINTS.replace("0.05", "0.0"), "weight"),
        (KEYPOINTS.replace("0.05", "nan"), "weight"),
        (KEYPOINTS.replace("= 20", "= 4"), "above by_chance"),
        (KEYPOINTS.replace("1.8]", "-1.8]"), "rise"),
        (KEYPOINTS.replace("score", "cosine"), "cosine"),
    ],
)
def test_a_wrong_value_is_refused_by_name(tmp_path: Path, text: str, named: str) -> None:
    assert named in refusal(tmp_path, LEAST + text)


@pytest.mark.parametrize(
    ("key", "text"),
    [("schema", "2"), ("name", "''"), ("sha256", "'abc'"), ("sha256", "'" + "G" * 64 + "'"), ("file", "7")],
)
def test_a_wrong_head_is_refused_by_name(tmp_path: Path, key: str, text: str) -> None:
    lines = [f"{key} = {text}" if line.startswith(key) else line for line in LEAST.splitlines()]
    assert key in refusal(tmp_path, "\n".join(lines))


@pytest.mark.parametrize("text", ["not = [toml", "", "\x00"])
def test_what_is_no_manifest_is_refused(tmp_path: Path, text: str) -> None:
    assert "tiny.toml" in refusal(tmp_path, text)


def test_what_is_no_text_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "tiny.toml"
    file.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(NoseprintError) as caught:
        read_manifest(file)
    assert caught.value.code is ErrorCode.MODEL_FILE_INVALID


def test_a_missing_manifest_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(NoseprintError, match=r"absent\.toml"):
        read_manifest(tmp_path / "absent.toml")


def test_a_calibration_may_have_flat_parts() -> None:
    assert Calibration(cosine=(-1.0, 0.0, 1.0), similarity=(0.5, 0.5, 0.5)).similarity == (0.5, 0.5, 0.5)


def test_a_manifest_survives_being_written_and_read(tmp_path: Path) -> None:
    manifest = read(tmp_path, LEAST + "[input]\nsize = 96\n[card]\ndata = 'generated'\n")
    assert msgspec.convert(msgspec.to_builtins(manifest), ModelManifest) == manifest


def test_a_checksum_is_that_of_the_bytes(tmp_path: Path) -> None:
    file = tmp_path / "model.onnx"
    file.write_bytes(b"nose" * 100_000)
    assert sha256_of(file) == hashlib.sha256(b"nose" * 100_000).hexdigest()


@pytest.mark.parametrize("place", ["absent.onnx", "."])
def test_a_checksum_of_what_cannot_be_read_is_refused(tmp_path: Path, place: str) -> None:
    with pytest.raises(NoseprintError) as caught:
        sha256_of(tmp_path / place)
    assert caught.value.code is ErrorCode.MODEL_FILE_INVALID
