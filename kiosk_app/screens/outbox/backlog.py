"""What the outbox screens show, read in the background."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from noseprint.errors import ErrorCode, NoseprintError, Words
from noseprint.sync.outbox import EntryKind, EntryState

if TYPE_CHECKING:
    from kiosk_app.engine import Engine
    from noseprint.sync.outbox import Backlog, Counts, Entry

# As many rows are made within 20 ms; the window must not wait for 50.
MOST_SHOWN: Final = 20
_CODES: Final = frozenset(code.value for code in ErrorCode)
_KINDS: Final = {
    EntryKind.PHOTO: Words("등록 사진", "enrolment photo"),
    EntryKind.VECTOR: Words("비문 벡터", "nose print vector"),
    EntryKind.VERIFICATION: Words("확인 사진", "verification photo"),
}
_CONFLICT: Final = Words(
    f"저장소에 같은 이름의 다른 파일이 있어요. 어느 쪽이 맞는지 정해 주세요. ({ErrorCode.OBJECT_CONFLICT.value})",
    f"The storage has another content under this name. Say which one is right. ({ErrorCode.OBJECT_CONFLICT.value})",
)
_WAITS: Final = Words("차례를 기다려요", "Waits for its turn")
_WILL_BE_TRIED: Final = Words("저절로 다시 올려요 · ", "Will be tried again · ")


@dataclass(frozen=True, slots=True)
class Amount:
    """How much waits."""

    counts: Counts
    backlog: Backlog


@dataclass(frozen=True, slots=True)
class Item:
    """An object that is not in the storage yet, and the name of the pet that it is of."""

    entry: Entry
    pet_name: str

    @property
    def parked(self) -> bool:
        """Whether a person must look at it."""
        return self.entry.state is EntryState.PARKED

    @property
    def in_conflict(self) -> bool:
        """Whether the storage has another content under its key."""
        return self.parked and self.entry.error_code == ErrorCode.OBJECT_CONFLICT

    @property
    def headline(self) -> Words:
        """What it is."""
        kind = _KINDS[self.entry.kind]
        return Words(f"{self.pet_name} · {kind.ko}", f"{self.pet_name} · {kind.en}")

    @property
    def why(self) -> Words:
        """Why it is not there yet, with the code."""
        if self.entry.error_code is None:
            return _WAITS
        reason = _in_words(self.entry)
        return reason if self.parked else Words(_WILL_BE_TRIED.ko + reason.ko, _WILL_BE_TRIED.en + reason.en)


def amount(engine: Engine) -> Amount:
    """How much waits.

    Raises:
        NoseprintError: the codes of the records.
    """
    outbox = engine.holdings.outbox
    return Amount(outbox.counts(), outbox.backlog())


def items(engine: Engine) -> list[Item]:
    """What waits, what a person must look at first; at most ``MOST_SHOWN``.

    Raises:
        NoseprintError: the codes of the records.
    """
    entries = sorted(engine.holdings.outbox.open_entries(), key=lambda it: (it.state is EntryState.WAITING, it.id))
    shown = entries[:MOST_SHOWN]
    names = {pet_did: _name(engine, pet_did) for pet_did in {entry.pet_did for entry in shown}}
    return [Item(entry, names[entry.pet_did]) for entry in shown]


def _name(engine: Engine, pet_did: str) -> str:
    try:
        return engine.holdings.records.pet(pet_did).facts.name
    except NoseprintError as fault:
        if fault.code is not ErrorCode.PET_NOT_FOUND:
            raise
        return f"…{pet_did[-6:]}"  # enrolled elsewhere, verified here


def _in_words(entry: Entry) -> Words:
    code = entry.error_code or ""
    if code not in _CODES:  # a newer program on the same database met it
        return Words(code, code)
    if code == ErrorCode.OBJECT_CONFLICT:
        return _CONFLICT  # its sentence speaks of the command line
    try:
        # Details and paths are for the log; a key says which object it is.
        fault = NoseprintError(ErrorCode(code), key=entry.key, path="", key_id="")
    except KeyError:  # its sentence names what an entry does not keep
        return Words(code, code)
    return Words(f"{fault.sentence('ko')} ({code})", f"{fault.sentence('en')} ({code})")
