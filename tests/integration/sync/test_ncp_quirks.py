"""The S3 store sends only what NCP Object Storage takes, and the double that refuses the rest does refuse."""

from __future__ import annotations

import base64
import hashlib
import http.client
from contextlib import closing
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from noseprint.sync.s3_store import S3Store
from tests.integration.sync.conftest import settings
from tests.support.s3_server import (
    ACCESS_KEY,
    BUCKET,
    REGION,
    SECRET_KEY,
    FaultHandler,
    FaultyServer,
    RcloneS3,
    RecordingSession,
    StrictProxy,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from mypy_boto3_s3 import S3Client


def stock_client(endpoint: str, config: Config | None = None) -> S3Client:
    return boto3.client(
        "s3",
        endpoint_url=endpoint,
        region_name=REGION,
        aws_access_key_id=ACCESS_KEY,
        aws_secret_access_key=SECRET_KEY,
        config=config,
    )


@pytest.mark.parametrize(
    ("call", "reason"),
    [
        (lambda client: client.put_object(Bucket=BUCKET, Key="k", Body=b"x"), "x-amz-checksum"),
        (lambda client: client.list_objects_v2(Bucket=BUCKET), "ListObjectsV2"),
    ],
)
def test_a_stock_client_is_refused_by_the_double_and_taken_without_it(
    rclone: RcloneS3, strict_proxy: StrictProxy, call: Callable[[S3Client], Any], reason: str
) -> None:
    call(stock_client(rclone.endpoint))
    with pytest.raises(ClientError):
        call(stock_client(strict_proxy.endpoint, Config(retries={"total_max_attempts": 1})))
    assert strict_proxy.refusals == [reason]


def test_an_upload_without_its_md5_is_refused_by_the_double(strict_proxy: StrictProxy) -> None:
    client = stock_client(strict_proxy.endpoint, Config(request_checksum_calculation="when_required"))
    with pytest.raises(ClientError):
        client.put_object(Bucket=BUCKET, Key="k", Body=b"x")
    assert strict_proxy.refusals == ["no Content-MD5"]


@pytest.mark.parametrize(
    ("header", "value", "reason"),
    [
        ("x-amz-sdk-checksum-algorithm", "CRC32", "x-amz-sdk-checksum-algorithm"),
        ("x-amz-trailer", "x-amz-checksum-crc32", "x-amz-trailer"),
        ("Content-Encoding", "gzip,aws-chunked", "aws-chunked"),
        ("x-amz-content-sha256", "STREAMING-UNSIGNED-PAYLOAD-TRAILER", "aws-chunked"),
    ],
)
def test_newer_ways_of_uploading_are_refused_by_the_double(
    strict_proxy: StrictProxy, header: str, value: str, reason: str
) -> None:
    connection = http.client.HTTPConnection(strict_proxy.endpoint.removeprefix("http://"))
    connection.request("PUT", f"/{BUCKET}/k", body=b"x", headers={header: value, "Content-MD5": "x"})
    assert connection.getresponse().status in {400, 501}
    connection.close()
    assert strict_proxy.refusals == [reason]


def test_every_page_of_a_long_listing_is_asked_for_in_version_1(
    rclone: RcloneS3, strict_proxy: StrictProxy, strict_store: S3Store
) -> None:
    folder = rclone.bucket_folder / "pet" / "petDID"
    folder.mkdir(parents=True)
    names = [f"did:ethr:besu:0x{n:040x}.json" for n in range(2345)]
    for name in names:
        (folder / name).touch()
    assert list(strict_store.keys("pet/petDID/")) == [f"pet/petDID/{name}" for name in names]
    assert [request.split("?")[0] for request in strict_proxy.requests] == [f"GET /{BUCKET}"] * 3
    assert "marker=" in strict_proxy.requests[2]


def test_a_damaged_upload_would_be_noticed_by_the_server(rclone: RcloneS3) -> None:
    config = Config(request_checksum_calculation="when_required")
    digest = base64.b64encode(hashlib.md5(b"what was meant", usedforsecurity=False).digest()).decode()
    with pytest.raises(ClientError, match="BadDigest"):
        stock_client(rclone.endpoint, config).put_object(
            Bucket=BUCKET, Key="k", Body=b"what arrived", ContentMD5=digest
        )


def test_over_tls_an_upload_is_the_same_plain_signed_request() -> None:
    """Only over TLS does boto3 choose aws-chunked and unsigned payloads, so plain HTTP cannot show it."""
    store, session = S3Store(settings("https://storage.invalid")), RecordingSession()
    store._client._session = session  # type: ignore[assignment]
    photo = b"\xff\xd8 a photo"
    store.put("a/b:c.jpg", photo, "image/jpeg")
    headers = {name.lower(): value for name, value in session.sent[0].headers.items()}
    assert session.sent[0].url == f"https://storage.invalid/{BUCKET}/a/b%3Ac.jpg"
    assert headers["x-amz-content-sha256"] == hashlib.sha256(photo).hexdigest()
    assert headers["content-length"] == str(len(photo))
    assert headers["authorization"].startswith("AWS4-HMAC-SHA256 ")
    assert not [name for name in headers if "checksum" in name or "trailer" in name]
    assert "content-encoding" not in headers


def test_no_upload_waits_for_leave_to_send_its_body() -> None:
    asked: list[str | None] = []

    def take(handler: FaultHandler) -> None:
        asked.append(handler.headers["Expect"])
        handler.read_body()
        handler.answer(HTTPStatus.OK, [], b"")

    with FaultyServer(take) as server, closing(S3Store(settings(server.endpoint))) as store:
        store.put("k", b"x" * 100_000, "image/jpeg")
    assert asked == [None]


def test_a_look_at_a_folder_and_a_lone_key_is_two_requests_though_nothing_is_there(
    strict_store: S3Store, strict_proxy: StrictProxy
) -> None:
    assert strict_store.look(["a/1", "b/1", "a/2"]) == {}
    assert [request.split(" ", 1)[0] for request in strict_proxy.requests] == ["GET", "HEAD"]
