"""Every setting has its words."""

from __future__ import annotations

from noseprint.settings import declarations
from noseprint.settings_words import GROUPS


def test_every_setting_is_in_one_group() -> None:
    named = [field for group in GROUPS for field in group.settings]
    assert sorted(named) == sorted(item.field for item in declarations())


def test_every_korean_sentence_ends_as_one() -> None:
    for group in GROUPS:
        for field, words in group.settings.items():
            assert words.about_ko.endswith("요."), field
            assert words.name.ko, field
            assert words.name.en, field
