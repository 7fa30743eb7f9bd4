"""Commands about signed results: check one, and show the key that this clinic's are checked with."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from command_line.context import context_of
from command_line.terminal import Terminal
from noseprint.attestation.signing import LONGEST, check, fingerprint_of, read_public_key
from noseprint.attestation.statement import written_bytes
from noseprint.bootstrap import open_records
from noseprint.clinic import Clinic, VerificationResult
from noseprint.disk import Disk
from noseprint.errors import ErrorCode, NoseprintError
from noseprint.matching.similarity import Verdict
from noseprint.records.phone import normalise_phone

attestation_app = typer.Typer(help="Signed results of verifications: check, key.", no_args_is_help=True)

Keys = Annotated[
    list[str] | None, typer.Option("--key", help="A public key that is trusted; this clinic's own where none is given.")
]


def register(parent: typer.Typer) -> None:
    """Hang these commands on the program."""
    parent.add_typer(attestation_app, name="attestation")


@attestation_app.command("check")
def check_file(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="A file of `verify --attest`, or a QR code's text.", show_default=False)],
    key: Keys = None,
    guardian: Annotated[str, typer.Option(help="A telephone number: whether it is a guardian's in the result.")] = "",
) -> None:
    """Say what a clinic states, once signature, signer and time are proven."""
    here = context_of(context)
    signed, now = _read(file), datetime.now(UTC)
    phone = normalise_phone(guardian) if guardian else None
    trusted = {read_public_key(one) for one in key} if key else {_own_key(context)}
    stated = check(signed, now, trusted)
    named = stated.names_guardian(phone) if phone else None
    verdict: Verdict = stated.verdict
    say = here.terminal.say
    here.terminal.answer(
        {
            "ok": True,
            **{name: getattr(stated, name) for name in stated.__struct_fields__},
            "guardian_is": named,
        },
        [
            (say("서명이 맞아요", "Signed by"), fingerprint_of(read_public_key(stated.key))),
            ("Pet DID", stated.pet),
            (say("판정", "Verdict"), here.terminal.verdict(verdict)),
            (say("유사도", "Similarity"), stated.similarity),
            (say("유효", "Counts until"), stated.expires),
            *([(say("보호자", "Guardian"), _role(say("이전", "from"), say("새", "to"), named))] if phone else []),
        ],
    )


@attestation_app.command("key")
def show_key(context: typer.Context) -> None:
    """Show the public key that this clinic's results are checked with; it is made where there is none yet."""
    here = context_of(context)
    public_key = _own_key(context)
    here.terminal.answer(
        {"public_key": written_bytes(public_key), "fingerprint": fingerprint_of(public_key)},
        [
            (here.terminal.say("공개 키", "Public key"), written_bytes(public_key)),
            (here.terminal.say("지문", "Fingerprint"), fingerprint_of(public_key)),
        ],
    )


def write_result(clinic: Clinic, result: VerificationResult, new_guardian: str, file: Path) -> Path | NoseprintError:
    """Write the signed result of a verification into a file; or say why not, for the verification itself is kept."""
    try:
        Disk().write(file, clinic.attest(result, new_guardian or None).document)
    except NoseprintError as fault:
        return fault
    return file


def result_object(signed: Path | NoseprintError | None) -> dict[str, object] | None:
    """What became of a signed result, as JSON shows it."""
    if isinstance(signed, NoseprintError):
        return {"error": {"code": signed.code.value, "name": signed.code.name}}
    return {"file": str(signed)} if signed else None


def or_fault(terminal: Terminal, outcome: object) -> str:
    """What came out, or the sentence of what went wrong."""
    if isinstance(outcome, NoseprintError):
        return f"✘ {outcome.sentence(terminal.language)} ({outcome.code.value})"
    return str(outcome)


def _own_key(context: typer.Context) -> bytes:
    with open_records(context_of(context).settings) as records:
        return records.signing_keys.key(datetime.now(UTC)).public_key


def _read(file: Path) -> bytes:
    try:
        with file.open("rb") as stream:
            return stream.read(LONGEST + 1)
    except OSError as fault:
        raise NoseprintError(ErrorCode.FILE_NOT_READABLE, fault.strerror or "", path=file) from fault


def _role(giver: str, taker: str, named: str | None) -> str:
    return {"from": giver, "to": taker}.get(named or "", "✘")
