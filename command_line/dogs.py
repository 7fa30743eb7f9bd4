"""Commands about dogs: enrol, verify, identify, list, and move to another model."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from command_line.attestations import or_fault, result_object, write_result
from command_line.context import Context, Photo, Photos, context_of, needs_extra, read_photo
from command_line.sync import Left, send_soon
from command_line.terminal import Row, Terminal
from noseprint.bootstrap import clinic_over, image_limits, open_clinic, open_holdings, open_records
from noseprint.clinic import Clinic, Enrolment, EnrolmentRequest, LookUp, RankedCandidate, VerificationResult
from noseprint.errors import NoseprintError
from noseprint.matching.fusion import Evidence, Unweighed
from noseprint.records.acts import searched
from noseprint.records.entities import Consent, ConsentKind, GuardianDetails, Pet, PetFacts, Sex

if TYPE_CHECKING:
    from command_line.evidence import EvidenceFile

_UNWEIGHED = {
    Unweighed.NOT_CALIBRATED: (
        "비교하지 않음 (이 모델에는 기준이 없어요)",
        "not weighed (the model's manifest does not say how)",
    ),
    Unweighed.NOT_INSTALLED: ("비교하지 않음 (OpenCV가 없어요)", "not weighed (OpenCV is not installed)"),
    Unweighed.NO_PHOTO: ("비교하지 않음 (등록 사진이 없어요)", "not weighed (no enrolment photo is stored)"),
    Unweighed.STORE_UNREACHABLE: (
        "비교하지 않음 (등록 사진을 가져오지 못했어요)",
        "not weighed (the enrolment photos could not be fetched)",
    ),
}

Operator = Annotated[str, typer.Option(help="Who works here (or NOSEPRINT_OPERATOR_NAME).")]


def register(app: typer.Typer) -> None:
    """Hang these commands on the program."""
    app.command()(enroll)
    app.command()(verify)
    app.command()(identify)
    app.command()(pets)
    app.command()(reembed)


def enroll(  # noqa: PLR0913 (each is one fact on the form)
    context: typer.Context,
    photos: Photos,
    pet_name: Annotated[str, typer.Option(help="The pet's name.")],
    guardian_name: Annotated[str, typer.Option(help="The guardian's name; kept only with --consent.")] = "",
    guardian_phone: Annotated[
        str, typer.Option(help="The guardian's telephone number; kept only with --consent.")
    ] = "",
    consent: Annotated[bool, typer.Option(help="The guardian agreed to their details being kept.")] = False,
    improvement_consent: Annotated[
        bool, typer.Option(help="The guardian agreed to the photos being used to measure and improve.")
    ] = False,
    species: Annotated[str, typer.Option()] = "dog",
    breed: Annotated[str, typer.Option(help="One of the platform's breeds, or any other text.")] = "",
    age: Annotated[int | None, typer.Option(help="Years, 0 to 50.")] = None,
    sex: Annotated[Sex, typer.Option()] = Sex.UNKNOWN,
    neutered: Annotated[bool | None, typer.Option()] = None,
    colour: Annotated[str, typer.Option()] = "",
    weight: Annotated[float | None, typer.Option(help="Kilograms.")] = None,
    features: Annotated[str, typer.Option(help="What one knows the pet by.")] = "",
    microchip: Annotated[str | None, typer.Option(help="15 digits, ISO 11784.")] = None,
    allow_duplicate: Annotated[bool, typer.Option(help="Enrol even if the dog seems enrolled already.")] = False,
    operator: Operator = "",
) -> None:
    """Enrol a dog from photos of its nose and give it its Pet DID."""
    here = context_of(context)
    request = EnrolmentRequest(
        photos=[read_photo(path, here.settings) for path in photos],
        minimum_photos=here.settings.minimum_photos_files,
        facts=PetFacts(pet_name, species, breed, age, sex, neutered, colour, weight, features, microchip),
        guardian=_guardian(guardian_name, guardian_phone),
        consents=_consents(here, identification=consent, improvement=improvement_consent),
        operator=operator or here.settings.operator_name,
        allow_duplicate=allow_duplicate,
    )
    with open_holdings(here.settings) as holdings:
        enrolment = clinic_over(here.settings, holdings).enrol(request)
        left = send_soon(here.settings, holdings)
    show_enrolment(here.terminal, enrolment, guardian_name.strip(), left)


def verify(  # noqa: PLR0913 (each is one thing that is asked for)
    context: typer.Context,
    photo: Photo,
    pet_did: Annotated[str, typer.Option(help="The Pet DID of the dog that the photo is said to show.")],
    operator: Operator = "",
    evidence: Annotated[Path | None, typer.Option(help="Draw the matching points of both photos here, as PNG.")] = None,
    attest: Annotated[
        Path | None, typer.Option(help="Write the result here, signed; it counts for 10 minutes.")
    ] = None,
    new_guardian: Annotated[str, typer.Option(help="The telephone number of who takes the pet, for --attest.")] = "",
) -> None:
    """Say whether a photo shows the dog with this Pet DID."""
    here = context_of(context)
    probe = read_photo(photo, here.settings)
    with open_holdings(here.settings) as holdings:
        clinic = clinic_over(here.settings, holdings)
        result = clinic.verify(pet_did, probe, operator or here.settings.operator_name)
        drawn = _draw(here, clinic, result, evidence) if evidence else None
        signed = write_result(clinic, result, new_guardian, attest) if attest else None
        left = send_soon(here.settings, holdings)
    # The verification is kept already: whoever waits for the verdict gets it, whatever became of picture and result.
    show_verification(here.terminal, result, left, drawn, signed)
    if isinstance(drawn, NoseprintError) or isinstance(signed, NoseprintError):
        raise typer.Exit(1)


def identify(
    context: typer.Context,
    photo: Photo,
    top: Annotated[int, typer.Option(min=1, max=1000, help="How many candidates to show.")] = 5,
) -> None:
    """Say which enrolled dog a photo shows, or that it is unknown."""
    here = context_of(context)
    with open_clinic(here.settings) as clinic:
        found = clinic.look_up(read_photo(photo, here.settings), top)
        shown = [clinic.records.pet(item.pet_did) for item in found.candidates]
        names = {pet.pet_did: _name_of(here.terminal, pet) for pet in shown}
    show_look_up(here.terminal, found, names)


def pets(
    context: typer.Context,
    text: Annotated[str, typer.Argument(help="Part of a DID, name, telephone or microchip number.")] = "",
    limit: Annotated[int, typer.Option(min=1, max=100_000)] = 100,
    csv: Annotated[Path | None, typer.Option(help="Write all pets here for a spreadsheet, besides.")] = None,
) -> None:
    """List the enrolled pets, the newest first."""
    here = context_of(context)
    with open_records(here.settings) as records:
        if csv:
            records.export_csv(csv, datetime.now(UTC), language=here.terminal.language)
        found = records.find_pets(text, limit)
        records.note(searched(len(found)), datetime.now(UTC))
    say = here.terminal.say
    here.terminal.table(
        {"pets": [pet_object(pet) for pet in found]},
        ["Pet DID", say("이름", "Name"), say("품종", "Breed"), say("보호자", "Guardian"), say("등록", "Enrolled")],
        [
            (
                pet.pet_did,
                _name_of(here.terminal, pet),
                pet.facts.breed,
                pet.guardian.name if pet.guardian else "-",
                f"{pet.created_at:%Y-%m-%d}",
            )
            for pet in found
        ],
    )


def reembed(context: typer.Context) -> None:
    """Compute the nose prints again, from the stored photos, with the model now in use."""
    here = context_of(context)
    with open_holdings(here.settings) as holdings:
        clinic = clinic_over(here.settings, holdings)
        waiting = len(clinic.records.pets_without_template(clinic.embedder.identity.sha256))
        steps = here.terminal.progress(
            clinic.reembed(), total=waiting, label=here.terminal.say("다시 계산", "Re-embed")
        )
        outcomes = list(steps)
        left = send_soon(here.settings, holdings)
    failed = [outcome for outcome in outcomes if outcome.fault]
    here.terminal.answer(
        {
            "reembedded": len(outcomes) - len(failed),
            "failed": [{"pet_did": item.pet_did, "code": item.fault.code.value} for item in failed if item.fault],
            "sync": left.as_object(),
        },
        [
            (here.terminal.say("다시 계산함", "Re-embedded"), len(outcomes) - len(failed)),
            *((item.pet_did, item.fault) for item in failed),
            *left.rows(here.terminal),
        ],
    )
    if failed:
        raise typer.Exit(1)


def show_enrolment(terminal: Terminal, enrolment: Enrolment, given_name: str, left: Left) -> None:
    """Print a new enrolment, and whose name the guardian's number has if it is another than the given one."""
    pet, combined = enrolment.pet, enrolment.aggregate
    terminal.answer(
        {
            **pet_object(pet),
            "photos_used": len(combined.samples),
            "photos_left_out": len(combined.outliers),
            "photos_unusable": [asdict(photo) for photo in enrolment.unusable],
            "quality": combined.quality,
            "guardian_kept": pet.guardian is not None,
            "duplicates": [asdict(candidate) for candidate in enrolment.duplicates],
            "not_searched": enrolment.not_searched,
            "sync": left.as_object(),
        },
        [
            (terminal.say("등록했어요", "Enrolled"), pet.facts.name),
            ("Pet DID", pet.pet_did),
            (terminal.say("사용한 사진", "Photos used"), len(combined.samples)),
            (terminal.say("품질", "Quality"), f"{combined.quality:.0f} / 100"),
            (terminal.say("보호자", "Guardian"), _guardian_line(terminal, pet, given_name)),
            *((terminal.say("쓰지 않은 사진", "Photo not used"), photo) for photo in enrolment.unusable),
            *_not_searched(terminal, enrolment.not_searched),
            *left.rows(terminal),
        ],
    )


