"""A worker's surroundings that end its process, as far as one thread can show that."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, TypeVar

from noseprint.records.outbox import Outbox

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence
    from datetime import datetime

    from noseprint.sync.object_store import Held, ObjectStore
    from noseprint.sync.outbox import Report

_Result = TypeVar("_Result")


class Killed(BaseException):
    """The end of a process."""


class DyingOutbox(Outbox):
    """Its process ends before anything is settled."""

    def settle(self, reports: Sequence[Report], now: datetime) -> list[Report]:  # noqa: ARG002
        raise Killed


class DyingStore:
    """A store whose process ends right after its n-th call has done its work."""

    def __init__(self, store: ObjectStore, calls: int) -> None:
        self._store = store
        self._left = itertools.count(calls - 1, -1)

    def put(self, key: str, content: bytes, content_type: str) -> Held:
        return self._then_die(self._store.put(key, content, content_type))

    def get(self, key: str) -> bytes:
        return self._then_die(self._store.get(key))

    def exists(self, key: str) -> bool:
        return self._then_die(self._store.exists(key))

    def look(self, keys: Collection[str]) -> dict[str, Held]:
        return self._then_die(self._store.look(keys))

    def keys(self, prefix: str) -> Iterator[str]:
        return self._store.keys(prefix)

    def delete(self, key: str) -> None:
        self._store.delete(key)

    def check(self) -> None:
        self._store.check()

    def _then_die(self, result: _Result) -> _Result:
        if next(self._left) <= 0:
            raise Killed
        return result
