"""Starting and stopping the gRPC server.

Threads rather than asyncio: decoding and inference leave the interpreter's lock anyway, and every hop between
an event loop and a thread costs (docs/decisions has the figures).
"""

from __future__ import annotations

import logging
import signal
import threading
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

import grpc
from grpc_health.v1.health_pb2_grpc import add_HealthServicer_to_server

from embedded_server.answers import SERVICE
from embedded_server.health import Health
from embedded_server.interceptors import InBandErrors, ProbeLane, RequestLog
from embedded_server.servicer import NoseEmbedderServicer
from embedded_server.statistics import RequestStatistics
from embedded_server.wire.nose_embedder_pb2_grpc import add_NoseEmbedderServiceServicer_to_server
from noseprint.bootstrap import gateway_over, load_embedder, open_pet_objects
from noseprint.embedding.embedder import Embedder, LoadingEmbedder
from noseprint.errors import ErrorCode, NoseprintError
from noseprint.logs import facts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from noseprint.gateway import Gateway
    from noseprint.settings import Settings
    from noseprint.sync.pet_objects import PetObjects

HEADROOM: Final = 4 * 1024 * 1024
"""Bytes that a message may be longer than the largest image, so that one over the limit gets its coded answer."""

_PROBE_THREADS: Final = 2
_FLUSH_S: Final = 1.0
_SIGNAL_TURN_S: Final = 0.25

_log = logging.getLogger(__name__)


class NoseEmbedderServer:
    """The NoseEmbedderService on one port.

    Args:
        settings: address, workers, limits, reflection and grace.
        gateway: the use cases; its embedder may still be loading.

    Attributes:
        statistics: how requests went since the start.
    """

    def __init__(self, settings: Settings, gateway: Gateway) -> None:
        self.statistics = RequestStatistics()
        self._settings = settings
        self._embedder = gateway.embedder
        self._health = Health()
        self._errors = InBandErrors()
        self._workers = _Workers(settings.grpc_workers)
        self._probes = ThreadPoolExecutor(_PROBE_THREADS, "grpc-probe")
        self._server = self._build(NoseEmbedderServicer(gateway, self._health))
        self.port = 0

    def start(self) -> int:
        """Listen; serving begins as soon as the model is there.

        Returns:
            the port, which is also ``self.port`` from now on.

        Raises:
            NoseprintError: ADDRESS_IN_USE when the address cannot be opened.
        """
        address = _address(self._settings.grpc_host, self._settings.grpc_port)
        try:
            self.port = self._server.add_insecure_port(address)
        except RuntimeError as fault:
            raise NoseprintError(ErrorCode.ADDRESS_IN_USE, address=address) from fault
        self._server.start()
        if _is_loaded(self._embedder):
            self.model_loaded()
        return self.port

    @property
    def address(self) -> str:
        """Where the server listens, as ``host:port``."""
        return _address(self._settings.grpc_host, self.port)

    def model_loaded(self) -> None:
        """Say SERVING from now on: for an embedder that has finished loading."""
        self._health.model_loaded()

    def stop(self) -> None:
        """Stop gracefully; returns when the port is closed.

        Health turns NOT_SERVING and what arrives from now on is refused with SERVICE_UNAVAILABLE, while what
        arrived before is finished, for at most ``grpc_grace_s`` seconds.
        """
        self._errors.close()  # before anyone is told: who hears NOT_SERVING must not be admitted any more
        self._health.stopping()
        _, unfinished = wait(self._workers.accepted(), timeout=self._settings.grpc_grace_s)
        # Answers may still be on their way out, and watchers of health never leave by themselves.
        self._server.stop(_FLUSH_S).wait()
        self._workers.shutdown(wait=False, cancel_futures=True)
        self._probes.shutdown(wait=False)
        _log.info("server stopped", extra=facts(unfinished=len(unfinished)))

    def _build(self, servicer: NoseEmbedderServicer) -> grpc.Server:
        server = grpc.server(
            self._workers,
            interceptors=[RequestLog(self.statistics), self._errors, ProbeLane(self._probes)],
            options=_options(self._settings),
        )
        add_NoseEmbedderServiceServicer_to_server(servicer, server)
        add_HealthServicer_to_server(self._health.standard, server)
        if self._settings.grpc_reflection:
            _add_reflection(server)
        return server


