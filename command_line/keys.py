"""Commands about the master keys."""

from __future__ import annotations

import typer

from command_line.context import context_of
from noseprint.bootstrap import master_keys, rotate_keys

keys_app = typer.Typer(
    help="The master keys, without which nothing here can be read: rotate, place.", no_args_is_help=True
)


def register(parent: typer.Typer) -> None:
    """Hang these commands on the program."""
    parent.add_typer(keys_app, name="keys")


@keys_app.command()
def rotate(context: typer.Context) -> None:
    """Put everything under a new master key; broken off, it is finished by another run. Nothing else may be running."""
    here = context_of(context)
    done = rotate_keys(here.settings)
    say = here.terminal.say
    here.terminal.answer(
        {"ok": True, "key_id": done.key_id, "values": done.values, "files": done.files},
        [
            (say("마스터 키를 바꿨어요", "Master key in use"), done.key_id),
            (say("다시 감싼 값", "Values put under it"), done.values),
            (say("다시 감싼 파일", "Files put under it"), done.files),
            (say("키의 사본을 새로 남겨 주세요", "Keep a new copy of the keys"), master_keys(here.settings).place()),
        ],
    )


@keys_app.command()
def place(context: typer.Context) -> None:
    """Say where the master keys lie: keep a copy of them apart from every backup of the data."""
    here = context_of(context)
    found = master_keys(here.settings).place()
    none_yet = here.terminal.say("아직 없어요", "none yet")
    here.terminal.answer({"place": found}, [(here.terminal.say("마스터 키", "Master keys"), found or none_yet)])
