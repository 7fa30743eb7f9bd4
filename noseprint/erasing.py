"""Erasing a pet's guardian, facts and photos everywhere: here, in what waits, and in the object store."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from noseprint.errors import NoseprintError
from noseprint.records.audit_events import NOBODY, AuditEvent, act
from noseprint.sync.pet_objects import photo_key, require_pet_did

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from noseprint.records.records import Records
    from noseprint.records.staff import SignedIn
    from noseprint.sync.dispatch import Dispatch
    from noseprint.sync.object_store import ObjectStore


@dataclass(frozen=True, slots=True)
class Erased:
    """What became of a request.

    Attributes:
        pet_did: whose.
        photos: enrolment photos that the records knew.
        cancelled: uploads of pictures that will not take place.
        deleted: pictures that were deleted in the object store.
        left: pictures that are known to be in the store still.
        fault: why the store could not be cleared; what it holds of the pet stays there until ``erase`` is called again.
    """

    pet_did: str
    photos: int
    cancelled: int
    deleted: int
    left: tuple[str, ...]
    fault: NoseprintError | None = None


class Eraser:
    """Takes back what a guardian no longer wants to be kept.

    What is kept here goes for certain when ``erase`` returns. Nothing waits for a store that cannot be reached: the
    answer says so, and a person asks again when it can. A worker on another machine notices within a minute; what it
    uploads until then may still arrive, and asking once more finds it.

    Args:
        records: of the pets.
        dispatch: removes contents that nobody mentions any more.
        store: the object store itself, not what waits for it.
        clock: the moment, with a time zone.
    """

    def __init__(self, records: Records, dispatch: Dispatch, store: ObjectStore, clock: Callable[[], datetime]) -> None:
        self._records = records
        self._dispatch = dispatch
        self._store = store
        self._clock = clock

    def erase(self, pet_did: str, *, by: SignedIn | None = None) -> Erased:
        """Erase guardian, consents, facts, microchip and every picture; Pet DID, nose print and audit trail stay.

        Backups, exports and spreadsheets that were written before still hold what they hold.

        Args:
            pet_did: whose.
            by: the admin who does it; None on the command line.

        Raises:
            NoseprintError: NOT_ALLOWED, PET_NOT_FOUND, INVALID_REQUEST; the codes of the records and the spool.
        """
        require_pet_did(pet_did)
        here = self._records.corrections.erase(pet_did, self._clock(), by=by)
        self._dispatch.sweep()
        deleted, left, fault = self._clear_store(pet_did)
        if deleted or left:
            staff_id = by.staff_id if by else NOBODY
            done = act(AuditEvent.STORED_PHOTOS_DELETED, staff_id, pet_did, photos=deleted, left=len(left))
            self._records.note(done, self._clock())
        return Erased(pet_did, here.photos, here.entries, deleted, left, fault)

    def _clear_store(self, pet_did: str) -> tuple[int, tuple[str, ...], NoseprintError | None]:
        """How many pictures were deleted, which are left, and why."""
        keys: list[str] = []
        deleted = 0
        try:
            self._store.check()
            keys = self._pictures(pet_did)
            for key in keys:
                self._store.delete(key)
                deleted += 1
        except NoseprintError as fault:
            return deleted, tuple(keys[deleted:]), fault
        return deleted, (), None

    def _pictures(self, pet_did: str) -> list[str]:
        folder = photo_key(pet_did, 1).rpartition("/")[0]
        return [key for key in self._store.keys(f"{folder}/") if key.endswith(".jpg")]
