"""How the requests of the gateway went since the start: numbers and codes, never whose dog a request was about."""

from __future__ import annotations

import threading
from collections import Counter, deque
from dataclasses import dataclass, field
from datetime import UTC, datetime
from math import ceil
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

SUCCESS: Final = "OK"
"""The outcome of a request that was answered with a result; every other one is an error's name."""

_REMEMBERED_TIMES: Final = 500
_REMEMBERED_FAILURES: Final = 20


@dataclass(frozen=True, slots=True)
class FailedRequest:
    """A request that was answered with an error.

    Attributes:
        number: counted from 1 since the start; the log line of the request has it too.
        method: which.
        code: the error's name on the wire.
        at: when it was answered, in UTC.
    """

    number: int
    method: str
    code: str
    at: datetime


@dataclass(frozen=True, slots=True)
class MethodFigures:
    """How one method went.

    Attributes:
        method: which.
        outcomes: how many requests had which outcome, ``SUCCESS`` or an error's name.
        median_ms: half of the last requests took no longer, in milliseconds.
        slow_ms: nineteen of twenty took no longer.
    """

    method: str
    outcomes: dict[str, int]
    median_ms: float
    slow_ms: float

    @property
    def answered(self) -> int:
        """How many were answered with a result."""
        return self.outcomes.get(SUCCESS, 0)

    @property
    def failed(self) -> int:
        """How many were answered with an error."""
        return sum(self.outcomes.values()) - self.answered


@dataclass(frozen=True, slots=True)
class Figures:
    """All of it at one moment: the methods by name, the failures newest first."""

    since: datetime
    methods: tuple[MethodFigures, ...]
    last_failures: tuple[FailedRequest, ...]


@dataclass(slots=True)
class _Counted:
    outcomes: Counter[str] = field(default_factory=Counter)
    times: deque[float] = field(default_factory=lambda: deque(maxlen=_REMEMBERED_TIMES))


class RequestStatistics:
    """Counts requests as they are answered; any thread may use it.

    Args:
        clock: the present moment, in UTC.
    """

    def __init__(self, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._clock = clock
        self._since = clock()
        self._counting = threading.Lock()
        self._requests = 0
        self._methods: dict[str, _Counted] = {}
        self._failures: deque[FailedRequest] = deque(maxlen=_REMEMBERED_FAILURES)

    def note(self, method: str, code: str, milliseconds: float) -> int:
        """Count a request that was answered just now.

        Returns:
            its number.
        """
        with self._counting:
            self._requests += 1
            counted = self._methods.setdefault(method, _Counted())
            counted.outcomes[code] += 1
            counted.times.append(milliseconds)
            if code != SUCCESS:
                self._failures.appendleft(FailedRequest(self._requests, method, code, self._clock()))
            return self._requests

    def figures(self) -> Figures:
        """How it went up to now; the times are those of the last 500 requests of each method."""
        with self._counting:
            copied = {name: (dict(it.outcomes), sorted(it.times)) for name, it in sorted(self._methods.items())}
            failures = tuple(self._failures)
        methods = (
            MethodFigures(name, outcomes, _percentile(times, 0.5), _percentile(times, 0.95))
            for name, (outcomes, times) in copied.items()
        )
        return Figures(self._since, tuple(methods), failures)


def _percentile(ordered: list[float], share: float) -> float:
    """The nearest-rank percentile: the least value that is not below this share of them."""
    return ordered[ceil(share * len(ordered)) - 1]
