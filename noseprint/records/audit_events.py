"""Every event that the audit trail knows, and what may be said of it: a closed list, so that nothing personal fits in.

An id never changes its meaning and is never given twice. A name, a telephone number or any other free text has
no place anywhere in an event: each detail is a number of at most nine digits before the point, one of a few
words, or a checksum.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Final

from noseprint.errors import Words

if TYPE_CHECKING:
    from collections.abc import Mapping

Fact = int | float | str
"""What a detail may be."""

NOBODY: Final = "-"
"""In an operator's place: nobody was signed in, as on the command line. In a subject's place: there is none."""

_NUMBER_LIMIT: Final = 10**9  # a telephone number with its area code has ten digits and more


@dataclass(frozen=True, slots=True)
class _Form:
    """What a text in the trail may look like, and how the reference describes it."""

    pattern: re.Pattern[str]
    described: str

    def allows(self, text: object) -> bool:
        return isinstance(text, str) and self.pattern.fullmatch(text) is not None


_STAFF: Final = _Form(re.compile(r"S[1-9][0-9]{0,8}"), "staff id")
_PET: Final = _Form(re.compile(r"did:[a-z0-9]{1,32}:[a-z0-9]{1,32}:0x(?:[0-9a-f]{40}|[0-9a-f]{64})"), "Pet DID")
_CHECKSUM: Final = _Form(re.compile(r"[0-9a-f]{64}"), "SHA-256")
_NONE: Final = _Form(re.compile(re.escape(NOBODY)), "none (`-`)")
_PET_OR_NONE: Final = _Form(re.compile(f"{_PET.pattern.pattern}|{_NONE.pattern.pattern}"), "Pet DID, or none (`-`)")
_ACTOR: Final = _Form(re.compile(f"{_STAFF.pattern.pattern}|{_NONE.pattern.pattern}"), "staff id, or none (`-`)")

_DETAILS: Final[Mapping[str, _Form | None]] = {  # None for a number
    "added": None,
    "approver": _STAFF,
    "candidates": None,
    "changed": None,
    "duplicates": None,
    "entries": None,
    "enrolments": None,
    "failures": None,
    "found": None,
    "left": None,
    "model": _CHECKSUM,
    "pets": None,
    "photos": None,
    "quality": None,
    "reason": _Form(re.compile("too_few_good_frames|review_band"), "too_few_good_frames or review_band"),
    "role": _Form(re.compile("staff|admin"), "staff or admin"),
    "settled": _Form(re.compile("ours|theirs"), "ours or theirs"),
    "similarity": None,
    "statement": _CHECKSUM,
    "templates": None,
    "verdict": _Form(re.compile("same|review|different"), "same, review or different"),
    "verifications": None,
    "wait_s": None,
}


class AuditEvent(Enum):
    """An act that is written down.

    Attributes:
        id: its stable id.
        title: what happened.
        subject: what the subject of such an event is.
        details: what else is said, every one of them every time.
    """

    PET_ENROLLED = "NA-1001", "반려견 등록", "pet enrolled", _PET, ("photos", "quality")
    DUPLICATE_ALLOWED = (
        "NA-1002",
        "비슷한 반려견이 있지만 등록",
        "enrolled in spite of likely duplicates",
        _PET,
        ("duplicates", "similarity"),
    )
    PET_VERIFIED = "NA-1003", "반려견 확인", "pet verified", _PET, ("verdict", "similarity")
    DOG_LOOKED_UP = "NA-1004", "반려견 조회", "dog looked up; the subject is whom it was", _PET_OR_NONE, ("candidates",)
    NOSE_PRINT_RECOMPUTED = "NA-1005", "비문 다시 계산", "nose print computed again", _PET, ("model",)
    RECORDS_SEARCHED = "NA-1006", "기록 검색", "records searched and shown", _NONE, ("found",)
    APPROVED = "NA-1007", "다른 직원의 승인", "approved by a second person", _PET, ("approver", "reason")
    RESULT_SIGNED = "NA-1008", "확인 결과 서명", "result of a verification signed", _PET, ("verdict", "statement")
    PET_CORRECTED = "NA-1009", "반려견 정보 수정", "facts about a pet corrected", _PET, ("changed",)
    GUARDIAN_CORRECTED = "NA-1010", "보호자 정보 수정", "guardian of a pet corrected", _PET, ("pets",)
    PET_ERASED = (
        "NA-1011",
        "보호자 정보와 사진 삭제",
        "guardian, facts and photos erased; the Pet DID stays",
        _PET,
        ("photos", "entries"),
    )
    STORED_PHOTOS_DELETED = "NA-1012", "저장소의 사진 삭제", "photos deleted in the store", _PET, ("photos", "left")

    OPERATOR_ADDED = "NA-2001", "직원 추가", "operator added", _STAFF, ("role",)
    OPERATOR_REMOVED = "NA-2002", "직원 삭제", "operator removed", _STAFF, ()
    ROLE_CHANGED = "NA-2003", "역할 변경", "role changed", _STAFF, ("role",)
    PIN_SET = "NA-2004", "PIN 변경", "PIN set", _STAFF, ()
    OPERATOR_UNLOCKED = "NA-2005", "잠금 해제", "operator unlocked", _STAFF, ("failures",)
    SIGNED_IN = "NA-2006", "로그인", "signed in", _STAFF, ()
    SIGNED_OUT = "NA-2007", "로그아웃", "signed out", _STAFF, ()
    WRONG_PIN = "NA-2008", "PIN 틀림", "wrong PIN", _STAFF, ("failures", "wait_s")
    UNKNOWN_OPERATOR = "NA-2009", "없는 직원 번호로 로그인 시도", "sign-in under no known staff id", _NONE, ()

    EXPORTED = "NA-3001", "내보내기", "export written; the subject is its checksum", _CHECKSUM, ("entries",)
    IMPORTED = "NA-3002", "가져오기", "export taken in; the subject is its checksum", _CHECKSUM, ("entries", "added")
    DATA_SET_EXPORTED = "NA-3003", "데이터 세트 내보내기", "data set exported", _NONE, ("pets", "photos")
    BACKED_UP = "NA-3004", "백업", "backup written; the subject is its checksum", _CHECKSUM, ()
    RESTORED = "NA-3005", "백업 복원", "backup restored; the subject is its checksum", _CHECKSUM, ()
    KEY_ROTATED = "NA-3006", "마스터 키 교체", "master key rotated", _NONE, ("entries",)
    CONFLICT_SETTLED = "NA-3007", "저장소 충돌 해결", "conflict with the store settled", _PET, ("settled",)
    PHOTOS_DROPPED = "NA-3008", "전송된 사진 삭제", "photos dropped here that the store holds", _NONE, ("photos",)
    STORE_CHANGED = (
        "NA-3009",
        "저장소 변경",
        "objects go to another store; the subject is the checksum of its name",
        _CHECKSUM,
        ("entries", "left"),
    )
    MACHINE_GIVEN_UP = (
        "NA-3010",
        "잃어버린 컴퓨터의 자료 포기",
        "what a lost machine held given up; the subject is the checksum of its name",
        _CHECKSUM,
        ("entries", "pets"),
    )
    PET_TAKEN_IN = (
        "NA-3011",
        "내보낸 반려견 자료 받음",
        "a pet's part of an export taken in",
        _PET,
        ("enrolments", "templates", "verifications", "entries"),
    )
    SIGNING_KEY_MADE = (
        "NA-3012",
        "서명 키 생성",
        "key made that signs results; the subject is the checksum of its public part",
        _CHECKSUM,
        (),
    )
    CSV_EXPORTED = (
        "NA-3013",
        "CSV 내보내기",
        "records written as CSV; the subject is its checksum",
        _CHECKSUM,
        ("pets",),
    )

    def __init__(self, event_id: str, ko: str, en: str, subject: _Form, details: tuple[str, ...]) -> None:
        self.id = event_id
        self.title = Words(ko, en)
        self.subject = subject
        self.details = details


@dataclass(frozen=True, slots=True)
class Act:
    """Something that was done, ready to be written down.

    Args:
        event: what.
        operator: the staff id of who did it, or NOBODY.
        subject: to whom or what: see the event.
        details: exactly those of the event.

    Raises:
        ValueError: for anything that the closed list does not allow; it does not repeat what was given.
    """

    event: AuditEvent
    operator: str
    subject: str
    details: Mapping[str, Fact]

    def __post_init__(self) -> None:
        if not _ACTOR.allows(self.operator):
            raise ValueError(f"{self.event.id}: the operator is no staff id")
        if not self.event.subject.allows(self.subject):
            raise ValueError(f"{self.event.id}: the subject is no {self.event.subject.described}")
        if set(self.details) != set(self.event.details):
            raise ValueError(f"{self.event.id}: its details are {', '.join(self.event.details) or 'none'}")
        unfit = [name for name, fact in self.details.items() if not _fits(name, fact)]
        if unfit:
            raise ValueError(f"{self.event.id}: not what this may be: {', '.join(unfit)}")


def act(event: AuditEvent, operator: str = NOBODY, subject: str = NOBODY, **details: Fact) -> Act:
    """An act in one line, as its doer writes it."""
    return Act(event, operator, subject, details)


def event_of(event_id: str) -> AuditEvent | None:
    """The event with this id; None for one that only a newer program knows."""
    return next((event for event in AuditEvent if event.id == event_id), None)


def events_reference() -> str:
    """The reference of all events, in Markdown, made from their declarations."""
    rows = "".join(
        f"| {event.id} | {event.title.en} · {event.title.ko} | {event.subject.described} "
        f"| {', '.join(f'`{name}`' for name in event.details)} |\n"
        for event in AuditEvent
    )
    details = "".join(
        f"| `{name}` | {form.described if form else 'number'} | "
        f"{', '.join(event.id for event in AuditEvent if name in event.details)} |\n"
        for name, form in _DETAILS.items()
    )
    return f"{_REFERENCE_HEAD}{rows}{_DETAILS_HEAD}{details}"


def _fits(name: str, fact: Fact) -> bool:
    form = _DETAILS[name]
    if form:
        return form.allows(fact)
    is_number = isinstance(fact, int | float) and not isinstance(fact, bool)
    return is_number and math.isfinite(float(fact)) and abs(float(fact)) < _NUMBER_LIMIT


_REFERENCE_HEAD: Final = """\
# Audit events

Made by `noseprint audit events --reference` from the declarations in `noseprint/records/audit_events.py`; a test
keeps it true. An id never changes its meaning. Every row also holds its number, the moment (UTC), the staff id of
who did it (`-` where nobody was signed in, as on the command line), the hash of the row before and its own.

No row holds anything personal: no name, number or text that a person typed.

| id | what happened | subject | details |
|---|---|---|---|
"""
_DETAILS_HEAD: Final = """
| detail | what it may be | in |
|---|---|---|
"""
