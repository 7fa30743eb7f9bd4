from __future__ import annotations

import ast
import sys
import unicodedata
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from noseprint import plain


class Nowhere(tzinfo):
    """A time zone that does not say how far it is from UTC."""

    def utcoffset(self, _: datetime | None) -> None:
        return None


def test_the_lowest_layer_stands_on_the_standard_library_alone() -> None:
    tree = ast.parse(Path(plain.__file__).read_text("utf-8"))
    names = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    names |= {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert {name.partition(".")[0] for name in names} <= sys.stdlib_module_names


@pytest.mark.parametrize("text", ["", "초코", "a b", "\u00a0", "\U0001f436", "\u202e"])
def test_text_of_one_line_is_plain(text: str) -> None:
    assert plain.is_plain(text)


@pytest.mark.parametrize("text", ["\0", "a\nb", "a\tb", "\x7f", "\x85", "\u2028", "\u2029", "\ud800"])
def test_control_characters_and_line_breaks_are_not_plain(text: str) -> None:
    assert not plain.is_plain(text)


@given(st.text())
def test_plain_text_can_always_be_written_on_one_line(text: str) -> None:
    if plain.is_plain(text):
        assert len(text.encode().decode().splitlines()) <= 1
        assert "Cc" not in {unicodedata.category(character) for character in text}


@given(st.datetimes(timezones=st.sampled_from([UTC, timezone(timedelta(hours=9)), timezone(timedelta(hours=-9.5))])))
def test_a_moment_stays_the_same_in_utc(moment: datetime) -> None:
    if datetime.min.replace(tzinfo=UTC) + timedelta(days=1) < moment < datetime.max.replace(tzinfo=UTC) - timedelta(1):
        assert plain.in_utc(moment) == moment
        assert plain.in_utc(moment).tzinfo is UTC


@pytest.mark.parametrize("zone", [None, Nowhere()])
def test_a_moment_that_could_be_any_is_refused(zone: tzinfo | None) -> None:
    with pytest.raises(ValueError, match="time zone"):
        plain.in_utc(datetime(2026, 3, 1, tzinfo=zone))
