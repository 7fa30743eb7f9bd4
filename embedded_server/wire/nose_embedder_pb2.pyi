from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class MLErrorCode(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    INVALID_IMAGE: _ClassVar[MLErrorCode]
    IMAGE_TOO_LARGE: _ClassVar[MLErrorCode]
    INVALID_IMAGE_FORMAT: _ClassVar[MLErrorCode]
    VECTOR_NOT_FOUND: _ClassVar[MLErrorCode]
    VECTOR_DIMENSION_MISMATCH: _ClassVar[MLErrorCode]
    INVALID_REQUEST: _ClassVar[MLErrorCode]
    MODEL_NOT_LOADED: _ClassVar[MLErrorCode]
    INFERENCE_ERROR: _ClassVar[MLErrorCode]
    STORAGE_CONNECTION_ERROR: _ClassVar[MLErrorCode]
    INTERNAL_SERVER_ERROR: _ClassVar[MLErrorCode]
    SERVICE_UNAVAILABLE: _ClassVar[MLErrorCode]
INVALID_IMAGE: MLErrorCode
IMAGE_TOO_LARGE: MLErrorCode
INVALID_IMAGE_FORMAT: MLErrorCode
VECTOR_NOT_FOUND: MLErrorCode
VECTOR_DIMENSION_MISMATCH: MLErrorCode
INVALID_REQUEST: MLErrorCode
MODEL_NOT_LOADED: MLErrorCode
INFERENCE_ERROR: MLErrorCode
STORAGE_CONNECTION_ERROR: MLErrorCode
INTERNAL_SERVER_ERROR: MLErrorCode
SERVICE_UNAVAILABLE: MLErrorCode

class NoseImageRequest(_message.Message):
    __slots__ = ("image_data", "image_format")
    IMAGE_DATA_FIELD_NUMBER: _ClassVar[int]
    IMAGE_FORMAT_FIELD_NUMBER: _ClassVar[int]
    image_data: bytes
    image_format: str
    def __init__(self, image_data: _Optional[bytes] = ..., image_format: _Optional[str] = ...) -> None: ...

class NoseVectorResponse(_message.Message):
    __slots__ = ("vector", "vector_size", "success", "error_message", "error_code", "retryable")
    VECTOR_FIELD_NUMBER: _ClassVar[int]
    VECTOR_SIZE_FIELD_NUMBER: _ClassVar[int]
    SUCCESS_FIELD_NUMBER: _ClassVar[int]
    ERROR_MESSAGE_FIELD_NUMBER: _ClassVar[int]
    ERROR_CODE_FIELD_NUMBER: _ClassVar[int]
    RETRYABLE_FIELD_NUMBER: _ClassVar[int]
    vector: _containers.RepeatedScalarFieldContainer[float]
    vector_size: int
    success: bool
    error_message: str
    error_code: MLErrorCode
    retryable: bool
    def __init__(self, vector: _Optional[_Iterable[float]] = ..., vector_size: _Optional[int] = ..., success: _Optional[bool] = ..., error_message: _Optional[str] = ..., error_code: _Optional[_Union[MLErrorCode, str]] = ..., retryable: _Optional[bool] = ...) -> None: ...

class HealthCheckRequest(_message.Message):
    __slots__ = ("service",)
    SERVICE_FIELD_NUMBER: _ClassVar[int]
    service: str
    def __init__(self, service: _Optional[str] = ...) -> None: ...

class HealthCheckResponse(_message.Message):
    __slots__ = ("status", "message", "model_loaded", "timestamp")
    class ServingStatus(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        UNKNOWN: _ClassVar[HealthCheckResponse.ServingStatus]
        SERVING: _ClassVar[HealthCheckResponse.ServingStatus]
        NOT_SERVING: _ClassVar[HealthCheckResponse.ServingStatus]
        SERVICE_UNKNOWN: _ClassVar[HealthCheckResponse.ServingStatus]
    UNKNOWN: HealthCheckResponse.ServingStatus
    SERVING: HealthCheckResponse.ServingStatus
    NOT_SERVING: HealthCheckResponse.ServingStatus
    SERVICE_UNKNOWN: HealthCheckResponse.ServingStatus
    STATUS_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    MODEL_LOADED_FIELD_NUMBER: _ClassVar[int]
    TIMESTAMP_FIELD_NUMBER: _ClassVar[int]
    status: HealthCheckResponse.ServingStatus
    message: str
    model_loaded: str
    timestamp: str
    def __init__(self, status: _Optional[_Union[HealthCheckResponse.ServingStatus, str]] = ..., message: _Optional[str] = ..., model_loaded: _Optional[str] = ..., timestamp: _Optional[str] = ...) -> None: ...

class CompareWithStoredImageRequest(_message.Message):
    __slots__ = ("image_key", "pet_did")
    IMAGE_KEY_FIELD_NUMBER: _ClassVar[int]
    PET_DID_FIELD_NUMBER: _ClassVar[int]
    image_key: str
    pet_did: str
    def __init__(self, image_key: _Optional[str] = ..., pet_did: _Optional[str] = ...) -> None: ...

class CompareVectorsResponse(_message.Message):
    __slots__ = ("similarity", "cosine_similarity", "euclidean_distance", "success", "error_message", "vector_size", "error_code", "retryable")
    SIMILARITY_FIELD_NUMBER: _ClassVar[int]
    COSINE_SIMILARITY_FIELD_NUMBER: _ClassVar[int]
    EUCLIDEAN_DISTANCE_FIELD_NUMBER: _ClassVar[int]
    SUCCESS_FIELD_NUMBER: _ClassVar[int]
    ERROR_MESSAGE_FIELD_NUMBER: _ClassVar[int]
    VECTOR_SIZE_FIELD_NUMBER: _ClassVar[int]
    ERROR_CODE_FIELD_NUMBER: _ClassVar[int]
    RETRYABLE_FIELD_NUMBER: _ClassVar[int]
    similarity: float
    cosine_similarity: float
    euclidean_distance: float
    success: bool
    error_message: str
    vector_size: int
    error_code: MLErrorCode
    retryable: bool
    def __init__(self, similarity: _Optional[float] = ..., cosine_similarity: _Optional[float] = ..., euclidean_distance: _Optional[float] = ..., success: _Optional[bool] = ..., error_message: _Optional[str] = ..., vector_size: _Optional[int] = ..., error_code: _Optional[_Union[MLErrorCode, str]] = ..., retryable: _Optional[bool] = ...) -> None: ...
