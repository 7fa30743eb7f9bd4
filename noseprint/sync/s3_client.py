"""Signed requests to one bucket behind the S3 API, over connections that are kept. The only module that knows botocore.

Built on botocore's connections and errors without its client, whose events, serializers, signers and parsers
cost more processor time than all the rest of a small request (bench/README.md). Nothing is tried again here.
"""

from __future__ import annotations

import hmac
import os
import re
import socket
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from typing import IO, TYPE_CHECKING, Any, Final, cast
from urllib.parse import quote, urlsplit

from botocore.awsrequest import AWSPreparedRequest
from botocore.exceptions import BotoCoreError, HTTPClientError, IncompleteReadError
from botocore.handlers import validate_bucket_name
from botocore.httpsession import URLLib3Session
from botocore.response import StreamingBody
from botocore.utils import get_environ_proxies, is_valid_endpoint_url, is_valid_ipv6_endpoint_url

from noseprint.errors import ErrorCode, NoseprintError
from noseprint.sync.object_store import require_size

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from botocore.awsrequest import AWSResponse
    from botocore.compat import HTTPHeaders

    from noseprint.sync.bounded import Deadline

# Small, so that a call whose caller has left notices it soon even where bytes only trickle in.
_READ_BYTES: Final = 4096
_SENT_BYTES: Final = 128 * 1024
_FIRST_REFUSAL: Final = 300
_ERROR_CODE: Final = re.compile(rb"<Code>([\w.]{1,100})</Code>")
_PASSING_STATUSES: Final = frozenset({429, 500, 502, 503, 504})


class Refusal(Exception):  # noqa: N818 (not always an error: what is asked for may be absent)
    """The service's answer was no.

    Args:
        status: of HTTP.
        code: the service's own word for it, such as ``NoSuchKey``; the status where it says none.
    """

    def __init__(self, status: int, code: str) -> None:
        super().__init__(f"{code}, HTTP {status}")
        self.status = status
        self.code = code


class BrokenAnswer(Exception):  # noqa: N818 (named by what it is)
    """The service's answer cannot be understood, or is not whole."""


# ValueError: what becomes of a number that the end of a connection cut short.
FAILURES: Final = (BotoCoreError, Refusal, BrokenAnswer, TimeoutError, ValueError)
"""What a request may raise, beside NoseprintError."""


