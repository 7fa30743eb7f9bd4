"""An object store behind the S3 API, as NCP Object Storage speaks it. The only module that knows boto3.

What that service does not take is never sent: no ListObjectsV2, no ``x-amz-checksum-*`` headers, no
``aws-chunked`` uploads. Every upload carries a Content-MD5 instead.
"""

from __future__ import annotations

import base64
import io
import os
import re
from contextlib import closing
from dataclasses import dataclass, field
from functools import partial
from typing import IO, TYPE_CHECKING, Final, TypeVar, cast

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, HTTPClientError, IncompleteReadError
from botocore.parsers import ResponseParserError
from botocore.session import Session as CoreSession

from noseprint.errors import ErrorCode, NoseprintError
from noseprint.sync.bounded import Deadline, Lanes
from noseprint.sync.object_store import Held, held, is_key, require_key, require_prefix, require_size

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping

    from botocore.response import StreamingBody
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3.type_defs import ListObjectsOutputTypeDef, ObjectTypeDef

_Result = TypeVar("_Result")

_PAGE_KEYS: Final = 1000
_LOOK_KEYS: Final = 100
_MD5: Final = re.compile(r"[0-9a-f]{32}")
_LANES: Final = 16
# Small, so that a call whose caller has left notices it soon even where bytes only trickle in.
_CHUNK_BYTES: Final = 4096
_FIRST_PAUSE_S: Final = 0.2
_NOT_FOUND: Final = 404
_PASSING_STATUSES: Final = frozenset({429, 500, 502, 503, 504})
# ValueError: what the library makes of a number that the end of a connection cut short.
_FAILURES: Final = (BotoCoreError, ClientError, ResponseParserError, TimeoutError, ValueError)


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


class S3Store:
    """Objects in a bucket; see ``ObjectStore`` for what each method promises.

    Args:
        settings: bucket, credentials and limits.

    Raises:
        NoseprintError: SETTINGS_INVALID if the endpoint is no URL.
    """

    def __init__(self, settings: S3Settings) -> None:
        self._settings = settings
        self._client = _client(settings)
        self._lanes = Lanes(_LANES)

    def put(self, key: str, content: bytes, content_type: str) -> Held:
        """Write one object; its MD5 travels with it, and the service refuses what arrives damaged."""
        require_key(key)
        require_size(len(content))
        sent = held(content)
        digest = bytes.fromhex(sent.md5 or "")

        def send(deadline: Deadline) -> None:
            self._client.put_object(
                Bucket=self._settings.bucket,
                Key=key,
                Body=cast("IO[bytes]", _Upload(content, deadline)),
                ContentMD5=base64.b64encode(digest).decode(),
                ContentType=content_type,
            )

        self._perform("put", send)
        return sent

    def get(self, key: str) -> bytes:
        """Read one object, wholly."""
        require_key(key)

        def fetch(deadline: Deadline) -> bytes:
            try:
                answer = self._client.get_object(Bucket=self._settings.bucket, Key=key)
            except self._client.exceptions.NoSuchKey as error:
                raise NoseprintError(ErrorCode.OBJECT_NOT_FOUND, key=key) from error
            with closing(answer["Body"]) as body:
                _require_whole(answer, "ContentLength")
                require_size(answer["ContentLength"])
                return _read(body, deadline)

        return self._perform("get", fetch)

    def exists(self, key: str) -> bool:
        """Whether an object lies under the key."""
        return bool(self.look([key]))

    def look(self, keys: Collection[str]) -> dict[str, Held]:
        """What lies under these keys: one listing for several of one folder, so that a pet needs few requests."""
        folders: dict[str, list[str]] = {}
        for key in dict.fromkeys(keys):
            folders.setdefault(require_key(key).rpartition("/")[0], []).append(key)
        # Listings first: the first one shows that the bucket is there.
        fullest_first = sorted(folders.values(), key=len, reverse=True)
        listed = len(fullest_first[0]) > 1 if fullest_first else False
        return {key: found for wanted in fullest_first for key, found in self._look_for(wanted, listed)}

    def keys(self, prefix: str) -> Iterator[str]:
        """All keys that begin with the prefix, sorted; pages are asked for as they are needed."""
        return self._listing(require_prefix(prefix))

    def delete(self, key: str) -> None:
        """Remove one object; an absent one is fine."""
        require_key(key)

        def remove(_: Deadline) -> None:
            try:
                self._client.delete_object(Bucket=self._settings.bucket, Key=key)
            except self._client.exceptions.NoSuchKey:
                return

        self._perform("delete", remove)

    def check(self) -> None:
        """Return if the bucket can be listed with these credentials, over this network, now."""
        self._page("", "", limit=1)

    def close(self) -> None:
        """Close the idle connections; the store is not to be used afterwards."""
        self._client.close()

    def _look_for(self, keys: list[str], listed: bool) -> Iterator[tuple[str, Held]]:
        """Those of the keys that are there; they come sorted, so that the last one ends the listing."""
        if len(keys) == 1:
            yield from self._look_at(keys[0], listed)
            return
        last = max(keys, key=str.encode)
        prefix = os.path.commonprefix(keys)  # noqa: RUF071 (characters, not folders, are what a listing begins with)
        for entry in self._entries(prefix, limit=_LOOK_KEYS):
            if entry["Key"] in keys:
                yield entry["Key"], Held(entry["Size"], _md5(entry.get("ETag", "")))
            if entry["Key"].encode() >= last.encode():
                return

    def _look_at(self, key: str, listed: bool) -> Iterator[tuple[str, Held]]:
        def look(_: Deadline) -> list[tuple[str, Held]]:
            try:
                answer = self._client.head_object(Bucket=self._settings.bucket, Key=key)
            except ClientError as error:
                if _status(error) != _NOT_FOUND:
                    raise
                if not listed:
                    # HEAD has no body that could say which of the two is missing.
                    self._client.head_bucket(Bucket=self._settings.bucket)
                return []
            _require_whole(answer, "ContentLength")
            return [(key, Held(answer["ContentLength"], _md5(answer.get("ETag", ""))))]

        yield from self._perform("look", look)

    def _listing(self, prefix: str) -> Iterator[str]:
        return filter(is_key, (entry["Key"] for entry in self._entries(prefix, limit=_PAGE_KEYS)))

    def _entries(self, prefix: str, *, limit: int) -> Iterator[ObjectTypeDef]:
        marker = ""
        while True:
            page = self._page(prefix, marker, limit=limit)
            entries = page.get("Contents", [])
            yield from entries
            if not page.get("IsTruncated"):
                return
            if not entries or entries[-1]["Key"] <= marker:
                raise NoseprintError(ErrorCode.STORAGE_CONNECTION_ERROR, "list: the pages do not go on")
            marker = entries[-1]["Key"]

    def _page(self, prefix: str, marker: str, *, limit: int) -> ListObjectsOutputTypeDef:
        def ask(_: Deadline) -> ListObjectsOutputTypeDef:
            page = self._client.list_objects(Bucket=self._settings.bucket, Prefix=prefix, Marker=marker, MaxKeys=limit)
            _require_whole(page, "IsTruncated")
            return page

        return self._perform("list", ask)

    def _perform(self, action: str, work: Callable[[Deadline], _Result]) -> _Result:
        """Run one call, again where the failure may pass, and give every failure its code in time."""
        deadline = Deadline(self._settings.deadline_s)
        attempt = 1
        while True:
            try:
                return self._lanes.run(partial(work, deadline), deadline)
            except _FAILURES as error:
                last = attempt >= self._settings.attempts or not _may_pass(error)
                if last or not deadline.pause(_FIRST_PAUSE_S * 2 ** (attempt - 1)):
                    detail = f"{action}: {_description(error)}"
                    raise NoseprintError(ErrorCode.STORAGE_CONNECTION_ERROR, detail) from error
            attempt += 1


