"""What a verdict means and what follows from it, only as far as docs/biometric-report.md supports it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from noseprint.errors import Words
from noseprint.matching.fusion import Unweighed
from noseprint.matching.similarity import Thresholds

if TYPE_CHECKING:
    from noseprint.clinic import VerificationResult
    from noseprint.matching.similarity import Verdict

REPORTED_MODEL: Final = "noseprint-base"
"""Whose figures the sentences below are."""

TO_DO: Final[dict[Verdict, Words]] = {
    "same": Words(
        "사진도 코로 통할 수 있으니, 앞에 있는 강아지를 직접 보고 진행해 주세요.",
        "A good photo can pass for a nose: look at the dog before you, then go on.",
    ),
    "review": Words(
        "다시 찍거나, 다른 직원과 두 사진을 비교하고 승인을 받아 주세요.",
        "Take another photo, or compare both with a colleague and ask for approval.",
    ),
    "different": Words(
        "소유권 이전을 멈춰 주세요. 강아지를 잘못 찾았다면 뒤로 가서 다시 찾고, 코가 흐리게 찍혔다면 다시 찍어 주세요.",
        "Stop the transfer. If the wrong pet was chosen, go back; if the photo is poor, take another one.",
    ),
}
APPROVED: Final = Words(
    "다른 직원이 두 사진을 비교하고 승인했어요. 결과에 승인 사실이 함께 적혀요.",
    "A colleague compared both photos and approved. The signed result says so.",
)
REPORT: Final[dict[Verdict, Words]] = {
    "same": Words(
        "시험에서 서로 다른 강아지의 사진 1,721쌍 중 1쌍이 이렇게 나왔어요.",
        "In our tests, 1 of 1,721 pairs of photos of different dogs was called the same.",
    ),
    "review": Words(
        "시험에서 서로 다른 강아지의 사진 1,721쌍 중 75쌍이 이렇게 나왔어요.",
        "In our tests, 75 of 1,721 pairs of photos of different dogs came out like this.",
    ),
    "different": Words(
        "시험에서 같은 강아지의 사진 107쌍은 모두 같다고 나왔어요. 코를 다친 강아지는 시험하지 못했어요.",
        "In our tests, all 107 pairs of photos of one dog were called the same. Injured noses were not tested.",
    ),
}
_POINTS: Final = Words(
    "왼쪽은 등록된 코, 오른쪽은 지금 찍은 코예요. 서로 맞는 점 {points}개를 이었어요.",
    "The enrolled nose is on the left, the one just taken on the right; matching points: {points}.",
)
_NO_POINTS: Final = Words(
    "왼쪽은 등록된 코, 오른쪽은 지금 찍은 코예요. 서로 맞는 점은 찾지 못했어요.",
    "The enrolled nose is on the left, the one just taken on the right; no points were found to match.",
)
_UNWEIGHED: Final = {
    Unweighed.NOT_CALIBRATED: Words(
        "이 모델은 점을 함께 따지지 않아서, 비문 값만 비교했어요.",
        "This model does not weigh matching points; the nose prints alone were compared.",
    ),
    Unweighed.NOT_INSTALLED: Words(
        "점을 찾는 부분이 설치되지 않아서, 비문 값만 비교했어요.",
        "What finds matching points is not installed; the nose prints alone were compared.",
    ),
    Unweighed.NO_PHOTO: Words(
        "등록된 사진이 없어서, 비문 값만 비교했어요.",
        "No enrolment photo is stored; the nose prints alone were compared.",
    ),
    Unweighed.STORE_UNREACHABLE: Words(
        "저장소의 사진을 볼 수 없어서, 비문 값만 비교했어요.",
        "The storage's photos cannot be seen; the nose prints alone were compared.",
    ),
}


def reported(verdict: Verdict, model: str, thresholds: Thresholds) -> Words | None:
    """What the report says of such a verdict; None where it is not about this model at these thresholds."""
    measured = model == REPORTED_MODEL and thresholds == Thresholds()
    return REPORT[verdict] if measured else None


def points_of(result: VerificationResult, inliers: int) -> Words:
    """What the evidence picture shows, or why the verdict rests on the nose prints alone."""
    if isinstance(result.evidence, Unweighed):
        return _UNWEIGHED[result.evidence]
    return Words(*(text.format(points=inliers) for text in _POINTS)) if inliers else _NO_POINTS
