"""What every test may lean on, and what none may leave behind: log warnings and threads."""

from __future__ import annotations

import logging
import os
import tempfile
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings

from noseprint.settings import declarations
from tests.support.postgres_server import PostgresServer, postgres_programs

if TYPE_CHECKING:
    from collections.abc import Iterator

REPOSITORY = Path(__file__).resolve().parent.parent

# A busy machine must not fail a property that holds. CI draws the same examples every time, so that a change is
# judged by itself; developers' runs go on searching.
settings.register_profile(
    "house", deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize="CI" in os.environ
)
settings.load_profile("house")


@pytest.fixture(scope="session")
def noses() -> Path:
    """The generated noses that the repository carries: six dogs, five photos each."""
    return REPOSITORY / "assets" / "noses"


@pytest.fixture(scope="session")
def shared() -> Path:
    """The real photographs, the golden cases and the central server's model, where a developer has them."""
    folder = REPOSITORY.parent / "shared"
    if not folder.is_dir():
        pytest.skip("the shared folder with real photographs is not here")
    return folder


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """The URL of a real PostgreSQL: the one that TEST_POSTGRES_URL names, else one started from the programs here."""
    if named := os.environ.get("TEST_POSTGRES_URL"):
        yield named
        return
    programs = postgres_programs()
    if programs is None:
        pytest.skip("no PostgreSQL: TEST_POSTGRES_URL names none, and its programs are not installed")
    # Not below pytest's own folder, which its owner alone may enter: the server runs as another user.
    with tempfile.TemporaryDirectory() as folder, PostgresServer(Path(folder), programs) as server:
        yield server.url


@pytest.fixture(autouse=True)
def _none_of_the_developers_own_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep tests away from the databases and buckets that the environment may name."""
    for item in declarations():
        for name in item.environment_names:
            monkeypatch.delenv(name, raising=False)


@pytest.fixture(autouse=True)
def _none_of_the_developers_own_keys(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Let master keys that a start makes lie in the tests' own folder, on Linux and on Windows."""
    apart = tmp_path_factory.getbasetemp() / "configuration"
    for name in ("XDG_CONFIG_HOME", "WIN_PD_OVERRIDE_LOCAL_APPDATA"):
        monkeypatch.setenv(name, str(apart))


@pytest.fixture(autouse=True)
def _no_unexpected_warning_in_the_log(request: pytest.FixtureRequest) -> Iterator[None]:
    """Fail a test during which the product logged a warning, unless the test is marked `provokes_warnings`."""
    heard: list[logging.LogRecord] = []
    listener = logging.Handler(logging.WARNING)
    listener.emit = heard.append  # type: ignore[method-assign]
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    root.addHandler(listener)
    yield
    root.handlers[:] = handlers  # the product's own writes to a stream that ends with the test
    root.setLevel(level)
    if heard and not request.node.get_closest_marker("provokes_warnings"):
        pytest.fail("logged: " + "; ".join(f"{record.name}: {record.getMessage()}" for record in heard))


@pytest.fixture(autouse=True)
def _no_thread_left_behind() -> Iterator[None]:
    """Fail a test that leaves a thread running which must end by itself."""
    before = set(threading.enumerate())
    yield
    left = [thread for thread in threading.enumerate() if thread not in before and not thread.daemon]
    for thread in left:
        thread.join(timeout=5)
    alive = [thread.name for thread in left if thread.is_alive()]
    if alive:
        pytest.fail(f"threads left running: {alive}")