class _Upload:
    """The body of one upload, read in blocks: once its caller has left, there is no next one.

    Otherwise an upload that was given up, and perhaps set back, could still arrive long afterwards.
    """

    def __init__(self, content: bytes, deadline: Deadline) -> None:
        self._stream = io.BytesIO(content)
        self._deadline = deadline
        self.seek, self.tell = self._stream.seek, self._stream.tell

    def read(self, size: int = -1) -> bytes:
        """The next block, while there is time."""
        self._deadline.require()
        return self._stream.read(size)


def _client(settings: S3Settings) -> S3Client:
    # The AWS profile of whoever is logged in here has no say in this.
    core = CoreSession({"profile": (None, None, None, None)})
    # No date is of interest here, and one that a cut header ends with could not be read.
    core.get_component("response_parser_factory").set_parser_defaults(timestamp_parser=str)
    session = boto3.Session(botocore_session=core)
    try:
        client = session.client(
            "s3",
            endpoint_url=settings.endpoint,
            region_name=settings.region,
            aws_access_key_id=settings.access_key,
            aws_secret_access_key=settings.secret_key,
            config=_config(settings),
        )
    except ValueError as error:
        problem = "the endpoint of the object storage is not a URL"
        raise NoseprintError(ErrorCode.SETTINGS_INVALID, problem=problem) from error
    client.meta.events.register_last("before-call.s3", _begin_at_once)
    return client


def _begin_at_once(params: dict[str, dict[str, str]], **_: object) -> None:
    """Ask for no leave before a body is sent: it would cost every photo the line's way there and back."""
    params["headers"].pop("Expect", None)


def _config(settings: S3Settings) -> Config:
    return Config(
        signature_version="s3v4",
        # Signed over TLS too: one way of uploading, the one that is tested.
        s3={"addressing_style": "path", "payload_signing_enabled": True},
        request_checksum_calculation="when_required",
        response_checksum_validation="when_required",
        connect_timeout=settings.connect_timeout_s,
        read_timeout=settings.read_timeout_s,
        # Attempts are counted here, not there: botocore's own know no deadline and leave out cut downloads.
        retries={"total_max_attempts": 1},
        max_pool_connections=_LANES,
        tcp_keepalive=True,
    )


def _require_whole(answer: Mapping[str, object], part: str) -> None:
    """Refuse an answer without a part that none lacks: its connection was lost within the header.

    Python's HTTP client takes the header's lines so far for the whole of it, and an answer without length for empty.
    """
    if part not in answer:
        raise ResponseParserError(f"an answer without {part}")


def _read(body: StreamingBody, deadline: Deadline) -> bytes:
    parts: list[bytes] = []
    for part in body.iter_chunks(_CHUNK_BYTES):
        deadline.require()
        parts.append(part)
    return b"".join(parts)


def _md5(etag: str) -> str | None:
    """The digest that an ETag is, unless its form says that it is none (as after an upload in parts)."""
    digest = etag.strip('"').lower()
    return digest if _MD5.fullmatch(digest) else None


def _status(error: ClientError) -> int:
    return error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)


def _may_pass(error: Exception) -> bool:
    if isinstance(error, ClientError):
        return _status(error) in _PASSING_STATUSES
    return isinstance(error, HTTPClientError | IncompleteReadError | ResponseParserError | ValueError)


def _description(error: Exception) -> str:
    """What a maintainer needs, without the addresses and keys that the library's own text repeats."""
    if isinstance(error, ClientError):
        return f"{error.response.get('Error', {}).get('Code', 'unknown')}, HTTP {_status(error)}"
    return str(error) if isinstance(error, TimeoutError) else type(error).__name__