class _Workers(ThreadPoolExecutor):
    """The threads that answer requests, and the requests they have not answered yet."""

    def __init__(self, count: int) -> None:
        super().__init__(count, "grpc-worker")
        self._pending: set[Future[Any]] = set()

    def submit(self, *args: Any, **kwargs: Any) -> Future[Any]:  # noqa: ANN401 - as the class above has it
        """Take one request, see ``Executor.submit``."""
        future: Future[Any] = super().submit(*args, **kwargs)
        self._pending.add(future)
        future.add_done_callback(self._pending.discard)
        return future

    def accepted(self) -> list[Future[Any]]:
        """The requests that have arrived and are not answered yet."""
        return list(self._pending)


def serve(settings: Settings, announce: Callable[[str], None]) -> None:
    """Run the server until SIGTERM or SIGINT, then stop it gracefully. For the main thread.

    Args:
        settings: all of them.
        announce: told, in English sentences, where the server listens, when it is ready and when it stops.

    Raises:
        NoseprintError: ADDRESS_IN_USE, or MODEL_FILE_INVALID: a server that can never serve does not stay.
    """
    with open_pet_objects(settings) as objects:
        _serve(settings, objects, announce)


def _serve(settings: Settings, objects: PetObjects, announce: Callable[[str], None]) -> None:
    stop = threading.Event()
    load = _Load(settings, stop)
    embedder = LoadingEmbedder(load)
    server = NoseEmbedderServer(settings, gateway_over(settings, objects, embedder))

    def when_ready() -> None:
        server.model_loaded()
        if not stop.is_set():
            announce(f"Ready with the model {embedder.manifest.name}.")

    with _signals(stop):
        server.start()
        announce(f"Listening on {server.address}.")
        embedder.start(when_ready)
        _wait_for(stop)
    # From here on the signals have their own meaning again: a second one ends the process at once.
    announce("Stopping.")
    server.stop()
    if load.fault:
        raise load.fault


def _wait_for(stop: threading.Event) -> None:
    """Wait in short turns, between which Python runs signal handlers.

    A signal that arrives in the instant before an endless wait, or on a thread of gRPC's, would not end it.
    """
    while not stop.wait(_SIGNAL_TURN_S):
        pass


class _Load:
    """Loads the model; a failure, whatever it is, ends the waiting and is kept for the main thread to raise."""

    def __init__(self, settings: Settings, stop: threading.Event) -> None:
        self._settings = settings
        self._stop = stop
        self.fault: Exception | None = None

    def __call__(self) -> Embedder:
        try:
            return load_embedder(self._settings)
        except Exception as fault:
            self.fault = fault
            self._stop.set()
            raise


@contextmanager
def _signals(stop: threading.Event) -> Iterator[None]:
    """Set the event on SIGTERM and SIGINT inside the block."""
    before = {number: signal.signal(number, lambda *_: stop.set()) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _options(settings: Settings) -> list[tuple[str, Any]]:
    largest = max(settings.grpc_max_message_length, settings.max_image_bytes)
    return [
        ("grpc.max_receive_message_length", largest + HEADROOM),
        # With it, a second server on the same port would silently take every other connection.
        ("grpc.so_reuseport", 0),
    ]


def _address(host: str, port: int) -> str:
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def _is_loaded(embedder: Embedder) -> bool:
    try:
        return bool(embedder.identity)
    except NoseprintError:
        return False


def _add_reflection(server: grpc.Server) -> None:
    from grpc_reflection.v1alpha import reflection  # noqa: PLC0415 - its import costs every start, few need it

    names = (SERVICE, "grpc.health.v1.Health", reflection.SERVICE_NAME)
    reflection.enable_server_reflection(names, server)