def _draw(here: Context, clinic: Clinic, result: VerificationResult, file: Path) -> EvidenceFile | NoseprintError:
    try:
        with needs_extra("server"):
            from command_line.evidence import write_evidence  # noqa: PLC0415

        return write_evidence(clinic, result, image_limits(here.settings), file)
    except NoseprintError as fault:
        return fault


def show_verification(
    terminal: Terminal,
    result: VerificationResult,
    left: Left,
    drawn: EvidenceFile | NoseprintError | None = None,
    signed: Path | NoseprintError | None = None,
) -> None:
    """Print the answer to a verification, and where evidence and signed result were written or why not."""
    scores, weighed = result.comparison, result.evidence
    terminal.answer(
        {
            "pet_did": result.pet_did,
            "verdict": result.verdict,
            "similarity": scores.similarity,
            "cosine_similarity": scores.cosine_similarity,
            "euclidean_distance": scores.euclidean_distance,
            "inliers": weighed.inliers if isinstance(weighed, Evidence) else None,
            "keypoints": asdict(weighed) if isinstance(weighed, Evidence) else {"unweighed": weighed},
            "quality": result.quality.score,
            "image_key": result.image_key,
            "evidence": _drawing(drawn),
            "attestation": result_object(signed),
            "sync": left.as_object(),
        },
        [
            (terminal.say("판정", "Verdict"), terminal.verdict(result.verdict)),
            (terminal.say("유사도", "Similarity"), f"{scores.similarity:.3f}"),
            (terminal.say("코사인", "Cosine"), f"{scores.cosine_similarity:.4f}"),
            (terminal.say("맞는 점", "Matching points"), _matching_points(terminal, weighed)),
            (terminal.say("사진 품질", "Photo quality"), f"{result.quality.score:.0f} / 100"),
            *([(terminal.say("그림", "Drawn"), _drawn_where(terminal, drawn))] if drawn else []),
            *([(terminal.say("서명한 결과", "Signed result"), or_fault(terminal, signed))] if signed else []),
            *left.rows(terminal),
        ],
    )


