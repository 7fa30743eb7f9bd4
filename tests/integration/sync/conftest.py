from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from noseprint.sync.local_store import LocalStore
from noseprint.sync.s3_client import S3Settings
from noseprint.sync.s3_store import S3Store
from tests.support.s3_server import ACCESS_KEY, BUCKET, REGION, SECRET_KEY, RcloneS3, StrictProxy

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from noseprint.sync.object_store import ObjectStore


@pytest.fixture(autouse=True)
def no_web_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever way this machine takes to the internet, the servers of these tests are at hand."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")


@pytest.fixture
def rclone(tmp_path: Path) -> Iterator[RcloneS3]:
    folder = tmp_path / "buckets"
    folder.mkdir()
    with RcloneS3(folder) as server:
        yield server


@pytest.fixture
def strict_proxy(rclone: RcloneS3) -> Iterator[StrictProxy]:
    with StrictProxy(rclone.endpoint) as proxy:
        yield proxy


def settings(endpoint: str, **changes: object) -> S3Settings:
    values: dict[str, object] = {
        "endpoint": endpoint,
        "region": REGION,
        "bucket": BUCKET,
        "access_key": ACCESS_KEY,
        "secret_key": SECRET_KEY,
    }
    return S3Settings(**(values | changes))  # type: ignore[arg-type]


@pytest.fixture
def s3_store(rclone: RcloneS3) -> Iterator[S3Store]:
    store = S3Store(settings(rclone.endpoint))
    yield store
    store.close()


@pytest.fixture
def strict_store(strict_proxy: StrictProxy) -> Iterator[S3Store]:
    store = S3Store(settings(strict_proxy.endpoint))
    yield store
    store.close()
    assert strict_proxy.refusals == []


@pytest.fixture
def local_store(tmp_path: Path) -> LocalStore:
    return LocalStore(tmp_path / "store")


@pytest.fixture
def escaping_store(tmp_path: Path) -> LocalStore:
    """The local store as it is on Windows."""
    return LocalStore(tmp_path / "store", escape_names=True)


@pytest.fixture(params=["local_store", "escaping_store", "s3_store", "strict_store"])
def store(request: pytest.FixtureRequest) -> ObjectStore:
    """Every object store there is: what the contract suite runs on."""
    chosen: ObjectStore = request.getfixturevalue(request.param)
    return chosen
