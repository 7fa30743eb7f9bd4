"""The key that signs this clinic's results: made once, kept sealed in the records, so that all its kiosks share it."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from noseprint.attestation.signing import SigningKey, new_seed
from noseprint.plain import in_utc
from noseprint.records.audit_events import NOBODY, AuditEvent, act
from noseprint.records.database import database_errors, writing
from noseprint.records.pet_rows import insert
from noseprint.records.tables import SigningKeyRow

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Engine

    from noseprint.records.audit import AuditTrail
    from noseprint.vault.vault import Vault

_ONLY: Final = 1
_CONTEXT: Final = "signing-key"


class SigningKeys:
    """Any number of threads and programs may ask at the same time.

    Args:
        engine: the database of the records.
        vault: what seals; the same one as ever.
        trail: where it is written down that a key was made.
    """

    def __init__(self, engine: Engine, vault: Vault, trail: AuditTrail) -> None:
        self._engine = engine
        self._writer = writing(engine)
        self._vault = vault
        self._trail = trail

    def key(self, now: datetime, *, by: str = NOBODY) -> SigningKey:
        """The key; it is made when it is asked for the first time.

        Args:
            now: the present moment, with a time zone.
            by: the staff id of who asks, or NOBODY.

        Raises:
            NoseprintError: MASTER_KEY_MISSING, SEALED_DAMAGED; RECORDS_UNAVAILABLE, RECORDS_DAMAGED as the records do.
        """
        with database_errors(), Session(self._engine) as session:
            sealed = _sealed(session)
        return self._opened(sealed) if sealed else self._made(in_utc(now), by)

    def _made(self, now: datetime, by: str) -> SigningKey:
        seed = self._vault.seal(new_seed(), _CONTEXT)
        with database_errors(), Session(self._writer) as session, session.begin():
            new = insert(session, SigningKeyRow).values(id=_ONLY, sealed_key=seed, created_at=now)
            session.execute(new.on_conflict_do_nothing(index_elements=["id"]))
            kept = _sealed(session) or seed
            key = self._opened(kept)
            if kept == seed:  # else another program was faster
                subject = hashlib.sha256(key.public_key).hexdigest()
                self._trail.append(session, act(AuditEvent.SIGNING_KEY_MADE, by, subject), now)
        return key

    def _opened(self, sealed: bytes) -> SigningKey:
        return SigningKey(self._vault.unseal(sealed, _CONTEXT))


def _sealed(session: Session) -> bytes | None:
    return session.scalar(select(SigningKeyRow.sealed_key).where(SigningKeyRow.id == _ONLY))
