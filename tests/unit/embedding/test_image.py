from __future__ import annotations

import io
import tracemalloc

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from noseprint.embedding import image as image_module
from noseprint.embedding.image import jpeg_for_storage, open_photo
from noseprint.embedding.jpeg_metadata import without_metadata
from noseprint.embedding.limits import ImageLimits
from noseprint.errors import ErrorCode, NoseprintError
from tests.support import pictures

LIMITS = ImageLimits()
CORNERS = ((16, 12), (48, 12), (16, 36), (48, 36))
TELLING_COLOURS = [
    kind for kind in pictures.KINDS if not any(word in kind for word in ("grey", "1 bit", "transparency"))
]
PHOTOS = {kind: make() for kind, make in pictures.KINDS.items()}


def refusal(photo: bytes, limits: ImageLimits = LIMITS) -> ErrorCode | None:
    """The code with which a photo is refused, None if it is taken; anything but a NoseprintError passes through."""
    try:
        open_photo(photo, limits)
    except NoseprintError as error:
        return error.code
    return None


def corners(picture: Image.Image) -> np.ndarray:
    return np.array([picture.getpixel(place) for place in CORNERS], dtype=int)


class TestEveryKindOfPicture:
    @pytest.mark.parametrize("kind", pictures.KINDS)
    def test_is_decoded_to_rgb_at_its_size(self, kind: str) -> None:
        picture = open_photo(PHOTOS[kind], LIMITS)
        assert (picture.mode, picture.size) == ("RGB", (64, 48))

    @pytest.mark.parametrize("kind", pictures.KINDS)
    def test_is_decoded_to_grey_where_grey_is_wanted(self, kind: str) -> None:
        picture = open_photo(PHOTOS[kind], LIMITS, grey=True)
        assert (picture.mode, picture.size) == ("L", (64, 48))
        in_colour = np.asarray(open_photo(PHOTOS[kind], LIMITS).convert("L"), dtype=int)
        assert np.abs(np.asarray(picture, dtype=int) - in_colour).max() <= 2

    @pytest.mark.parametrize("kind", TELLING_COLOURS)
    def test_keeps_its_colours(self, kind: str) -> None:
        assert np.abs(corners(open_photo(PHOTOS[kind], LIMITS)) - pictures.QUARTERS).max() <= 3

    @pytest.mark.parametrize("kind", [kind for kind in pictures.KINDS if "grey" in kind])
    def test_of_grey_gets_three_equal_channels(self, kind: str) -> None:
        pixels = np.asarray(open_photo(PHOTOS[kind], LIMITS), dtype=int)
        luma = np.asarray(pictures.quarters().convert("L"), dtype=int)
        assert np.abs(pixels - luma[:, :, np.newaxis]).max() <= 2

    def test_of_one_bit_has_black_and_white(self) -> None:
        two_levels = Image.fromarray(np.tile(np.array([[0, 255]], np.uint8), (48, 32))).convert("1")
        assert np.array_equal(
            np.asarray(open_photo(pictures.png(two_levels), LIMITS, grey=True)), two_levels.convert("L")
        )

    def test_that_is_lossless_keeps_every_pixel(self) -> None:
        noise = pictures.noise()
        assert np.array_equal(np.asarray(open_photo(pictures.png(noise), LIMITS)), np.asarray(noise))
        assert np.array_equal(np.asarray(open_photo(pictures.interlaced(noise), LIMITS)), np.asarray(noise))

    def test_of_cmyk_has_black_where_the_ink_is_and_white_where_none_is(self) -> None:
        inks = Image.new("CMYK", (64, 48), (0, 0, 0, 255))
        inks.paste((0, 0, 0, 0), (32, 0, 64, 48))
        photo = open_photo(pictures.jpeg(inks), LIMITS)
        assert max(photo.getpixel((8, 24))) <= 3
        assert min(photo.getpixel((56, 24))) >= 252

    def test_of_one_pixel_is_a_picture(self) -> None:
        assert open_photo(pictures.png(Image.new("RGB", (1, 1), "red")), LIMITS).getpixel((0, 0)) == (255, 0, 0)

    def test_is_told_by_its_bytes_not_by_a_claim(self) -> None:
        assert open_photo(pictures.png(), LIMITS).tobytes() == pictures.quarters().tobytes()


