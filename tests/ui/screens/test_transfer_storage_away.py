"""A change of guardian while the storage cannot be reached."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtWidgets import QPushButton

from kiosk_app.screens.transfer.words import points_of
from kiosk_app.screens.waiting import Waiting
from noseprint.settings import Secret, Settings
from noseprint.vault.key_ring import KeyRing
from tests.ui.screens.test_enrolment import shown
from tests.ui.screens.test_transfer import ELSEWHERE, begin, put_before_the_camera, search, verify

if TYPE_CHECKING:
    from pathlib import Path

    from tests.ui.conftest import Kiosk


@pytest.fixture
def kiosk_settings(tmp_path: Path) -> Settings:
    """A storage at an address where nobody answers."""
    return Settings(
        data_dir=tmp_path / "clinic",
        master_key=KeyRing.generate().written(),
        grpc_host="127.0.0.1",
        grpc_port=0,
        ncp_access_key="nobody",
        ncp_secret_key=Secret("nowhere"),
        storage_deadline_s=2,
        ncp_endpoint="http://127.0.0.1:9",
    )


def test_a_dog_of_another_clinic_cannot_be_compared_and_the_way_back_is_offered(kiosk: Kiosk) -> None:
    screen = begin(kiosk)
    put_before_the_camera(kiosk, "dog-1")
    (row,) = search(kiosk, screen, ELSEWHERE)
    row.click()
    waiting = shown(kiosk, Waiting)
    kiosk.qtbot.waitUntil(lambda: "ML_5003" in waiting.sentence.text(), timeout=30_000)
    assert any(button.text() == "뒤로" for button in waiting.findChildren(QPushButton))


@pytest.mark.usefixtures("choco")
def test_a_dog_of_this_clinic_is_verified_all_the_same(kiosk: Kiosk) -> None:
    screen = verify(kiosk, "dog-1")
    assert screen.result.verdict == "same"
    kiosk.until(lambda: bool(screen.points.text()))
    assert not screen.evidence.empty
    assert points_of(screen.result, 0)
