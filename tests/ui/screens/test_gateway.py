"""The gateway server as the screen tells it."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING

import msgspec
import pytest

from kiosk_app.engine import open_engine
from kiosk_app.screens.gateway import Gateway, is_private
from kiosk_app.widgets.texts import Text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kiosk_app.engine import Engine
    from noseprint.embedding.embedder import Embedder
    from noseprint.settings import Settings
    from tests.ui.conftest import Kiosk


def gateway(kiosk: Kiosk) -> Gateway:
    screen = Gateway(kiosk.desk)
    kiosk.show(screen)
    return screen


def errors(screen: Gateway) -> list[str]:
    return [line.text() for line in screen.errors.shown if isinstance(line, Text)]


def test_it_says_where_it_listens_and_that_nothing_went_wrong(kiosk: Kiosk) -> None:
    screen = gateway(kiosk)
    server = kiosk.desk.engine.server
    assert server
    assert screen.state.meaning.text() == server.address
    assert screen.answered.number.text() == "0"
    assert screen.errors.empty.isVisible()
    assert not screen.warning.isVisible()


def test_requests_and_latencies_are_shown_as_they_come(kiosk: Kiosk) -> None:
    screen = gateway(kiosk)
    server = kiosk.desk.engine.server
    assert server
    for milliseconds in (40.0, 44.0, 90.0):
        server.statistics.note("ExtractNoseVector", "OK", milliseconds)
    server.statistics.note("CompareWithStoredImage", "VECTOR_NOT_FOUND", 8.0)
    kiosk.until(lambda: screen.answered.number.text() == "3")
    assert screen.failed.number.text() == "1"
    assert screen.methods.cells == [
        ["저장된 사진과 비교", "0", "1", "8ms", "8ms"],
        ["비문 벡터 계산", "3", "0", "44ms", "90ms"],
    ]
    (error,) = errors(screen)
    assert "#4" in error
    assert "ML_4004" in error


def test_the_last_errors_speak_english_at_once(kiosk: Kiosk) -> None:
    server = kiosk.desk.engine.server
    assert server
    server.statistics.note("ExtractNoseVector", "INVALID_IMAGE", 1.0)
    screen = gateway(kiosk)
    kiosk.desk.face.speaker.speak("en")
    assert "Nose print vector: The photo cannot be read" in errors(screen)[0]


def test_nobody_looks_after_the_screen_was_left(kiosk: Kiosk) -> None:
    screen = gateway(kiosk)
    assert screen.looking
    screen.left()
    assert not screen.looking


@pytest.mark.parametrize(
    ("host", "private"),
    [
        ("127.0.0.1", True),
        ("localhost", True),
        ("::1", True),
        ("0.0.0.0", False),
        ("192.168.0.7", False),
        ("pc", False),
    ],
)
def test_an_address_is_private_only_if_no_other_computer_reaches_it(host: str, private: bool) -> None:
    assert is_private(host) is private


class TestOpenToTheNetwork:
    @pytest.fixture
    def kiosk_settings(self, kiosk_settings: Settings) -> Settings:
        return msgspec.structs.replace(kiosk_settings, grpc_host="0.0.0.0")

    def test_is_warned_of_loudly_in_words(self, kiosk: Kiosk) -> None:
        screen = gateway(kiosk)
        assert screen.warning.isVisible()
        assert "암호화 없이" in screen.warning.sentence.text()


@pytest.mark.provokes_warnings
class TestAnAddressThatIsTaken:
    @pytest.fixture
    def engine(self, kiosk_settings: Settings, embedder: Embedder) -> Iterator[Engine]:
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = taken.getsockname()[1]
            with open_engine(msgspec.structs.replace(kiosk_settings, grpc_port=port), embedder=embedder) as engine:
                yield engine

    def test_is_said_with_the_code(self, kiosk: Kiosk) -> None:
        screen = gateway(kiosk)
        assert "받지 못하고" in screen.state.sentence.text()
        assert "NP_2006" in screen.state.meaning.text()
        assert not screen.warning.isVisible()
