"""The platform's breeds as people call them."""

from __future__ import annotations

from typing import Final

from noseprint.errors import Words
from noseprint.records.entities import BREEDS

_KOREAN: Final = (
    *("말티즈", "푸들", "포메라니안", "치와와", "시츄", "요크셔테리어", "퍼그"),
    *("미니어처 슈나우저", "카발리에 킹 찰스 스패니얼", "비숑 프리제", "프렌치 불도그"),
    *("닥스훈트", "비글", "코기", "골든 리트리버", "래브라도 리트리버", "저먼 셰퍼드"),
    *("시베리안 허스키", "시바견", "믹스견"),
)
BREED_WORDS: Final = {en: Words(ko, en) for en, ko in zip(BREEDS, _KOREAN, strict=True)}
"""The platform's spelling of each, and what it is called."""


def breed_words(breed: str) -> Words | str:
    """What a breed is called; one that only this clinic knows is as it was written."""
    return BREED_WORDS.get(breed, breed)
