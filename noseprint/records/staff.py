"""Who works in the clinic, in the trade's words; knows nothing of databases."""

from __future__ import annotations

import math
import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from noseprint.errors import ErrorCode, NoseprintError, Words

if TYPE_CHECKING:
    from datetime import datetime, timedelta

_STAFF_ID: Final = re.compile(r"S([1-9][0-9]{0,8})")
_MINUTE_S: Final = 60
_HOUR_S: Final = 3600
_LONGEST_IN_MINUTES_S: Final = 5400


class Role(StrEnum):
    """What an operator may do: staff work with dogs, admins also with operators and with the whole of the records."""

    STAFF = "staff"
    ADMIN = "admin"


@dataclass(frozen=True, slots=True)
class Operator:
    """Someone who works here or did so.

    Attributes:
        staff_id: ``S1``, ``S2`` …, given once and never again.
        name: as it is shown.
        role: what they may do.
        failures: wrong PINs in a row.
        created_at: since when they are here.
        removed_at: None while they are.
    """

    staff_id: str
    name: str
    role: Role
    failures: int
    created_at: datetime
    removed_at: datetime | None


@dataclass(frozen=True, slots=True)
class SignedIn:
    """Who has signed in, as what, and when."""

    staff_id: str
    role: Role
    since: datetime

    def require(self, role: Role) -> None:
        """Let only this role pass; an admin passes everywhere.

        Raises:
            NoseprintError: NOT_ALLOWED.
        """
        if self.role not in {role, Role.ADMIN}:
            raise NoseprintError(ErrorCode.NOT_ALLOWED)


def staff_id_of(number: int) -> str:
    """The staff id of the operator who came as the n-th."""
    return f"S{number}"


def is_staff_id(text: str) -> bool:
    """Whether a text is a staff id as it is written here."""
    return _STAFF_ID.fullmatch(text) is not None


def number_of(staff_id: str) -> int:
    """The number in a staff id, however its letter was typed; 0, which nobody has, for what is none."""
    found = _STAFF_ID.fullmatch(unicodedata.normalize("NFKC", staff_id).strip().upper())
    return int(found[1]) if found else 0


def folded(name: str) -> str:
    """A name in the one form by which it is told whether another is the same to people."""
    return " ".join(unicodedata.normalize("NFKC", name).casefold().split())


def in_words(wait: timedelta) -> Words:
    """A wait as people say it, rather too long than too short."""
    seconds = math.ceil(wait.total_seconds())
    if seconds <= _MINUTE_S:
        return Words(f"{seconds}초", f"{seconds} s")
    if seconds <= _LONGEST_IN_MINUTES_S:
        minutes = math.ceil(seconds / _MINUTE_S)
        return Words(f"{minutes}분", f"{minutes} min")
    hours = math.ceil(seconds / _HOUR_S)
    return Words(f"{hours}시간", f"{hours} h")
