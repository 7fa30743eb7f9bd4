"""Requests to the bucket: what is taken for an answer, and which way they go."""

from __future__ import annotations

import hashlib
from contextlib import closing
from http import HTTPStatus
from typing import TYPE_CHECKING

import pytest
from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from noseprint.errors import ErrorCode, NoseprintError
from noseprint.sync.bounded import Deadline
from noseprint.sync.s3_client import Answer, BrokenAnswer, Refusal, Request, S3Client
from noseprint.sync.s3_store import S3Store
from tests.integration.sync.conftest import settings
from tests.support.s3_server import ACCESS_KEY, BUCKET, REGION, SECRET_KEY, FaultHandler, FaultyServer, RecordingSession

if TYPE_CHECKING:
    from collections.abc import Callable

WHOLE_PAGE = (
    b'<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><IsTruncated>false</IsTruncated>'
    b"<EncodingType>url</EncodingType><Contents><Key>a%3Ab+c%2Bd.jpg</Key><Size>3</Size>"
    b"<ETag>&quot;F97C5D29941BFB1B2FDAB0874906AB82&quot;</ETag></Contents></ListBucketResult>"
)


def answering(content: bytes, status: HTTPStatus = HTTPStatus.OK) -> Callable[[FaultHandler], None]:
    def answer(handler: FaultHandler) -> None:
        handler.read_body()
        handler.answer(status, [], content)

    return answer


def cut_in_chunks(handler: FaultHandler) -> None:
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n" % len(WHOLE_PAGE))
    handler.wfile.write(WHOLE_PAGE[:-40])


def listed(fault: Callable[[FaultHandler], None]) -> list[str]:
    with FaultyServer(fault) as server, closing(S3Store(settings(server.endpoint, attempts=1))) as store:
        return list(store.keys(""))


def test_a_listing_is_read_whatever_its_namespace_and_encoding() -> None:
    assert listed(answering(WHOLE_PAGE)) == ["a:b c+d.jpg"]
    plain = WHOLE_PAGE.replace(b"<EncodingType>url</EncodingType>", b"").replace(b"a%3Ab+c%2Bd", b"a%3Ab")
    assert listed(answering(plain)) == ["a%3Ab.jpg"]


@pytest.mark.parametrize(
    "fault",
    [
        answering(b""),
        answering(b"<html>sorry</html>"),
        answering(WHOLE_PAGE[:-1]),
        answering(WHOLE_PAGE.replace(b"<IsTruncated>false</IsTruncated>", b"")),
        answering(WHOLE_PAGE.replace(b"<Size>3</Size>", b"")),
        answering(WHOLE_PAGE.replace(b"<Size>3</Size>", b"<Size>3.5 KB</Size>")),
        cut_in_chunks,
    ],
)
def test_a_listing_that_is_not_whole_is_an_error_and_never_a_shorter_one(
    fault: Callable[[FaultHandler], None],
) -> None:
    with pytest.raises(NoseprintError) as caught:
        listed(fault)
    assert caught.value.code is ErrorCode.STORAGE_CONNECTION_ERROR


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"<Error><Code>AccessDenied</Code><Message>no</Message></Error>", "AccessDenied"),
        (b"<html>sorry</html>", "403"),
        (b"", "403"),
    ],
)
def test_a_refusal_is_told_by_the_services_word_or_the_status(content: bytes, code: str) -> None:
    with (
        FaultyServer(answering(content, HTTPStatus.FORBIDDEN)) as server,
        closing(S3Client(settings(server.endpoint), 1)) as client,
        pytest.raises(Refusal) as caught,
    ):
        client.send(Request("GET", "k"), Deadline(20))
    assert (caught.value.status, caught.value.code) == (HTTPStatus.FORBIDDEN, code)


def test_a_header_that_no_answer_lacks_is_asked_for_without_regard_to_case() -> None:
    with FaultyServer(answering(b"nose")) as server, closing(S3Client(settings(server.endpoint), 1)) as client:
        answer = client.send(Request("GET", "k"), Deadline(20))
    assert (answer.header("content-length"), answer.content) == ("4", b"nose")
    with pytest.raises(BrokenAnswer, match="without ETag"):
        Answer({}, b"").header("ETag")


@pytest.mark.parametrize(
    "endpoint",
    [
        "http://127.0.0.1:9000",
        "https://storage.invalid",
        "https://storage.invalid/s3/",
        "http://who:what@127.0.0.1:9000",
    ],
)
@pytest.mark.parametrize(
    "request_",
    [
        Request("GET", "nose-print-photo/did:ethr:besu:0xab/image_1.jpg"),
        Request(
            "PUT", "비문/a b~c+d.jpg", content=b"nose", headers={"Content-Type": "image/jpeg", "Content-MD5": "x=="}
        ),
        Request("GET", query={"prefix": "a:b/c d", "marker": "", "max-keys": "1000", "encoding-type": "url"}),
        Request("HEAD"),
    ],
)
def test_a_signature_is_the_one_that_botocore_makes(endpoint: str, request_: Request) -> None:
    session = RecordingSession()
    client = S3Client(settings(endpoint), 1)
    client._session = session  # type: ignore[assignment]
    client.send(request_, Deadline(20))
    sent = session.sent[0]
    theirs = AWSRequest(sent.method, sent.url, request_.headers, request_.content or b"")
    theirs.context["timestamp"] = sent.headers["X-Amz-Date"]
    theirs.headers["X-Amz-Date"] = sent.headers["X-Amz-Date"]
    theirs.headers["X-Amz-Content-SHA256"] = hashlib.sha256(request_.content or b"").hexdigest()
    signer = S3SigV4Auth(Credentials(ACCESS_KEY, SECRET_KEY), "s3", REGION)
    told = signer.string_to_sign(theirs, signer.canonical_request(theirs))
    assert sent.headers["Authorization"].rpartition("Signature=")[2] == signer.signature(told, theirs)


def test_requests_go_through_the_web_proxy_of_the_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def answer(handler: FaultHandler) -> None:
        asked.append(handler.path)
        answering(b"nose")(handler)

    with FaultyServer(answer) as proxy:
        monkeypatch.setenv("NO_PROXY", "")
        monkeypatch.setenv("no_proxy", "")
        monkeypatch.setenv("http_proxy", proxy.endpoint)
        with closing(S3Store(settings("http://storage.invalid"))) as store:
            assert store.get("a/b") == b"nose"
    assert asked == [f"http://storage.invalid/{BUCKET}/a/b"]


def test_an_address_in_brackets_is_an_endpoint() -> None:
    S3Client(settings("http://[::1]:9000"), 1).close()
