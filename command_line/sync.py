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
from command_line.terminal import Row, Terminal
from noseprint.bootstrap import Holdings, open_holdings, open_store, open_worker
from noseprint.errors import ErrorCode, NoseprintError
from noseprint.settings import Settings
from noseprint.sync.outbox import Entry, EntryState
from noseprint.sync.worker import SyncWorker

_PATIENCE_S = 5.0
"""As long a command that has saved something may take to send it as well."""

_STATES = {EntryState.WAITING: ("대기", "waits"), EntryState.PARKED: ("확인 필요", "parked")}


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
    show_list: Annotated[bool, typer.Option("--list", help="List what waits, and why.")] = False,
    limit: Annotated[int, typer.Option(min=1, help="How many lines of --list at most.")] = 100,
    retry: Annotated[str, typer.Option(help="Try again what a person had to see to: its key, or all.")] = "",
    replace: Annotated[bool, typer.Option("--replace", help="With --retry of one key: ours takes its place.")] = False,
) -> None:
    """Bring what was saved here to the storage; leave with 0 if nothing is left, or after a wanted end of --watch."""
    if watch + once + show_list + bool(retry) > 1 or (replace and retry in {"", "all"}):
        raise typer.BadParameter("--once, --watch, --list or --retry, one of them; --replace wants --retry of one key")
    here = context_of(context)
    with open_holdings(here.settings) as holdings:
        if show_list:
            _show_list(here.terminal, holdings, limit)
            return
        if retry:
            _retry(holdings, retry, replace=replace)
        left = _watch(here, holdings) if watch else _send_now(here, holdings)
    here.terminal.answer(left.as_object(), left.rows(here.terminal))
    if not watch and (left.waiting or left.parked):
        raise typer.Exit(1)


def _sent_soon(settings: Settings, holdings: Holdings) -> NoseprintError | None:
    try:
        return _send_soon(settings, holdings)
    except NoseprintError as fault:
        return fault


def _send_soon(settings: Settings, holdings: Holdings) -> NoseprintError | None:
    # A storage that is away is found out in this time, and not in that of an upload.
    open_store(settings, _PATIENCE_S).check()
    with (
        open_worker(settings, holdings, deadline_s=settings.storage_deadline_s, wait_s=_PATIENCE_S) as worker,
        _stopped_by_signals(worker),
    ):
        end = threading.Timer(_PATIENCE_S, worker.stop)
        end.start()
        try:
            trouble = worker.run_once().halted
            worker.forget_expired()
        finally:
            end.cancel()
    return trouble


def _send_now(here: Context, holdings: Holdings) -> Left:
    """Send everything, also what would wait for its next try, with a progress bar."""
    holdings.outbox.hasten(datetime.now(UTC))
    with (
        here.terminal.bar(here.terminal.say("올리는 중", "Syncing")) as tell,
        open_worker(here.settings, holdings, lambda progress: tell(progress.done, progress.total)) as worker,
        _stopped_by_signals(worker),
    ):
        trouble = worker.run_once().halted
        worker.forget_expired()
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


def _retry(holdings: Holdings, key: str, *, replace: bool) -> None:
    """Let parked entries wait again.

    Raises:
        NoseprintError: INVALID_REQUEST when nothing is parked under the key, or for ``replace`` no conflict is.
    """
    parked = [entry for entry in holdings.outbox.open_entries(EntryState.PARKED) if key in {"all", entry.key}]
    if not parked and key != "all":
        raise NoseprintError(ErrorCode.INVALID_REQUEST, "--retry: nothing under this key needs a person")
    if replace and any(entry.error_code != ErrorCode.OBJECT_CONFLICT for entry in parked):
        raise NoseprintError(ErrorCode.INVALID_REQUEST, "--replace: under this key the storage has no other content")
    holdings.outbox.retry([entry.id for entry in parked], datetime.now(UTC), replace=replace)


def _show_list(terminal: Terminal, holdings: Holdings, limit: int) -> None:
    """What needs a person comes first, then what waits, the oldest first."""
    found = sorted(holdings.outbox.open_entries(), key=lambda entry: (entry.state is EntryState.WAITING, entry.id))
    terminal.table(
        {"total": len(found), "entries": [_as_object(entry) for entry in found[:limit]]},
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
    if len(found) > limit:
        terminal.note(terminal.say(f"모두 {len(found):,}건이에요.", f"{len(found):,} in all."))


def _reason(terminal: Terminal, entry: Entry) -> str:
    if entry.error_code is None:
        return ""
    error = NoseprintError(ErrorCode(entry.error_code), entry.error_detail, key=entry.key, path="", key_id="")
    return f"{error.code.value}: {error.sentence(terminal.language)}"


def _as_object(entry: Entry) -> dict[str, object]:
    return {
        "state": entry.state.value,
        "key": entry.key,
        "pet_did": entry.pet_did,
        "kind": entry.kind.value,
        "size": entry.size,
        "sha256": entry.sha256,
        "attempts": entry.attempts,
        "error": entry.error_code,
        "detail": entry.error_detail,
        "created_at": entry.created_at.isoformat() if entry.created_at else None,
    }
