"""Structured log lines, as JSON or text, that cannot carry what must stay private.

A line is an event name and facts: ``log.info("photo embedded", extra=facts(milliseconds=12))``. Bytes,
arrays, long sequences and every fact whose name speaks of a person, a vector or a secret are withheld
here, in one place, whoever wrote the line; telephone numbers are masked in texts.
"""

from __future__ import annotations

import json
import logging
import re
import sys
from datetime import UTC, datetime
from typing import Any, Literal, TextIO

_PRIVATE = re.compile(r"name$|phone|guardian|secret|password|token|authorization|vector|template|image|photo|pin$")
_PUBLIC_NAMES = frozenset({"model_name", "event_name", "field_name"})
_TELEPHONE = re.compile(r"(?<![\w.])(?:\+82[ -]?|0)\d{1,2}[ -]?\d{3,4}[ -]?\d{4}(?!\w)")
_LONGEST_TEXT = 400
_WITHHELD = "[withheld]"


def facts(**values: object) -> dict[str, object]:
    """What a log call takes as ``extra``: named facts that the formatters print after the event."""
    return {"facts": values}


def configure_logging(level: str, form: Literal["json", "text"], stream: TextIO | None = None) -> None:
    """Send every log line of the process to one stream, standard error unless told otherwise."""
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(JsonFormatter() if form == "json" else TextFormatter())
    root = logging.getLogger()
    for earlier in root.handlers[:]:
        root.removeHandler(earlier)
    root.addHandler(handler)
    root.setLevel(level)
    for chatty in ("botocore", "boto3", "urllib3", "alembic", "PIL"):
        logging.getLogger(chatty).setLevel(logging.WARNING)


class JsonFormatter(logging.Formatter):
    """One JSON object a line: time (UTC), level, logger, event, facts."""

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "time": _utc(record),
            "level": record.levelname.lower(),
            "logger": record.name,
            "event": _text(record.getMessage()),
            **_facts(record),
        }
        return json.dumps(line, ensure_ascii=False, default=str)


class TextFormatter(logging.Formatter):
    """One readable line: time, level, event, facts as ``name=value``."""

    def format(self, record: logging.LogRecord) -> str:
        named = " ".join(f"{name}={value}" for name, value in _facts(record).items())
        head = f"{_utc(record)} {record.levelname.lower():<7} {_text(record.getMessage())}"
        return f"{head}  {named}".rstrip()


def _utc(record: logging.LogRecord) -> str:
    return datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _facts(record: logging.LogRecord) -> dict[str, object]:
    given: dict[str, Any] = getattr(record, "facts", {})
    shown = {name: _shown(name, value) for name, value in given.items()}
    if record.exc_info and record.exc_info[0] is not None:
        shown["error"] = record.exc_info[0].__name__
        shown["where"] = _where(record)
    return shown


def _where(record: logging.LogRecord) -> str:
    """File and line of each frame: a traceback's texts and locals may hold what must not be logged."""
    trace = record.exc_info[2] if record.exc_info else None
    frames = []
    while trace is not None:
        frames.append(f"{trace.tb_frame.f_code.co_name}:{trace.tb_lineno}")
        trace = trace.tb_next
    return " > ".join(frames)


def _shown(name: str, value: object) -> object:
    if _PRIVATE.search(name) and name not in _PUBLIC_NAMES:
        return _WITHHELD
    if isinstance(value, bool | int | float) or value is None:
        return value
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, list | tuple) and len(value) <= 8 and all(isinstance(item, str) for item in value):
        return [_text(item) for item in value]
    return _WITHHELD


def _text(text: str) -> str:
    masked = _TELEPHONE.sub(_WITHHELD, text)
    return masked if len(masked) <= _LONGEST_TEXT else masked[:_LONGEST_TEXT] + "…"