class TestSixteenBits:
    def test_of_grey_are_scaled_not_clipped(self) -> None:
        ramp = np.broadcast_to(np.linspace(0, 65535, 64).astype(np.uint16), (48, 64))
        seen = np.asarray(open_photo(pictures.grey_16(ramp), LIMITS, grey=True))
        assert np.array_equal(seen, (ramp >> 8).astype(np.uint8))
        assert seen.min() == 0
        assert seen.max() == 255

    def test_of_a_transparent_grey_lie_on_white(self) -> None:
        values = np.full((48, 64), 0x1234, np.uint16)
        values[:, 32:] = 0x1235
        seen = np.asarray(open_photo(pictures.grey_16(values, transparent=0x1235), LIMITS, grey=True))
        assert set(seen[:, :32].flat) == {0x12}
        assert set(seen[:, 32:].flat) == {255}

    def test_of_rgb_keep_their_upper_eight(self) -> None:
        rng = np.random.default_rng(2)
        values = rng.integers(0, 65536, (48, 64, 3)).astype(np.uint16)
        assert np.array_equal(np.asarray(open_photo(pictures.rgb_16(values), LIMITS)), (values >> 8).astype(np.uint8))


class TestTransparency:
    @pytest.mark.parametrize("form", ["RGBA", "LA"])
    def test_lies_on_white(self, form: str) -> None:
        picture = open_photo(pictures.translucent(form), LIMITS)
        assert picture.getpixel((8, 24)) == (0, 0, 0)
        assert picture.getpixel((56, 24)) == (255, 255, 255)

    def test_of_half_is_half_white(self) -> None:
        picture = open_photo(pictures.png(Image.new("RGBA", (8, 8), (0, 0, 0, 128))), LIMITS)
        assert picture.getpixel((4, 4)) == (127, 127, 127)

    def test_of_one_palette_entry_lies_on_white(self) -> None:
        seen = corners(open_photo(pictures.palette(transparent=True), LIMITS))
        assert np.array_equal(seen, [(255, 255, 255), *pictures.QUARTERS[1:]])

    def test_of_many_palette_entries_lies_on_white(self) -> None:
        flat = pictures.quarters().quantize(4)
        photo = pictures.png(flat, transparency=bytes([0, 0, 0, 0]))
        assert set(open_photo(photo, LIMITS).convert("L").tobytes()) == {255}

    def test_of_one_colour_lies_on_white(self) -> None:
        photo = pictures.png(transparency=pictures.QUARTERS[3])
        assert np.array_equal(corners(open_photo(photo, LIMITS)), [*pictures.QUARTERS[:3], (255, 255, 255)])


