"""Commands about who works here, and about the audit trail of what they did."""

from __future__ import annotations

import sys
from datetime import datetime
from getpass import getpass
from typing import Annotated

import typer

from command_line.context import context_of
from command_line.terminal import Terminal
from noseprint.bootstrap import open_operators
from noseprint.errors import ErrorCode, NoseprintError
from noseprint.records.audit_events import NOBODY, AuditEvent, event_of, events_reference
from noseprint.records.operators import Operators
from noseprint.records.staff import Operator, Role, SignedIn

operator_app = typer.Typer(
    help="Who works here: add, list, set-pin, unlock, role, remove. PINs are asked for, or read from standard input, "
    "one a line: first the admin's (--by), then the new one.",
    no_args_is_help=True,
)
audit_app = typer.Typer(help="The audit trail of who did what: verify, show, events.", no_args_is_help=True)

StaffId = Annotated[str, typer.Argument(help="A staff id, such as S2.", show_default=False)]
By = Annotated[str, typer.Option(help="The staff id of the admin who does it; the PIN is asked for.")]


def register(parent: typer.Typer) -> None:
    """Hang these commands on the program."""
    parent.add_typer(operator_app, name="operator")
    parent.add_typer(audit_app, name="audit")


@operator_app.command()
def add(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="The name that is shown.", show_default=False)],
    role: Annotated[Role, typer.Option(help="The first operator must be an admin.")] = Role.STAFF,
    by: By = "",
) -> None:
    """Let someone work here."""
    here = context_of(context)
    with open_operators(here.settings) as operators:
        admin = _sign_in(here.terminal, operators, by) if by or operators.all() else None
        added = operators.add(admin, name, role, _new_pin(here.terminal))
    here.terminal.answer(
        _as_object(added),
        [
            (here.terminal.say("직원을 추가했어요", "Added"), added.name),
            (here.terminal.say("직원 번호", "Staff id"), added.staff_id),
            (here.terminal.say("역할", "Role"), _role(here.terminal, added.role)),
        ],
    )


@operator_app.command("list")
def list_operators(
    context: typer.Context,
    everyone: Annotated[bool, typer.Option("--all", help="Also who no longer works here.")] = False,
) -> None:
    """List who works here."""
    here = context_of(context)
    with open_operators(here.settings) as operators:
        found = operators.all(with_removed=everyone)
    say = here.terminal.say
    here.terminal.table(
        {"operators": [_as_object(item) for item in found]},
        [say("번호", "Staff id"), say("이름", "Name"), say("역할", "Role"), say("틀린 PIN", "Wrong PINs"), ""],
        [
            (
                item.staff_id,
                item.name,
                _role(here.terminal, item.role),
                item.failures,
                say("삭제됨", "removed") if item.removed_at else "",
            )
            for item in found
        ],
    )


@operator_app.command()
def set_pin(context: typer.Context, staff_id: StaffId, by: By = "") -> None:
    """Give someone a new PIN; without --by one's own, for which the old one is asked first."""
    here = context_of(context)
    with open_operators(here.settings) as operators:
        signed_in = _sign_in(here.terminal, operators, by or staff_id)
        operators.set_pin(signed_in, staff_id, _new_pin(here.terminal))
    _done(here.terminal, staff_id, here.terminal.say("PIN을 바꿨어요", "PIN set"))


@operator_app.command()
def unlock(context: typer.Context, staff_id: StaffId, by: By = "") -> None:
    """Forget someone's wrong PINs."""
    here = context_of(context)
    with open_operators(here.settings) as operators:
        operators.unlock(_sign_in(here.terminal, operators, by), staff_id)
    _done(here.terminal, staff_id, here.terminal.say("잠금을 풀었어요", "Unlocked"))


@operator_app.command("role")
def change_role(
    context: typer.Context, staff_id: StaffId, role: Annotated[Role, typer.Argument(show_default=False)], by: By = ""
) -> None:
    """Let someone do more or less."""
    here = context_of(context)
    with open_operators(here.settings) as operators:
        operators.change_role(_sign_in(here.terminal, operators, by), staff_id, role)
    _done(here.terminal, staff_id, _role(here.terminal, role))


@operator_app.command()
def remove(context: typer.Context, staff_id: StaffId, by: By = "") -> None:
    """Let someone work here no longer; what they did stays in the audit trail."""
    here = context_of(context)
    with open_operators(here.settings) as operators:
        operators.remove(_sign_in(here.terminal, operators, by), staff_id)
    _done(here.terminal, staff_id, here.terminal.say("삭제했어요", "Removed"))


@audit_app.command()
def verify(context: typer.Context) -> None:
    """Prove that no row of the trail was changed, removed or reordered; note what it prints to prove more later."""
    here = context_of(context)
    with open_operators(here.settings) as operators:
        newest = operators.trail.verify(operators.engine)
    here.terminal.answer(
        {"ok": True, "rows": newest.seq, "hash": newest.hash},
        [
            (here.terminal.say("감사 기록에 이상이 없어요", "The audit trail is whole"), newest.seq),
            (here.terminal.say("마지막 해시", "Last hash"), newest.hash),
        ],
    )


