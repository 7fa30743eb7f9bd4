from __future__ import annotations

import io
import json
import logging
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from noseprint.embedding.aggregate import Sample
from noseprint.errors import ErrorCode, NoseprintError
from noseprint.logs import JsonFormatter, TextFormatter, configure_logging, facts
from noseprint.settings import Secret

if TYPE_CHECKING:
    from collections.abc import Iterator

FORMATTERS = {"json": JsonFormatter(), "text": TextFormatter()}
SECRET = "correct-horse-battery-staple"


def lines_of(message: str, *arguments: object, error: BaseException | None = None, **values: object) -> list[str]:
    """What both formatters make of one log call."""
    problem = (type(error), error, error.__traceback__) if error else None
    record = logging.LogRecord("clinic", logging.INFO, __file__, 1, message, arguments, problem)
    vars(record).update(facts(**values))
    return [formatter.format(record) for formatter in FORMATTERS.values()]


def line_as_json(message: str, *arguments: object, **values: object) -> dict[str, Any]:
    return json.loads(lines_of(message, *arguments, **values)[0], parse_constant=pytest.fail)  # type: ignore[no-any-return]


def raised(error: BaseException) -> BaseException:
    try:
        raise error
    except type(error) as caught:
        return caught


@pytest.fixture
def root_restored() -> Iterator[logging.Logger]:
    """The root logger and the chatty ones, put back as they were."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    chatty = {name: logging.getLogger(name).level for name in ("botocore", "boto3", "urllib3", "alembic", "PIL")}
    yield root
    root.handlers[:] = handlers
    root.setLevel(level)
    for name, before in chatty.items():
        logging.getLogger(name).setLevel(before)


class TestLine:
    def test_of_json_has_time_level_logger_event_and_facts(self) -> None:
        line = line_as_json("photo embedded", milliseconds=12, model_name="base", ready=True, missing=None)
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", line.pop("time"))
        assert line == {
            "level": "info",
            "logger": "clinic",
            "event": "photo embedded",
            "milliseconds": 12,
            "model_name": "base",
            "ready": True,
            "missing": None,
        }

    def test_of_text_has_the_same(self) -> None:
        _, line = lines_of("photo embedded", milliseconds=12, code="ML_4001")
        assert re.fullmatch(r"\S+Z info    photo embedded  milliseconds=12 code=ML_4001", line)

    def test_without_facts_ends_with_the_event(self) -> None:
        assert lines_of("server stopped")[1].endswith("info    server stopped")

    def test_takes_arguments(self) -> None:
        for line in lines_of("took %d ms, %s of %s", 12, "half", Path("/data")):
            assert "took 12 ms, half of /data" in line

    def test_takes_arguments_by_name(self) -> None:
        for line in lines_of("took %(time)d ms", {"time": 12}):
            assert "took 12 ms" in line

    @pytest.mark.parametrize("message", ["took %d ms", "took %s and %s", "took %(time)s", "50 %"])
    def test_with_wrong_arguments_is_still_a_line_and_shows_none_of_them(self, message: str) -> None:
        for line in lines_of(message, SECRET):
            assert message in line
            assert SECRET not in line

    @given(st.text())
    def test_is_one_line_whatever_is_logged(self, text: str) -> None:
        for line in lines_of("event %s", text, what=text):
            assert len(line.splitlines()) == 1

    @given(st.floats(), st.text(max_size=20), st.integers())
    def test_of_json_is_json_whatever_is_logged(self, number: float, text: str, whole: int) -> None:
        line = line_as_json(text, score=number, reason=text, count=whole)
        assert line["count"] == whole

    def test_is_cut_where_it_gets_long(self) -> None:
        for line in lines_of("x" * 10_000, reason="y" * 10_000):
            assert len(line) < 1_000

    def test_keeps_a_few_texts(self) -> None:
        assert line_as_json("settings", changed=["grpc_port", "language"])["changed"] == ["grpc_port", "language"]


PHONES = st.builds(
    lambda area, middle, end, gap: f"{area}{gap}{middle}{gap}{end}",
    st.sampled_from(["010", "011", "02", "031", "070", "0505", "+82 10", "+8210", "82-10", "0082 10", "+82-(0)10"]),
    st.integers(200, 9999),
    st.integers(0, 9999).map("{:04d}".format),
    st.sampled_from(["", "-", " ", ".", " - ", "\u2013", "/", ") ", "\u00a0"]),
)


class TestTelephoneNumber:
    @given(PHONES, st.sampled_from(["", "tel:", "phone=", "전화", "guardian ", "(", "\u201c", "번호는 "]))
    def test_gets_through_nowhere(self, phone: str, before: str) -> None:
        digits = re.sub(r"\D", "", phone)
        for after in ("", "로 연락", ".", ", twice", ")", " 01"):
            text = f"{before}{phone}{after}"
            for line in (*lines_of(text), *lines_of("%s", text), *lines_of("event", reason=text, texts=[text])):
                assert digits[-7:] not in re.sub(r"\D", "", line.partition("clinic")[2] or line.partition("info")[2])

    @pytest.mark.parametrize(
        "phone", ["+1 650-253-0000", "+44 20 7946 0958", "+16502530000", "\uff10\uff11\uff10-1234-5678"]
    )
    def test_of_another_country_or_script_gets_through_nowhere(self, phone: str) -> None:
        for line in lines_of(f"call {phone}", reason=phone):
            assert phone[-4:] not in line

    def test_in_a_private_fact_is_withheld_by_the_facts_name(self) -> None:
        assert line_as_json("x", guardian_phone=1012345678, phone="1012345678", Telephone="1")["phone"] == "[withheld]"

    @pytest.mark.parametrize(
        "text",
        [
            "did:ethr:besu:0x9f6578f73027d0f810d33702b3a3d8f862ef9fb6",
            "0x0123456789012345678901234567890123456789",
            "313cba3086a71d72f28fa43dad9c98288be65956f121b417199c54f8f67d8a82",
            "2026-11-20T21:46:55.123Z",
            "127.0.0.1:50052",
            "similarity 0.8512345678",
            "v1.0.12345678",
            "verify_20261120T214655123456Z.jpg",
        ],
    )
    def test_is_not_seen_in_what_is_none(self, text: str) -> None:
        for line in lines_of(text):
            assert text in line


PRIVATE_NAMES = [
    "phone",
    "guardian_phone",
    "guardian_name",
    "pet_name",
    "names",
    "guardianName",
    "operator",
    "operator_name",
    "Password",
    "db_password",
    "ncp_secret_key",
    "token",
    "credentials",
    "authorization",
    "vector",
    "feature_vector",
    "template",
    "image_data",
    "photo",
    "guardian",
    "pin",
]


class TestPrivateFact:
    @pytest.mark.parametrize("name", PRIVATE_NAMES)
    @pytest.mark.parametrize("value", [SECRET, 42_424_242, [SECRET], None])
    def test_is_withheld_whatever_it_holds(self, name: str, value: object) -> None:
        for line in lines_of("event", **{name: value}):
            assert SECRET not in line
            assert "42424242" not in line
            assert "[withheld]" in line

    @pytest.mark.parametrize("name", ["model_name", "event_name", "field_name"])
    def test_is_not_the_name_of_a_thing(self, name: str) -> None:
        assert line_as_json("event", **{name: "grpc_port"})[name] == "grpc_port"


HIDDEN = [
    b"\xff\xd8 picture bytes",
    bytearray(b"picture bytes"),
    memoryview(b"picture bytes"),
    np.linspace(0.111, 0.999, 9, dtype=np.float32),
    [0.111, 0.222],
    (0.111,),
    {"photo": "picture"},
    ["picture"] * 9,
    Sample(b"picture bytes", np.full(3, 0.111, np.float32), 1.0),
    Secret("picture"),
    {"picture"},
    ValueError("picture"),
    np.float32(0.111),
]


class TestUnsafeValue:
    @pytest.mark.parametrize("value", HIDDEN, ids=lambda value: type(value).__name__)
    def test_is_withheld_as_a_fact(self, value: object) -> None:
        for line in lines_of("event", thing=value):
            assert not re.search(r"picture|0\.1|0, ", line), line

    @pytest.mark.parametrize("value", HIDDEN, ids=lambda value: type(value).__name__)
    @pytest.mark.parametrize("message", ["got %s", "got %r", "got %.3s"])
    def test_is_withheld_as_an_argument(self, value: object, message: str) -> None:
        for line in lines_of(message, value, "other") + lines_of(message, value):
            assert not re.search(r"picture|0\.1|0, ", line), line

    @given(st.binary(min_size=6), st.lists(st.floats(allow_nan=False), min_size=9))
    def test_gets_through_nowhere(self, content: bytes, numbers: list[float]) -> None:
        for value in (content, numbers, np.array(numbers), tuple(numbers), {"deep": [content]}):
            for line in (
                *lines_of("got %s", value),
                *lines_of("got", thing=value),
                *lines_of("got %(a)s", {"a": value}),
            ):
                assert repr(content) not in line
                assert repr(numbers)[1:-1] not in line

    def test_is_a_password_in_an_address(self) -> None:
        for line in lines_of(
            "connecting to postgresql://noseprint:s3cr3t@db:5432/noseprint", address="redis://:s3cr3t@x"
        ):
            assert "s3cr3t" not in line
            assert "@db:5432" in line


class TestException:
    @given(st.text(alphabet="abcdefghij", min_size=12, max_size=30))
    def test_never_shows_its_text(self, text: str) -> None:
        for line in lines_of("failed", error=raised(ValueError(text))):
            assert text not in line
            assert "ValueError" in line

    def test_never_shows_its_causes_or_its_notes(self) -> None:
        error = NoseprintError(ErrorCode.INVALID_IMAGE, "detail")
        error.__cause__ = KeyError(SECRET)
        error.add_note(SECRET)
        for line in lines_of("failed", error=raised(error)):
            assert SECRET not in line
            assert "NoseprintError" in line

    def test_says_where_it_came_from(self) -> None:
        assert re.search(r"raised:\d+", line_with_error(raised(ValueError(SECRET)))["where"])

    def test_may_come_without_a_traceback(self) -> None:
        assert line_with_error(ValueError())["where"] == ""

    def test_may_be_none(self) -> None:
        record = logging.LogRecord("clinic", logging.ERROR, __file__, 1, "failed", (), (None, None, None))
        assert "error" not in json.loads(FORMATTERS["json"].format(record))


def line_with_error(error: BaseException) -> dict[str, Any]:
    return json.loads(lines_of("failed", error=error)[0])  # type: ignore[no-any-return]


class TestConfiguration:
    def test_replaces_its_own_handler_and_leaves_those_of_others(self, root_restored: logging.Logger) -> None:
        first, second = io.StringIO(), io.StringIO()
        others = logging.NullHandler()
        root_restored.handlers[:] = [others]
        configure_logging("INFO", "text", first)
        configure_logging("INFO", "json", second)
        logging.getLogger("clinic").info("opened")
        assert len(root_restored.handlers) == 2
        assert others in root_restored.handlers
        assert first.getvalue() == ""
        assert json.loads(second.getvalue())["event"] == "opened"

    @pytest.mark.provokes_warnings
    @pytest.mark.usefixtures("root_restored")
    def test_keeps_back_what_is_below_the_level(self) -> None:
        stream = io.StringIO()
        configure_logging("WARNING", "text", stream)
        logging.getLogger("clinic").info("opened")
        logging.getLogger("clinic").warning("full")
        assert "opened" not in stream.getvalue()
        assert "full" in stream.getvalue()

    @pytest.mark.usefixtures("root_restored")
    @pytest.mark.parametrize("chatty", ["botocore", "boto3", "urllib3", "alembic", "PIL"])
    def test_keeps_other_peoples_details_back(self, chatty: str) -> None:
        stream = io.StringIO()
        configure_logging("DEBUG", "text", stream)
        logging.getLogger(f"{chatty}.inner").info("a request with everything in it")
        assert stream.getvalue() == ""

    def test_writes_to_standard_error_unless_told_otherwise(
        self, root_restored: logging.Logger, capsys: pytest.CaptureFixture[str]
    ) -> None:
        root_restored.handlers[:] = []
        configure_logging("INFO", "text")
        (handler,) = root_restored.handlers
        assert isinstance(handler, logging.StreamHandler)
        assert handler.stream is sys.stderr
        logging.getLogger("clinic").info("opened")
        captured = capsys.readouterr()
        assert "opened" in captured.err
        assert captured.out == ""

    def test_never_lets_the_logging_module_print_arguments_itself(
        self, root_restored: logging.Logger, capsys: pytest.CaptureFixture[str]
    ) -> None:
        root_restored.handlers[:] = []  # the test runner's own would fail at such a line
        configure_logging("INFO", "json")
        logging.getLogger("clinic").info("took %d ms", SECRET)
        captured = capsys.readouterr()
        assert SECRET not in captured.err + captured.out
        assert json.loads(captured.err)["event"] == "took %d ms"
