"""A line to a real S3 server that goes wrong as lines and services do: now and then, both ways, at any moment."""

from __future__ import annotations

import hashlib
import socket
import threading
import time
from contextlib import contextmanager, suppress
from enum import Enum
from http import HTTPStatus
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from tests.support.s3_server import BUCKET, LocalServer, QuietHandler

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

_DELAY_S = 0.03
_STALL_S = 10.0


class Fault(Enum):
    """What happens to one request."""

    NONE = "passed on and answered"
    DELAY = "both, but slowly"
    STALL = "taken, and never answered nor passed on"
    HANG_UP = "the connection is closed without a word"
    CUT_BODY = "the connection is lost in the middle of an upload's body"
    CUT_ANSWER = "passed on; the connection is lost in the middle of the answer"
    NO_ANSWER = "passed on; the connection is lost before the answer"
    ERROR_AFTERWARDS = "passed on; the answer is 500"
    INTERNAL_ERROR = "500, not passed on"
    UNAVAILABLE = "503, not passed on"
    SLOW_DOWN = "503 SlowDown, not passed on"
    FORBIDDEN = "403, not passed on"
    LIE = "an upload is thanked for, with its digest, and forgotten"


OF_UPLOADS = {Fault.CUT_BODY, Fault.LIE}
"""These wait for the next upload, and let other requests pass."""


class FaultyS3Proxy(LocalServer):
    """Stands in front of a real server, and does to the next requests what it was told to.

    Args:
        target: the real server's endpoint.

    Attributes:
        before_upload: called with the key of every upload that is about to be passed on, from any thread.
        suffered: how often each fault has happened.
    """

    def __init__(self, target: str) -> None:
        self.target = urlsplit(target).netloc
        self.before_upload: Callable[[str], None] = lambda _key: None
        self.suffered = dict.fromkeys(Fault, 0)
        self._plan: list[Fault] = []
        self._for_ever = False
        self._busy = 0
        self._changed = threading.Condition()
        super().__init__(lambda *args: _FaultyHandler(self, *args))

    def plan(self, faults: Sequence[Fault], *, for_ever: bool) -> None:
        """Do these to the next requests, one after the other, and once or again and again."""
        with self._changed:
            self._plan, self._for_ever = list(faults), for_ever

    def heal(self) -> None:
        """Pass on everything from now on."""
        self.plan([], for_ever=False)

    def wait_until_idle(self) -> None:
        """Return when nothing is under way any more: what a client has given up may still arrive."""
        with self._changed:
            assert self._changed.wait_for(lambda: not self._busy, _STALL_S + 10)

    @contextmanager
    def next_fault(self, command: str) -> Iterator[Fault]:
        with self._changed:
            fault = Fault.NONE
            if self._plan and (command == "PUT" or self._plan[0] not in OF_UPLOADS):
                fault = self._plan.pop(0)
                self._plan += [fault] * self._for_ever
            self.suffered[fault] += 1
            self._busy += 1
        try:
            yield fault
        finally:
            with self._changed:
                self._busy -= 1
                self._changed.notify_all()


class _FaultyHandler(QuietHandler):
    def __init__(self, proxy: FaultyS3Proxy, *args: object) -> None:
        self._proxy = proxy
        super().__init__(*args)  # type: ignore[arg-type]

    def _serve(self) -> None:
        with self._proxy.next_fault(self.command) as fault, suppress(BrokenPipeError, ConnectionResetError):
            _SUFFER[fault](self)

    do_GET = do_HEAD = do_PUT = do_DELETE = _serve  # noqa: N815 - the base class looks for these

    def pass_on(self) -> None:
        self.answer(*self._done_by_the_server())

    def dawdle(self) -> None:
        time.sleep(_DELAY_S)
        answer = self._done_by_the_server()
        time.sleep(_DELAY_S)
        self.answer(*answer)

    def stall(self) -> None:
        self.read_body()
        self.connection.settimeout(_STALL_S)
        with suppress(TimeoutError):
            self.rfile.read(1)  # until the client leaves
        self.hang_up()

    def hang_up(self) -> None:
        self.close_connection = True
        with suppress(OSError):  # the client was faster
            self.connection.shutdown(socket.SHUT_RDWR)

    def cut_body(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length", 0)) // 2)
        self.hang_up()

    def cut_answer(self) -> None:
        status, headers, body = self._done_by_the_server()
        lines = [f"{name}: {value}" for name, value in headers]
        whole = "\r\n".join([f"HTTP/1.1 {status} OK", *lines, "", ""]).encode() + body
        # Each time at another place: within a number, a date, between two lines, in the body.
        place = self._proxy.suffered[Fault.CUT_ANSWER] * 37 % 100 / 100
        self.wfile.write(whole[: int(len(whole) * place)])
        self.hang_up()

    def lose_answer(self) -> None:
        self._done_by_the_server()
        self.hang_up()

    def fail_afterwards(self) -> None:
        self._done_by_the_server()
        self.answer_error(HTTPStatus.INTERNAL_SERVER_ERROR, "InternalError")

    def lie(self) -> None:
        digest = hashlib.md5(self.read_body(), usedforsecurity=False).hexdigest()
        self.answer(HTTPStatus.OK, [("ETag", f'"{digest}"')], b"")

    def refuse(self, status: HTTPStatus, code: str) -> None:
        self.read_body()
        self.answer_error(status, code)

    def _done_by_the_server(self) -> tuple[int, list[tuple[str, str]], bytes]:
        body = self.read_body()
        if self.command == "PUT":
            self._proxy.before_upload(unquote(urlsplit(self.path).path).removeprefix(f"/{BUCKET}/"))
        return self.forward(self._proxy.target, body)


_SUFFER: dict[Fault, Callable[[_FaultyHandler], None]] = {
    Fault.NONE: _FaultyHandler.pass_on,
    Fault.DELAY: _FaultyHandler.dawdle,
    Fault.STALL: _FaultyHandler.stall,
    Fault.HANG_UP: _FaultyHandler.hang_up,
    Fault.CUT_BODY: _FaultyHandler.cut_body,
    Fault.CUT_ANSWER: _FaultyHandler.cut_answer,
    Fault.NO_ANSWER: _FaultyHandler.lose_answer,
    Fault.ERROR_AFTERWARDS: _FaultyHandler.fail_afterwards,
    Fault.INTERNAL_ERROR: lambda handler: handler.refuse(HTTPStatus.INTERNAL_SERVER_ERROR, "InternalError"),
    Fault.UNAVAILABLE: lambda handler: handler.refuse(HTTPStatus.SERVICE_UNAVAILABLE, "ServiceUnavailable"),
    Fault.SLOW_DOWN: lambda handler: handler.refuse(HTTPStatus.SERVICE_UNAVAILABLE, "SlowDown"),
    Fault.FORBIDDEN: lambda handler: handler.refuse(HTTPStatus.FORBIDDEN, "AccessDenied"),
    Fault.LIE: _FaultyHandler.lie,
}
