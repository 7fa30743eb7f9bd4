"""What a person decides with `sync`, before anything is sent."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from noseprint.bootstrap import change_store, open_decisions
from noseprint.errors import ErrorCode, NoseprintError

if TYPE_CHECKING:
    from command_line.context import Context
    from command_line.terminal import Row, Terminal
    from noseprint.bootstrap import Holdings
    from noseprint.records.outbox_decisions import Decisions
    from noseprint.sync.outbox import HolderBacklog, Moved


@dataclass(frozen=True, slots=True)
class Decided:
    """What a decision changed, for programs and for people."""

    facts: dict[str, object] = field(default_factory=dict)
    rows: tuple[Row, ...] = ()


@dataclass(frozen=True, slots=True)
class Decision:
    """One of them is asked for, or none.

    Attributes:
        retry: the key of what is to be tried again, or ``all``.
        keep_ours: the key of a conflict in which this machine is right.
        keep_theirs: the key of a conflict in which the storage is.
        give_up: the name of a lost machine.
        to_this_store: whether uploads go to the storage that is set now.
    """

    retry: str = ""
    keep_ours: str = ""
    keep_theirs: str = ""
    give_up: str = ""
    to_this_store: bool = False

    @property
    def count(self) -> int:
        """How many are asked for."""
        return sum(map(bool, (self.retry, self.keep_ours, self.keep_theirs, self.give_up, self.to_this_store)))

    def carry_out(self, here: Context, holdings: Holdings) -> Decided:
        """Do what was decided.

        Raises:
            NoseprintError: INVALID_REQUEST when nothing here is as the decision supposes; ALREADY_RUNNING when
                another program sends while the storage is changed; the codes of the records.
        """
        now, decisions = datetime.now(UTC), open_decisions(holdings)
        if self.keep_ours:
            decisions.settle_conflict(self.keep_ours, "ours", now)
        if self.keep_theirs:
            decisions.settle_conflict(self.keep_theirs, "theirs", now)
        if self.retry:
            _retry(decisions, self.retry, now)
        if self.give_up:
            return _gave_up(here.terminal, decisions.give_up(self.give_up, now))
        if self.to_this_store:
            return _moved(here.terminal, change_store(here.settings, holdings))
        return Decided()


def _retry(decisions: Decisions, key: str, now: datetime) -> None:
    if key == "all":
        decisions.retry(now)
    elif not decisions.retry(now, key):
        raise NoseprintError(ErrorCode.INVALID_REQUEST, "--retry: nothing under this key needs a person")


def _gave_up(terminal: Terminal, lost: HolderBacklog) -> Decided:
    entries = lost.waiting + lost.parked
    said = terminal.say(
        f"{lost.pets}마리의 자료 {entries}건. 그 컴퓨터에만 있던 자료는 저장소에 올라가지 않아요.",
        f"{entries} objects of {lost.pets} pets: what lay only on that machine never reaches the storage.",
    )
    return Decided({"given_up": entries}, ((terminal.say("포기", "Given up"), said),))


def _moved(terminal: Terminal, moved: Moved) -> Decided:
    rows: list[Row] = [(terminal.say("다시 올릴 자료", "To be sent again"), moved.due)]
    if moved.left:
        said = terminal.say(
            f"{moved.left}건은 이 컴퓨터에서 이미 지웠고 이전 저장소에만 있어요. 거기에서 직접 복사해 주세요.",
            f"{moved.left} objects: dropped here, so nothing can send them. Copy them from the former storage.",
        )
        rows.append((terminal.say("옮기지 못한 자료", "Left behind"), said))
    if moved.parked:
        said = terminal.say(
            f"벡터 {moved.parked}건의 사진이 이전 저장소에만 있어요. `sync --list`에서 확인해 주세요.",
            f"{moved.parked} vectors: their photos lie in the former storage alone. See `sync --list`.",
        )
        rows.append((terminal.say("보류한 자료", "Held back"), said))
    told: dict[str, object] = {"due_again": moved.due, "left_behind": moved.left, "held_back": moved.parked}
    return Decided(told, tuple(rows))
