"""The types of the generated gRPC classes, which protoc leaves out; kept by hand, checked by a test."""

from typing import Protocol

import grpc

from embedded_server.wire.nose_embedder_pb2 import (
    CompareVectorsResponse,
    CompareWithStoredImageRequest,
    HealthCheckRequest,
    HealthCheckResponse,
    NoseImageRequest,
    NoseVectorResponse,
)

class NoseEmbedderServiceStub:
    def __init__(self, channel: grpc.Channel) -> None: ...
    ExtractNoseVector: grpc.UnaryUnaryMultiCallable[NoseImageRequest, NoseVectorResponse]
    HealthCheck: grpc.UnaryUnaryMultiCallable[HealthCheckRequest, HealthCheckResponse]
    CompareWithStoredImage: grpc.UnaryUnaryMultiCallable[CompareWithStoredImageRequest, CompareVectorsResponse]

class NoseEmbedderServiceServicer(Protocol):
    def ExtractNoseVector(self, request: NoseImageRequest, context: grpc.ServicerContext) -> NoseVectorResponse: ...
    def HealthCheck(self, request: HealthCheckRequest, context: grpc.ServicerContext) -> HealthCheckResponse: ...
    def CompareWithStoredImage(
        self, request: CompareWithStoredImageRequest, context: grpc.ServicerContext
    ) -> CompareVectorsResponse: ...

def add_NoseEmbedderServiceServicer_to_server(servicer: NoseEmbedderServiceServicer, server: grpc.Server) -> None: ...
