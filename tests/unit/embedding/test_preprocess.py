from __future__ import annotations

import io

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from noseprint.embedding.image import open_photo
from noseprint.embedding.limits import ImageLimits
from noseprint.embedding.manifest import ModelInput
from noseprint.embedding.preprocess import photo_to_tensor
from noseprint.errors import ErrorCode, NoseprintError
from tests.support import pictures

LIMITS = ImageLimits()
FILTERS = {
    "lanczos": Image.Resampling.LANCZOS,
    "bicubic": Image.Resampling.BICUBIC,
    "bilinear": Image.Resampling.BILINEAR,
    "box": Image.Resampling.BOX,
}


def documented(photo: bytes, size: int) -> np.ndarray:
    """The platform's documented preprocessing, written down as it stands there."""
    picture = Image.open(io.BytesIO(photo)).convert("RGB").resize((size, size), Image.Resampling.LANCZOS)
    return (np.array(picture).astype(np.float32) / 255.0).transpose(2, 0, 1)[np.newaxis]


@pytest.mark.parametrize("photo", [pictures.jpeg(pictures.noise(301, 227)), pictures.png(pictures.gradient(97, 301))])
@pytest.mark.parametrize("size", [8, 112, 224])
def test_the_default_is_the_documented_preprocessing_to_the_bit(photo: bytes, size: int) -> None:
    assert photo_to_tensor(photo, ModelInput(size=size), LIMITS).tobytes() == documented(photo, size).tobytes()


def test_the_default_is_the_documented_preprocessing_on_a_nose(noses: object) -> None:
    photo = next(noses.glob("*/*.jpg")).read_bytes()  # type: ignore[attr-defined]
    assert photo_to_tensor(photo, ModelInput(), LIMITS).tobytes() == documented(photo, 224).tobytes()


def test_every_grey_level_becomes_itself_over_255() -> None:
    levels = Image.fromarray(np.arange(256, dtype=np.uint8).reshape(16, 16))
    tensor = photo_to_tensor(pictures.png(levels), ModelInput(size=16, channels=1), LIMITS)
    assert np.array_equal(tensor.ravel(), np.arange(256, dtype=np.float32) / np.float32(255))


def test_the_central_servers_grey_square_is_reproduced() -> None:
    photo = pictures.jpeg(pictures.noise(200, 150))
    spec = ModelInput(layout="NHWC", channels=1, size=96, resampling="bicubic")
    grey = Image.open(io.BytesIO(photo)).convert("L").resize((96, 96), Image.Resampling.BICUBIC)
    expected = (np.asarray(grey, np.float32) / np.float32(255))[np.newaxis, :, :, np.newaxis]
    assert np.array_equal(photo_to_tensor(photo, spec, LIMITS), expected)


@pytest.mark.parametrize("layout", ["NCHW", "NHWC"])
@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("kind", ["JPEG", "PNG, grey", "JPEG, CMYK", "PNG, palette with transparency"])
def test_the_tensor_has_the_manifests_shape(layout: str, channels: int, kind: str) -> None:
    spec = ModelInput(layout=layout, channels=channels, size=32)
    tensor = photo_to_tensor(pictures.KINDS[kind](), spec, LIMITS)
    assert tensor.shape == spec.shape
    assert tensor.dtype == np.float32
    assert tensor.flags.c_contiguous


def test_both_layouts_hold_the_same_picture() -> None:
    photo = pictures.jpeg()
    first = photo_to_tensor(photo, ModelInput(layout="NCHW", size=32), LIMITS)
    last = photo_to_tensor(photo, ModelInput(layout="NHWC", size=32), LIMITS)
    assert np.array_equal(first.transpose(0, 2, 3, 1), last)


def test_channels_are_red_green_blue() -> None:
    red = photo_to_tensor(pictures.png(Image.new("RGB", (20, 20), (255, 0, 51))), ModelInput(size=8), LIMITS)
    assert [set(channel.ravel().tolist()) for channel in red[0]] == [{1.0}, {0.0}, {float(np.float32(51 / 255))}]


