"""What pets can be found by, unsealed in memory, since no database can search what it cannot read."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from sqlalchemy import Row, Select, func, select

from noseprint.records.checks import without_separators
from noseprint.records.sealing import unless_damaged
from noseprint.records.tables import GuardianRow, PetRow

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from sqlalchemy.orm import Session

    from noseprint.records.entities import GuardianDetails
    from noseprint.records.sealing import Sealing

    _PetRow = Row[int, int, str, bytes, datetime, str | None, bytes | None]

_BATCH: Final = 1000


@dataclass(frozen=True, slots=True, repr=False)
class _Listed:
    """One pet: ``words`` are casefolded, numbers are digits without anything between them."""

    revision: int
    created_at: datetime
    words: tuple[str, ...]
    microchip: str = field(default="")
    phone: str = field(default="")
    is_damaged: bool = False


class Directory:
    """The pets of one database by their Pet DID, microchip, name, guardian's name and telephone number.

    Every search looks first whether pets came in or were changed, here or by another program, and unseals those
    alone. That takes three numbers: how many pets there are, the newest one's, and the sum of their revisions, which
    only grows. Any thread may use it.

    Args:
        sealing: unseals.
    """

    def __init__(self, sealing: Sealing) -> None:
        self._sealing = sealing
        self._listed: dict[int, _Listed] = {}
        self._changing = threading.Lock()

    def find(self, session: Session, text: str, limit: int) -> list[int]:
        """The ids of the pets in which the text occurs, those enrolled last first.

        Args:
            session: one that reads.
            text: tidied, not empty.
            limit: how many at most.

        Raises:
            NoseprintError: MASTER_KEY_MISSING. What is damaged of a pet finds it no more; its Pet DID always does.
        """
        with self._changing:
            self._bring_up_to_date(session)
            matches = _mentions(text)
            found = [(listed.created_at, number) for number, listed in self._listed.items() if matches(listed)]
        return [number for _, number in sorted(found, reverse=True)[:limit]]

    def damaged_count(self, session: Session) -> int:
        """Of how many pets facts or guardian could not be unsealed.

        Raises:
            NoseprintError: MASTER_KEY_MISSING.
        """
        with self._changing:
            self._bring_up_to_date(session)
            return sum(listed.is_damaged for listed in self._listed.values())

    def _bring_up_to_date(self, session: Session) -> None:
        counted = select(func.count(), func.max(PetRow.id), func.coalesce(func.sum(PetRow.revision), 0))
        count, newest, changes = session.execute(counted.select_from(PetRow)).one()
        known = sum(listed.revision for listed in self._listed.values())
        if (count, newest, changes) == (len(self._listed), max(self._listed, default=None), known):
            return
        present = dict(session.execute(select(PetRow.id, PetRow.revision)).all())
        for number, listed in list(self._listed.items()):
            if present.get(number) != listed.revision:
                del self._listed[number]
        missing = present.keys() - self._listed.keys()
        # Pets come in one after the other: from the first that is missing on, few are here already.
        later = _columns().where(PetRow.id >= min(missing, default=newest or 0))
        with session.execute(later.execution_options(yield_per=_BATCH)) as rows:
            for row in rows:
                if row.id in missing:
                    self._listed[row.id] = self._list(row)

    def _list(self, row: _PetRow) -> _Listed:
        names = unless_damaged(lambda: self._sealing.open_pet_names(row.pet_did, row.sealed))
        guardian = self._guardian(row)
        name, microchip = names or ("", None)
        person, phone = (guardian.name, guardian.phone) if guardian else ("", "")
        words = tuple(word.casefold() for word in (row.pet_did, name, person, phone, microchip) if word)
        is_damaged = names is None or (guardian is None and row.sealed_guardian is not None)
        return _Listed(row.revision, row.created_at, words, microchip or "", phone, is_damaged)

    def _guardian(self, row: _PetRow) -> GuardianDetails | None:
        fingerprint, sealed = row.phone_fingerprint, row.sealed_guardian
        if fingerprint is None or sealed is None:
            return None
        return unless_damaged(lambda: self._sealing.open_guardian(fingerprint, sealed))


def _columns() -> Select[int, int, str, bytes, datetime, str | None, bytes | None]:
    guardian = (GuardianRow.phone_fingerprint, GuardianRow.sealed.label("sealed_guardian"))
    pet = (PetRow.id, PetRow.revision, PetRow.pet_did, PetRow.sealed, PetRow.created_at)
    return select(*pet, *guardian).outerjoin(PetRow.guardian)


def _mentions(text: str) -> Callable[[_Listed], bool]:
    word, digits = text.casefold(), without_separators(text)
    if not digits.isdecimal():
        return lambda listed: any(word in one for one in listed.words)
    national = digits.removeprefix("0")  # E.164 has no trunk prefix
    return lambda listed: (
        any(word in one for one in listed.words)
        or digits in listed.microchip
        or bool(national and national in listed.phone)
    )