def _drawing(drawn: EvidenceFile | NoseprintError | None) -> dict[str, object] | None:
    if isinstance(drawn, NoseprintError):
        return {"error": {"code": drawn.code.value, "name": drawn.code.name}}
    return asdict(drawn) if drawn else None


def _drawn_where(terminal: Terminal, drawn: EvidenceFile | NoseprintError) -> str:
    return or_fault(terminal, drawn if isinstance(drawn, NoseprintError) else f"{drawn.file} ({drawn.inliers})")


def show_look_up(terminal: Terminal, found: LookUp, names: dict[str, str]) -> None:
    """Print who a dog is, or that it is unknown, and the candidates."""
    if not terminal.as_json:
        answer = names.get(found.pet_did or "") or terminal.say("등록되지 않은 강아지", "unknown")
        terminal.answer({}, [(terminal.say("조회", "Look-up"), answer), *_not_searched(terminal, found.not_searched)])
    terminal.table(
        {
            "found": found.pet_did is not None,
            "pet_did": found.pet_did,
            "quality": found.quality.score,
            "not_searched": found.not_searched,
            "candidates": [_candidate_object(item, names) for item in found.candidates],
        },
        [
            "Pet DID",
            terminal.say("이름", "Name"),
            terminal.say("유사도", "Similarity"),
            terminal.say("판정", "Verdict"),
        ],
        [
            (item.pet_did, names[item.pet_did], f"{item.similarity:.3f}", terminal.verdict(item.verdict))
            for item in found.candidates
        ],
    )


