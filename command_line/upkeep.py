"""Commands for upkeep: what works here and what does not, and the settings in force."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer

from command_line.context import context_of
from noseprint.doctor import NAMES, examine
from noseprint.settings import Secret, declarations

_REFERENCE_HEAD = """\
# Settings

Made by `noseprint settings --reference` from the declarations in `noseprint/settings.py`; a test keeps it true.

Weakest first: the default, `noseprint.toml` in the data folder (keys are our names without `NOSEPRINT_`, in
small letters), `.env` in the working folder, the environment, the command line. An empty variable counts as
not set. Where a setting has two names, ours is the stronger.

| names | default | restart | what it does |
|---|---|---|---|
"""


def register(app: typer.Typer) -> None:
    """Hang these commands on the program."""
    app.command()(doctor)
    app.command()(settings)


def doctor(context: typer.Context) -> None:
    """Say what works here, what does not, and what to do about it."""
    here = context_of(context)
    findings = examine(here.settings)
    healthy = all(finding.ok for finding in findings)
    say = here.terminal.say
    here.terminal.table(
        {"ok": healthy, "checks": [asdict(finding) for finding in findings]},
        ["", say("항목", "Check"), say("상태", "Finding"), say("할 일", "What to do")],
        [
            (
                "✔" if item.ok else "✘",
                say(NAMES[item.name].ko, item.name),
                item.finding,
                say(item.advice_ko, item.advice_en),
            )
            for item in findings
        ],
    )
    if not healthy:
        raise typer.Exit(1)


def settings(
    context: typer.Context,
    reference: Annotated[bool, typer.Option("--reference", help="Print docs/settings.md instead.")] = False,
) -> None:
    """List every setting: its value, its names in the environment, what it does."""
    here = context_of(context)
    if reference:
        typer.echo(settings_reference(), nl=False)
        return
    shown = {item.field: _shown(getattr(here.settings, item.field)) for item in declarations()}
    here.terminal.table(
        {
            "settings": [
                {
                    "name": item.field,
                    "value": shown[item.field],
                    "environment": item.environment_names,
                    "description": item.description,
                    "restart": item.restart,
                }
                for item in declarations()
            ]
        },
        [
            here.terminal.say("설정", "Setting"),
            here.terminal.say("값", "Value"),
            here.terminal.say("설명", "What it does"),
        ],
        [("\n".join(item.environment_names), shown[item.field], item.description) for item in declarations()],
    )


def settings_reference() -> str:
    """The reference of all settings, in Markdown, made from their declarations."""
    rows = "".join(
        f"| {' · '.join(f'`{name}`' for name in item.environment_names)} | {_default(item.default)} "
        f"| {'yes' if item.restart else 'no'} | {item.description} |\n"
        for item in declarations()
    )
    return _REFERENCE_HEAD + rows


def _default(value: object) -> str:
    shown = _shown(value)
    return f"`{shown}`" if shown not in {"", "."} else ""


def _shown(value: object) -> object:
    if isinstance(value, Secret):
        return "***" if value else ""
    return value if isinstance(value, int | float | bool) else str(value)
