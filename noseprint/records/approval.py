"""A second person's word: what someone else than the operator has looked at and let pass."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from noseprint.errors import ErrorCode, NoseprintError
from noseprint.records.staff import is_staff_id


class ApprovalReason(StrEnum):
    """Why a second person was asked; a closed list, for the audit trail."""

    TOO_FEW_GOOD_FRAMES = "too_few_good_frames"
    """The camera gave fewer good frames than are wanted, try after try."""
    REVIEW_BAND = "review_band"
    """The similarity leaves it open, and a person has compared the photos."""


@dataclass(frozen=True, slots=True)
class Approval:
    """Who let something pass, and why.

    Args:
        by: the staff id of the second person, who has just shown the PIN to it.
        reason: why they were asked.

    Raises:
        ValueError: when ``by`` is no staff id.
    """

    by: str
    reason: ApprovalReason

    def __post_init__(self) -> None:
        if not is_staff_id(self.by):
            raise ValueError("an approval by no staff id")

    def require_second(self, operator: str) -> None:
        """Let nobody approve of their own work.

        Args:
            operator: the staff id of who is signed in.

        Raises:
            NoseprintError: SECOND_PERSON_NEEDED.
        """
        if self.by == operator:
            raise NoseprintError(ErrorCode.SECOND_PERSON_NEEDED)