@given(
    low=st.floats(-3, 0, width=32),
    high=st.floats(0.125, 3, width=32),
    level=st.integers(0, 255),
)
def test_levels_lie_within_the_range_in_their_place(low: float, high: float, level: int) -> None:
    photo = pictures.png(Image.new("L", (8, 8), level))
    tensor = photo_to_tensor(photo, ModelInput(size=8, channels=1, range=(low, high)), LIMITS)
    assert tensor == pytest.approx(low + (high - low) * level / 255, abs=1e-5)
    assert tensor.min() >= low - 1e-6
    assert tensor.max() <= high + 1e-6


def test_a_range_may_be_turned_round() -> None:
    white = pictures.png(Image.new("L", (8, 8), 255))
    assert set(photo_to_tensor(white, ModelInput(size=8, range=(1.0, -1.0)), LIMITS).ravel().tolist()) == {-1.0}


@pytest.mark.parametrize("resampling", FILTERS)
def test_the_named_filter_is_used(resampling: str) -> None:
    photo = pictures.png(pictures.noise(61, 43))
    tensor = photo_to_tensor(photo, ModelInput(size=16, resampling=resampling), LIMITS)
    square = pictures.noise(61, 43).resize((16, 16), FILTERS[resampling])
    assert np.array_equal(tensor[0], np.asarray(square, np.float32).transpose(2, 0, 1) / np.float32(255))


def test_a_whole_crop_is_cut_like_a_cropped_picture() -> None:
    noise = pictures.noise(100, 80)
    tensor = photo_to_tensor(pictures.png(noise), ModelInput(size=16, crop=0.5, resampling="box"), LIMITS)
    square = noise.crop((25, 20, 75, 60)).resize((16, 16), Image.Resampling.BOX)
    assert np.array_equal(tensor[0], np.asarray(square, np.float32).transpose(2, 0, 1) / np.float32(255))


def test_only_the_central_part_and_what_the_filter_reaches_is_looked_at() -> None:
    frame = Image.new("L", (100, 100), 0)
    frame.paste(255, (10, 10, 90, 90))
    tensor = photo_to_tensor(pictures.png(frame), ModelInput(size=24, channels=1, crop=0.6), LIMITS)
    assert tensor.min() == 1.0


@pytest.mark.parametrize("crop", [1.0, 0.6])
@pytest.mark.parametrize("factor", [1.0, 2.0, 3.5])
def test_scaled_decoding_keeps_so_many_times_the_size_of_what_is_cropped(
    crop: float, factor: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[int] = []

    def spy(*arguments: object, **options: object) -> Image.Image:
        picture = open_photo(*arguments, **options)  # type: ignore[arg-type]
        seen.append(min(picture.size))
        return picture

    monkeypatch.setattr("noseprint.embedding.preprocess.open_photo", spy)
    photo = pictures.jpeg(pictures.gradient(1600, 1200))
    photo_to_tensor(photo, ModelInput(size=64, crop=crop, scaled_decoding=factor), LIMITS)
    assert int(factor * 64 / crop) <= seen[0] < 1200


def test_scaled_decoding_hardly_changes_the_tensor() -> None:
    photo = pictures.jpeg(pictures.gradient(1600, 1200))
    full = photo_to_tensor(photo, ModelInput(size=64), LIMITS)
    scaled = photo_to_tensor(photo, ModelInput(size=64, scaled_decoding=2.0), LIMITS)
    assert np.abs(full - scaled).max() < 0.02


def test_scaled_decoding_leaves_small_photos_alone() -> None:
    photo = pictures.jpeg(pictures.noise(120, 90))
    assert np.array_equal(
        photo_to_tensor(photo, ModelInput(size=64, scaled_decoding=2.0), LIMITS),
        photo_to_tensor(photo, ModelInput(size=64), LIMITS),
    )


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_turned_photo_gives_the_upright_tensor(orientation: int) -> None:
    upright = photo_to_tensor(pictures.png(), ModelInput(size=16), LIMITS)
    assert np.array_equal(photo_to_tensor(pictures.turned("PNG", orientation), ModelInput(size=16), LIMITS), upright)


def test_the_limits_are_obeyed() -> None:
    with pytest.raises(NoseprintError) as caught:
        photo_to_tensor(pictures.jpeg(), ModelInput(), ImageLimits(max_pixels=100))
    assert caught.value.code is ErrorCode.IMAGE_TOO_LARGE
