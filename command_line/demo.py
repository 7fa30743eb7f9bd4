"""`noseprint demo`: the whole story on the shipped, generated noses, each step checked."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import typer

from command_line.context import context_of, needs_extra
from command_line.terminal import Terminal
from noseprint.bootstrap import (
    Holdings,
    assets_folder,
    clinic_over,
    gateway_over,
    load_embedder,
    model_file,
    open_holdings,
    open_store,
    open_worker,
)
from noseprint.clinic import Clinic, EnrolmentRequest, VerificationResult
from noseprint.errors import ErrorCode, NoseprintError
from noseprint.logs import configure_logging
from noseprint.records.entities import Consent, ConsentKind, GuardianDetails, PetFacts
from noseprint.settings import Settings
from noseprint.vault.key_ring import KeyRing

Fact = tuple[str, str, object]
"""A label in Korean, in English, and what it says."""

OPERATOR = "demo"
_FLOAT32_STEP = 1e-6


def register(app: typer.Typer) -> None:
    """Hang this command on the program."""
    app.command()(demo)


def demo(context: typer.Context) -> None:
    """Enrol a generated dog, verify it, refuse an impostor, look dogs up, answer over gRPC, and sync it all."""
    here = context_of(context)
    story = Story(here.terminal)
    configure_logging("WARNING", here.settings.log_format)
    with tempfile.TemporaryDirectory(prefix="noseprint-demo-", ignore_cleanup_errors=True) as folder:
        settings = apart_from_the_clinics_own(here.settings, Path(folder))
        embedder = load_embedder(settings)
        with open_holdings(settings) as holdings:
            clinic = clinic_over(settings, holdings, embedder)
            result = _at_the_clinic(story, clinic)
            _over_grpc(story, settings, clinic, result)
            _to_the_storage(story, settings, holdings)
    story.end()


def apart_from_the_clinics_own(settings: Settings, folder: Path) -> Settings:
    """Settings that reach neither the clinic's records, nor its keys, nor its bucket; its choice of model is kept."""
    return Settings(
        data_dir=folder,
        master_key=KeyRing.generate().written(),
        model_path=str(model_file(settings)),
        model_input_size=settings.model_input_size,
        model_input_channels=settings.model_input_channels,
        language=settings.language,
        clinic_name=settings.clinic_name or "서울동물병원",
        grpc_host="127.0.0.1",
        grpc_port=0,
    )


class Story:
    """Tells each step and remembers whether it showed what it should."""

    def __init__(self, terminal: Terminal) -> None:
        self._terminal = terminal
        self._steps: list[dict[str, object]] = []

    def step(self, ko: str, en: str, facts: Sequence[Fact], *, as_it_should: bool) -> None:
        """Tell one step."""
        self._steps.append({"step": en, "ok": as_it_should, **{en: value for _, en, value in facts}})
        if not self._terminal.as_json:
            number = len(self._steps)
            tick = "✔" if as_it_should else "✘"
            self._terminal.answer({}, [(f"{tick} {number}. {self._terminal.say(ko, en)}", "")])
            self._terminal.answer(
                {}, [(f"     {self._terminal.say(label_ko, label_en)}", value) for label_ko, label_en, value in facts]
            )

    def end(self) -> None:
        """Tell the outcome; leave with 1 unless every step showed what it should."""
        went_well = all(step["ok"] for step in self._steps)
        say = self._terminal.say
        moral = (
            say("모든 단계가 기대한 대로 끝났어요.", "Every step showed what it should.")
            if went_well
            else say("기대와 다른 단계가 있어요.", "A step did not show what it should.")
        )
        self._terminal.answer({"ok": went_well, "steps": self._steps}, [(moral, "")])
        if not went_well:
            raise typer.Exit(1)


def _nose(dog: int, photo: int) -> bytes:
    return (assets_folder() / "noses" / f"dog-{dog}" / f"{photo:02}.jpg").read_bytes()


def _at_the_clinic(story: Story, clinic: Clinic) -> VerificationResult:
    """The screens' story, without screens; gives the verification of the right dog."""
    pet_did = _enrol(story, clinic)
    verified = _verify(story, clinic, pet_did)
    _look_up(story, clinic, pet_did)
    return verified


