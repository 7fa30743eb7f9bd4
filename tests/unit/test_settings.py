from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from noseprint.errors import ErrorCode, NoseprintError
from noseprint.settings import PREFIX, Secret, Settings, _build, declarations, fields_from_environment, load_settings

if TYPE_CHECKING:
    from collections.abc import Mapping

PLATFORM_NAMES = {
    "GRPC_PORT": ("grpc_port", "50053", 50053),
    "GRPC_WORKERS": ("grpc_workers", "4", 4),
    "GRPC_MAX_MESSAGE_LENGTH": ("grpc_max_message_length", "10485760", 10485760),
    "MODEL_PATH": ("model_path", "/models/any.onnx", "/models/any.onnx"),
    "MODEL_INPUT_SIZE": ("model_input_size", "96", 96),
    "MODEL_INPUT_CHANNELS": ("model_input_channels", "1", 1),
    "NCP_BUCKET_NAME": ("ncp_bucket_name", "bucket", "bucket"),
    "NCP_ENDPOINT": ("ncp_endpoint", "http://localhost:1", "http://localhost:1"),
    "NCP_REGION": ("ncp_region", "kr", "kr"),
    "NCP_MODEL_KEY": ("ncp_model_key", "models/a.onnx", "models/a.onnx"),
    "NCP_VECTOR_PREFIX": ("ncp_vector_prefix", "pets", "pets"),
    "MODEL_CACHE_DIR": ("model_cache_dir", "/cache", "/cache"),
    "DB_HOST": ("db_host", "db", "db"),
    "DB_PORT": ("db_port", "5433", 5433),
    "DB_USERNAME": ("db_username", "who", "who"),
    "DB_DATABASE": ("db_database", "dogs", "dogs"),
    "LOG_LEVEL": ("log_level", "DEBUG", "DEBUG"),
    "LOG_FORMAT": ("log_format", "json", "json"),
    "DIDMETHOD": ("did_method", "noseprint", "noseprint"),
    "DIDNETWORK": ("did_network", "testnet", "testnet"),
}
SECRET = "correct-horse-battery"


@pytest.fixture
def sources(tmp_path: Path) -> Sources:
    return Sources(tmp_path)


class Sources:
    """Every place that settings come from, empty to begin with."""

    def __init__(self, folder: Path) -> None:
        self.data_dir = folder / "data"
        self.data_dir.mkdir()
        self.dotenv = folder / ".env"
        self.toml = self.data_dir / "noseprint.toml"

    def load(self, environment: Mapping[str, str] | None = None, **overrides: object) -> Settings:
        variables = {"NOSEPRINT_DATA_DIR": str(self.data_dir)} | dict(environment or {})
        return load_settings(variables, dotenv=self.dotenv, overrides=overrides)

    def refusal(self, environment: Mapping[str, str] | None = None, **overrides: object) -> str:
        with pytest.raises(NoseprintError) as caught:
            self.load(environment, **overrides)
        assert caught.value.code is ErrorCode.SETTINGS_INVALID
        return str(caught.value)


