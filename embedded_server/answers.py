"""From our errors to the platform's coded, in-band answers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from embedded_server.wire.nose_embedder_pb2 import CompareVectorsResponse, MLErrorCode, NoseVectorResponse
from noseprint.errors import ErrorCode, NoseprintError

if TYPE_CHECKING:
    from collections.abc import Mapping

SERVICE: Final = "nose_embedder.NoseEmbedderService"

Answer = NoseVectorResponse | CompareVectorsResponse

ANSWER_TYPES: Final[Mapping[str, type[Answer]]] = {
    f"/{SERVICE}/ExtractNoseVector": NoseVectorResponse,
    f"/{SERVICE}/CompareWithStoredImage": CompareVectorsResponse,
}
"""The methods that answer in-band, and with what."""

_PLATFORM_CODES: Final = frozenset(MLErrorCode.keys())

_FITTING: Final[Mapping[ErrorCode, ErrorCode]] = {
    ErrorCode.TOO_FEW_PHOTOS: ErrorCode.INVALID_REQUEST,
    ErrorCode.PHOTOS_DISAGREE: ErrorCode.INVALID_REQUEST,
    ErrorCode.ALREADY_ENROLLED: ErrorCode.INVALID_REQUEST,
    ErrorCode.INVALID_PHONE_NUMBER: ErrorCode.INVALID_REQUEST,
    ErrorCode.INVALID_MICROCHIP: ErrorCode.INVALID_REQUEST,
    ErrorCode.MICROCHIP_TAKEN: ErrorCode.INVALID_REQUEST,
    ErrorCode.INVALID_PET_FACT: ErrorCode.INVALID_REQUEST,
    ErrorCode.PET_DID_TAKEN: ErrorCode.INVALID_REQUEST,
    ErrorCode.PET_NOT_FOUND: ErrorCode.VECTOR_NOT_FOUND,
    ErrorCode.OBJECT_NOT_FOUND: ErrorCode.INVALID_IMAGE,
    ErrorCode.FILE_NOT_READABLE: ErrorCode.STORAGE_CONNECTION_ERROR,
    ErrorCode.FOLDER_NOT_USABLE: ErrorCode.STORAGE_CONNECTION_ERROR,
    ErrorCode.MODEL_FILE_INVALID: ErrorCode.MODEL_NOT_LOADED,
    ErrorCode.RECORDS_UNAVAILABLE: ErrorCode.SERVICE_UNAVAILABLE,
    ErrorCode.RECORDS_DAMAGED: ErrorCode.SERVICE_UNAVAILABLE,
    ErrorCode.RECORDS_TOO_NEW: ErrorCode.SERVICE_UNAVAILABLE,
    ErrorCode.RECORDS_NOT_UPGRADED: ErrorCode.SERVICE_UNAVAILABLE,
    ErrorCode.MASTER_KEY_MISSING: ErrorCode.SERVICE_UNAVAILABLE,
    ErrorCode.DISK_FULL: ErrorCode.SERVICE_UNAVAILABLE,
}


def platform_code(code: ErrorCode) -> ErrorCode:
    """The code that the platform knows: its own as they are, ours as the one that fits best.

    What has no fitting code is a fault of this program: INTERNAL_SERVER_ERROR.
    """
    return code if code.name in _PLATFORM_CODES else _FITTING.get(code, ErrorCode.INTERNAL_SERVER_ERROR)


def failure(answer_type: type[Answer], code: ErrorCode) -> Answer:
    """The answer to a request that failed.

    ``error_code`` and ``retryable`` are always set, for their absence means success. The message begins with
    the ``ML_xxxx`` code, because the gateway loses ``error_code`` on its side, and goes on with that code's
    own sentence: an error's details may name what is none of the caller's business.
    """
    told = NoseprintError(platform_code(code))
    return answer_type(
        success=False,
        error_code=told.code.name,
        error_message=f"{told.code.value}: {told.sentence('en')}",
        retryable=told.retryable,
    )
