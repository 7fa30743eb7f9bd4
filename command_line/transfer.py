"""Commands that carry data by hand: exports on a USB stick, data sets for measuring, backups."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from command_line.context import Context, context_of
from command_line.terminal import Row
from noseprint.bootstrap import (
    backup_source,
    data_set,
    exporter,
    importer,
    master_keys,
    open_holdings,
    open_records,
)
from noseprint.errors import ErrorCode, NoseprintError
from noseprint.records.audit_events import Act, AuditEvent, act
from noseprint.records.backup import back_up, checksum
from noseprint.records.records import Records
from noseprint.records.restore import Restored
from noseprint.records.restore import restore as restore_folder
from noseprint.settings import Secret, Settings
from noseprint.transfer.codes import new_code
from noseprint.transfer.export_archive import ExportedPet
from noseprint.transfer.import_archive import TakenPet, prove

dataset_app = typer.Typer(
    help="Data sets for measuring, from guardians who agreed to it: export.", no_args_is_help=True
)

File = Annotated[Path, typer.Argument(help="The file, on a USB stick perhaps.", show_default=False)]


def register(parent: typer.Typer) -> None:
    """Hang these commands on the program."""
    parent.command("export")(export)
    parent.command("import")(import_)
    parent.add_typer(dataset_app, name="dataset")
    parent.command()(backup)
    parent.command()(restore)


def export(context: typer.Context, file: File) -> None:
    """Write everything that is not uploaded yet into one encrypted file; the code that opens it is shown once."""
    here = context_of(context)
    code = new_code()
    with open_holdings(here.settings) as holdings:
        waiting = holdings.outbox.backlog().pets
        if not waiting:
            here.terminal.answer(
                {"ok": True, "pets": 0}, [(here.terminal.say("내보낼 것이 없어요", "Nothing waits"), "")]
            )
            return
        export_ = exporter(here.settings, holdings)
        label = here.terminal.say("내보내는 중", "Exporting")
        pets = list(here.terminal.progress(export_.write(file, code), total=waiting, label=label))
        sha256, entries = checksum(file), sum(pet.entries for pet in pets)
        trouble = _noted(holdings.records, act(AuditEvent.EXPORTED, subject=sha256, entries=entries))
    _answer_export(here, file, code, export_.sender, pets, trouble)


def import_(
    context: typer.Context,
    file: File,
    sender: Annotated[
        str, typer.Option("--from", help="The sender that the export showed; any other one is refused.")
    ] = "",
) -> None:
    """Take in a file that `export` wrote on another computer; its code is asked for, or read from standard input."""
    here = context_of(context)
    say = here.terminal.say
    code = Secret(typer.prompt(say("코드", "Code"), err=True))
    proven = prove(file, code, sender, here.settings.ncp_vector_prefix)
    with open_holdings(here.settings) as holdings:
        taking = importer(here.settings, holdings).take_in(proven)
        label = say("가져오는 중", "Importing")
        pets = list(here.terminal.progress(taking, total=proven.pets, label=label))
        added = sum(pet.entries for pet in pets)
        done = act(AuditEvent.IMPORTED, subject=checksum(file), entries=proven.entries, added=added)
        holdings.records.note(done, _now())
    _answer_import(here, proven.sender, pets)


@dataset_app.command("export")
def export_dataset(
    context: typer.Context,
    folder: Annotated[Path, typer.Argument(help="Empty, or a data set to go on with.", show_default=False)],
) -> None:
    """Write the photos of dogs whose guardians agreed to it, without anything personal, for `evaluate` to read."""
    here = context_of(context)
    with open_holdings(here.settings) as holdings:
        pets = holdings.records.find_pets(limit=max(1, holdings.records.pet_count()))
        writing = data_set(here.settings, holdings, folder)
        label = here.terminal.say("내보내는 중", "Exporting")
        done = list(here.terminal.progress(writing.add(pets), total=len(pets), label=label))
        now_there, added = writing.manifest(), sum(item.added for item in done)
        holdings.records.note(act(AuditEvent.DATA_SET_EXPORTED, pets=len(done), photos=added), _now())
    faults = [item.fault for item in done if item.fault]
    say = here.terminal.say
    here.terminal.answer(
        {
            "ok": not faults,
            "identities": now_there.identities,
            "photos": now_there.photos,
            "added": added,
            "left_out": [fault.code.value for fault in faults],
        },
        [
            (say("반려견", "Dogs"), now_there.identities),
            (say("사진", "Photos"), now_there.photos),
            (say("새로 더한 사진", "Added now"), added),
            *_faults(here, (("", fault) for fault in faults)),
        ],
    )
    _leave_with(faults)


def backup(context: typer.Context, file: File) -> None:
    """Write a backup of the records and of what waits, while the program may go on running. Not on PostgreSQL."""
    here = context_of(context)
    _require_sqlite(here.settings)
    with open_holdings(here.settings) as holdings:
        written = back_up(backup_source(here.settings, holdings), file, _now())
        holdings.records.note(act(AuditEvent.BACKED_UP, subject=written.sha256), _now())
    say = here.terminal.say
    here.terminal.answer(
        {
            "ok": True,
            "file": str(file),
            "sha256": written.sha256,
            "bytes": written.size,
            "files": len(written.manifest.files),
            "lost": list(written.lost),
            "key_ids": list(written.manifest.key_ids),
        },
        [
            (say("백업했어요", "Backed up"), file),
            (say("크기(바이트)", "Bytes"), written.size),
            (say("이미 없어진 자료", "Contents lost before"), len(written.lost)),
            (say("마스터 키는 들어 있지 않아요", "The master key is not in it"), _keep_the_key(here)),
        ],
    )


def restore(context: typer.Context, file: File) -> None:
    """Put a backup in the place of the present data, which is kept beside it. Nothing else may be running."""
    here = context_of(context)
    _require_sqlite(here.settings)
    restored = restore_folder(file, here.settings.data_dir, master_keys(here.settings).open, _now())
    with open_records(here.settings) as records:
        records.note(act(AuditEvent.RESTORED, subject=restored.sha256), _now())
        pets = records.pet_count()
    _answer_restore(here, restored, pets)


def _noted(records: Records, done: Act) -> NoseprintError | None:
    """Write an act down; why it could not be: the code of a file that is written already must be shown all the same."""
    try:
        records.note(done, _now())
    except NoseprintError as fault:
        return fault
    return None


def _answer_export(  # noqa: PLR0913 (all of it is shown)
    here: Context, file: Path, code: Secret, sender: str, pets: list[ExportedPet], trouble: NoseprintError | None
) -> None:
    say = here.terminal.say
    left_out = [(pet.pet_did, pet.fault) for pet in pets if pet.fault]
    here.terminal.answer(
        {
            "ok": not left_out and trouble is None,
            "file": str(file),
            "code": code.reveal(),
            "sender": sender,
            "pets": len(pets) - len(left_out),
            "entries": sum(pet.entries for pet in pets),
            "left_out": [_fault_object(pet_did, fault) for pet_did, fault in left_out],
            "not_noted": trouble.code.value if trouble else None,
        },
        [
            (say("내보냈어요", "Exported"), file),
            (say("반려견", "Dogs"), len(pets) - len(left_out)),
            (say("코드(파일과 따로 전해 주세요)", "Code (pass it on apart from the file)"), code.reveal()),
            (say("보낸 컴퓨터", "Sender"), sender),
            *_faults(here, left_out),
            *_faults(here, [(say("감사 기록에 못 적었어요", "Not in the audit trail"), trouble)] if trouble else []),
        ],
    )
    _leave_with(left_out or ([trouble] if trouble else []))


def _answer_import(here: Context, sender: str, pets: list[TakenPet]) -> None:
    say = here.terminal.say
    refused = [(pet.pet_did, pet.fault) for pet in pets if pet.fault]
    enrolled, entries = sum(pet.enrolled for pet in pets), sum(pet.entries for pet in pets)
    known = sum(not (pet.enrolled or pet.entries or pet.fault) for pet in pets)
    here.terminal.answer(
        {
            "ok": not refused,
            "sender": sender,
            "enrolled": enrolled,
            "entries": entries,
            "known": known,
            "refused": [_fault_object(pet_did, fault) for pet_did, fault in refused],
        },
        [
            (say("새로 등록된 반려견", "Dogs enrolled now"), enrolled),
            (say("올리기를 기다리는 자료", "Objects waiting for their upload"), entries),
            (say("이미 있던 반려견", "Dogs that were here already"), known),
            (say("보낸 컴퓨터", "Sender"), sender),
            *_faults(here, refused),
        ],
    )
    _leave_with(refused)


def _answer_restore(here: Context, restored: Restored, pets: int) -> None:
    say = here.terminal.say
    here.terminal.answer(
        {
            "ok": True,
            "made_at": restored.manifest.made_at.isoformat(),
            "pets": pets,
            "former": str(restored.former) if restored.former else None,
        },
        [
            (say("백업을 되살렸어요", "Restored as of"), f"{restored.manifest.made_at.astimezone():%Y-%m-%d %H:%M:%S}"),
            (say("반려견", "Dogs"), pets),
            (say("이전 데이터", "The former data"), restored.former or "—"),
        ],
    )


def _faults(here: Context, faults: Iterable[tuple[str, NoseprintError]]) -> list[Row]:
    return [(f"✘ {pet_did}", fault.sentence(here.terminal.language)) for pet_did, fault in faults]


def _fault_object(pet_did: str, fault: NoseprintError) -> dict[str, object]:
    return {"pet_did": pet_did, "code": fault.code.value, "detail": fault.detail}


def _leave_with(faults: list[tuple[str, NoseprintError]] | list[NoseprintError]) -> None:
    if faults:
        raise typer.Exit(1)


def _keep_the_key(here: Context) -> str:
    place = master_keys(here.settings).place()
    return here.terminal.say(
        f"사본을 백업과 다른 곳에 두세요: {place}", f"keep a copy of it apart from the backup: {place}"
    )


def _require_sqlite(settings: Settings) -> None:
    if settings.db_host:
        raise NoseprintError(ErrorCode.NOT_ON_SQLITE)


def _now() -> datetime:
    return datetime.now(UTC)
