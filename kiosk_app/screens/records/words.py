"""Facts about a pet, its guardian and its history, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from kiosk_app.speech.breeds import breed_words
from noseprint.errors import Words
from noseprint.records.audit_events import NOBODY, AuditEvent, event_of
from noseprint.records.entities import UNREADABLE, Sex

if TYPE_CHECKING:
    from collections.abc import Mapping

    from noseprint.records.entities import Pet, PetFacts
    from noseprint.records.history import Happening

Fact = tuple[Words, Words | str]

_BREED: Final = Words("품종", "Breed")
_SEX: Final = Words("성별", "Sex")
_NEUTERED: Final = Words("중성화", "Neutered")
_AGE: Final = Words("나이", "Age")
_WEIGHT: Final = Words("몸무게", "Weight")
_COLOUR: Final = Words("털색", "Colour")
_FEATURES: Final = Words("특징", "Features")
_MICROCHIP: Final = Words("마이크로칩", "Microchip")
_DID: Final = Words("Pet DID", "Pet DID")
_ENROLLED: Final = Words("등록한 날", "Enrolled")
_GUARDIAN: Final = Words("보호자", "Guardian")
_PHONE: Final = Words("전화번호", "Telephone")
_NOBODY: Final = Words("보관하지 않았어요", "Not kept")
_UNREADABLE: Final = Words("손상되어 읽을 수 없어요", "Damaged, cannot be read")
_NAMELESS: Final = Words("읽을 수 없는 기록", "A record that cannot be read")
_SIGN_IN: Final = Words("로그인하면 보여요", "Sign in to see it")
_SEXES: Final = {Sex.MALE: Words("수컷", "Male"), Sex.FEMALE: Words("암컷", "Female"), Sex.UNKNOWN: Words("", "")}
_DONE: Final = Words("했어요", "Yes")
_NOT_DONE: Final = Words("안 했어요", "No")
_YEARS: Final = Words("{age}살", "{age} years")
_VERDICTS: Final = {
    "same": Words("같은 강아지", "the same dog"),
    "review": Words("재확인 필요", "more verification needed"),
    "different": Words("다른 강아지", "a different dog"),
}


def name_of(pet: Pet) -> Words | str:
    """Its name, or that it cannot be read."""
    return _NAMELESS if pet.facts.name == UNREADABLE else pet.facts.name


def facts_of(pet: Pet) -> list[Fact]:
    """What is known about a pet; what nobody told, and what is damaged, is left out."""
    facts = pet.facts
    told: list[Fact] = [
        (_BREED, breed_words(facts.breed)),
        (_SEX, _SEXES[facts.sex] if facts.sex is not Sex.UNKNOWN else ""),
        (_NEUTERED, _neutered(facts)),
        (_AGE, "" if facts.age_years is None else _with(_YEARS, age=facts.age_years)),
        (_WEIGHT, "" if facts.weight_kg is None else f"{facts.weight_kg:g} kg"),
        (_COLOUR, facts.colour),
        (_FEATURES, facts.features),
        (_MICROCHIP, facts.microchip or ""),
        (_ENROLLED, f"{pet.created_at.astimezone():%Y-%m-%d}"),
        (_DID, pet.pet_did),
    ]
    return [(name, value) for name, value in told if value]


def guardian_of(pet: Pet, *, signed_in: bool) -> list[Fact]:
    """Who answers for it; the number only for those who are signed in."""
    if pet.guardian is None:
        return [(_GUARDIAN, _NOBODY)]
    if pet.guardian.name == UNREADABLE:
        return [(_GUARDIAN, _UNREADABLE)]
    return [(_GUARDIAN, pet.guardian.name), (_PHONE, pet.guardian.phone if signed_in else _SIGN_IN)]


def what_happened(happening: Happening) -> Words:
    """What happened, with the verdict where it was a verification."""
    event = event_of(happening.event_id)
    if event is None:  # only a newer program knows it
        return Words(happening.event_id, happening.event_id)
    verdict = _VERDICTS.get(happening.verification.verdict) if happening.verification else None
    if event is AuditEvent.PET_VERIFIED and verdict and happening.verification:
        similarity = f"{happening.verification.similarity:.2f}"
        return _with(
            Words("{title} · {ko} (유사도 {similarity})", "{title_en}: {en} (similarity {similarity})"),
            title=event.title.ko,
            title_en=_capital(event.title.en),
            ko=verdict.ko,
            en=verdict.en,
            similarity=similarity,
        )
    return Words(event.title.ko, _capital(event.title.en))


def when_and_who(happening: Happening, staff: Mapping[str, str]) -> str:
    """The moment here, and the name of who did it where that is known."""
    who = "" if happening.by == NOBODY else staff.get(happening.by, happening.by)
    return " · ".join(filter(None, (f"{happening.at.astimezone():%Y-%m-%d %H:%M}", who)))


def _neutered(facts: PetFacts) -> Words | str:
    return "" if facts.neutered is None else (_DONE if facts.neutered else _NOT_DONE)


def _with(words: Words, **facts: object) -> Words:
    return Words(words.ko.format(**facts), words.en.format(**facts))


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
