"""What works here, what does not, and the report."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kiosk_app.screens.diagnostics import Diagnostics
from kiosk_app.shell.save_to import SaveTo
from kiosk_app.widgets.rows import Line, RowButton
from noseprint.bootstrap import open_store
from noseprint.doctor import NAMES

if TYPE_CHECKING:
    from pathlib import Path

    from PySide6.QtWidgets import QWidget

    from noseprint.records.entities import Pet
    from tests.ui.conftest import Kiosk


def diagnostics(kiosk: Kiosk) -> Diagnostics:
    screen = Diagnostics(kiosk.desk)
    kiosk.show(screen)
    return screen


def lines(screen: Diagnostics) -> dict[str, Line]:
    return {line.headline.text(): line for line in screen.rows.shown if isinstance(line, Line)}


def test_a_healthy_machine_is_said_to_be_one_while_it_serves_its_own_port(kiosk: Kiosk) -> None:
    screen = diagnostics(kiosk)
    assert screen.state.sentence.text() == "모두 괜찮아요"
    found = lines(screen)
    assert set(found) == {name.ko for name in NAMES.values()}
    server = kiosk.desk.engine.server
    assert server
    assert found["포트"].below.text() == server.address
    assert "남음" in found["데이터 폴더"].below.text()


def test_what_needs_a_person_comes_first_with_what_to_do(kiosk: Kiosk, choco: Pet) -> None:
    engine = kiosk.desk.engine
    open_store(engine.settings).put(choco.photo_keys[0], b"another", "image/jpeg")
    assert engine.worker
    engine.worker.wake()
    kiosk.until(lambda: engine.holdings.outbox.counts().parked > 0)
    screen = diagnostics(kiosk)
    assert screen.state.sentence.text() == "확인이 필요한 것이 있어요"
    first = next(iter(lines(screen).values()))
    assert "1건 확인 필요" in first.below.text()
    assert "올리기 화면" in first.to_do.text()


def test_what_is_broken_is_said_with_its_code(kiosk: Kiosk) -> None:
    (kiosk.desk.engine.settings.data_dir / "objects").write_text("in the way", "utf-8")
    screen = diagnostics(kiosk)
    assert screen.state.sentence.text() == "고쳐야 할 것이 있어요"
    storage = lines(screen)["저장소"]
    assert "ML_5003" in storage.below.text() or "NP_" in storage.below.text()
    assert storage.to_do.text()


def test_it_can_be_looked_at_again(kiosk: Kiosk) -> None:
    screen = diagnostics(kiosk)
    screen.again_button.click()
    assert not screen.again_button.isEnabled()
    kiosk.until(screen.again_button.isEnabled)
    assert screen.state.sentence.text() == "모두 괜찮아요"


def saving(kiosk: Kiosk, screen: Diagnostics) -> SaveTo[None]:
    screen.save_button.click()
    shown = kiosk.window.screen_shown
    assert isinstance(shown, SaveTo)
    kiosk.until(lambda: bool(shown.rows.shown))
    return shown


def press(row: QWidget) -> None:
    assert isinstance(row, RowButton)
    row.click()


def test_the_report_is_saved_without_anything_personal(kiosk: Kiosk, choco: Pet, tmp_path: Path) -> None:
    screen = diagnostics(kiosk)
    press(saving(kiosk, screen).rows.shown[0])
    kiosk.until(screen.saved.isVisible)
    (file,) = (tmp_path / "papers").glob("*.txt")
    told = file.read_text("utf-8")
    assert "good  model" in told
    assert not any(name in told for name in (choco.facts.name, "박보호", str(tmp_path)))


def test_a_report_that_cannot_be_written_is_said(kiosk: Kiosk, tmp_path: Path) -> None:
    (tmp_path / "papers").write_text("in the way", "utf-8")
    where = saving(kiosk, diagnostics(kiosk))
    press(where.rows.shown[0])
    kiosk.until(where.trouble.isVisible)
    assert "NP_1010" in where.trouble.text()


def test_whoever_goes_back_saves_nothing(kiosk: Kiosk, tmp_path: Path) -> None:
    screen = diagnostics(kiosk)
    saving(kiosk, screen)
    kiosk.window.back()
    kiosk.settle()
    assert not screen.saved.isVisible()
    assert not (tmp_path / "papers").exists()
