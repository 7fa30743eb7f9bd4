"""Whatever the network and the service do, a call ends within its deadline, with a code."""

from __future__ import annotations

import socket
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from noseprint.errors import ErrorCode, NoseprintError
from noseprint.sync.s3_store import S3Store
from tests.integration.sync.conftest import settings
from tests.support import s3_server
from tests.support.s3_server import FaultHandler, FaultyServer, RcloneS3, refused_port

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

DEADLINE_S = 0.8
# What the machine may add on top when it is busy; a call that hung would need minutes.
GRACE_S = 2.0
CALLS: dict[str, Callable[[S3Store], object]] = {
    "put": lambda store: store.put("k", b"x" * 100_000, "image/jpeg"),
    "get": lambda store: store.get("k"),
    "exists": lambda store: store.exists("k"),
    "keys": lambda store: list(store.keys("")),
    "look": lambda store: store.look(["k"]),
    "look at several": lambda store: store.look(["k/1", "k/2"]),
    "delete": lambda store: store.delete("k"),
    "check": lambda store: store.check(),
}
FAULTS = [
    s3_server.silence,
    s3_server.trickling_header,
    s3_server.hanging_up,
    s3_server.unavailable,
    s3_server.server_error,
]


@contextmanager
def opened(endpoint: str, **changes: object) -> Iterator[S3Store]:
    limits: dict[str, object] = {"connect_timeout_s": 0.3, "read_timeout_s": 0.3, "deadline_s": DEADLINE_S}
    store = S3Store(settings(endpoint, **(limits | changes)))
    yield store
    store.close()


def failure_in_time(call: Callable[[], object]) -> NoseprintError:
    start = time.monotonic()
    with pytest.raises(NoseprintError) as caught:
        call()
    assert time.monotonic() - start < DEADLINE_S + GRACE_S
    assert caught.value.code is ErrorCode.STORAGE_CONNECTION_ERROR
    assert s3_server.SECRET_KEY not in str(caught.value)
    return caught.value


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("fault", FAULTS)
def test_a_sick_server_becomes_a_coded_error_in_time(fault: Callable[[FaultHandler], None], call: str) -> None:
    with FaultyServer(fault) as server, opened(server.endpoint) as store:
        failure_in_time(lambda: CALLS[call](store))


@pytest.mark.parametrize("call", ["get", "keys", "check"])
@pytest.mark.parametrize("fault", [s3_server.trickling_body, s3_server.cut_body])
def test_a_body_that_trickles_or_ends_early_becomes_a_coded_error_in_time(
    fault: Callable[[FaultHandler], None], call: str
) -> None:
    with FaultyServer(fault) as server, opened(server.endpoint) as store:
        failure_in_time(lambda: CALLS[call](store))


@pytest.mark.parametrize(
    ("fault", "calls"),
    [
        (s3_server.cut_header, ["get", "exists", "keys", "look", "look at several", "check"]),
        (s3_server.cut_number, ["exists", "look"]),
    ],
)
def test_an_answer_that_ends_within_its_header_is_never_taken_for_a_whole_one(
    fault: Callable[[FaultHandler], None], calls: list[str]
) -> None:
    with FaultyServer(fault) as server, opened(server.endpoint) as store:
        for call in calls:
            failure_in_time(lambda call=call: CALLS[call](store))


@pytest.mark.parametrize("call", CALLS)
def test_a_refused_connection_becomes_a_coded_error_in_time(call: str) -> None:
    with opened(f"http://127.0.0.1:{refused_port()}") as store:
        error = failure_in_time(lambda: CALLS[call](store))
    assert "EndpointConnectionError" in error.detail


def test_a_name_server_that_never_answers_becomes_a_coded_error_in_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    over = threading.Event()

    def unanswered(*_: object, **__: object) -> None:
        over.wait()
        raise socket.gaierror

    monkeypatch.setattr(socket, "getaddrinfo", unanswered)
    with opened("http://storage.invalid") as store:
        assert "no complete answer within 0.8 s" in failure_in_time(store.check).detail
    over.set()


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"secret_key": "another-secret"}, "SignatureDoesNotMatch"),
        ({"access_key": "another-key-id"}, "InvalidAccessKeyId"),
        ({"bucket": "no-such-bucket"}, "NoSuchBucket"),
    ],
)
def test_wrong_credentials_and_a_missing_bucket_become_coded_errors(
    rclone: RcloneS3, call: str, wrong: dict[str, str], code: str
) -> None:
    with opened(rclone.endpoint, deadline_s=20.0, read_timeout_s=10.0, **wrong) as store:
        with pytest.raises(NoseprintError) as caught:
            CALLS[call](store)
        assert caught.value.code is ErrorCode.STORAGE_CONNECTION_ERROR
        assert code in caught.value.detail or call in {"exists", "look"}


