"""Structured log lines, as JSON or text, that cannot carry what must stay private.

A line is an event name and facts: ``log.info("photo embedded", extra=facts(milliseconds=12))``. Bytes,
arrays, long sequences and every fact whose name speaks of a person, a vector or a secret are withheld
here, in one place, whoever wrote the line; telephone numbers are masked in texts.
"""

from __future__ import annotations

import json
import logging
import math
import re
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import PurePath
from typing import Any, Literal, TextIO

_PRIVATE = re.compile(
    r"names?$|phone|guardian|operator|secret|password|token|credential|authorization|vector|template|image|photo|pin$",
    re.IGNORECASE,
)
_PUBLIC_NAMES = frozenset({"model_name", "event_name", "field_name"})
# Any way to write a number, Korean particles right behind it included; not digits within a DID or a checksum.
_GAP = r"[^0-9A-Za-z+\n]{0,3}"
_TELEPHONE = re.compile(
    rf"(?<![0-9A-Za-z.])(?:[+\uff0b]{_GAP}\d(?:{_GAP}\d){{6,14}}"
    rf"|(?:0082|82){_GAP}0?{_GAP}\d{{1,3}}{_GAP}\d{{3,4}}{_GAP}\d{{4}}"
    rf"|[0\uff10]\d{{1,3}}{_GAP}\d{{3,4}}{_GAP}\d{{4}})(?![0-9A-Za-z])"
)
_URL_PASSWORD = re.compile(r"(?<=://)[^\s/@]*:[^\s/]*(?=@)")
# Their arguments hold addresses, and with these the keys of objects, in which Pet DIDs stand.
_OF_THE_LINE = re.compile(r"(?:urllib3|botocore|boto3)(?:\.|$)")
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_LONGEST_TEXT = 400
_LONGEST_LIST = 8
_WITHHELD = "[withheld]"


def facts(**values: object) -> dict[str, object]:
    """What a log call takes as ``extra``: named facts that the formatters print after the event."""
    return {"facts": values}


class _ProcessHandler(logging.StreamHandler[TextIO]):
    """The handler of this module, known from those that others put on the root logger."""


def configure_logging(level: str, form: Literal["json", "text"], stream: TextIO | None = None) -> None:
    """Send every log line of the process to one stream, standard error unless told otherwise.

    A later call replaces an earlier one; handlers of others stay.
    """
    handler = _ProcessHandler(stream or sys.stderr)
    handler.setFormatter(JsonFormatter() if form == "json" else TextFormatter())
    root = logging.getLogger()
    for earlier in [handler for handler in root.handlers if isinstance(handler, _ProcessHandler)]:
        root.removeHandler(earlier)
    root.addHandler(handler)
    root.setLevel(level)
    for chatty in ("botocore", "boto3", "urllib3", "alembic", "PIL"):
        logging.getLogger(chatty).setLevel(logging.WARNING)


class JsonFormatter(logging.Formatter):
    """One JSON object a line: time (UTC), level, logger, event, facts."""

    def format(self, record: logging.LogRecord) -> str:
        """The line of a record."""
        line = {
            "time": _utc(record),
            "level": record.levelname.lower(),
            "logger": record.name,
            "event": _event(record),
            **_facts(record),
        }
        return json.dumps(line, ensure_ascii=False, default=str)


class TextFormatter(logging.Formatter):
    """One readable line: time, level, event, facts as ``name=value``."""

    def format(self, record: logging.LogRecord) -> str:
        """The line of a record."""
        named = " ".join(f"{name}={value}" for name, value in _facts(record).items())
        head = f"{_utc(record)} {record.levelname.lower():<7} {_event(record)}"
        return f"{head}  {named}".rstrip()


def _utc(record: logging.LogRecord) -> str:
    return datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _event(record: logging.LogRecord) -> str:
    """The message with its arguments, those withheld that may hold anything."""
    if not record.args or _OF_THE_LINE.match(record.name):
        return _text(str(record.msg))
    given = record.args
    shown = {key: _shown(str(key), value) for key, value in given.items()} if isinstance(given, Mapping) else None
    try:
        return _text(str(record.msg) % (shown if shown is not None else tuple(map(_argument, given))))
    except (TypeError, ValueError, KeyError):
        # Left to the logging module, a fault of formatting would print the arguments as they are.
        return _text(str(record.msg))


def _argument(value: object) -> object:
    if value is None or isinstance(value, str | bool | int | float | PurePath):
        return value
    return f"[{type(value).__name__}]"


def _facts(record: logging.LogRecord) -> dict[str, object]:
    given: dict[str, Any] = getattr(record, "facts", {})
    shown = {name: _shown(name, value) for name, value in given.items()}
    if record.exc_info and record.exc_info[0] is not None:
        shown["error"] = record.exc_info[0].__name__
        shown["where"] = _where(record)
    return shown


def _where(record: logging.LogRecord) -> str:
    """File, function and line of each frame: a traceback's texts and locals may hold what must not be logged."""
    trace = record.exc_info[2] if record.exc_info else None
    frames = []
    while trace is not None:
        code = trace.tb_frame.f_code
        frames.append(f"{PurePath(code.co_filename).stem}.{code.co_name}:{trace.tb_lineno}")
        trace = trace.tb_next
    return " > ".join(frames)


def _shown(name: str, value: object) -> object:
    if _PRIVATE.search(name) and name not in _PUBLIC_NAMES:
        return _WITHHELD
    if isinstance(value, bool | int) or value is None:
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)  # JSON has neither infinity nor NaN
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, list | tuple) and len(value) <= _LONGEST_LIST and all(isinstance(item, str) for item in value):
        return [_text(item) for item in value]
    return _WITHHELD


def _text(text: str) -> str:
    masked = _UNPRINTABLE.sub(" ", _TELEPHONE.sub(_WITHHELD, _URL_PASSWORD.sub(_WITHHELD, text)))
    return masked if len(masked) <= _LONGEST_TEXT else masked[:_LONGEST_TEXT] + "…"
