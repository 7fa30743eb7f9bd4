"""What the statistics of requests keep, and what they cannot."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest

from embedded_server.statistics import FailedRequest, RequestStatistics

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)


class Clock:
    """A minute later at every look."""

    def __init__(self) -> None:
        self._now = NOON

    def __call__(self) -> datetime:
        now, self._now = self._now, self._now + timedelta(minutes=1)
        return now


@pytest.fixture
def statistics() -> RequestStatistics:
    return RequestStatistics(Clock())


def test_nothing_has_come_at_the_start(statistics: RequestStatistics) -> None:
    figures = statistics.figures()
    assert (figures.since, figures.methods, figures.last_failures) == (NOON, (), ())


def test_requests_are_counted_by_method_and_outcome(statistics: RequestStatistics) -> None:
    for method, code in (("Extract", "OK"), ("Extract", "INVALID_IMAGE"), ("Compare", "OK"), ("Extract", "OK")):
        statistics.note(method, code, 1.0)
    compare, extract = statistics.figures().methods
    assert (compare.method, compare.answered, compare.failed) == ("Compare", 1, 0)
    assert (extract.answered, extract.failed) == (2, 1)
    assert extract.outcomes == {"OK": 2, "INVALID_IMAGE": 1}


@pytest.mark.parametrize(("count", "median", "slow"), [(1, 1.0, 1.0), (20, 10.0, 19.0), (100, 50.0, 95.0)])
def test_percentiles_are_by_the_nearest_rank(
    statistics: RequestStatistics, count: int, median: float, slow: float
) -> None:
    for milliseconds in range(count, 0, -1):
        statistics.note("Extract", "OK", float(milliseconds))
    (extract,) = statistics.figures().methods
    assert (extract.median_ms, extract.slow_ms) == (median, slow)


def test_times_are_those_of_the_last_five_hundred(statistics: RequestStatistics) -> None:
    for milliseconds in (1000.0,) * 500 + (2.0,) * 500:
        statistics.note("Extract", "OK", milliseconds)
    (extract,) = statistics.figures().methods
    assert (extract.slow_ms, extract.answered) == (2.0, 1000)


def test_failures_are_told_newest_first_with_the_number_of_their_log_line(statistics: RequestStatistics) -> None:
    numbers = [statistics.note("Extract", code, 1.0) for code in ("INVALID_IMAGE", "OK", "INFERENCE_ERROR")]
    assert numbers == [1, 2, 3]
    assert statistics.figures().last_failures == (
        FailedRequest(3, "Extract", "INFERENCE_ERROR", NOON + timedelta(minutes=2)),
        FailedRequest(1, "Extract", "INVALID_IMAGE", NOON + timedelta(minutes=1)),
    )


def test_only_the_last_twenty_failures_are_kept(statistics: RequestStatistics) -> None:
    for _ in range(25):
        statistics.note("Extract", "INVALID_IMAGE", 1.0)
    assert [failure.number for failure in statistics.figures().last_failures] == list(range(25, 5, -1))


def test_threads_lose_no_request(statistics: RequestStatistics) -> None:
    with ThreadPoolExecutor(8) as pool:
        numbers = list(pool.map(lambda _: statistics.note("Extract", "OK", 1.0), range(2000)))
    assert sorted(numbers) == list(range(1, 2001))
    assert statistics.figures().methods[0].answered == 2000
