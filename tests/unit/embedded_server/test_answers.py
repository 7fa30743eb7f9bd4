"""Every error of ours becomes one of the platform's eleven, with nothing of its details."""

from __future__ import annotations

import pytest

from embedded_server.answers import ANSWER_TYPES, SERVICE, failure, platform_code
from embedded_server.wire.nose_embedder_pb2 import DESCRIPTOR, CompareVectorsResponse, MLErrorCode, NoseVectorResponse
from noseprint.errors import ErrorCode, NoseprintError

PLATFORMS = [code for code in ErrorCode if code.value.startswith("ML_")]
OURS = [code for code in ErrorCode if code.value.startswith("NP_")]
RETRYABLE = {"ML_5001", "ML_5002", "ML_5003", "ML_5004", "ML_5005"}


def test_all_eleven_are_on_the_wire() -> None:
    assert [code.name for code in PLATFORMS] == list(MLErrorCode.keys())


@pytest.mark.parametrize("code", PLATFORMS)
def test_the_platforms_codes_stay_as_they_are(code: ErrorCode) -> None:
    assert platform_code(code) is code


@pytest.mark.parametrize("code", OURS)
def test_ours_become_the_platforms(code: ErrorCode) -> None:
    assert platform_code(code) in PLATFORMS


@pytest.mark.parametrize(
    ("ours", "platforms"),
    [
        (ErrorCode.PET_NOT_FOUND, ErrorCode.VECTOR_NOT_FOUND),
        (ErrorCode.OBJECT_NOT_FOUND, ErrorCode.INVALID_IMAGE),
        (ErrorCode.MODEL_FILE_INVALID, ErrorCode.MODEL_NOT_LOADED),
        (ErrorCode.TOO_FEW_PHOTOS, ErrorCode.INVALID_REQUEST),
        (ErrorCode.RECORDS_UNAVAILABLE, ErrorCode.SERVICE_UNAVAILABLE),
        (ErrorCode.DISK_FULL, ErrorCode.SERVICE_UNAVAILABLE),
        (ErrorCode.MASTER_KEY_MISSING, ErrorCode.SERVICE_UNAVAILABLE),
        (ErrorCode.FOLDER_NOT_USABLE, ErrorCode.STORAGE_CONNECTION_ERROR),
        (ErrorCode.SETTINGS_INVALID, ErrorCode.INTERNAL_SERVER_ERROR),
    ],
)
def test_the_fitting_one_is_chosen(ours: ErrorCode, platforms: ErrorCode) -> None:
    assert platform_code(ours) is platforms


@pytest.mark.parametrize("answer_type", [NoseVectorResponse, CompareVectorsResponse])
@pytest.mark.parametrize("code", list(ErrorCode))
def test_a_failure_has_every_field_of_a_failure(
    answer_type: type[NoseVectorResponse | CompareVectorsResponse], code: ErrorCode
) -> None:
    sent = answer_type.FromString(failure(answer_type, code).SerializeToString())
    told = NoseprintError(platform_code(code))
    assert sent.success is False
    assert sent.HasField("error_code")
    assert sent.HasField("retryable")
    assert MLErrorCode.Name(sent.error_code) == told.code.name
    assert sent.retryable is (told.code.value in RETRYABLE)
    assert sent.error_message == f"{told.code.value}: {told.sentence('en')}"
    assert "{" not in sent.error_message


def test_every_method_but_health_answers_in_band_with_its_own_type() -> None:
    methods = DESCRIPTOR.services_by_name["NoseEmbedderService"].methods
    expected = {f"/{SERVICE}/{method.name}": method.output_type.name for method in methods}
    del expected[f"/{SERVICE}/HealthCheck"]
    assert {method: answer.DESCRIPTOR.name for method, answer in ANSWER_TYPES.items()} == expected
