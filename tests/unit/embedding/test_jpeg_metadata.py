from __future__ import annotations

import io
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageCms, JpegImagePlugin

from noseprint.embedding.image import open_photo
from noseprint.embedding.jpeg_metadata import without_metadata
from noseprint.embedding.limits import ImageLimits
from noseprint.errors import ErrorCode, NoseprintError
from tests.support import pictures

LIMITS = ImageLimits(max_pixels=100_000)
START, END = b"\xff\xd8", b"\xff\xd9"
JPEGS = {kind: make() for kind, make in pictures.KINDS.items() if not kind.startswith("PNG")}
PROFILE = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
SECRET = b"Hong Gil-dong, 37.5665 N 126.9780 E"


def segment(kind: int, content: bytes) -> bytes:
    return bytes([0xFF, kind]) + struct.pack(">H", len(content) + 2) + content


def markers(jpeg: bytes) -> list[tuple[str, bytes]]:
    """The APPn and COM segments that Pillow finds before the scan."""
    with Image.open(io.BytesIO(jpeg)) as picture:
        assert isinstance(picture, JpegImagePlugin.JpegImageFile)
        return picture.applist


def with_segments(jpeg: bytes, *added: bytes) -> bytes:
    return START + b"".join(added) + jpeg[2:]


def before(jpeg: bytes, marker: bytes, added: bytes) -> bytes:
    at = jpeg.rindex(marker)
    return jpeg[:at] + added + jpeg[at:]


def pixels(jpeg: bytes) -> tuple[object, bytes]:
    picture = open_photo(jpeg, LIMITS)
    return picture.size, picture.tobytes()


def told(orientation: int) -> bytes:
    """A photo as a telephone writes it: place, owner, thumbnail, comment, maker's notes, a film behind it."""
    block = pictures.exif(orientation)
    block[0x013B] = SECRET.decode()  # the artist
    block.get_ifd(0x8825)[29] = SECRET.decode()  # the day of the place
    return (
        with_segments(
            pictures.turned("JPEG", orientation),
            segment(0xE1, block.tobytes()),
            segment(0xE1, b"http://ns.adobe.com/xap/1.0/\x00<x>" + SECRET + b"</x>"),
            segment(0xE2, b"MPF\x00" + SECRET),
            *(segment(0xE0 + number, SECRET) for number in (*range(3, 14), 15)),
            segment(0xE0, b"JFXX\x00\x10" + pictures.jpeg(pictures.quarters(16, 12)) + SECRET),
            segment(0xFE, SECRET),
        )
        + SECRET
    )


SHOTS = {**JPEGS, **{f"orientation {number}": told(number) for number in range(1, 9)}}
SHOTS["colour profile"] = pictures.jpeg(icc_profile=PROFILE * 40, comment=SECRET)
SHOTS["progressive, comments between scans"] = before(
    pictures.jpeg(progressive=True), b"\xff\xda", segment(0xFE, SECRET)
)


@pytest.mark.parametrize("kind", SHOTS)
def test_every_pixel_stays_as_it_was(kind: str) -> None:
    assert pixels(without_metadata(SHOTS[kind])) == pixels(SHOTS[kind])


@pytest.mark.parametrize("kind", SHOTS)
def test_nothing_is_told_of_owner_and_place(kind: str) -> None:
    clean = without_metadata(SHOTS[kind])
    assert SECRET not in clean
    assert {name for name, _ in markers(clean)} <= {"APP0", "APP1", "APP2", "APP14"}
    assert clean.endswith(END)
    assert clean.count(START) == 1  # neither thumbnail nor second picture


@pytest.mark.parametrize("kind", SHOTS)
def test_doing_it_twice_changes_nothing_more(kind: str) -> None:
    clean = without_metadata(SHOTS[kind])
    assert without_metadata(clean) == clean


@pytest.mark.parametrize("kind", [kind for kind in JPEGS if kind not in {"JPEG, with EXIF", "MPO"}])
def test_a_jpeg_that_tells_nothing_comes_back_byte_for_byte(kind: str) -> None:
    assert without_metadata(JPEGS[kind]) == JPEGS[kind]


@pytest.mark.parametrize("orientation", range(2, 9))
def test_of_an_exif_block_the_orientation_alone_is_left(orientation: int) -> None:
    clean = without_metadata(told(orientation))
    with Image.open(io.BytesIO(clean)) as picture:
        assert dict(picture.getexif()) == {0x0112: orientation}
    assert [len(content) for name, content in markers(clean) if name == "APP1"] == [32]


@pytest.mark.parametrize("orientation", [0, 1, 9, 65535])
def test_an_upright_photo_keeps_no_exif_block(orientation: int) -> None:
    block = pictures.exif_entry(">", 0x0112, 3, struct.pack(">H", orientation))
    assert without_metadata(pictures.jpeg(exif=block)) == pictures.jpeg()


def test_an_exif_block_in_two_segments_is_read_as_one() -> None:
    block = pictures.exif(6).tobytes()
    photo = with_segments(
        pictures.jpeg(), segment(0xE1, block[:20]), segment(0xE1, b"Exif\x00\x00" + block[20:]), segment(0xFE, SECRET)
    )
    assert open_photo(photo, LIMITS).size == (48, 64)
    assert pixels(without_metadata(photo)) == pixels(photo)


