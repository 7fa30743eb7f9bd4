"""A seeded source of what a server should never stumble over: case ``n`` is the same on every machine, every time."""

from __future__ import annotations

import io
import random
import struct
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from PIL import Image

from embedded_server.answers import SERVICE
from embedded_server.wire.nose_embedder_pb2 import (
    CompareVectorsResponse,
    CompareWithStoredImageRequest,
    HealthCheckRequest,
    HealthCheckResponse,
    MLErrorCode,
    NoseImageRequest,
    NoseVectorResponse,
)
from tests.integration.embedded_server.serving import MEASURED_ELSEWHERE, OTHER_PET, PET
from tests.support import pictures

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    import grpc

DEADLINE_S: Final = 60.0
CALLERS_FAULTS: Final = frozenset(
    {
        "INVALID_IMAGE",
        "IMAGE_TOO_LARGE",
        "INVALID_IMAGE_FORMAT",
        "VECTOR_NOT_FOUND",
        "VECTOR_DIMENSION_MISMATCH",
        "INVALID_REQUEST",
    }
)

_ANSWERS: Final[dict[str, type[NoseVectorResponse | CompareVectorsResponse | HealthCheckResponse]]] = {
    "ExtractNoseVector": NoseVectorResponse,
    "CompareWithStoredImage": CompareVectorsResponse,
    "HealthCheck": HealthCheckResponse,
}
_PIECES: Final = [
    *(
        "nose-print-photo/",
        PET,
        OTHER_PET,
        MEASURED_ELSEWHERE,
        "/",
        "//",
        ".",
        "..",
        "../",
        "..\\",
        "\\",
        ":",
        "%2e%2e%2f",
    ),
    *("verify_1.jpg", "image_1.jpg", "vector.npy", "pet/petDID/", ".json", "models/", "did:ethr:besu:0x", "0" * 40),
    *(
        "\x00",
        "\n",
        "\r\n",
        "\x7f",
        "\u2028",
        "\u202e",
        "\ufeff",
        "\ud7ff",
        "\U0010ffff",
        "é",
        "e\u0301",
        "코",
        "🐶",
        " ",
        "~",
    ),
    *("$(id)", "{0}", "%s", "'; --", "<b>", "C:", "NUL", "a" * 300, "x" * 5000),
]
_NUMBERS: Final = [0, 1, 2, 7, 8, 127, 128, 255]


@dataclass(frozen=True)
class Case:
    """One call: the method, the bytes of its request, and what it was made from, for the report of a failure."""

    number: int
    method: str
    raw: bytes


def seeds(noses: Path) -> list[bytes]:
    """Valid photos of every kind, and small copies of the carried noses."""
    small = [_thumbnail(photo) for photo in sorted(noses.glob("*/01.jpg"))]
    return [*(make() for make in pictures.KINDS.values()), *small, *pictures.other_formats().values()]


def case(number: int, photos: Sequence[bytes]) -> Case:
    """The case of that number."""
    rng = random.Random(number)  # noqa: S311 - repeatable on purpose
    make = rng.choices([_photo, _comparison, _health, _no_message], [75, 15, 2, 8])[0]
    method, raw = make(rng, photos)
    return Case(number, method, raw)


def run(case: Case, channel: grpc.Channel) -> str:
    """Send a case and return what came: a code's name, OK, or a health status.

    Raises:
        AssertionError: the answer is neither a success nor the caller's own fault.
        grpc.RpcError: the transport failed or the deadline passed.
    """
    call = channel.unary_unary(f"/{SERVICE}/{case.method}", None, None)
    answer = _ANSWERS[case.method].FromString(call(case.raw, timeout=DEADLINE_S))
    if isinstance(answer, HealthCheckResponse):
        return HealthCheckResponse.ServingStatus.Name(answer.status)
    if answer.success:
        assert not answer.HasField("error_code")
        return "OK"
    code = MLErrorCode.Name(answer.error_code)
    assert answer.HasField("error_code"), case
    assert code in CALLERS_FAULTS, f"case {case.number} ({case.method}): {answer.error_message}"
    assert answer.error_message.startswith("ML_4"), case
    return code


def _thumbnail(photo: Path) -> bytes:
    with Image.open(photo) as picture:
        picture.thumbnail((96, 96))
        stream = io.BytesIO()
        picture.save(stream, "JPEG", quality=90)
    return stream.getvalue()


def _photo(rng: random.Random, photos: Sequence[bytes]) -> tuple[str, bytes]:
    request = NoseImageRequest(image_data=_mutated(rng, photos), image_format=_text(rng, 2))
    return "ExtractNoseVector", request.SerializeToString()


def _comparison(rng: random.Random, _photos: Sequence[bytes]) -> tuple[str, bytes]:
    pet = rng.choice([PET, PET, OTHER_PET, MEASURED_ELSEWHERE, _text(rng, 3)])
    inside = f"nose-print-photo/{pet}/{rng.choice(['verify_1.jpg', _text(rng, 3)])}"
    key = inside if rng.random() < 0.7 else _text(rng, 8)
    return "CompareWithStoredImage", CompareWithStoredImageRequest(image_key=key, pet_did=pet).SerializeToString()


def _health(rng: random.Random, _photos: Sequence[bytes]) -> tuple[str, bytes]:
    return "HealthCheck", HealthCheckRequest(service=_text(rng, 3)).SerializeToString()


