"""Commands about one pet that is enrolled: what happened to it, and erasing what is personal."""

from __future__ import annotations

from typing import Annotated

import typer

from command_line.context import context_of
from noseprint.bootstrap import eraser_over, open_holdings, open_records
from noseprint.records.audit_events import event_of

pet_app = typer.Typer(help="One pet: history, erase.", no_args_is_help=True)

PetDid = Annotated[str, typer.Argument(help="A Pet DID.", show_default=False)]


def register(parent: typer.Typer) -> None:
    """Hang these commands on the program."""
    parent.add_typer(pet_app, name="pet")


@pet_app.command()
def history(context: typer.Context, pet_did: PetDid) -> None:
    """List what happened to a pet, the newest first."""
    here = context_of(context)
    with open_records(here.settings) as records:
        told = records.history(pet_did)
    say = here.terminal.say
    here.terminal.table(
        {
            "history": [
                {
                    "at": one.at.isoformat(),
                    "event": one.event_id,
                    "by": one.by,
                    "details": dict(one.details),
                    "image_key": one.verification.image_key if one.verification else None,
                }
                for one in told
            ]
        },
        [say("때", "When"), say("일", "What"), say("직원", "Who"), say("내용", "Details")],
        [
            (
                f"{one.at.astimezone():%Y-%m-%d %H:%M:%S}",
                say(*event.title) if (event := event_of(one.event_id)) else one.event_id,
                one.by,
                " ".join(f"{name}={fact}" for name, fact in one.details.items()),
            )
            for one in told
        ],
    )


@pet_app.command()
def erase(
    context: typer.Context,
    pet_did: PetDid,
    sure: Annotated[bool, typer.Option("--sure", help="Without it nothing is erased.")] = False,
) -> None:
    """Erase guardian, facts and photos at the guardian's request, here and in the storage; the Pet DID stays."""
    here = context_of(context)
    if not sure:
        raise typer.BadParameter("nothing was erased; --sure does it, and nothing brings it back")
    with open_holdings(here.settings) as holdings:
        erased = eraser_over(here.settings, holdings).erase(pet_did)
    say = here.terminal.say
    here.terminal.answer(
        {
            "pet_did": pet_did,
            "photos": erased.photos,
            "cancelled": erased.cancelled,
            "deleted": erased.deleted,
            "left": list(erased.left),
            "fault": erased.fault.code.value if erased.fault else None,
        },
        [
            (say("지웠어요", "Erased"), pet_did),
            (say("취소한 전송", "Uploads cancelled"), erased.cancelled),
            (say("저장소에서 지운 사진", "Deleted in the storage"), erased.deleted),
            *([(say("저장소에는 남아 있어요", "Still in the storage"), erased.fault)] if erased.fault else []),
        ],
    )
    if erased.fault:
        raise typer.Exit(1)