def pet_object(pet: Pet) -> dict[str, object]:
    """A pet as JSON shows it."""
    return {
        "pet_did": pet.pet_did,
        "pet_name": pet.facts.name,
        **{name: value for name, value in asdict(pet.facts).items() if name != "name"},
        "guardian_name": pet.guardian.name if pet.guardian else None,
        "guardian_phone": pet.guardian.phone if pet.guardian else None,
        "consents": [str(consent.kind) for consent in pet.consents],
        "photo_keys": list(pet.photo_keys),
        "model": pet.model_name,
        "operator": pet.operator,
        "created_at": pet.created_at.isoformat(),
        "damaged": pet.damaged.value if pet.damaged else None,
    }


def _name_of(terminal: Terminal, pet: Pet) -> str:
    """Its name, and that something of it cannot be read."""
    if not pet.damaged:
        return pet.facts.name
    return f"{pet.facts.name} ({terminal.say('손상된 기록', 'damaged record')}, {pet.damaged.value})"


def _matching_points(terminal: Terminal, weighed: Evidence | Unweighed) -> str:
    if isinstance(weighed, Evidence):
        number = weighed.photo
        return f"{weighed.inliers} ({terminal.say(f'등록 사진 {number}', f'enrolment photo {number}')})"
    return terminal.say(*_UNWEIGHED[weighed])


def _not_searched(terminal: Terminal, count: int) -> list[Row]:
    """What to say of pets that the present model has not seen."""
    if not count:
        return []
    words = terminal.say(
        f"{count}마리는 비교하지 못했어요. `noseprint reembed`를 먼저 실행해 주세요.",
        f"{count} pets could not be compared. Run `noseprint reembed` first.",
    )
    return [(terminal.say("주의", "Caution"), words)]


def _candidate_object(candidate: RankedCandidate, names: dict[str, str]) -> dict[str, object]:
    return {**asdict(candidate), "pet_name": names[candidate.pet_did]}


def _guardian_line(terminal: Terminal, pet: Pet, given_name: str) -> str:
    if pet.guardian and pet.guardian.name != given_name:
        known = terminal.say("이 번호로 이미 등록된 보호자", "this number is known as")
        return f"{pet.guardian.name} ({known})"
    if pet.guardian:
        return pet.guardian.name
    return terminal.say("남기지 않았어요 (--consent 없음)", "not kept (no --consent)")


def _guardian(name: str, phone: str) -> GuardianDetails | None:
    return GuardianDetails(name, phone) if name or phone else None


def _consents(here: Context, *, identification: bool, improvement: bool) -> tuple[Consent, ...]:
    given = {ConsentKind.IDENTIFICATION: identification, ConsentKind.IMPROVEMENT: improvement}
    version, now = here.settings.consent_text_version, datetime.now(UTC)
    return tuple(Consent(kind, version, now) for kind, agreed in given.items() if agreed)
