"""Which dog: its name is needed, everything else may be left out."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

from PySide6.QtWidgets import QGridLayout

from kiosk_app.design.measures import GAP, WIDE_GAP
from kiosk_app.screens.enrolment.guardian import NEXT
from kiosk_app.shell.screen import Screen
from kiosk_app.speech.breeds import BREED_WORDS
from kiosk_app.widgets.buttons import Button
from kiosk_app.widgets.fields import Choice, Field
from kiosk_app.widgets.frames import Scrolling
from kiosk_app.widgets.texts import Text
from noseprint.errors import ErrorCode, NoseprintError, Words
from noseprint.records.entities import PetFacts, Sex

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtWidgets import QWidget

    from kiosk_app.face import Face
    from kiosk_app.screens.enrolment.form import EnrolmentForm

_TITLE: Final = Words("어떤 강아지인가요?", "Which dog is it?")
_NAME_IS_ENOUGH: Final = Words(
    "이름만 있으면 돼요. 나머지는 나중에 적어도 좋아요.",
    "The name is enough; all else can wait.",
)
_NAME: Final = Words("이름", "Name")
_BREED: Final = Words("품종", "Breed")
_SEX: Final = Words("성별", "Sex")
_NEUTERED: Final = Words("중성화", "Neutered")
_AGE: Final = Words("나이 (살)", "Age (years)")
_WEIGHT: Final = Words("몸무게 (kg)", "Weight (kg)")
_COLOUR: Final = Words("털색", "Colour")
_MICROCHIP: Final = Words("마이크로칩 번호", "Microchip number")
_FEATURES: Final = Words("특징", "What one knows it by")
_UNKNOWN: Final = Words("모름", "Not known")
_MAYBE: Final = Words("선택 안 함", "Not given")
_YES: Final = Words("했어요", "Yes")
_NO: Final = Words("안 했어요", "No")
_MALE: Final = Words("수컷", "Male")
_FEMALE: Final = Words("암컷", "Female")
_NUMBER_WANTED: Final = Words("{fact}: 숫자로 적어 주세요", "{fact}: write a number")
_COLUMNS: Final = 2


class PetForm(Screen):
    """Ask for the facts about a dog.

    Args:
        face: theme and speaker.
        form: is filled.
        back: leave.
        told: what follows.
    """

    def __init__(self, face: Face, form: EnrolmentForm, back: Callable[[], object], told: Callable[[], object]) -> None:
        super().__init__(face, _TITLE)
        self._form, self._told = form, told
        breeds: list[tuple[str, Words | str]] = [("", _MAYBE), *BREED_WORDS.items()]
        if form.facts and form.facts.breed not in {"", *BREED_WORDS}:
            breeds.append((form.facts.breed, form.facts.breed))
        sexes = [(Sex.UNKNOWN.value, _UNKNOWN), (Sex.MALE.value, _MALE), (Sex.FEMALE.value, _FEMALE)]
        self.name = Field(face, _NAME, longest=100)
        self.breed = Choice(face, _BREED, breeds)
        self.sex = Choice(face, _SEX, sexes)
        self.neutered = Choice(face, _NEUTERED, [("", _UNKNOWN), ("yes", _YES), ("no", _NO)])
        self.age = Field(face, _AGE, longest=3, digits=True)
        self.weight = Field(face, _WEIGHT, longest=6)
        self.colour = Field(face, _COLOUR, longest=100)
        self.microchip = Field(face, _MICROCHIP, longest=20, digits=True)
        self.features = Field(face, _FEATURES, longest=1000)
        self._measures = face.theme
        self.body.put(Text(face, _NAME_IS_ENOUGH, "body", "quiet"))
        self._grid = QGridLayout()
        fields: tuple[QWidget, ...] = (
            self.name, self.breed, self.sex, self.neutered, self.age, self.weight, self.colour, self.microchip,
        )  # fmt: skip
        for place, field in enumerate(fields):
            self._grid.addWidget(field, place // _COLUMNS, place % _COLUMNS)
        self._grid.addWidget(self.features, len(fields) // _COLUMNS, 0, 1, _COLUMNS)
        self._grid.setRowStretch(len(fields) // _COLUMNS + 1, 1)
        self.body.addWidget(Scrolling(self._grid), 1)
        self.next_button = Button(face, NEXT, self._take, "main", "next")
        self.act_with(back, main=self.next_button)
        self.setFocusProxy(self.name)
        face.theme.changed.connect(self._measure)
        self._measure()
        self._fill(form.facts)

    def _fill(self, facts: PetFacts | None) -> None:
        if facts is None:
            return
        self.name.fill(facts.name)
        self.breed.choose(facts.breed)
        self.sex.choose(facts.sex.value)
        self.neutered.choose({None: "", True: "yes", False: "no"}[facts.neutered])
        self.age.fill("" if facts.age_years is None else str(facts.age_years))
        self.weight.fill("" if facts.weight_kg is None else f"{facts.weight_kg:g}")
        self.colour.fill(facts.colour)
        self.microchip.fill(facts.microchip or "")
        self.features.fill(facts.features)

    def _take(self) -> None:
        try:
            self._form.facts = self._facts()
        except NoseprintError as fault:
            self._complain(fault)
        else:
            self.explain(None)
            self._told()

    def _facts(self) -> PetFacts:
        return PetFacts(
            name=self.name.text,
            breed=self.breed.value,
            age_years=_whole(_AGE, self.age.text),
            sex=Sex(self.sex.value),
            neutered={"": None, "yes": True, "no": False}[self.neutered.value],
            colour=self.colour.text,
            weight_kg=_number(_WEIGHT, self.weight.text),
            features=self.features.text,
            microchip=self.microchip.text or None,
        )

    def _complain(self, fault: NoseprintError) -> None:
        if not self.name.text:
            self.name.complain(fault)
        elif fault.code is ErrorCode.INVALID_MICROCHIP:
            self.microchip.complain(fault)
        else:
            self.explain(fault)

    def _measure(self) -> None:
        self._grid.setHorizontalSpacing(self._measures.px(WIDE_GAP))
        self._grid.setVerticalSpacing(self._measures.px(GAP))
        self._grid.setContentsMargins(0, 0, self._measures.px(GAP), 0)


def _whole(fact: Words, text: str) -> int | None:
    number = _number(fact, text)
    if number is not None and not number.is_integer():
        raise _no_number(fact)
    return None if number is None else int(number)


def _number(fact: Words, text: str) -> float | None:
    """A number, or nothing for an empty text.

    Raises:
        NoseprintError: INVALID_PET_FACT.
    """
    if not text:
        return None
    try:
        number = float(text.replace(",", "."))
    except ValueError as fault:
        raise _no_number(fact) from fault
    if not math.isfinite(number):
        raise _no_number(fact)
    return number


def _no_number(fact: Words) -> NoseprintError:
    words = Words(_NUMBER_WANTED.ko.format(fact=fact.ko), _NUMBER_WANTED.en.format(fact=fact.en))
    return NoseprintError(ErrorCode.INVALID_PET_FACT, fact=words)
