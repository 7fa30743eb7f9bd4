"""An object store behind the S3 API, as NCP Object Storage speaks it.

What that service does not take is never sent: no ListObjectsV2, no ``x-amz-checksum-*`` headers, no
``aws-chunked`` uploads. Every upload carries a Content-MD5 instead.
"""

from __future__ import annotations

import base64
import os
import re
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Final, TypeVar
from urllib.parse import unquote_plus
from xml.etree import ElementTree as ET

from noseprint.errors import ErrorCode, NoseprintError
from noseprint.sync.bounded import Deadline, Lanes
from noseprint.sync.object_store import Held, held, is_key, require_key, require_prefix, require_size
from noseprint.sync.s3_client import FAILURES, BrokenAnswer, Refusal, Request, S3Client, may_pass

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator

    from noseprint.sync.s3_client import S3Settings

_Result = TypeVar("_Result")

_PAGE_KEYS: Final = 1000
_LOOK_KEYS: Final = 100
_MD5: Final = re.compile(r"[0-9a-f]{32}")
_LANES: Final = 16
_FIRST_PAUSE_S: Final = 0.2
_NOT_FOUND: Final = 404


class S3Store:
    """Objects in a bucket; see ``ObjectStore`` for what each method promises.

    Args:
        settings: bucket, credentials and limits.

    Raises:
        NoseprintError: SETTINGS_INVALID if the endpoint is no URL.
    """

    def __init__(self, settings: S3Settings) -> None:
        self._settings = settings
        self._client = S3Client(settings, _LANES)
        self._lanes = Lanes(_LANES)

    def put(self, key: str, content: bytes, content_type: str) -> Held:
        """Write one object; its MD5 travels with it, and the service refuses what arrives damaged."""
        require_key(key)
        require_size(len(content))
        sent = held(content)
        digest = base64.b64encode(bytes.fromhex(sent.md5 or "")).decode()
        headers = {"Content-MD5": digest, "Content-Type": content_type}

        def send(deadline: Deadline) -> None:
            self._client.send(Request("PUT", key, content=content, headers=headers), deadline)

        self._perform("put", send)
        return sent

    def get(self, key: str) -> bytes:
        """Read one object, wholly."""
        require_key(key)

        def fetch(deadline: Deadline) -> bytes:
            try:
                answer = self._client.send(Request("GET", key), deadline)
            except Refusal as refusal:
                if refusal.code == "NoSuchKey":
                    raise NoseprintError(ErrorCode.OBJECT_NOT_FOUND, key=key) from refusal
                raise
            answer.header("Content-Length")
            return answer.content

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

        def remove(deadline: Deadline) -> None:
            try:
                self._client.send(Request("DELETE", key), deadline)
            except Refusal as refusal:
                if refusal.code != "NoSuchKey":
                    raise

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
            if entry.key in keys:
                yield entry.key, entry.held
            if entry.key.encode() >= last.encode():
                return

    def _look_at(self, key: str, listed: bool) -> Iterator[tuple[str, Held]]:
        def look(deadline: Deadline) -> list[tuple[str, Held]]:
            try:
                answer = self._client.send(Request("HEAD", key), deadline)
            except Refusal as refusal:
                if refusal.status != _NOT_FOUND:
                    raise
                if not listed:
                    # HEAD has no body that could say which of the two is missing.
                    self._client.send(Request("HEAD"), deadline)
                return []
            return [(key, Held(int(answer.header("Content-Length")), _md5(answer.headers.get("ETag", ""))))]

        yield from self._perform("look", look)

    def _listing(self, prefix: str) -> Iterator[str]:
        return filter(is_key, (entry.key for entry in self._entries(prefix, limit=_PAGE_KEYS)))

    def _entries(self, prefix: str, *, limit: int) -> Iterator[_Listed]:
        marker = ""
        while True:
            page = self._page(prefix, marker, limit=limit)
            yield from page.entries
            if not page.goes_on:
                return
            if not page.entries or page.entries[-1].key <= marker:
                raise NoseprintError(ErrorCode.STORAGE_CONNECTION_ERROR, "list: the pages do not go on")
            marker = page.entries[-1].key

    def _page(self, prefix: str, marker: str, *, limit: int) -> _Page:
        # Encoded, since XML has no way to write some of the characters that a foreign key may have.
        query = {"encoding-type": "url", "marker": marker, "max-keys": str(limit), "prefix": prefix}

        def ask(deadline: Deadline) -> _Page:
            return _page(self._client.send(Request("GET", query=query), deadline).content)

        return self._perform("list", ask)

    def _perform(self, action: str, work: Callable[[Deadline], _Result]) -> _Result:
        """Run one call, again where the failure may pass, and give every failure its code in time."""
        deadline = Deadline(self._settings.deadline_s)
        attempt = 1
        while True:
            try:
                return self._lanes.run(partial(work, deadline), deadline)
            except FAILURES as error:
                last = attempt >= self._settings.attempts or not may_pass(error)
                if last or not deadline.pause(_FIRST_PAUSE_S * 2 ** (attempt - 1)):
                    detail = f"{action}: {_description(error)}"
                    raise NoseprintError(ErrorCode.STORAGE_CONNECTION_ERROR, detail) from error
            attempt += 1


@dataclass(frozen=True, slots=True)
class _Listed:
    """An object as a listing names it."""

    key: str
    held: Held


@dataclass(frozen=True, slots=True)
class _Page:
    """A page of a listing, and whether another one follows."""

    entries: list[_Listed]
    goes_on: bool


def _page(content: bytes) -> _Page:
    try:
        listing = ET.fromstring(content)  # noqa: S314 (of the service whose word counts; expat bounds expansion)
    except ET.ParseError as error:
        raise BrokenAnswer("a listing that is no XML") from error
    plain = unquote_plus if listing.findtext("{*}EncodingType") == "url" else str
    entries = [
        _Listed(plain(_text(entry, "Key")), Held(int(_text(entry, "Size")), _md5(entry.findtext("{*}ETag", ""))))
        for entry in listing.iterfind("{*}Contents")
    ]
    return _Page(entries, _text(listing, "IsTruncated") == "true")


def _text(element: ET.Element, part: str) -> str:
    """The text of a part that none of its kind lacks; the service's namespace is not looked at."""
    text = element.findtext(f"{{*}}{part}")
    if text is None:
        raise BrokenAnswer(f"a listing without {part}")
    return text


def _md5(etag: str) -> str | None:
    """The digest that an ETag is, unless its form says that it is none (as after an upload in parts)."""
    digest = etag.strip('"').lower()
    return digest if _MD5.fullmatch(digest) else None


def _description(error: Exception) -> str:
    """What a maintainer needs, without the addresses and keys that the library's own text repeats."""
    return str(error) if isinstance(error, Refusal | TimeoutError) else type(error).__name__