def test_an_exif_block_behind_the_first_scan_turns_nothing() -> None:
    late = segment(0xE1, pictures.exif(6).tobytes())
    photo = before(pictures.jpeg(progressive=True), b"\xff\xda", late)
    assert without_metadata(photo) == pictures.jpeg(progressive=True)


def test_a_colour_profile_of_several_segments_stays() -> None:
    clean = without_metadata(SHOTS["colour profile"])
    with Image.open(io.BytesIO(clean)) as picture:
        assert picture.info["icc_profile"] == PROFILE * 40


def test_adobes_colour_transform_stays_without_what_is_appended_to_it() -> None:
    photo = JPEGS["JPEG, RGB without transform"]
    adobe = next(content for name, content in markers(photo) if name == "APP14")
    longer = photo.replace(segment(0xEE, adobe), segment(0xEE, adobe + SECRET))
    assert len(longer) > len(photo)
    assert without_metadata(longer) == photo


def test_jfifs_thumbnail_goes_and_its_header_stays() -> None:
    photo = pictures.jpeg(dpi=(72, 72))
    header = next(content for name, content in markers(photo) if name == "APP0")
    with_thumbnail = photo.replace(segment(0xE0, header), segment(0xE0, header[:12] + b"\x01\x01" + SECRET[:3]))
    assert without_metadata(with_thumbnail) == photo


@pytest.mark.parametrize("content", [b"", b"JFIF\x00", b"Adobe", b"ICC", b"AVI1\x00"])
@pytest.mark.parametrize("kind", [0xE0, 0xE2, 0xEE])
def test_a_header_that_no_decoder_heeds_goes(kind: int, content: bytes) -> None:
    assert without_metadata(with_segments(pictures.jpeg(), segment(kind, content))) == pictures.jpeg()


@pytest.mark.parametrize("junk", [b"\x00" + SECRET, b"\xff\xff\xff", b"\xff\x00\xff\x01", b"\xff\xd3"])
def test_what_hides_between_segments_goes(junk: bytes) -> None:
    assert without_metadata(before(pictures.jpeg(), b"\xff\xdb", junk)) == pictures.jpeg()


@pytest.mark.parametrize(
    "photo",
    [
        b"",
        START,
        START + END,
        pictures.png(),
        START + segment(0xFE, SECRET) + END,
        pictures.jpeg()[:-2],
        START + pictures.jpeg(),
        START + b"\xff\x02" + pictures.jpeg()[2:],
        START + b"\xff\xf7\x00\x02" + pictures.jpeg()[2:],
        START + b"\xff\xfe\xff\xff" + pictures.jpeg()[2:],
    ],
)
def test_what_is_no_whole_jpeg_is_refused(photo: bytes) -> None:
    with pytest.raises(NoseprintError) as caught:
        without_metadata(photo)
    assert caught.value.code is ErrorCode.INVALID_IMAGE


def cleaned_or_code(photo: bytes) -> bytes | ErrorCode:
    try:
        return without_metadata(photo)
    except NoseprintError as error:
        return error.code


def pixels_or_refused(photo: bytes) -> object:
    try:
        return pixels(photo)
    except NoseprintError:
        return None


def check_mutated(photo: bytes) -> None:
    clean = cleaned_or_code(photo)
    if isinstance(clean, ErrorCode):
        assert clean is ErrorCode.INVALID_IMAGE
        return
    assert without_metadata(clean) == clean
    if seen := pixels_or_refused(photo):
        assert pixels(clean) == seen


@given(data=st.data(), kind=st.sampled_from(sorted(SHOTS)))
def test_a_mutated_jpeg_shows_the_same_pixels_or_is_refused(data: st.DataObject, kind: str) -> None:
    photo = bytearray(SHOTS[kind])
    for _ in range(data.draw(st.integers(1, 6))):
        photo[data.draw(st.integers(0, len(photo) - 1))] = data.draw(st.integers(0, 255))
    check_mutated(bytes(photo))


@given(
    share=st.floats(0, 1),
    kind=st.sampled_from(sorted(JPEGS)),
    marker=st.integers(0, 255),
    content=st.binary(max_size=40),
)
def test_a_segment_put_in_anywhere_costs_no_pixel(share: float, kind: str, marker: int, content: bytes) -> None:
    photo = JPEGS[kind]
    at = 2 + round(share * (len(photo) - 4))
    check_mutated(photo[:at] + segment(marker, content) + photo[at:])


@given(data=st.data(), kind=st.sampled_from(sorted(SHOTS)))
def test_a_spliced_jpeg_shows_the_same_pixels_or_is_refused(data: st.DataObject, kind: str) -> None:
    photo = SHOTS[kind]
    start = data.draw(st.integers(0, len(photo)))
    end = data.draw(st.integers(start, min(start + 200, len(photo))))
    check_mutated(photo[:start] + data.draw(st.binary(max_size=40)) + photo[end:])