class TestPrecedence:
    def test_begins_with_the_defaults(self, sources: Sources) -> None:
        assert msgspec.structs.replace(sources.load(), data_dir=Path(), **secrets()) == Settings(**secrets())

    def test_the_toml_file_goes_before_the_defaults(self, sources: Sources) -> None:
        sources.toml.write_text("grpc_port = 1\n", "utf-8")
        assert sources.load().grpc_port == 1

    def test_the_dotenv_file_goes_before_the_toml_file(self, sources: Sources) -> None:
        sources.toml.write_text("grpc_port = 1\n", "utf-8")
        sources.dotenv.write_text("GRPC_PORT=2\n", "utf-8")
        assert sources.load().grpc_port == 2

    def test_the_environment_goes_before_the_dotenv_file(self, sources: Sources) -> None:
        sources.dotenv.write_text("GRPC_PORT=2\n", "utf-8")
        assert sources.load({"GRPC_PORT": "3"}).grpc_port == 3

    def test_the_environment_goes_before_the_dotenv_file_whichever_name_each_uses(self, sources: Sources) -> None:
        sources.dotenv.write_text("NOSEPRINT_GRPC_PORT=2\n", "utf-8")
        assert sources.load({"GRPC_PORT": "3"}).grpc_port == 3

    def test_the_command_line_goes_before_all(self, sources: Sources) -> None:
        assert sources.load({"GRPC_PORT": "3"}, grpc_port=4).grpc_port == 4

    def test_our_name_goes_before_the_platforms(self, sources: Sources) -> None:
        for names in (("GRPC_PORT", "NOSEPRINT_GRPC_PORT"), ("NOSEPRINT_GRPC_PORT", "GRPC_PORT")):
            ports = {"GRPC_PORT": "1", "NOSEPRINT_GRPC_PORT": "2"}
            assert sources.load({name: ports[name] for name in names}).grpc_port == 2

    def test_an_empty_variable_counts_as_not_set(self, sources: Sources) -> None:
        sources.toml.write_text("db_host = 'toml'\n", "utf-8")
        sources.dotenv.write_text("GRPC_PORT=2\nNCP_REGION=\n", "utf-8")
        settings = sources.load({"GRPC_PORT": "", "DB_HOST": "", "NOSEPRINT_GRPC_PORT": "", "MODEL_INPUT_SIZE": ""})
        assert (settings.grpc_port, settings.db_host, settings.ncp_region) == (2, "toml", "kr-standard")
        assert settings.model_input_size == 0

    def test_the_process_environment_is_read_where_none_is_given(
        self, sources: Sources, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        for name in [name for name in os.environ if name.startswith(PREFIX)]:
            monkeypatch.delenv(name)
        monkeypatch.setenv("NOSEPRINT_DATA_DIR", str(sources.data_dir))
        monkeypatch.setenv("GRPC_PORT", "7")
        assert load_settings(dotenv=sources.dotenv).grpc_port == 7


class TestDataFolder:
    def test_is_where_the_toml_file_is_looked_for(self, sources: Sources, tmp_path: Path) -> None:
        (tmp_path / "other").mkdir()
        (tmp_path / "other" / "noseprint.toml").write_text("grpc_port = 9\n", "utf-8")
        settings = sources.load(data_dir=tmp_path / "other")
        assert (settings.grpc_port, settings.data_dir) == (9, tmp_path / "other")

    def test_is_the_systems_own_where_none_is_named(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
        monkeypatch.setattr("platformdirs.user_data_path", lambda name, **_: tmp_path / name)
        assert load_settings({}, dotenv=tmp_path / ".env").data_dir == tmp_path / "noseprint"

    def test_may_begin_at_home(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        monkeypatch.setenv("HOME", str(tmp_path))
        monkeypatch.setenv("USERPROFILE", str(tmp_path))
        (tmp_path / "clinic").mkdir()
        (tmp_path / "clinic" / "noseprint.toml").write_text("grpc_port = 9\n", "utf-8")
        settings = load_settings({"NOSEPRINT_DATA_DIR": "~/clinic"}, dotenv=tmp_path / ".env")
        assert (settings.grpc_port, settings.data_dir) == (9, tmp_path / "clinic")

    def test_of_nobody_is_refused(self, sources: Sources) -> None:
        assert "data_dir" in sources.refusal({"NOSEPRINT_DATA_DIR": "~no-such-person/clinic"})


class TestNames:
    @pytest.mark.parametrize("name", PLATFORM_NAMES)
    def test_of_the_platform_work_as_they_are(self, sources: Sources, name: str) -> None:
        field, text, value = PLATFORM_NAMES[name]
        assert getattr(sources.load({name: text}), field) == value

    def test_of_the_platforms_secrets_work_as_they_are(self, sources: Sources) -> None:
        settings = sources.load({"NCP_ACCESS_KEY": "id", "NCP_SECRET_KEY": SECRET, "DB_PASSWORD": "p"})
        assert settings.ncp_secret_key.reveal() == SECRET
        assert settings.db_password.reveal() == "p"
        assert settings.uses_ncp

    @pytest.mark.parametrize("field", [item.field for item in declarations()])
    def test_of_our_own_are_the_prefix_and_the_field(self, sources: Sources, field: str) -> None:
        item = next(item for item in declarations() if item.field == field)
        assert item.environment_names[0] == PREFIX + field.upper()
        text = item.default if isinstance(item.default, str | int | float) else None
        if text:
            assert getattr(sources.load({item.environment_names[0]: str(text)}), field) == item.default

    def test_of_others_are_none_of_our_business(self, sources: Sources) -> None:
        assert sources.load({"PATH": "/bin", "GRPC_VERBOSITY": "debug", "NCP_OTHER": "x"}).grpc_port == 50052

    @pytest.mark.parametrize("where", ["environment", "dotenv"])
    def test_that_nobody_declared_are_refused(self, sources: Sources, where: str) -> None:
        name = "NOSEPRINT_GRPC_PROT"
        if where == "dotenv":
            sources.dotenv.write_text(f"{name}=1\n", "utf-8")
        assert f"{name}: unknown name" in sources.refusal({name: "1"} if where == "environment" else {})

    @pytest.mark.parametrize("key", ["grpc_prot", "GRPC_PORT", "server"])
    def test_of_unknown_toml_keys_are_refused(self, sources: Sources, key: str) -> None:
        sources.toml.write_text(f"{key} = 1\n", "utf-8")
        assert key in sources.refusal()

    def test_of_unknown_overrides_are_refused(self, sources: Sources) -> None:
        assert "grpc_prot" in sources.refusal(grpc_prot=1)


class TestValues:
    @pytest.mark.parametrize(
        ("field", "text"),
        [
            ("grpc_port", "65536"),
            ("grpc_port", "-1"),
            ("grpc_port", "many"),
            ("grpc_port", "9" * 400),
            ("grpc_workers", "0"),
            ("grpc_workers", "1.5"),
            ("grpc_max_message_length", "1"),
            ("max_image_bytes", "0"),
            ("max_image_pixels", "1"),
            ("model_input_size", "-1"),
            ("model_input_channels", "2"),
            ("model_sha256", "abc"),
            ("inference_slots", "257"),
            ("minimum_photos_camera", "0"),
            ("minimum_photos_files", "21"),
            ("minimum_quality", "101"),
            ("outlier_similarity", "-0.1"),
            ("same_similarity", "1.1"),
            ("same_similarity", "nan"),
            ("review_similarity", "-0.1"),
            ("look_up_margin", "2"),
            ("storage_deadline_s", "0"),
            ("storage_deadline_s", "inf"),
            ("grpc_grace_s", "-1"),
            ("db_port", "0"),
            ("log_level", "LOUD"),
            ("log_format", "xml"),
            ("language", "fr"),
            ("did_form", "short"),
            ("did_method", "Ethr"),
            ("did_method", "ethr\n"),
            ("did_network", "a:b"),
            ("did_network", "n" * 33),
            ("grpc_reflection", "perhaps"),
            ("operator_name", "x" * 81),
        ],
    )
    def test_out_of_range_are_refused_by_name(self, sources: Sources, field: str, text: str) -> None:
        assert field in sources.refusal({PREFIX + field.upper(): text})

    @pytest.mark.parametrize(
        ("field", "text", "value"),
        [
            ("grpc_port", "0", 0),
            ("grpc_port", "65535", 65535),
            ("same_similarity", "1", 1.0),
            ("grpc_reflection", "true", True),
            ("grpc_reflection", "1", True),
            ("grpc_reflection", "false", False),
            ("language", "en", "en"),
            ("operator_name", "김수의", "김수의"),
            ("model_sha256", "a" * 64, "a" * 64),
        ],
    )
    def test_at_the_edge_are_taken(self, sources: Sources, field: str, text: str, value: object) -> None:
        assert getattr(sources.load({PREFIX + field.upper(): text}), field) == value

    def test_that_contradict_each_other_are_refused(self, sources: Sources) -> None:
        assert "review_similarity" in sources.refusal(same_similarity=0.5, review_similarity=0.6)
        assert "belong together" in sources.refusal({"NCP_ACCESS_KEY": "id"})
        assert "belong together" in sources.refusal({"NCP_SECRET_KEY": SECRET})

    def test_of_a_toml_file_keep_their_types(self, sources: Sources) -> None:
        sources.toml.write_text("grpc_port = 1\nminimum_quality = 3\ngrpc_reflection = true\n", "utf-8")
        settings = sources.load()
        assert (settings.grpc_port, settings.minimum_quality, settings.grpc_reflection) == (1, 3.0, True)


class TestUnreadableFiles:
    @pytest.mark.parametrize("content", [b"grpc_port = ", b"\xff\xfe\x00", b"= 1"])
    def test_of_toml_are_refused_by_name(self, sources: Sources, content: bytes) -> None:
        sources.toml.write_bytes(content)
        assert "noseprint.toml" in sources.refusal()

    @pytest.mark.parametrize("name", ["data_dir", "master_key"])
    def test_that_may_not_lie_in_the_data_folder_are_refused_there(self, sources: Sources, name: str) -> None:
        sources.toml.write_text(f"{name} = 'the-value'\n", "utf-8")
        refusal = sources.refusal()
        assert f"noseprint.toml: {name} cannot be set" in refusal
        assert "the-value" not in refusal

    def test_of_toml_may_be_no_file(self, sources: Sources) -> None:
        sources.toml.mkdir()
        assert "noseprint.toml" in sources.refusal()

    def test_of_dotenv_are_refused_by_name(self, sources: Sources) -> None:
        sources.dotenv.write_bytes("GRPC_PORT=1".encode("utf-16"))
        assert ".env" in sources.refusal()

    def test_of_dotenv_may_have_a_byte_order_mark(self, sources: Sources) -> None:
        sources.dotenv.write_text("GRPC_PORT=2\n", "utf-8-sig")
        assert sources.load().grpc_port == 2

    def test_of_dotenv_may_name_variables_without_a_value(self, sources: Sources) -> None:
        sources.dotenv.write_text("GRPC_PORT\nDB_HOST=db\n", "utf-8")
        settings = sources.load()
        assert (settings.grpc_port, settings.db_host) == (50052, "db")


class TestSecret:
    @given(st.text(min_size=4))
    def test_never_shows_itself_unasked(self, text: str) -> None:
        secret = Secret(f"#{text}#")
        assert secret.reveal() == f"#{text}#"
        for shown in (repr(secret), str(secret), f"{secret}", f"{[secret]}", "%s" % secret):  # noqa: UP031
            assert f"#{text}#" not in shown

    def test_is_true_when_there_is_one(self) -> None:
        assert Secret("x")
        assert not Secret("")
        assert repr(Secret("")) == "Secret()"

    def test_never_shows_in_the_settings(self, sources: Sources) -> None:
        settings = sources.load({"NCP_ACCESS_KEY": "id", "NCP_SECRET_KEY": SECRET, "DB_PASSWORD": SECRET})
        assert SECRET not in repr(settings) + str(settings)

    @pytest.mark.parametrize(
        "environment",
        [
            {"NCP_SECRET_KEY": SECRET},
            {"NCP_SECRET_KEY": SECRET, "NCP_ACCESS_KEY": "id", "GRPC_PORT": "many"},
            {"DB_PASSWORD": SECRET, "NOSEPRINT_LANGUAGE": "fr"},
            {"DB_PASSWORD": SECRET, "NOSEPRINT_SURPRISE": SECRET},
        ],
    )
    def test_never_shows_in_what_is_wrong(self, sources: Sources, environment: dict[str, str]) -> None:
        assert SECRET not in sources.refusal(environment)

    @pytest.mark.parametrize("line", [f"db_password = {SECRET}", f"db_password = '{SECRET}", f"x = '{SECRET}'"])
    def test_never_shows_in_what_is_wrong_with_the_toml_file(self, sources: Sources, line: str) -> None:
        sources.toml.write_text(line, "utf-8")
        assert SECRET not in sources.refusal()

    def test_may_be_handed_over_as_one(self, sources: Sources) -> None:
        settings = sources.load(ncp_access_key="id", ncp_secret_key=Secret(SECRET))
        assert settings.ncp_secret_key.reveal() == SECRET


def test_fields_of_the_environment_are_those_that_it_sets(tmp_path: Path) -> None:
    dotenv = tmp_path / ".env"
    dotenv.write_text("GRPC_PORT=1\nNOSEPRINT_LANGUAGE=\n", "utf-8")
    environment = {"NOSEPRINT_SYNC_PARALLEL": "3", "PATH": "/bin"}
    assert fields_from_environment(environment, dotenv=dotenv) == {"grpc_port", "sync_parallel"}


class TestDeclarations:
    def test_hold_every_setting_in_order(self) -> None:
        assert [item.field for item in declarations()] == list(Settings.__struct_fields__)

    def test_say_what_each_is_for(self) -> None:
        for item in declarations():
            assert item.description.endswith("."), item.field
            assert isinstance(item.restart, bool)

    def test_name_no_variable_twice(self) -> None:
        names = [name for item in declarations() for name in item.environment_names]
        assert len(names) == len(set(names))

    def test_know_all_the_platforms_names(self) -> None:
        names = {name for item in declarations() for name in item.environment_names}
        assert names >= {*PLATFORM_NAMES, "NCP_ACCESS_KEY", "NCP_SECRET_KEY", "DB_PASSWORD"}

    def test_hold_the_values_that_settings_have(self) -> None:
        for item in declarations():
            if not isinstance(item.default, Secret):
                assert getattr(Settings(), item.field) == item.default

    def test_say_which_apply_at_once(self) -> None:
        live = {item.field for item in declarations() if not item.restart}
        assert live == {"language", "same_similarity", "review_similarity", "look_up_margin"}

    def test_say_what_a_value_may_be(self) -> None:
        declared = {item.field: item for item in declarations()}
        assert declared["did_form"].choices == ("address", "full")
        assert declared["language"].choices == ("ko", "en")
        assert (declared["sync_parallel"].least, declared["sync_parallel"].most) == (1, 16)
        assert (declared["same_similarity"].least, declared["same_similarity"].most) == (0.0, 1.0)
        assert declared["ncp_region"].choices == ()

    def test_say_which_no_file_can_set(self) -> None:
        assert {item.field for item in declarations() if not item.in_file} == {"data_dir", "master_key"}

    def test_settings_cannot_be_changed(self) -> None:
        with pytest.raises(AttributeError):
            Settings().grpc_port = 1  # type: ignore[misc]

    def test_a_type_that_nobody_can_build_is_a_mistake_of_ours(self) -> None:
        with pytest.raises(NotImplementedError):
            _build(bytes, "x")


def secrets() -> dict[str, Secret]:
    """Secrets are equal to nothing but themselves: to compare settings, they are set alike."""
    return {"ncp_secret_key": NOTHING, "db_password": NOTHING}


NOTHING = Secret("")
