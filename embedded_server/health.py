"""Whether the service can be used now, told through both health protocols from one state."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

from grpc_health.v1.health import HealthServicer
from grpc_health.v1.health_pb2 import HealthCheckResponse as StandardResponse

from embedded_server.answers import SERVICE
from embedded_server.wire.nose_embedder_pb2 import HealthCheckResponse

WHOLE_SERVER: Final = ""
"""How both protocols name the server as a whole."""

NAMES: Final = (WHOLE_SERVER, SERVICE)


class Health:
    """NOT_SERVING until the model is loaded, and again, for good, once the server stops.

    Attributes:
        standard: the servicer of ``grpc.health.v1``.
    """

    def __init__(self) -> None:
        self.standard = HealthServicer()
        self._model_loaded = False
        self._stopping = False
        self._tell()

    def model_loaded(self) -> None:
        """Photos can be embedded from now on."""
        self._model_loaded = True
        self._tell()

    def stopping(self) -> None:
        """Nothing new is taken from now on."""
        self._stopping = True
        self._tell()

    @property
    def serving(self) -> bool:
        """Whether requests are answered with results."""
        return self._model_loaded and not self._stopping

    def check(self, service: str) -> HealthCheckResponse:
        """The platform's own HealthCheck, about the whole server (an empty name) or its one service."""
        return HealthCheckResponse(
            status=self._status() if service in NAMES else HealthCheckResponse.SERVICE_UNKNOWN,
            message=self._message() if service in NAMES else "This server has no service of that name.",
            model_loaded="true" if self._model_loaded else "false",
            timestamp=datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        )

    def _status(self) -> HealthCheckResponse.ServingStatus:
        return HealthCheckResponse.SERVING if self.serving else HealthCheckResponse.NOT_SERVING

    def _message(self) -> str:
        if self._stopping:
            return "The server is stopping."
        return "The nose print model is ready." if self._model_loaded else "The nose print model is not ready yet."

    def _tell(self) -> None:
        for name in NAMES:
            self.standard.set(name, StandardResponse.SERVING if self.serving else StandardResponse.NOT_SERVING)