def _over_grpc(story: Story, settings: Settings, clinic: Clinic, verified: VerificationResult) -> None:
    """The gateway's story: the same vector and the same answer over the network."""
    with needs_extra("server"):
        from command_line.gateway_visit import visit  # noqa: PLC0415

    photo = clinic.objects.load_photo(verified.image_key)
    gateway = gateway_over(settings, clinic.objects, clinic.embedder)
    answers = visit(settings, gateway, photo, verified.image_key, verified.pet_did)
    same_bits = np.array_equal(np.array(answers.vector, np.float32), clinic.embedder.embed(photo))
    facts = [
        ("상태", "health", answers.health),
        ("벡터", "vector", f"{len(answers.vector)} values, bit for bit: {'yes' if same_bits else 'no'}"),
        ("유사도", "similarity", f"{answers.similarity:.3f}"),
    ]
    close = abs(answers.similarity - verified.comparison.similarity) < _FLOAT32_STEP
    as_it_should = same_bits and close and answers.health == "SERVING"
    story.step("gRPC로도 같은 답을 했어요", "the gRPC server gives the same answers", facts, as_it_should=as_it_should)


def _to_the_storage(story: Story, settings: Settings, holdings: Holdings) -> None:
    """Until here nothing has left the machine: everything above was answered from what waits, encrypted."""
    store, waiting = open_store(settings), holdings.outbox.counts().waiting
    early = len(list(store.keys("")))
    with open_worker(settings, holdings) as worker:
        synced = worker.run_once().synced
    facts = [
        ("기다리던 자료", "waited", waiting),
        ("올린 자료", "synced", synced),
        ("저장소의 자료", "in the storage", len(list(store.keys("")))),
    ]
    story.step(
        "네트워크 없이 저장한 자료를 나중에 올렸어요",
        "what was saved without a network is synced later",
        facts,
        as_it_should=early == 0 < synced == waiting == holdings.outbox.counts().waiting + synced,
    )


def _enrol(story: Story, clinic: Clinic) -> str:
    request = EnrolmentRequest(
        photos=[_nose(1, photo) for photo in (1, 2, 3)],
        minimum_photos=2,
        facts=PetFacts("초코", breed="Poodle", age_years=3, weight_kg=4.2),
        guardian=GuardianDetails("홍길동", "010-1234-5678"),
        consents=(Consent(ConsentKind.IDENTIFICATION, "demo", datetime.now(UTC)),),
        operator=OPERATOR,
    )
    enrolment = clinic.enrol(request)
    facts = [
        ("Pet DID", "Pet DID", enrolment.pet.pet_did),
        ("사진", "photos", len(enrolment.aggregate.samples)),
        ("품질", "quality", f"{enrolment.aggregate.quality:.0f} / 100"),
    ]
    story.step("강아지를 등록했어요", "a dog is enrolled from three photos", facts, as_it_should=True)
    try:
        clinic.enrol(request)
    except NoseprintError as fault:
        refused = fault.code is ErrorCode.ALREADY_ENROLLED
        facts = [("답", "answer", fault.code.value)]
    else:
        refused, facts = False, [("답", "answer", "enrolled twice")]
    story.step("같은 강아지의 중복 등록을 막았어요", "its second enrolment is refused", facts, as_it_should=refused)
    return enrolment.pet.pet_did


def _verify(story: Story, clinic: Clinic, pet_did: str) -> VerificationResult:
    same = clinic.verify(pet_did, _nose(1, 4), OPERATOR)
    story.step(
        "새 사진으로 본인임을 확인했어요",
        "a new photo of it is verified",
        _scores(same),
        as_it_should=same.verdict == "same",
    )
    other = clinic.verify(pet_did, _nose(2, 1), OPERATOR)
    story.step(
        "다른 강아지를 가려냈어요",
        "another dog is not taken for it",
        _scores(other),
        as_it_should=other.verdict == "different",
    )
    return same


def _look_up(story: Story, clinic: Clinic, pet_did: str) -> None:
    found = clinic.look_up(_nose(1, 5))
    story.step(
        "길에서 찾은 강아지를 알아봤어요",
        "the dog is found again by its nose",
        [("이름", "pet", clinic.records.pet(found.pet_did).facts.name if found.pet_did else "unknown")],
        as_it_should=found.pet_did == pet_did,
    )
    stranger = clinic.look_up(_nose(3, 1))
    story.step(
        "등록되지 않은 강아지는 모른다고 했어요",
        "a stranger is unknown",
        [("이름", "pet", stranger.pet_did or "unknown")],
        as_it_should=stranger.pet_did is None,
    )


def _scores(result: VerificationResult) -> list[Fact]:
    return [
        ("판정", "verdict", result.verdict),
        ("유사도", "similarity", f"{result.comparison.similarity:.3f}"),
        ("코사인", "cosine", f"{result.comparison.cosine_similarity:.3f}"),
    ]