def _no_message(rng: random.Random, photos: Sequence[bytes]) -> tuple[str, bytes]:
    """Bytes that once were a message, or never."""
    method, raw = rng.choice([_photo, _comparison])(rng, photos)
    return method, rng.randbytes(rng.randrange(64)) if rng.random() < 0.3 else _bits_flipped(rng, raw[:40]) + raw[40:]


def _text(rng: random.Random, pieces: int) -> str:
    return "".join(rng.choices(_PIECES, k=rng.randint(0, pieces)))


def _mutated(rng: random.Random, photos: Sequence[bytes]) -> bytes:
    photo = rng.choice(photos)
    for mutate in rng.choices(_MUTATIONS, k=rng.randint(1, 3)):
        photo = mutate(rng, photo) if photo else photo
    if rng.random() < 0.1:
        photo = _spliced(rng, photo, rng.choice(photos))
    return _checksums_mended(photo) if rng.random() < 0.6 else photo


def _bits_flipped(rng: random.Random, photo: bytes) -> bytes:
    flipped = bytearray(photo)
    for _ in range(rng.randint(1, 12)):
        place = rng.randrange(max(len(flipped), 1))
        flipped[place : place + 1] = bytes([flipped[place] ^ 1 << rng.randrange(8)]) if flipped else b"\x01"
    return bytes(flipped)


def _truncated(rng: random.Random, photo: bytes) -> bytes:
    return photo[: rng.randrange(len(photo))]


def _header_edited(rng: random.Random, photo: bytes) -> bytes:
    """Write a telling number, of one, two or four bytes, into the first bytes: lengths, sizes, depths live there."""
    number = rng.choice([*_NUMBERS, 0x7FFF, 0x8000, 0xFFFF, 0x7FFFFFFF, 0xFFFFFFFF])
    form = rng.choice([form for form in (">B", ">H", "<H", ">I", "<I") if number < 256 ** struct.calcsize(form)])
    place = rng.randrange(min(len(photo), 700))
    written = struct.pack(form, number)
    return photo[:place] + written + photo[place + len(written) :]


def _piece_removed(rng: random.Random, photo: bytes) -> bytes:
    start = rng.randrange(len(photo))
    return photo[:start] + photo[start + rng.randint(1, 64) :]


def _piece_repeated(rng: random.Random, photo: bytes) -> bytes:
    start = rng.randrange(len(photo))
    end = start + rng.randint(1, 256)
    return photo[:end] + photo[start:end] * rng.randint(1, 8) + photo[end:]


def _noise_written(rng: random.Random, photo: bytes) -> bytes:
    start, noise = rng.randrange(len(photo)), rng.randbytes(rng.randint(1, 64))
    return photo[:start] + noise + photo[start + len(noise) :]


def _noise_inserted(rng: random.Random, photo: bytes) -> bytes:
    start = rng.randrange(len(photo))
    return photo[:start] + rng.randbytes(rng.randint(1, 64)) + photo[start:]


def _noise_after_the_head(rng: random.Random, photo: bytes) -> bytes:
    kept = rng.choice([0, 2, 3, 4, 8, 16, 33, 64])
    return photo[:kept] + rng.randbytes(rng.randrange(512))


def _marker_inserted(rng: random.Random, photo: bytes) -> bytes:
    """A JPEG marker, or a PNG chunk with a right checksum, where nobody expects it."""
    start = rng.randrange(len(photo))
    segment = b"\xff" + bytes([rng.randrange(0xC0, 0xFF)]) + struct.pack(">H", rng.choice([0, 1, 2, 8, 64, 0xFFFF]))
    names = [b"IHDR", b"PLTE", b"IDAT", b"tRNS", b"iCCP", b"zTXt", b"eXIf", b"acTL", b"fcTL", b"fdAT", b"IEND"]
    chunk = pictures.png_chunk(rng.choice(names), rng.randbytes(rng.randrange(48)))
    place = rng.choice([start, 2, 8, 33])
    return photo[:place] + rng.choice([segment, chunk]) + photo[place:]


def _size_edited(rng: random.Random, photo: bytes) -> bytes:
    """Another width and height in the frame header of a JPEG or the IHDR of a PNG."""
    side = [0, 1, 63, 65, 4_000, 7_000, 65_535]
    found = min((place for sof in (b"\xff\xc0", b"\xff\xc2") if (place := photo.find(sof)) >= 0), default=0)
    form, place = (">II", 16) if photo.startswith(b"\x89PNG") else (">HH", found + 5)
    written = struct.pack(form, rng.choice(side), rng.choice(side))
    return photo[:place] + written + photo[place + len(written) :]


def _checksums_mended(photo: bytes) -> bytes:
    """Right checksums for every chunk of a PNG: the decoder then looks at what is in them."""
    place = 8
    while photo.startswith(b"\x89PNG") and place + 12 <= len(photo):
        end = place + 8 + int.from_bytes(photo[place : place + 4], "big")
        if end + 4 > len(photo):
            break
        photo = photo[:end] + struct.pack(">I", zlib.crc32(photo[place + 4 : end])) + photo[end + 4 :]
        place = end + 4
    return photo


def _spliced(rng: random.Random, photo: bytes, other: bytes) -> bytes:
    return photo[: rng.randint(0, len(photo))] + other[rng.randint(0, len(other)) :]


_MUTATIONS: Final[list[Callable[[random.Random, bytes], bytes]]] = [
    _bits_flipped,
    _truncated,
    _header_edited,
    _header_edited,
    _size_edited,
    _piece_removed,
    _piece_repeated,
    _noise_written,
    _noise_inserted,
    _noise_after_the_head,
    _marker_inserted,
]
