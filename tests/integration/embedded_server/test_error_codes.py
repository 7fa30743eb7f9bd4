"""Every code of the platform arrives over the wire: number, presence, ML text, retryable."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PIL import Image

from embedded_server.answers import ANSWER_TYPES, SERVICE
from embedded_server.wire.nose_embedder_pb2 import CompareVectorsResponse, MLErrorCode, NoseVectorResponse
from noseprint.gateway import Gateway
from tests.integration.embedded_server.serving import (
    LIMITS,
    MEASURED_ELSEWHERE,
    OTHER_PET,
    PET,
    BrokenEmbedder,
    Client,
    code_of,
    never_loaded,
    running,
    unreachable_objects,
)
from tests.support import pictures

if TYPE_CHECKING:
    from noseprint.embedding.embedder import ModelEmbedder
    from noseprint.settings import Settings
    from noseprint.sync.pet_objects import PetObjects

Answer = NoseVectorResponse | CompareVectorsResponse

THE_PLATFORMS_TABLE = {
    "INVALID_IMAGE": (0, "ML_4001", False),
    "IMAGE_TOO_LARGE": (1, "ML_4002", False),
    "INVALID_IMAGE_FORMAT": (2, "ML_4003", False),
    "VECTOR_NOT_FOUND": (3, "ML_4004", False),
    "VECTOR_DIMENSION_MISMATCH": (4, "ML_4005", False),
    "INVALID_REQUEST": (5, "ML_4006", False),
    "MODEL_NOT_LOADED": (6, "ML_5001", True),
    "INFERENCE_ERROR": (7, "ML_5002", True),
    "STORAGE_CONNECTION_ERROR": (8, "ML_5003", True),
    "INTERNAL_SERVER_ERROR": (9, "ML_5004", True),
    "SERVICE_UNAVAILABLE": (10, "ML_5005", True),
}


def assert_code(answer: Answer, name: str) -> None:
    number, text, retryable = THE_PLATFORMS_TABLE[name]
    assert code_of(answer) == name
    assert answer.error_code == number
    assert answer.retryable is retryable
    code, colon, sentence = answer.error_message.partition(": ")
    assert (code, colon) == (text, ": ")
    assert sentence[0].isupper()
    assert sentence.endswith(".")


def test_the_wire_has_the_platforms_codes_and_no_others() -> None:
    assert dict(MLErrorCode.items()) == {name: number for name, (number, _, _) in THE_PLATFORMS_TABLE.items()}


@pytest.mark.parametrize("junk", [b"", b"not a picture", b"\x00" * 4096])
def test_what_is_no_picture_is_invalid_image(client: Client, junk: bytes) -> None:
    assert_code(client.extract(junk), "INVALID_IMAGE")


@pytest.mark.parametrize("kept", [0.2, 0.5, 0.9])
def test_a_truncated_picture_is_invalid_image(client: Client, photo: bytes, kept: float) -> None:
    assert_code(client.extract(photo[: int(len(photo) * kept)]), "INVALID_IMAGE")


def test_an_image_over_the_byte_limit_is_answered_in_band(client: Client, photo: bytes) -> None:
    assert_code(client.extract(photo + b"\x00" * LIMITS.max_bytes), "IMAGE_TOO_LARGE")


def test_an_image_a_few_mebibytes_over_every_limit_still_gets_its_code(client: Client, photo: bytes) -> None:
    assert_code(client.extract(photo + b"\x00" * 4_000_000), "IMAGE_TOO_LARGE")


@pytest.mark.parametrize("huge", [pictures.huge_png, pictures.huge_jpeg])
def test_a_picture_of_too_many_pixels_is_too_large(client: Client, huge: object) -> None:
    assert callable(huge)
    assert_code(client.extract(huge()), "IMAGE_TOO_LARGE")


@pytest.mark.parametrize("form", sorted(pictures.other_formats()))
def test_other_formats_are_named_as_such(client: Client, form: str) -> None:
    assert_code(client.extract(pictures.other_formats()[form], form.lower()), "INVALID_IMAGE_FORMAT")


def test_a_pet_without_a_vector_is_not_found(client: Client) -> None:
    assert_code(client.compare(f"nose-print-photo/{OTHER_PET}/verify_1.jpg", OTHER_PET), "VECTOR_NOT_FOUND")


def test_a_vector_of_another_model_is_a_mismatch(client: Client) -> None:
    key = f"nose-print-photo/{MEASURED_ELSEWHERE}/verify_1.jpg"
    assert_code(client.compare(key, MEASURED_ELSEWHERE), "VECTOR_DIMENSION_MISMATCH")


def test_a_missing_photo_is_invalid_image(client: Client) -> None:
    assert_code(client.compare(f"nose-print-photo/{PET}/verify_2.jpg"), "INVALID_IMAGE")


def test_a_broken_stored_photo_is_invalid_image(client: Client) -> None:
    assert_code(client.compare(f"nose-print-photo/{PET}/broken.jpg"), "INVALID_IMAGE")


def test_a_wrong_pet_did_is_an_invalid_request(client: Client) -> None:
    assert_code(client.compare(f"nose-print-photo/{PET}/verify_1.jpg", "Choco"), "INVALID_REQUEST")


@pytest.mark.parametrize("method", ["ExtractNoseVector", "CompareWithStoredImage"])
@pytest.mark.parametrize("raw", [b"\xff\xff\xff", b"\x0a\x02\xff\xfe", b"\x12\x01\xff"])
def test_bytes_that_are_no_message_are_an_invalid_request(client: Client, method: str, raw: bytes) -> None:
    path = f"/{SERVICE}/{method}"
    call = client.channel.unary_unary(path, None, None)
    answer = ANSWER_TYPES[path].FromString(call(raw, timeout=10))
    # Only the first two bytes are a photo that is none; no string field may hold bytes that are not UTF-8.
    photo_that_is_none = method == "ExtractNoseVector" and raw[0] == 0x0A
    assert_code(answer, "INVALID_IMAGE" if photo_that_is_none else "INVALID_REQUEST")


@pytest.mark.provokes_warnings
def test_before_the_model_is_loaded_both_methods_say_so(settings: Settings, objects: PetObjects, photo: bytes) -> None:
    with running(settings, Gateway(never_loaded(), objects)) as (_, client):
        assert_code(client.extract(photo), "MODEL_NOT_LOADED")
        assert_code(client.compare(f"nose-print-photo/{PET}/verify_1.jpg"), "MODEL_NOT_LOADED")


@pytest.mark.provokes_warnings
def test_a_photo_without_a_vector_is_an_inference_error(client: Client) -> None:
    black = pictures.png(Image.new("RGB", (32, 32)))
    assert_code(client.extract(black), "INFERENCE_ERROR")


@pytest.mark.provokes_warnings
def test_a_store_that_cannot_be_reached_is_a_storage_connection_error(
    settings: Settings, embedder: ModelEmbedder
) -> None:
    with running(settings, Gateway(embedder, unreachable_objects())) as (_, client):
        assert_code(client.compare(f"nose-print-photo/{PET}/verify_1.jpg"), "STORAGE_CONNECTION_ERROR")


@pytest.mark.provokes_warnings
def test_a_bug_of_ours_is_an_internal_server_error_and_its_text_stays_in(
    settings: Settings, embedder: ModelEmbedder, objects: PetObjects, photo: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    with running(settings, Gateway(BrokenEmbedder(embedder), objects)) as (_, client):
        answer = client.extract(photo)
    assert_code(answer, "INTERNAL_SERVER_ERROR")
    assert BrokenEmbedder.SECRET not in answer.error_message + caplog.text
    (unexpected,) = [record for record in caplog.records if record.message == "unexpected error"]
    assert unexpected.facts["error"] == "ZeroDivisionError"  # type: ignore[attr-defined]
    assert unexpected.facts["where"].startswith("serving.py:")  # type: ignore[attr-defined]
