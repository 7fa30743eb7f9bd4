"""What every object store promises, and the one place where object keys are judged.

The stores themselves live beside this module; nothing here touches a disk or a network.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol

from noseprint.disk import PART_PREFIX
from noseprint.errors import ErrorCode, NoseprintError
from noseprint.plain import is_plain

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

MAX_KEY_BYTES: Final = 1024
"""The S3 limit on a key, in bytes of UTF-8."""

MAX_OBJECT_BYTES: Final = 128 * 1024 * 1024
"""The largest object that is written or read: a model file fits, a memory does not overflow."""

RESERVED_PREFIX: Final = PART_PREFIX
"""No part of a key begins like this: such names are files that a local store has not finished."""


@dataclass(frozen=True, slots=True)
class Held:
    """What a store says about an object without giving it out.

    Args:
        size: bytes.
        md5: hexadecimal digest of the content; None where the store names none: then only reading it tells.
    """

    size: int
    md5: str | None


def held(content: bytes) -> Held:
    """What a store says about this content, if it names digests."""
    return Held(len(content), hashlib.md5(content, usedforsecurity=False).hexdigest())


class ObjectStore(Protocol):
    """Objects under keys such as ``nose-print-photo/{petDID}/image_1.jpg``.

    Every method may be called from any thread. Every method that takes a key raises INVALID_REQUEST for one
    that ``require_key`` refuses, and STORAGE_CONNECTION_ERROR if the store cannot be used.
    """

    def put(self, key: str, content: bytes, content_type: str) -> Held:
        """Write one object, wholly or not at all; an object already under the key is replaced.

        Args:
            key: where it goes.
            content: at most ``MAX_OBJECT_BYTES``.
            content_type: its media type, such as ``image/jpeg``.

        Returns:
            What ``look`` is to say about it from now on.

        Raises:
            NoseprintError: INVALID_REQUEST (key or size), STORAGE_CONNECTION_ERROR.
        """
        ...

    def get(self, key: str) -> bytes:
        """Read one object, wholly.

        Raises:
            NoseprintError: OBJECT_NOT_FOUND (``key``), INVALID_REQUEST (key, or an object larger than
                ``MAX_OBJECT_BYTES``), STORAGE_CONNECTION_ERROR.
        """
        ...

    def exists(self, key: str) -> bool:
        """Whether an object lies under the key.

        Raises:
            NoseprintError: INVALID_REQUEST, STORAGE_CONNECTION_ERROR.
        """
        ...

    def look(self, keys: Collection[str]) -> dict[str, Held]:
        """What lies under these keys, in few requests if they begin alike; keys that hold nothing are left out.

        A store may name as ``md5`` what is none (some do for what they encrypt), and may list late what was just
        written: a match proves the content, anything else wants a ``get``.

        Raises:
            NoseprintError: INVALID_REQUEST, STORAGE_CONNECTION_ERROR.
        """
        ...

    def keys(self, prefix: str) -> Iterator[str]:
        """All keys that begin with the prefix, in the order of their UTF-8 bytes.

        Names that no key may have (foreign files, the "folder" objects of web consoles) are left out.

        Args:
            prefix: the beginning of the keys; empty for all of them.

        Raises:
            NoseprintError: INVALID_REQUEST at the call, STORAGE_CONNECTION_ERROR also while iterating.
        """
        ...

    def delete(self, key: str) -> None:
        """Remove one object; an absent one is fine.

        Raises:
            NoseprintError: INVALID_REQUEST, STORAGE_CONNECTION_ERROR.
        """
        ...

    def check(self) -> None:
        """Return if the store can be used now.

        Raises:
            NoseprintError: STORAGE_CONNECTION_ERROR, its detail saying what is wrong: credentials, bucket,
                folder or network.
        """
        ...


def require_key(key: str) -> str:
    """Return the key if a store may use it.

    A key is one or more non-empty parts joined by ``/``, together at most ``MAX_KEY_BYTES`` long, with
    neither ``.`` nor ``..`` as a part, no backslash and no control character.

    Raises:
        NoseprintError: INVALID_REQUEST, its detail naming the rule that is broken.
    """
    broken = _broken_rule(key)
    if broken:
        raise NoseprintError(ErrorCode.INVALID_REQUEST, f"object key {broken}")
    return key


def is_key(text: str) -> bool:
    """Whether ``require_key`` would accept the text."""
    return not _broken_rule(text)


def require_prefix(prefix: str) -> str:
    """Return the prefix if keys may be listed by it: empty, or a key, or a key and a ``/``.

    Raises:
        NoseprintError: INVALID_REQUEST.
    """
    if prefix:
        require_key(prefix.removesuffix("/"))
    return prefix


def require_size(size: int) -> int:
    """Return the size of an object, in bytes, if it is at most ``MAX_OBJECT_BYTES``.

    Raises:
        NoseprintError: INVALID_REQUEST.
    """
    if size > MAX_OBJECT_BYTES:
        raise NoseprintError(ErrorCode.INVALID_REQUEST, f"object larger than {MAX_OBJECT_BYTES} bytes")
    return size


def _broken_rule(key: str) -> str:
    if not is_plain(key):
        return "holds a control character"
    if len(key.encode()) > MAX_KEY_BYTES:
        return f"longer than {MAX_KEY_BYTES} bytes"
    if "\\" in key:
        return "holds a backslash"
    return next((rule for rule in map(_broken_rule_of_part, key.split("/")) if rule), "")


def _broken_rule_of_part(part: str) -> str:
    if not part:
        return "has an empty part"
    if part in {".", ".."}:
        return "leaves its folder"
    if part.startswith(RESERVED_PREFIX):
        return "uses a reserved name"
    return ""