class TestOrientation:
    @pytest.mark.parametrize("form", ["JPEG", "PNG"])
    @pytest.mark.parametrize("orientation", range(1, 9))
    def test_is_obeyed(self, form: str, orientation: int) -> None:
        picture = open_photo(pictures.turned(form, orientation), LIMITS)
        assert picture.size == (64, 48)
        assert np.abs(corners(picture) - pictures.QUARTERS).max() <= 3

    @pytest.mark.parametrize("orientation", range(1, 9))
    def test_is_obeyed_after_scaled_decoding_too(self, orientation: int) -> None:
        photo = pictures.turned("JPEG", orientation)
        picture = open_photo(photo, LIMITS, least_side=24)
        assert picture.size == (32, 24)
        seen = np.array([picture.getpixel((x // 2, y // 2)) for x, y in CORNERS], dtype=int)
        assert np.abs(seen - pictures.QUARTERS).max() <= 3

    @pytest.mark.parametrize("order", ["<", ">"])
    @pytest.mark.parametrize(("kind", "form"), [(1, "B"), (3, "H"), (4, "I")])
    def test_is_read_in_either_byte_order_and_integer_size(self, order: str, kind: int, form: str) -> None:
        payload = image_module.struct.pack(order + form, 6)
        block = pictures.exif_entry(order, 0x0112, kind, payload)
        assert open_photo(pictures.jpeg(exif=block), LIMITS).size == (48, 64)

    @pytest.mark.parametrize(
        "block",
        [
            b"Exif\x00\x00",
            b"Exif\x00\x00garbage",
            b"Exif\x00\x00II*\x00",
            b"Exif\x00\x00II*\x00\xff\xff\xff\xff",
            b"Exif\x00\x00II*\x00\x08\x00\x00\x00\xff\xff",
            pictures.exif(6).tobytes()[:-8],
            pictures.exif_entry("<", 0x0112, 11, image_module.struct.pack("<f", float("inf"))),
            pictures.exif_entry("<", 0x0112, 2, b"six"),
            pictures.exif_entry("<", 0x0112, 99, b"\x06"),
            pictures.exif_entry(">", 0x0112, 3, b"\x00\x00"),
            pictures.exif_entry("<", 0x0112, 3, b"\xff\xff"),
            pictures.exif_entry("<", 0x0100, 3, b"\x06\x00", entries=9),
            pictures.exif_entry("<", 0x0112, 3, b"\x06\x00", directory=4_000_000_000),
        ],
    )
    @pytest.mark.parametrize("make", [pictures.jpeg, pictures.png])
    def test_that_cannot_be_read_costs_no_photo(self, make: object, block: bytes) -> None:
        photo = make(exif=block)  # type: ignore[operator]
        assert np.abs(corners(open_photo(photo, LIMITS)) - pictures.QUARTERS).max() <= 3

    @given(st.binary(max_size=80))
    def test_never_raises_whatever_the_block_holds(self, block: bytes) -> None:
        assert refusal(pictures.jpeg(exif=b"Exif\x00\x00" + block)) is None

    @given(st.binary(max_size=60), st.sampled_from(["<", ">"]))
    def test_never_raises_whatever_the_directory_holds(self, rest: bytes, order: str) -> None:
        head = pictures.exif_entry(order, 0x0112, 3, b"\x06\x06", entries=4)[:-12]
        assert refusal(pictures.jpeg(exif=head + rest)) is None


class TestLimits:
    def test_on_bytes_are_exact(self) -> None:
        photo = pictures.jpeg()
        assert refusal(photo, ImageLimits(max_bytes=len(photo))) is None
        assert refusal(photo, ImageLimits(max_bytes=len(photo) - 1)) is ErrorCode.IMAGE_TOO_LARGE

    def test_on_bytes_come_before_all_else(self) -> None:
        assert refusal(b"no picture at all", ImageLimits(max_bytes=4)) is ErrorCode.IMAGE_TOO_LARGE

    @pytest.mark.parametrize("kind", ["JPEG", "PNG", "MPO"])
    def test_on_pixels_are_exact(self, kind: str) -> None:
        assert refusal(PHOTOS[kind], ImageLimits(max_pixels=64 * 48)) is None
        assert refusal(PHOTOS[kind], ImageLimits(max_pixels=64 * 48 - 1)) is ErrorCode.IMAGE_TOO_LARGE

    @pytest.mark.parametrize("make", [pictures.huge_png, pictures.huge_jpeg])
    @pytest.mark.parametrize("least_side", [0, 64])
    def test_on_pixels_cost_no_memory(self, make: object, least_side: int) -> None:
        photo = make()  # type: ignore[operator]
        tracemalloc.start()
        try:
            with pytest.raises(NoseprintError) as caught:
                open_photo(photo, LIMITS, least_side=least_side)
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
        assert caught.value.code is ErrorCode.IMAGE_TOO_LARGE
        assert peak < 1_000_000

    @pytest.mark.parametrize("make", [pictures.huge_png, pictures.huge_jpeg])
    def test_on_pixels_are_checked_before_any_pixel_is_decoded(
        self, make: object, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def decode(_self: object) -> None:
            pytest.fail("decoded")

        monkeypatch.setattr(image_module.JpegImageFile, "load", decode)
        monkeypatch.setattr(image_module.PngImageFile, "load", decode)
        assert refusal(make()) is ErrorCode.IMAGE_TOO_LARGE  # type: ignore[operator]

    def test_of_a_header_that_is_itself_broken(self) -> None:
        assert refusal(pictures.huge_jpeg(0, 10)) is ErrorCode.INVALID_IMAGE
        assert refusal(pictures.raw_png(0, 0, 8, 2, b"")) is ErrorCode.INVALID_IMAGE


class TestRefusal:
    @pytest.mark.parametrize("form", pictures.other_formats())
    def test_of_other_formats_names_the_format(self, form: str) -> None:
        assert refusal(pictures.other_formats()[form]) is ErrorCode.INVALID_IMAGE_FORMAT

    @pytest.mark.parametrize("noise", [b"", b"\x00", b"\xff", b"\xff\xd8", b"hello", b"<svg></svg>", b"RIFF1234WAVE"])
    def test_of_what_is_no_picture(self, noise: bytes) -> None:
        assert refusal(noise) is ErrorCode.INVALID_IMAGE

    def test_of_noise(self) -> None:
        assert refusal(bytes(range(64)) * 64) is ErrorCode.INVALID_IMAGE

    @pytest.mark.parametrize("head", [b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n"])
    @given(rest=st.binary(max_size=400))
    def test_of_noise_behind_the_right_head(self, head: bytes, rest: bytes) -> None:
        assert refusal(head + rest) is ErrorCode.INVALID_IMAGE

    @pytest.mark.parametrize("kind", [kind for kind in pictures.KINDS if kind != "MPO"])
    def test_of_files_cut_anywhere(self, kind: str) -> None:
        photo = PHOTOS[kind]
        whole_without = 12 if kind.startswith("PNG") else 0  # the last PNG chunk says no more than "end"
        for cut in {*range(0, len(photo), max(len(photo) // 60, 1)), *range(len(photo) - 40, len(photo))}:
            if 0 <= cut < len(photo) - whole_without:
                assert refusal(photo[:cut]) is ErrorCode.INVALID_IMAGE, cut

    @pytest.mark.parametrize("progressive", [False, True])
    def test_of_a_large_jpeg_cut_anywhere(self, progressive: bool) -> None:
        photo = pictures.jpeg(pictures.noise(40, 30).resize((400, 300)), progressive=progressive)
        for share in np.linspace(0.01, 0.999, 23):
            assert refusal(photo[: int(share * len(photo))]) is ErrorCode.INVALID_IMAGE

    def test_of_a_cut_jpeg_that_holds_a_whole_thumbnail(self) -> None:
        thumbnail = pictures.jpeg(pictures.quarters(16, 12))
        photo = pictures.jpeg(pictures.noise(), exif=b"Exif\x00\x00" + pictures.exif(1).tobytes()[6:] + thumbnail)
        assert refusal(photo) is None
        for cut in range(photo.index(thumbnail) + len(thumbnail), len(photo), 97):
            assert refusal(photo[:cut]) is ErrorCode.INVALID_IMAGE

    def test_of_a_png_with_a_wrong_checksum(self) -> None:
        photo = bytearray(pictures.png())
        photo[photo.index(b"IDAT") + 8] ^= 0xFF
        assert refusal(bytes(photo)) is ErrorCode.INVALID_IMAGE

    def test_of_a_palette_png_without_its_palette(self) -> None:
        photo = pictures.raw_png(8, 8, 8, 3, (b"\x00" + b"\x01" * 8) * 8)
        assert refusal(photo) is ErrorCode.INVALID_IMAGE

    def test_of_a_png_bomb_in_its_texts(self) -> None:
        bomb = pictures.png_chunk(b"zTXt", b"note\x00\x00" + image_module.zlib.compress(b"\x00" * 20_000_000))
        photo = pictures.raw_png(8, 8, 8, 2, (b"\x00" + b"\x10" * 24) * 8, before_data=(bomb,))
        assert refusal(photo) is ErrorCode.INVALID_IMAGE

    def test_says_why_without_a_word_of_the_photo(self) -> None:
        with pytest.raises(NoseprintError, match="truncated"):
            open_photo(pictures.jpeg()[:-2], LIMITS)


class TestWhatFollowsThePicture:
    @pytest.mark.parametrize(
        "film", [b"\x00" * 100, b"\xff\xda", b"\xff\xd9", b"\xff\xd9 \xff\xda", np.random.default_rng(9).bytes(5000)]
    )
    @pytest.mark.parametrize("kind", ["JPEG", "JPEG, progressive", "JPEG, restart markers", "PNG"])
    def test_does_not_matter(self, kind: str, film: bytes) -> None:
        photo = pictures.with_film(PHOTOS[kind], film)
        assert open_photo(photo, LIMITS).tobytes() == open_photo(PHOTOS[kind], LIMITS).tobytes()

    def test_of_an_mpo_is_not_looked_at(self) -> None:
        assert np.abs(corners(open_photo(PHOTOS["MPO"], LIMITS)) - pictures.QUARTERS).max() <= 3

    def test_does_not_make_a_cut_picture_whole(self) -> None:
        photo = pictures.jpeg(pictures.noise())
        assert refusal(photo[: len(photo) // 2] + b"\x00\xff\xda") is ErrorCode.INVALID_IMAGE


class TestScaledDecoding:
    @given(
        width=st.integers(8, 900),
        height=st.integers(8, 900),
        least_side=st.integers(1, 500),
        grey=st.booleans(),
    )
    @example(width=9, height=8, least_side=1, grey=False)
    def test_keeps_the_shorter_side(self, width: int, height: int, least_side: int, grey: bool) -> None:
        photo = pictures.jpeg(Image.new("L", (width, height), 90))
        picture = open_photo(photo, LIMITS, grey=grey, least_side=least_side)
        assert min(picture.size) >= min(least_side, width, height)
        assert picture.width <= width
        assert picture.height <= height

    @pytest.mark.parametrize(
        ("least_side", "size"), [(0, 800), (401, 800), (400, 400), (200, 200), (100, 100), (8, 100)]
    )
    def test_takes_the_smallest_scale_that_does(self, least_side: int, size: int) -> None:
        photo = pictures.jpeg(pictures.gradient(800, 800))
        assert open_photo(photo, LIMITS, least_side=least_side).size == (size, size)

    @pytest.mark.parametrize("kind", ["JPEG, CMYK", "JPEG, grey", "JPEG, RGB without transform", "JPEG, progressive"])
    @pytest.mark.parametrize("grey", [False, True])
    def test_of_every_kind_shows_the_same_picture(self, kind: str, grey: bool) -> None:
        whole = open_photo(PHOTOS[kind], LIMITS, grey=grey)
        scaled = open_photo(PHOTOS[kind], LIMITS, grey=grey, least_side=24)
        assert (scaled.mode, scaled.size) == (whole.mode, (32, 24))
        for x, y in CORNERS:
            difference = np.subtract(scaled.getpixel((x // 2, y // 2)), whole.getpixel((x, y)), dtype=int)
            assert np.abs(difference).max() <= 4

    def test_leaves_a_png_as_it_is(self) -> None:
        assert open_photo(pictures.png(), LIMITS, least_side=8).size == (64, 48)


class TestMutatedPictures:
    @given(st.binary(max_size=2000))
    def test_arbitrary_bytes_raise_only_what_is_promised(self, photo: bytes) -> None:
        assert refusal(photo) in {ErrorCode.INVALID_IMAGE, ErrorCode.INVALID_IMAGE_FORMAT}

    @given(data=st.data(), kind=st.sampled_from(sorted(PHOTOS)))
    def test_mutated_pictures_raise_only_what_is_promised(self, data: st.DataObject, kind: str) -> None:
        photo = bytearray(PHOTOS[kind])
        for _ in range(data.draw(st.integers(1, 6))):
            place = data.draw(st.integers(0, len(photo) - 1))
            photo[place] = data.draw(st.integers(0, 255))
        small = ImageLimits(max_pixels=100_000)
        assert refusal(bytes(photo), small) in {
            None,
            ErrorCode.INVALID_IMAGE,
            ErrorCode.INVALID_IMAGE_FORMAT,
            ErrorCode.IMAGE_TOO_LARGE,
        }

    @given(data=st.data(), kind=st.sampled_from(sorted(PHOTOS)))
    def test_spliced_pictures_raise_only_what_is_promised(self, data: st.DataObject, kind: str) -> None:
        photo = PHOTOS[kind]
        start = data.draw(st.integers(0, len(photo)))
        end = data.draw(st.integers(start, min(start + 200, len(photo))))
        put_in = data.draw(st.binary(max_size=40))
        refusal(photo[:start] + put_in + photo[end:], ImageLimits(max_pixels=100_000))


class TestStorage:
    @pytest.mark.parametrize("kind", [kind for kind in pictures.KINDS if not kind.startswith("PNG")])
    def test_keeps_the_picture_of_a_jpeg_alone_and_to_the_pixel(self, kind: str) -> None:
        stored = jpeg_for_storage(PHOTOS[kind], LIMITS)
        assert stored == without_metadata(PHOTOS[kind])
        assert open_photo(stored, LIMITS).tobytes() == open_photo(PHOTOS[kind], LIMITS).tobytes()

    @pytest.mark.parametrize("orientation", range(1, 9))
    def test_keeps_a_turned_jpeg_the_right_way_up(self, orientation: int) -> None:
        photo = pictures.turned("JPEG", orientation)
        stored = jpeg_for_storage(photo, LIMITS)
        assert open_photo(stored, LIMITS).tobytes() == open_photo(photo, LIMITS).tobytes()

    @pytest.mark.parametrize("keyword", ["comment", "Comment", "Author", "XML:com.adobe.xmp"])
    @pytest.mark.parametrize("repeated", [1, 6000])
    def test_of_a_png_takes_no_texts_over(self, keyword: str, repeated: int) -> None:
        texts = PngInfo()
        texts.add_itxt(keyword, "Hong Gil-dong" * repeated)
        stored = jpeg_for_storage(pictures.png(pnginfo=texts, exif=pictures.exif(1)), LIMITS)
        assert b"Hong" not in stored
        assert stored == jpeg_for_storage(pictures.png(), LIMITS)

    def test_refuses_a_png_with_a_longer_side_than_a_jpeg_can_have(self) -> None:
        assert jpeg_for_storage(pictures.png(Image.new("L", (65_500, 1))), LIMITS)
        with pytest.raises(NoseprintError) as caught:
            jpeg_for_storage(pictures.png(Image.new("L", (65_501, 1))), LIMITS)
        assert caught.value.code is ErrorCode.IMAGE_TOO_LARGE

    @pytest.mark.parametrize("kind", ["JPEG", "PNG"])
    def test_minds_the_limit_on_bytes_as_the_file_came(self, kind: str) -> None:
        limits = ImageLimits(max_bytes=len(PHOTOS[kind]))
        assert jpeg_for_storage(PHOTOS[kind], limits) == jpeg_for_storage(PHOTOS[kind], LIMITS)
        with pytest.raises(NoseprintError) as caught:
            jpeg_for_storage(pictures.with_film(PHOTOS[kind], b"\x00"), limits)
        assert caught.value.code is ErrorCode.IMAGE_TOO_LARGE

    @pytest.mark.parametrize("kind", [kind for kind in pictures.KINDS if kind.startswith("PNG")])
    def test_encodes_a_png_once_and_well(self, kind: str) -> None:
        stored = jpeg_for_storage(PHOTOS[kind], LIMITS)
        assert stored.startswith(b"\xff\xd8\xff")
        before = np.asarray(open_photo(PHOTOS[kind], LIMITS), dtype=float)
        after = np.asarray(open_photo(stored, LIMITS), dtype=float)
        assert np.abs(after - before).mean() < 3

    @pytest.mark.parametrize("orientation", range(1, 9))
    def test_stores_a_turned_png_upright_and_says_so_only_once(self, orientation: int) -> None:
        stored = jpeg_for_storage(pictures.turned("PNG", orientation), LIMITS)
        assert np.abs(corners(open_photo(stored, LIMITS)) - pictures.QUARTERS).max() <= 3
        assert not Image.open(io.BytesIO(stored)).getexif()

    def test_is_the_same_every_time(self) -> None:
        assert jpeg_for_storage(pictures.png(), LIMITS) == jpeg_for_storage(pictures.png(), LIMITS)

    def test_refuses_what_is_no_photo(self) -> None:
        with pytest.raises(NoseprintError) as caught:
            jpeg_for_storage(b"GIF89a", LIMITS)
        assert caught.value.code is ErrorCode.INVALID_IMAGE_FORMAT
