"""What surrounds every call: the coded answer to whatever fails, the log line, the fast lane of health probes."""

from __future__ import annotations

import logging
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import grpc
from google.protobuf.message import DecodeError

from embedded_server.answers import ANSWER_TYPES, SERVICE, Answer, failure
from embedded_server.statistics import SUCCESS
from embedded_server.wire.nose_embedder_pb2 import MLErrorCode
from noseprint.errors import ErrorCode, NoseprintError
from noseprint.logs import facts

if TYPE_CHECKING:
    from collections.abc import Callable
    from concurrent.futures import ThreadPoolExecutor

    from embedded_server.statistics import RequestStatistics

    Handler = grpc.RpcMethodHandler[Any, Any]
    Behaviour = Callable[[Any, grpc.ServicerContext], Any]
    Next = Callable[[grpc.HandlerCallDetails], Handler | None]
    Parser = Callable[[bytes], Any]
    Interceptor = grpc.ServerInterceptor[Any, Any]
else:
    Interceptor = grpc.ServerInterceptor

PROBES: Final = frozenset({f"/{SERVICE}/HealthCheck", "/grpc.health.v1.Health/Check", "/grpc.health.v1.Health/Watch"})

_log = logging.getLogger(__name__)


class _Wrapper(Interceptor):
    """Puts something around the methods that answer in-band, and leaves all others as they are."""

    def intercept_service(self, continuation: Next, handler_call_details: grpc.HandlerCallDetails) -> Handler | None:
        """Gives the handler of a request that has just arrived; gRPC calls this."""
        handler = continuation(handler_call_details)
        method = handler_call_details.method
        if handler is None or handler.unary_unary is None or method not in ANSWER_TYPES:
            return handler
        return grpc.unary_unary_rpc_method_handler(
            self._around(method, handler.unary_unary),
            request_deserializer=self._parser(handler.request_deserializer),
            response_serializer=handler.response_serializer,
        )

    def _around(self, method: str, work: Behaviour) -> Behaviour:
        raise NotImplementedError

    def _parser(self, parse: Parser | None) -> Parser | None:
        return parse


class InBandErrors(_Wrapper):
    """Answers in-band, with a code, whatever goes wrong with a request."""

    def __init__(self) -> None:
        self._closed = False

    def close(self) -> None:
        """Answer what arrives from now on with SERVICE_UNAVAILABLE; what arrived before still gets its result."""
        self._closed = True

    def _around(self, method: str, work: Behaviour) -> Behaviour:
        answer_type, admitted = ANSWER_TYPES[method], _refuse if self._closed else work

        def answer(request: object, context: grpc.ServicerContext) -> object:
            try:
                return admitted(_require_message(request), context)
            except NoseprintError as fault:
                _log.log(_level(fault), "request failed", extra=facts(code=fault.code.name, detail=fault.detail))
                return failure(answer_type, fault.code)
            # The outermost boundary of the program towards the platform: a request that meets a bug of ours
            # gets its coded answer like any other, and the next one is served. Only type and place are
            # logged, for the text of an unforeseen error may quote what it met.
            except Exception as fault:  # noqa: BLE001
                _log.error("unexpected error", extra=facts(error=type(fault).__name__, where=_place(fault)))
                return failure(answer_type, ErrorCode.INTERNAL_SERVER_ERROR)

        return answer

    def _parser(self, parse: Parser | None) -> Parser | None:
        """Let bytes that are no message come as far as the in-band answer; gRPC would answer INTERNAL."""
        return parse and _tolerant(parse)


class RequestLog(_Wrapper):
    """Writes one line for each request answered: number, method, code, milliseconds; never content, never a probe.

    Args:
        statistics: counts what is written.
    """

    def __init__(self, statistics: RequestStatistics) -> None:
        self._statistics = statistics

    def _around(self, method: str, work: Behaviour) -> Behaviour:
        name = method.rpartition("/")[2]

        def logged(request: object, context: grpc.ServicerContext) -> object:
            began = time.perf_counter()
            answer = work(request, context)
            milliseconds = round((time.perf_counter() - began) * 1000, 1)
            code = _code(answer)
            number = self._statistics.note(name, code, milliseconds)
            told = facts(request=number, method=name, code=code, milliseconds=milliseconds)
            _log.info("request answered", extra=told)
            return answer

        return logged


class ProbeLane(Interceptor):
    """Answers health probes on threads of their own.

    A slow store may hold every worker for seconds; a probe that waits behind them would make an orchestrator
    kill a server that is well.
    """

    def __init__(self, pool: ThreadPoolExecutor) -> None:
        self._pool = pool

    def intercept_service(self, continuation: Next, handler_call_details: grpc.HandlerCallDetails) -> Handler | None:
        """Gives the handler of a request that has just arrived; gRPC calls this."""
        handler = continuation(handler_call_details)
        work = (handler.unary_unary or handler.unary_stream) if handler else None
        if handler is None or work is None or handler_call_details.method not in PROBES:
            return handler
        make = grpc.unary_unary_rpc_method_handler if handler.unary_unary else grpc.unary_stream_rpc_method_handler
        return make(_OnPool(work, self._pool), handler.request_deserializer, handler.response_serializer)


class _OnPool:
    """A behaviour that gRPC runs on another pool than its own; these attributes are how it asks."""

    def __init__(self, work: Callable[..., Any], pool: ThreadPoolExecutor) -> None:
        self._work = work
        self.experimental_thread_pool = pool
        self.experimental_non_blocking = getattr(work, "experimental_non_blocking", False)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 - as the wrapped one has it
        return self._work(*args, **kwargs)


class _Malformed:
    """Stands for a request whose bytes are no message of its type."""


def _tolerant(parse: Parser) -> Parser:
    def parse_or_mark(message: bytes) -> object:
        try:
            return parse(message)
        except DecodeError:
            return _Malformed()

    return parse_or_mark


def _require_message(request: object) -> object:
    if isinstance(request, _Malformed):
        raise NoseprintError(ErrorCode.INVALID_REQUEST, "not a message of this method")
    return request


def _refuse(_request: object, _context: grpc.ServicerContext) -> Answer:
    raise NoseprintError(ErrorCode.SERVICE_UNAVAILABLE, "stopping")


def _code(answer: Answer) -> str:
    return MLErrorCode.Name(answer.error_code) if answer.HasField("error_code") else SUCCESS


def _level(fault: NoseprintError) -> int:
    """What a retry may cure is the environment's fault and someone here should know; the rest is the caller's."""
    return logging.WARNING if fault.retryable else logging.DEBUG


def _place(fault: Exception) -> str:
    """File and line where an error was raised."""
    trace = fault.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return f"{Path(trace.tb_frame.f_code.co_filename).name}:{trace.tb_lineno}" if trace else "unknown"
