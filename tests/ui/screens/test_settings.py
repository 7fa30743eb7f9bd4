"""Settings, from their declarations into the file of the data folder."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtWidgets import QLineEdit

from kiosk_app.screens.settings.group import GroupScreen
from kiosk_app.screens.settings.settings import SettingsScreen
from kiosk_app.widgets.fields import Field
from kiosk_app.widgets.rows import RowButton
from noseprint.records.staff import Role
from noseprint.settings_file import settings_in
from noseprint.settings_words import GROUPS

if TYPE_CHECKING:
    from noseprint.settings import Settings
    from tests.ui.conftest import Kiosk


class Staffed:
    """What follows when the staff is to be seen to."""

    def __init__(self) -> None:
        self.times = 0

    def __call__(self) -> None:
        self.times += 1


def sign_in_as_staff(kiosk: Kiosk) -> None:
    kiosk.sign_in()
    operators = kiosk.desk.engine.operators
    staff = operators.add(kiosk.desk.session.signed_in, "이간호", Role.STAFF, "493817")
    kiosk.desk.session.begin(operators.sign_in(staff.staff_id, "493817"), staff)


def group(kiosk: Kiosk, field: str) -> GroupScreen:
    kiosk.sign_in()
    screen = GroupScreen(kiosk.desk, next(group for group in GROUPS if field in group.settings))
    kiosk.show(screen)
    return screen


def saved(kiosk: Kiosk) -> Settings:
    return settings_in(kiosk.desk.engine.settings.data_dir)


def test_an_admin_sees_all_groups_and_opens_one(kiosk: Kiosk) -> None:
    kiosk.sign_in()
    staffed = Staffed()
    screen = SettingsScreen(kiosk.desk, staffed, Staffed())
    kiosk.show(screen)
    rows = [row for row in screen.rows.shown if isinstance(row, RowButton)]
    assert [row.headline.text() for row in rows] == [group.name.ko for group in GROUPS]
    screen.staff_button.click()
    assert staffed.times == 1
    rows[0].click()
    kiosk.settle()
    assert isinstance(kiosk.window.screen_shown, GroupScreen)


def test_staff_see_none_and_are_told_why(kiosk: Kiosk) -> None:
    sign_in_as_staff(kiosk)
    screen = SettingsScreen(kiosk.desk, Staffed(), Staffed())
    kiosk.show(screen)
    assert screen.rows.shown == []
    assert "NP_1014" in screen.trouble.text()
    assert not screen.staff_button.isEnabled()


@pytest.mark.parametrize("place", range(len(GROUPS)))
def test_every_setting_of_a_group_has_its_field(kiosk: Kiosk, place: int) -> None:
    kiosk.sign_in()
    screen = GroupScreen(kiosk.desk, GROUPS[place])
    kiosk.show(screen)
    assert list(screen.fields) == list(GROUPS[place].settings)
    assert not any(field.changed for field in screen.fields.values())


def test_what_is_changed_is_saved_and_shown_again(kiosk: Kiosk) -> None:
    screen = group(kiosk, "sync_parallel")
    screen.fields["sync_parallel"].fill("2")
    screen.save_button.click()
    kiosk.until(screen.notice.isVisible)
    assert "다시 시작하면 적용돼요" in screen.notice.meaning.text()
    assert saved(kiosk).sync_parallel == 2
    assert screen.fields["sync_parallel"].value == "2"
    assert not screen.fields["sync_parallel"].changed
    file = kiosk.desk.engine.settings.data_dir / "noseprint.toml"
    assert file.read_text("utf-8") == "sync_parallel = 2\n"


def test_a_switch_and_a_choice_are_saved(kiosk: Kiosk) -> None:
    screen = group(kiosk, "grpc_reflection")
    assert screen.fields["grpc_reflection"].value == "False"
    screen.fields["grpc_reflection"].fill("True")
    screen.save_button.click()
    kiosk.until(screen.notice.isVisible)
    assert saved(kiosk).grpc_reflection


def test_the_language_applies_at_once(kiosk: Kiosk) -> None:
    screen = group(kiosk, "language")
    screen.fields["language"].fill("en")
    screen.save_button.click()
    kiosk.until(screen.notice.isVisible)
    assert screen.notice.meaning.text() == "It applies at once."
    assert screen.save_button.text() == "Save"


@pytest.mark.parametrize("text", ["17", "many", ""])
def test_a_wrong_value_is_said_at_its_field_and_nothing_is_saved(kiosk: Kiosk, text: str) -> None:
    screen = group(kiosk, "sync_parallel")
    screen.fields["sync_parallel"].fill(text)
    screen.fields["sync_keep_days"].fill("7")
    screen.save_button.click()
    entry = screen.fields["sync_parallel"].entry
    assert isinstance(entry, Field)
    kiosk.until(lambda: entry.line.property("tone") == "bad")
    assert saved(kiosk).sync_keep_days == 30


def test_values_that_do_not_go_together_are_said(kiosk: Kiosk) -> None:
    screen = group(kiosk, "review_similarity")
    screen.fields["review_similarity"].fill("0.9")
    screen.save_button.click()
    kiosk.until(screen.trouble.isVisible)
    assert "NP_2001" in screen.trouble.text()


def test_that_nothing_was_changed_is_said(kiosk: Kiosk) -> None:
    screen = group(kiosk, "sync_parallel")
    screen.save_button.click()
    assert screen.notice.sentence.text() == "바뀐 것이 없어요"


def test_secrets_are_never_shown_and_stay_unless_written_anew(kiosk: Kiosk) -> None:
    screen = group(kiosk, "ncp_secret_key")
    screen.fields["ncp_access_key"].fill("id")
    screen.fields["ncp_secret_key"].fill("a secret")
    screen.save_button.click()
    kiosk.until(screen.notice.isVisible)
    entry = screen.fields["ncp_secret_key"].entry
    assert isinstance(entry, Field)
    assert (entry.text, entry.line.echoMode()) == ("", QLineEdit.EchoMode.Password)
    assert "정해져 있어요" in entry.line.placeholderText()
    screen.fields["ncp_region"].fill("kr")
    screen.save_button.click()
    kiosk.until(lambda: saved(kiosk).ncp_region == "kr")
    assert saved(kiosk).ncp_secret_key.reveal() == "a secret"


def test_what_the_environment_says_cannot_be_changed_here(kiosk: Kiosk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NOSEPRINT_SYNC_PARALLEL", "3")
    screen = group(kiosk, "sync_parallel")
    field = screen.fields["sync_parallel"]
    assert (field.value, field.entry.isEnabled()) == ("3", False)
    assert "환경 변수로" in field.about.text()


@pytest.mark.parametrize("name", ["data_dir", "master_key"])
def test_what_no_file_can_say_cannot_be_changed_here(kiosk: Kiosk, name: str) -> None:
    field = group(kiosk, name).fields[name]
    assert not field.entry.isEnabled()
    assert not field.changed


def test_a_file_that_is_no_toml_is_said(kiosk: Kiosk) -> None:
    (kiosk.desk.engine.settings.data_dir / "noseprint.toml").write_text("= = nothing", "utf-8")
    screen = group(kiosk, "sync_parallel")
    assert "NP_2001" in screen.trouble.text()
    assert not screen.save_button.isEnabled()