@dataclass(frozen=True, slots=True)
class S3Settings:
    """Where the bucket is, who asks, and how long a call may take.

    Args:
        endpoint: URL of the service, such as ``https://kr.object.ncloudstorage.com``.
        region: the region that requests are signed for, such as ``kr-standard``.
        bucket: name of the bucket.
        access_key: id of the key.
        secret_key: the key itself; never shown.
        connect_timeout_s: seconds to open a connection, per address.
        read_timeout_s: seconds without a single byte after which an answer counts as lost; the end of an
            upload that the system still holds back travels in this time too.
        attempts: how often a call is tried in all, where the failure may pass (1 or more).
        deadline_s: seconds that one call may take in all, every attempt and pause included; for a listing,
            each page of 1,000 keys.
    """

    endpoint: str
    region: str
    bucket: str
    access_key: str = field(repr=False)
    secret_key: str = field(repr=False)
    connect_timeout_s: float = 5.0
    read_timeout_s: float = 20.0
    attempts: int = 3
    deadline_s: float = 60.0


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked of the service.

    Args:
        method: of HTTP.
        key: the object; None for the bucket itself.
        query: what follows the question mark.
        content: what is uploaded; None where nothing is.
        headers: what is said beside what every request says.
    """

    method: str
    key: str | None = None
    query: Mapping[str, str] = field(default_factory=dict)
    content: bytes | None = None
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Answer:
    """What the service said yes with.

    Args:
        headers: names without regard to case.
        content: the body, as long as the header says where it says so.
    """

    headers: Mapping[str, str]
    content: bytes

    def header(self, name: str) -> str:
        """A header that no such answer lacks.

        Raises:
            BrokenAnswer: it is not there: the connection was lost within the header, whose lines so far Python's
                HTTP client takes for the whole of it.
        """
        if name not in self.headers:
            raise BrokenAnswer(f"an answer without {name}")
        return self.headers[name]


class S3Client:
    """Requests to a bucket, signed with a pair of keys. Any thread may use it.

    Args:
        settings: bucket, credentials and timeouts.
        connections: how many are kept at most.

    Raises:
        NoseprintError: SETTINGS_INVALID if the endpoint is no URL.
    """

    def __init__(self, settings: S3Settings, connections: int) -> None:
        if not (is_valid_endpoint_url(settings.endpoint) or is_valid_ipv6_endpoint_url(settings.endpoint)):
            problem = "the endpoint of the object storage is not a URL"
            raise NoseprintError(ErrorCode.SETTINGS_INVALID, problem=problem)
        self._settings = settings
        place = urlsplit(settings.endpoint)
        self._host = place.netloc.rpartition("@")[2]  # a name and a password before it would be signed, and shown
        self._server = f"{place.scheme}://{self._host}"
        self._path = f"{place.path.rstrip('/')}/{settings.bucket}"
        self._session = _session(settings, connections)

    def send(self, request: Request, deadline: Deadline) -> Answer:
        """Send one request and read its answer.

        Args:
            request: what is asked.
            deadline: once it has passed, the next block of a body is neither sent nor read.

        Raises:
            Refusal: the service's answer was no.
            NoseprintError: INVALID_REQUEST for a body larger than an object may be.
            TimeoutError: the deadline has passed.
            BotoCoreError, ValueError: no connection, no answer, or not all of it.
        """
        validate_bucket_name({"Bucket": self._settings.bucket})
        content = request.content
        path = self._path if request.key is None else f"{self._path}/{quote(request.key)}"
        query = "&".join(f"{name}={quote(value, safe='')}" for name, value in sorted(request.query.items()))
        headers = self._signed(request, path, query, datetime.now(UTC))
        if content is not None:
            headers["Content-Length"] = str(len(content))
        url = f"{self._server}{path}{'?' if query else ''}{query}"
        # The stubs know fewer kinds of headers and bodies than botocore and urllib3 take.
        said, body = cast("HTTPHeaders", headers), cast("IO[bytes]", _blocks(content or b"", deadline))
        sent = AWSPreparedRequest(request.method, url, said, body if content else None, stream_output=True)
        return _whole(request, self._session.send(sent), deadline)

    def close(self) -> None:
        """Close the idle connections."""
        self._session.close()

    def _signed(self, request: Request, path: str, query: str, now: datetime) -> dict[str, str]:
        """All headers of a request, the signature among them; the body is signed over TLS too: one way, the tested one.

        Signature Version 4, https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html.
        """
        checksum, moment = sha256(request.content or b"").hexdigest(), f"{now:%Y%m%dT%H%M%SZ}"
        headers = {**request.headers, "Host": self._host, "X-Amz-Content-SHA256": checksum, "X-Amz-Date": moment}
        lines = sorted((name.lower(), value) for name, value in headers.items())
        names = ";".join(name for name, _ in lines)
        said = "\n".join([request.method, path, query, *map(":".join, lines), "", names, checksum])
        scope = f"{moment[:8]}/{self._settings.region}/s3/aws4_request"
        key = f"AWS4{self._settings.secret_key}".encode()
        for part in scope.split("/"):
            key = hmac.digest(key, part.encode(), "sha256")
        signed = f"AWS4-HMAC-SHA256\n{moment}\n{scope}\n{sha256(said.encode()).hexdigest()}"
        headers["Authorization"] = (
            f"AWS4-HMAC-SHA256 Credential={self._settings.access_key}/{scope}, SignedHeaders={names}, "
            f"Signature={hmac.digest(key, signed.encode(), 'sha256').hex()}"
        )
        return headers


def may_pass(error: Exception) -> bool:
    """Whether the same request may succeed a moment later."""
    if isinstance(error, Refusal):
        return error.status in _PASSING_STATUSES
    return isinstance(error, HTTPClientError | IncompleteReadError | BrokenAnswer | ValueError)


def _session(settings: S3Settings, connections: int) -> URLLib3Session:
    options: dict[str, Any] = {
        # As the AWS tools take them: a clinic's web proxy and its certificates.
        "proxies": get_environ_proxies(settings.endpoint),
        "verify": os.environ.get("AWS_CA_BUNDLE") or os.environ.get("REQUESTS_CA_BUNDLE") or True,
        "timeout": (settings.connect_timeout_s, settings.read_timeout_s),
        "max_pool_connections": connections,
        "socket_options": [(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1), (socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)],
    }
    return URLLib3Session(**options)


def _blocks(content: bytes, deadline: Deadline) -> Iterator[memoryview]:
    """The body of an upload, block by block: once its caller has left, there is no next one.

    Otherwise an upload that was given up, and perhaps set back, could still arrive long afterwards.
    """
    view = memoryview(content)
    for start in range(0, len(view), _SENT_BYTES):
        deadline.require()
        yield view[start : start + _SENT_BYTES]


def _whole(request: Request, answer: AWSResponse, deadline: Deadline) -> Answer:
    """The answer with its body read; what stays unread closes its connection."""
    length = None if request.method == "HEAD" else answer.headers.get("Content-Length")
    with closing(StreamingBody(answer.raw, cast("int", length))) as body:
        if length is not None:
            require_size(int(length))
        content = b"".join(_read(body, deadline))
    if answer.status_code >= _FIRST_REFUSAL:
        said = _ERROR_CODE.search(content)
        raise Refusal(answer.status_code, said[1].decode() if said else str(answer.status_code))
    return Answer(answer.headers, content)


def _read(body: StreamingBody, deadline: Deadline) -> Iterator[bytes]:
    for block in body.iter_chunks(_READ_BYTES):
        deadline.require()
        yield block
