"""What `sync` lists: the objects that wait or will never be sent, and the machines on which something waits."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from noseprint.bootstrap import open_decisions
from noseprint.errors import ErrorCode, NoseprintError
from noseprint.sync.outbox import EntryState

if TYPE_CHECKING:
    from command_line.terminal import Terminal
    from noseprint.bootstrap import Holdings
    from noseprint.sync.outbox import Entry, HolderBacklog

_STATES: Final = {
    EntryState.WAITING: ("대기", "waits"),
    EntryState.PARKED: ("확인 필요", "parked"),
    EntryState.SYNCED: ("올림", "synced"),
    EntryState.THEIRS: ("저장소 것으로 결정", "theirs kept"),
    EntryState.GIVEN_UP: ("포기", "given up"),
}
_CODES: Final = frozenset(code.value for code in ErrorCode)


def list_entries(terminal: Terminal, holdings: Holdings, limit: int) -> None:
    """What needs a person comes first, then what waits, the oldest first, and last what will never be sent."""
    waiting = sorted(holdings.outbox.open_entries(), key=lambda entry: (entry.state is EntryState.WAITING, entry.id))
    decisions, counts = open_decisions(holdings), holdings.outbox.counts()
    found = [*waiting, *decisions.ended(limit)]
    total = counts.waiting + counts.parked + decisions.ended_count()
    terminal.table(
        {"total": total, "entries": [_as_object(entry) for entry in found[:limit]]},
        [
            terminal.say("상태", "State"),
            terminal.say("저장 이름", "Key"),
            terminal.say("크기", "Size"),
            terminal.say("저장한 때", "Saved"),
            terminal.say("시도", "Tries"),
            terminal.say("이유", "Reason"),
        ],
        [
            (
                terminal.say(*_STATES[entry.state]),
                entry.key,
                f"{entry.size:,}",
                f"{entry.created_at.astimezone():%Y-%m-%d %H:%M}" if entry.created_at else "",
                entry.attempts,
                _reason(terminal, entry),
            )
            for entry in found[:limit]
        ],
    )
    if total > limit:
        terminal.note(terminal.say(f"모두 {total:,}건이에요.", f"{total:,} in all."))


def list_holders(terminal: Terminal, holdings: Holdings) -> None:
    """The machines on which something waits; one that is lost can be given up by its name."""
    found, this = open_decisions(holdings).holders(), holdings.outbox.holder
    terminal.table(
        {"holders": [_holder_as_object(backlog, this) for backlog in found]},
        [
            terminal.say("컴퓨터", "Machine"),
            terminal.say("반려견", "Pets"),
            terminal.say("대기", "Waiting"),
            terminal.say("확인 필요", "Parked"),
            terminal.say("마지막 저장", "Last saved"),
            "",
        ],
        [
            (
                backlog.holder,
                backlog.pets,
                backlog.waiting,
                backlog.parked,
                f"{backlog.latest.astimezone():%Y-%m-%d %H:%M}",
                terminal.say("이 컴퓨터", "this one") if backlog.holder == this else "",
            )
            for backlog in found
        ],
    )


def _reason(terminal: Terminal, entry: Entry) -> str:
    if entry.state is EntryState.THEIRS:
        return terminal.say("저장소의 파일이 맞다고 정했어요", "the storage's content was said to be the right one")
    if entry.state is EntryState.GIVEN_UP:
        return terminal.say(f"잃어버린 컴퓨터 {entry.holder}", f"lost with the machine {entry.holder}")
    if entry.error_code is None:
        return ""
    if entry.error_code not in _CODES:  # a newer program on the same database met it
        return f"{entry.error_code}: {entry.error_detail}"
    try:
        error = NoseprintError(ErrorCode(entry.error_code), entry.error_detail, key=entry.key, path="", key_id="")
    except KeyError:  # the sentence names what no entry keeps
        return f"{entry.error_code}: {entry.error_detail}"
    return f"{error.code.value}: {error.sentence(terminal.language)}"


def _holder_as_object(backlog: HolderBacklog, this: str) -> dict[str, object]:
    return {
        "holder": backlog.holder,
        "is_this": backlog.holder == this,
        "pets": backlog.pets,
        "waiting": backlog.waiting,
        "parked": backlog.parked,
        "latest": backlog.latest.isoformat(),
    }


def _as_object(entry: Entry) -> dict[str, object]:
    return {
        "state": entry.state.value,
        "key": entry.key,
        "pet_did": entry.pet_did,
        "kind": entry.kind.value,
        "holder": entry.holder,
        "size": entry.size,
        "sha256": entry.sha256,
        "attempts": entry.attempts,
        "error": entry.error_code,
        "detail": entry.error_detail,
        "created_at": entry.created_at.isoformat() if entry.created_at else None,
    }