def test_a_bucket_name_that_cannot_be_one_is_a_coded_error() -> None:
    with opened("http://127.0.0.1:9", bucket="not/a bucket") as store:
        assert "ParamValidationError" in failure_in_time(store.check).detail


def test_an_endpoint_that_is_no_url_is_an_error_of_the_settings() -> None:
    with pytest.raises(NoseprintError) as caught:
        S3Store(settings("kr.object.ncloudstorage.com"))
    assert caught.value.code is ErrorCode.SETTINGS_INVALID


def test_a_failure_that_may_pass_is_tried_again_as_often_as_set() -> None:
    with FaultyServer(s3_server.unavailable) as server, opened(server.endpoint, deadline_s=20.0) as store:
        with pytest.raises(NoseprintError):
            store.check()
        assert server.requests == 3


def test_a_failure_that_will_not_pass_is_not_tried_again(rclone: RcloneS3) -> None:
    with s3_server.StrictProxy(rclone.endpoint) as proxy, opened(proxy.endpoint, secret_key="wrong") as store:
        with pytest.raises(NoseprintError):
            store.get("k")
        assert len(proxy.requests) == 1


def test_a_short_trouble_is_got_over() -> None:
    troubles = [s3_server.unavailable, s3_server.cut_body]

    def recovering(handler: FaultHandler) -> None:
        if troubles:
            troubles.pop()(handler)
        else:
            handler.answer(200, [], b"at last")

    with FaultyServer(recovering) as server, opened(server.endpoint, deadline_s=20.0) as store:
        assert store.get("k") == b"at last"
        assert server.requests == 3


def test_a_listing_that_does_not_go_on_ends_in_a_coded_error() -> None:
    page = b"<ListBucketResult><IsTruncated>true</IsTruncated></ListBucketResult>"
    with FaultyServer(lambda handler: handler.answer(200, [], page)) as server, opened(server.endpoint) as store:
        assert "do not go on" in failure_in_time(lambda: list(store.keys(""))).detail


def test_a_folder_object_of_a_web_console_is_not_listed() -> None:
    keys = b"".join(b"<Contents><Key>%s</Key><Size>0</Size></Contents>" % key for key in (b"pet/", b"pet/a.json"))
    page = b"<ListBucketResult><IsTruncated>false</IsTruncated>" + keys + b"</ListBucketResult>"
    with FaultyServer(lambda handler: handler.answer(200, [], page)) as server, opened(server.endpoint) as store:
        assert list(store.keys("")) == ["pet/a.json"]


@pytest.mark.parametrize("there", [True, False])
def test_deleting_is_fine_with_a_service_that_reports_what_is_absent(there: bool) -> None:
    error = b"<Error><Code>NoSuchKey</Code></Error>"

    def answer(handler: FaultHandler) -> None:
        handler.answer(204 if there else 404, [], b"" if there else error)

    with FaultyServer(answer) as server, opened(server.endpoint) as store:
        store.delete("k")


def test_an_upload_over_a_thin_line_has_the_whole_deadline_not_one_timeout() -> None:
    with (
        FaultyServer(s3_server.slow_reading) as server,
        opened(server.endpoint, read_timeout_s=20.0, deadline_s=60.0, attempts=1) as store,
    ):
        start = time.monotonic()
        store.put("k", bytes(12 * 1024 * 1024), "image/jpeg")
        assert time.monotonic() - start > 3 * store._settings.connect_timeout_s


def test_an_upload_whose_caller_has_left_stops() -> None:
    photo = bytes(16 * 1024 * 1024)
    received: list[int] = []
    ended = threading.Event()

    def stalling(handler: FaultHandler) -> None:
        while block := handler.rfile.read1(256 * 1024):
            received.append(len(block))
            handler.faulty.over.wait(0.05)
        ended.set()

    with FaultyServer(stalling) as server, opened(server.endpoint, attempts=1) as store:
        failure_in_time(lambda: store.put("k", photo, "image/jpeg"))
        assert ended.wait(30)
    assert 0 < sum(received) < len(photo)


def test_connections_are_used_again() -> None:
    ports = set()

    def answer(handler: FaultHandler) -> None:
        ports.add(handler.client_address[1])
        handler.close_connection = False
        handler.answer(200, [], b"photo" * 5000)

    with FaultyServer(answer) as server, opened(server.endpoint, deadline_s=20.0) as store:
        for _ in range(5):
            store.get("k")
    assert len(ports) == 1


def test_the_aws_profile_of_the_machine_has_no_say(rclone: RcloneS3, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_PROFILE", "nobody-knows-it")
    with opened(rclone.endpoint, read_timeout_s=10.0, deadline_s=20.0) as store:
        store.check()


def test_the_settings_never_show_the_key() -> None:
    shown = repr(settings("http://127.0.0.1:9"))
    assert s3_server.SECRET_KEY not in shown
    assert s3_server.ACCESS_KEY not in shown
