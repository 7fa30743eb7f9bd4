"""From a verification to what a clinic states about it."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from noseprint.attestation.statement import (
    LIFETIME,
    NONCE_BYTES,
    Statement,
    guardian_mark,
    written_bytes,
    written_moment,
)
from noseprint.errors import ErrorCode, NoseprintError

if TYPE_CHECKING:
    from datetime import datetime

    from noseprint.answers import VerificationResult


def statement_of(
    result: VerificationResult, guardians: tuple[str | None, str | None], model_sha256: str, public_key: bytes
) -> Statement:
    """A verification as it is to be signed.

    Args:
        result: of the verification.
        guardians: the telephone numbers, in E.164, of who gives the pet away and of who takes it.
        model_sha256: of the model that compared.
        public_key: of the key that will sign.
    """
    nonce = written_bytes(secrets.token_bytes(NONCE_BYTES))
    giver, taker = (guardian_mark(phone, nonce) if phone else None for phone in guardians)
    return Statement(
        pet=result.pet_did,
        verdict=result.verdict,
        approved=result.approval.reason.value if result.approval else None,
        similarity=f"{result.comparison.similarity:.4f}",
        image=result.image_sha256,
        model=model_sha256,
        guardian_from=giver,
        guardian_to=taker,
        time=written_moment(result.created_at),
        expires=written_moment(result.created_at + LIFETIME),
        nonce=nonce,
        key=written_bytes(public_key),
    )


def require_still_valid(statement: Statement, now: datetime) -> None:
    """Let nobody sign what counts no longer.

    Raises:
        NoseprintError: RESULT_NOT_VALID_NOW.
    """
    if now >= statement.valid[1]:
        raise NoseprintError(ErrorCode.RESULT_NOT_VALID_NOW, since=statement.time, until=statement.expires)
