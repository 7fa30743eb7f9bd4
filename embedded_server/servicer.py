"""The three RPCs: convert, call the use case, convert back. Errors become answers in the interceptors."""

from __future__ import annotations

from typing import TYPE_CHECKING

from embedded_server.wire.nose_embedder_pb2 import (
    CompareVectorsResponse,
    CompareWithStoredImageRequest,
    HealthCheckRequest,
    HealthCheckResponse,
    NoseImageRequest,
    NoseVectorResponse,
)
from embedded_server.wire.nose_embedder_pb2_grpc import NoseEmbedderServiceServicer

if TYPE_CHECKING:
    import grpc

    from embedded_server.health import Health
    from noseprint.gateway import Gateway


class NoseEmbedderServicer(NoseEmbedderServiceServicer):
    """The platform's service over the engine's use cases.

    Args:
        gateway: the use cases.
        health: what HealthCheck tells.
    """

    def __init__(self, gateway: Gateway, health: Health) -> None:
        self._gateway = gateway
        self._health = health

    def ExtractNoseVector(self, request: NoseImageRequest, context: grpc.ServicerContext) -> NoseVectorResponse:  # noqa: ARG002, N802
        """The vector of one photo; ``image_format`` is not asked, the bytes themselves tell.

        Raises:
            NoseprintError: as :meth:`noseprint.gateway.Gateway.extract`.
        """
        vector = self._gateway.extract(request.image_data)
        return NoseVectorResponse(vector=vector.tolist(), vector_size=vector.size, success=True)

    def CompareWithStoredImage(  # noqa: N802 - the name on the wire
        self,
        request: CompareWithStoredImageRequest,
        context: grpc.ServicerContext,  # noqa: ARG002
    ) -> CompareVectorsResponse:
        """The scores of a stored photo against its pet's nose print.

        Raises:
            NoseprintError: as :meth:`noseprint.gateway.Gateway.compare_with_stored_image`.
        """
        stored = self._gateway.compare_with_stored_image(request.image_key, request.pet_did)
        return CompareVectorsResponse(
            similarity=stored.comparison.similarity,
            cosine_similarity=stored.comparison.cosine_similarity,
            euclidean_distance=stored.comparison.euclidean_distance,
            vector_size=stored.vector_size,
            success=True,
        )

    def HealthCheck(self, request: HealthCheckRequest, context: grpc.ServicerContext) -> HealthCheckResponse:  # noqa: ARG002, N802
        """Whether the service can be used now."""
        return self._health.check(request.service)
