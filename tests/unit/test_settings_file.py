"""Changing the settings file."""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING

import pytest

from noseprint.errors import ErrorCode, NoseprintError
from noseprint.settings import load_settings
from noseprint.settings_file import change_settings

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from noseprint.settings import Settings


def change(folder: Path, environment: Mapping[str, str] | None = None, **changes: object) -> Settings:
    return change_settings(folder, changes, environment or {}, dotenv=folder / "none")


def load(folder: Path) -> Settings:
    return load_settings({"NOSEPRINT_DATA_DIR": str(folder)}, dotenv=folder / "none")


def test_the_next_start_finds_what_was_changed(tmp_path: Path) -> None:
    changed = change(tmp_path, sync_parallel="2", grpc_reflection=True, log_level="debug", ncp_endpoint="http://a")
    assert changed == load(tmp_path)
    assert (changed.sync_parallel, changed.grpc_reflection, changed.log_level) == (2, True, "DEBUG")


def test_comments_and_everything_else_stay_as_they_were(tmp_path: Path) -> None:
    file = tmp_path / "noseprint.toml"
    file.write_text(
        "# 서울동물병원\ngrpc_port = 50053  # another program has the usual one\nsync_parallel = 4\n", "utf-8"
    )
    change(tmp_path, sync_parallel="8")
    assert file.read_text("utf-8") == (
        "# 서울동물병원\ngrpc_port = 50053  # another program has the usual one\nsync_parallel = 8\n"
    )


@pytest.mark.parametrize(
    ("field", "value"),
    [("sync_parallel", "17"), ("sync_parallel", "many"), ("did_form", "half"), ("model_sha256", "x")],
)
def test_a_wrong_value_is_named_and_nothing_is_written(tmp_path: Path, field: str, value: str) -> None:
    with pytest.raises(NoseprintError) as refused:
        change(tmp_path, **{field: value, "sync_keep_days": "7"})
    assert (refused.value.code, refused.value.facts["setting"]) == (ErrorCode.SETTINGS_INVALID, field)
    assert not (tmp_path / "noseprint.toml").exists()


def test_values_that_do_not_go_together_are_refused(tmp_path: Path) -> None:
    with pytest.raises(NoseprintError, match="review_similarity may not be above"):
        change(tmp_path, review_similarity="0.9")


def test_what_the_environment_says_counts_as_said(tmp_path: Path) -> None:
    environment = {"NCP_SECRET_KEY": "a secret"}
    assert change(tmp_path, environment, ncp_access_key="id").uses_ncp


@pytest.mark.parametrize("field", ["nobody_declared_it"])
def test_an_unknown_setting_is_refused(tmp_path: Path, field: str) -> None:
    with pytest.raises(NoseprintError) as refused:
        change(tmp_path, **{field: "1"})
    assert refused.value.code is ErrorCode.SETTINGS_INVALID


def test_a_file_that_is_no_toml_is_left_alone(tmp_path: Path) -> None:
    file = tmp_path / "noseprint.toml"
    file.write_text("this is = = nothing", "utf-8")
    with pytest.raises(NoseprintError) as refused:
        change(tmp_path, sync_parallel="2")
    assert refused.value.code is ErrorCode.SETTINGS_INVALID
    assert file.read_text("utf-8") == "this is = = nothing"


def test_a_folder_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(NoseprintError) as refused:
        change(tmp_path / "gone", sync_parallel="2")
    assert refused.value.code is ErrorCode.FOLDER_NOT_USABLE


@pytest.mark.skipif(os.name == "nt", reason="Windows has other permissions")
def test_secrets_in_it_are_the_owners_alone(tmp_path: Path) -> None:
    change(tmp_path, ncp_access_key="id", ncp_secret_key="a secret")
    assert load(tmp_path).ncp_secret_key.reveal() == "a secret"
    assert stat.S_IMODE((tmp_path / "noseprint.toml").stat().st_mode) == 0o600
