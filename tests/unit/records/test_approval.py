from __future__ import annotations

import pytest

from noseprint.errors import ErrorCode, NoseprintError
from noseprint.records.approval import Approval, ApprovalReason
from noseprint.records.audit_events import NOBODY

APPROVAL = Approval("S2", ApprovalReason.REVIEW_BAND)


@pytest.mark.parametrize("by", ["", "-", "s2", "S0", "김하늘", "S2 "])
def test_only_who_has_a_staff_id_approves(by: str) -> None:
    with pytest.raises(ValueError, match="no staff id"):
        Approval(by, ApprovalReason.TOO_FEW_GOOD_FRAMES)


def test_nobody_approves_of_their_own_work() -> None:
    with pytest.raises(NoseprintError) as raised:
        APPROVAL.require_second("S2")
    assert raised.value.code is ErrorCode.SECOND_PERSON_NEEDED


@pytest.mark.parametrize("operator", ["S1", NOBODY])
def test_anybody_else_does(operator: str) -> None:
    APPROVAL.require_second(operator)
