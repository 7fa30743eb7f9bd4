"""The command that brings what was saved to the storage, and what the other commands say of it."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated

import typer

from command_line.context import Context, context_of
from command_line.sync_decisions import Decision
from command_line.sync_lists import list_entries, list_holders
from command_line.terminal import Row, Terminal
from noseprint.bootstrap import Holdings, open_holdings, open_store, open_worker
from noseprint.errors import ErrorCode, NoseprintError
from noseprint.settings import Settings
from noseprint.sync.worker import SyncWorker

_PATIENCE_S = 5.0
"""As long a command that has saved something may take to send it as well."""


@dataclass(frozen=True, slots=True)
class Left:
    """What is not in the storage yet.

    Attributes:
        pets: how many pets have something that is not.
        waiting: entries that will be sent.
        parked: entries that a person must look at.
        trouble: why they could not be sent, where that is known.
    """

    pets: int
    waiting: int
    parked: int
    trouble: NoseprintError | None = None

    def as_object(self) -> dict[str, object]:
        """The same for programs."""
        return {
            "pets": self.pets,
            "waiting": self.waiting,
            "parked": self.parked,
            "trouble": self.trouble.code.value if self.trouble else None,
        }

    def rows(self, terminal: Terminal) -> list[Row]:
        """The same for people."""
        label = terminal.say("저장소", "Storage")
        if not self.waiting and not self.parked:
            if self.trouble:
                return [(label, self.trouble.sentence(terminal.language))]
            return [(label, terminal.say("모두 올렸어요", "everything is synced"))]
        rows: list[Row] = [(label, self._why(terminal))] if self.waiting else []
        if self.parked:
            many = terminal.say(
                f"{self.parked}건은 사람이 확인해야 해요. `noseprint sync --list`로 볼 수 있어요.",
                f"{self.parked} objects need a person: `noseprint sync --list` shows them.",
            )
            rows.append((terminal.say("확인", "To be seen to"), many))
        return rows

    def _why(self, terminal: Terminal) -> str:
        pets = f"data of {self.pets} pet{'s' if self.pets > 1 else ''}"
        if self.trouble is None:
            return terminal.say(
                f"{self.pets}마리의 자료가 차례를 기다려요. `noseprint sync`로 바로 올릴 수 있어요.",
                f"{pets} waits for its turn; `noseprint sync` sends it now.",
            )
        if self.trouble.code is ErrorCode.STORAGE_CONNECTION_ERROR:
            return terminal.say(
                f"{self.pets}마리의 자료가 네트워크를 기다려요. 연결되면 `noseprint sync`로 올릴 수 있어요.",
                f"{pets} waits for the network; `noseprint sync` sends it.",
            )
        if self.trouble.code is ErrorCode.ALREADY_RUNNING:
            return terminal.say(
                f"{self.pets}마리의 자료를 다른 프로그램이 올리고 있어요.", f"{pets} is being sent by another program."
            )
        return terminal.say(f"{self.pets}마리의 자료가 기다려요: ", f"{pets} waits: ") + self.trouble.sentence(
            terminal.language
        )


def register(app: typer.Typer) -> None:
    """Hang this command on the program."""
    app.command()(sync)


def send_soon(settings: Settings, holdings: Holdings) -> Left:
    """Try for a few seconds to send what was just saved; it is safe here whatever comes of this."""
    try:
        return _left(holdings, _sent_soon(settings, holdings))
    except NoseprintError as fault:
        return Left(pets=0, waiting=0, parked=0, trouble=fault)


def sync(  # noqa: PLR0913 (each is one way of asking)
    context: typer.Context,
    once: Annotated[bool, typer.Option("--once", help="Send what waits, now; so it does without any option.")] = False,
    watch: Annotated[bool, typer.Option("--watch", help="Go on until Ctrl+C: send whatever is saved.")] = False,
    show_list: Annotated[bool, typer.Option("--list", help="List what waits or will never be sent, and why.")] = False,
    show_holders: Annotated[
        bool, typer.Option("--holders", help="List the machines on which something waits.")
    ] = False,
    limit: Annotated[int, typer.Option(min=1, help="How many lines of --list at most.")] = 100,
    retry: Annotated[str, typer.Option(help="Try again what a person had to see to: its key, or all.")] = "",
    keep_ours: Annotated[str, typer.Option(help="Answer a conflict, by its key: ours takes the place of theirs.")] = "",
    keep_theirs: Annotated[
        str, typer.Option(help="Answer a conflict, by its key: theirs stays, and ours is dropped here.")
    ] = "",
    to_this_store: Annotated[
        bool,
        typer.Option("--to-this-store", help="Send to the storage that is set now, also what went to another one."),
    ] = False,
    give_up: Annotated[
        str, typer.Option(help="Wait no longer for a lost machine, by its name: what lay only there is never sent.")
    ] = "",
) -> None:
    """Bring what was saved here to the storage; leave with 0 if nothing is left, or after a wanted end of --watch."""
    decision = Decision(retry, keep_ours, keep_theirs, give_up, to_this_store=to_this_store)
    if sum([once, watch, show_list, show_holders]) + decision.count > 1:
        raise typer.BadParameter("one way of asking at a time")
    here = context_of(context)
    with open_holdings(here.settings) as holdings:
        if show_list:
            list_entries(here.terminal, holdings, limit)
            return
        if show_holders:
            list_holders(here.terminal, holdings)
            return
        decided = decision.carry_out(here, holdings)
        left = _watch(here, holdings) if watch else _send_now(here, holdings, others_may=bool(decision.count))
    here.terminal.answer(decided.facts | left.as_object(), [*decided.rows, *left.rows(here.terminal)])
    if not watch and (left.waiting or left.parked):
        raise typer.Exit(1)


def _sent_soon(settings: Settings, holdings: Holdings) -> NoseprintError | None:
    try:
        return _send_soon(settings, holdings)
    except NoseprintError as fault:
        return fault


def _send_soon(settings: Settings, holdings: Holdings) -> NoseprintError | None:
    # Where another program sends already, there is nothing to wait for: it comes to what was just saved.
    with open_worker(settings, holdings, deadline_s=settings.storage_deadline_s) as worker, _stopped_by_signals(worker):
        # A storage that is away is found out in this time, and not in that of an upload.
        open_store(settings, _PATIENCE_S).check()
        end = threading.Timer(_PATIENCE_S, worker.stop)
        end.start()
        try:
            trouble = worker.run_once().halted
            worker.forget_expired()
        finally:
            end.cancel()
    return trouble


def _send_now(here: Context, holdings: Holdings, *, others_may: bool) -> Left:
    """Send everything, also what would wait for its next try, with a progress bar.

    Args:
        here: how the command was called.
        holdings: what it sends.
        others_may: whether it is as well that another program sends it.
    """
    holdings.outbox.hasten(datetime.now(UTC))
    try:
        with (
            here.terminal.bar(here.terminal.say("올리는 중", "Syncing")) as tell,
            open_worker(here.settings, holdings, lambda progress: tell(progress.done, progress.total)) as worker,
            _stopped_by_signals(worker),
        ):
            trouble = worker.run_once().halted
            worker.forget_expired()
    except NoseprintError as fault:
        if fault.code is not ErrorCode.ALREADY_RUNNING or not others_may:
            raise
        trouble = fault
    return _left(holdings, trouble)


def _watch(here: Context, holdings: Holdings) -> Left:
    """Send whatever is saved, until a signal ends it."""
    with open_worker(here.settings, holdings) as worker, _stopped_by_signals(worker):
        here.terminal.note(
            here.terminal.say("저장되는 자료를 계속 올려요. Ctrl+C로 끝낼 수 있어요.", "Watching. Ctrl+C ends it.")
        )
        worker.watch()
    return _left(holdings, worker.trouble)


@contextmanager
def _stopped_by_signals(worker: SyncWorker) -> Iterator[None]:
    """Let the uploads under way come to their end when the program is told to stop."""
    before = {number: signal.signal(number, lambda *_: worker.stop()) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _left(holdings: Holdings, trouble: NoseprintError | None) -> Left:
    counts = holdings.outbox.counts()
    return Left(holdings.outbox.backlog().pets, counts.waiting, counts.parked, trouble)