@audit_app.command()
def show(
    context: typer.Context,
    since: Annotated[str, typer.Option(help="None older: 2026-11-21 or 2026-11-21T09:00, in local time.")] = "",
    event: Annotated[str, typer.Option(help="Only this event, such as NA-1001.")] = "",
    limit: Annotated[int, typer.Option(min=1, max=1_000_000)] = 100,
) -> None:
    """List what was done, the newest first."""
    here = context_of(context)
    oldest, kind = _moment(since) if since else None, _event(event) if event else None
    with open_operators(here.settings) as operators:
        found = operators.trail.entries(operators.engine, since=oldest, event=kind, limit=limit)
        names = {item.staff_id: item.name for item in operators.all(with_removed=True)}
    say = here.terminal.say
    here.terminal.table(
        {
            "entries": [
                {
                    "seq": item.seq,
                    "at": item.at.isoformat(),
                    "event": item.event_id,
                    "operator": item.operator,
                    "subject": item.subject,
                    "details": item.details,
                }
                for item in found
            ]
        },
        ["", say("때", "When"), say("일", "What"), say("직원", "Who"), say("대상", "Subject"), say("내용", "Details")],
        [
            (
                item.seq,
                f"{item.at.astimezone():%Y-%m-%d %H:%M:%S}",
                f"{item.event_id} {_title(here.terminal, item.event_id)}",
                f"{item.operator} {names.get(item.operator, '')}".strip(),
                item.subject,
                " ".join(f"{name}={fact}" for name, fact in item.details.items()),
            )
            for item in found
        ],
    )


@audit_app.command()
def events(
    context: typer.Context,
    reference: Annotated[bool, typer.Option("--reference", help="Print docs/audit-events.md instead.")] = False,
) -> None:
    """List every event that the trail knows."""
    here = context_of(context)
    if reference:
        typer.echo(events_reference(), nl=False)
        return
    here.terminal.table(
        {
            "events": [
                {"id": item.id, "title": here.terminal.say(*item.title), "details": item.details} for item in AuditEvent
            ]
        },
        ["", here.terminal.say("일", "What"), here.terminal.say("내용", "Details")],
        [(item.id, here.terminal.say(*item.title), " ".join(item.details)) for item in AuditEvent],
    )


def _sign_in(terminal: Terminal, operators: Operators, staff_id: str) -> SignedIn:
    if not staff_id:
        raise NoseprintError(ErrorCode.NOT_ALLOWED, "--by STAFF_ID names the admin who does it")
    return operators.sign_in(staff_id, _ask(terminal.say(f"{staff_id}의 PIN", f"PIN of {staff_id}")))


def _new_pin(terminal: Terminal) -> str:
    """A PIN that is to be: typed twice where nobody sees it, once where a program gives it."""
    pin = _ask(terminal.say("새 PIN", "New PIN"))
    if sys.stdin.isatty() and pin != _ask(terminal.say("새 PIN 다시", "New PIN again")):
        raise NoseprintError(ErrorCode.INVALID_REQUEST, "the two PINs differ")
    return pin


def _ask(prompt: str) -> str:
    if sys.stdin.isatty():
        return getpass(f"{prompt}: ", stream=sys.stderr)
    line = sys.stdin.readline()
    if not line:
        raise NoseprintError(ErrorCode.INVALID_REQUEST, "standard input has no line with a PIN")
    return line.rstrip("\r\n")


def _done(terminal: Terminal, staff_id: str, words: str) -> None:
    terminal.answer({"ok": True, "staff_id": staff_id.strip().upper()}, [(staff_id.strip().upper(), words)])


def _as_object(operator: Operator) -> dict[str, object]:
    return {
        "staff_id": operator.staff_id,
        "name": operator.name,
        "role": operator.role.value,
        "failures": operator.failures,
        "created_at": operator.created_at.isoformat(),
        "removed_at": operator.removed_at.isoformat() if operator.removed_at else None,
    }


def _role(terminal: Terminal, role: Role) -> str:
    return terminal.say("관리자", "admin") if role is Role.ADMIN else terminal.say("직원", "staff")


def _title(terminal: Terminal, event_id: str) -> str:
    event = event_of(event_id)
    return terminal.say(*event.title) if event else NOBODY


def _event(event_id: str) -> AuditEvent:
    event = event_of(event_id.strip().upper())
    if event is None:
        raise NoseprintError(ErrorCode.INVALID_REQUEST, "--event: `noseprint audit events` lists them")
    return event


def _moment(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text).astimezone()
    except (ValueError, OverflowError):
        raise NoseprintError(ErrorCode.INVALID_REQUEST, "--since takes 2026-11-21 or 2026-11-21T09:00") from None
