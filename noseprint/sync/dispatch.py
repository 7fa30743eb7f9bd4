"""The way of objects into the outbox: their contents into the spool first, and then what mentions them, or nothing."""

from __future__ import annotations

import hashlib
import logging
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Final

from noseprint.errors import ErrorCode, NoseprintError
from noseprint.sync.outbox import NewEntry, Outgoing

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from noseprint.sync.outbox import Outbox
    from noseprint.sync.pet_objects import PetObject
    from noseprint.sync.spool import Spool

# After these nobody can tell whether the transaction was kept: what it may mention stays where it is.
_UNCERTAIN: Final = frozenset({ErrorCode.RECORDS_UNAVAILABLE, ErrorCode.RECORDS_DAMAGED})
# The mark of a spool that holds contents of more than one owner, or of nobody knows whom.
_SEVERAL: Final = "several"

_log = logging.getLogger(__name__)


class Dispatch:
    """Hands objects over to the outbox of one machine.

    Any thread may use it.

    Args:
        spool: keeps the contents.
        outbox: mentions them.
    """

    def __init__(self, spool: Spool, outbox: Outbox) -> None:
        self._spool = spool
        self._outbox = outbox

    @contextmanager
    def prepared(self, objects: Sequence[PetObject]) -> Iterator[Outgoing]:
        """Keep contents, durably, while the block commits what mentions them.

        If that fails for certain, the contents are dropped again; what a killed process leaves, the next start sweeps.

        Args:
            objects: in the order of their uploads.

        Raises:
            NoseprintError: DISK_FULL or FOLDER_NOT_USABLE before the block is entered, ALREADY_RUNNING when others
                do not let go of the spool for long.
        """
        with self._spool.changing():
            if not self._owns_all():
                self._spool.belong_to(_SEVERAL)
            put: list[str] = []
            try:
                yield Outgoing(self._outbox.holder, tuple(self._entry(thing, put) for thing in objects))
            except NoseprintError as error:
                if error.code not in _UNCERTAIN:
                    self._take_back(put)
                raise

    def sweep(self) -> int:
        """Remove what killed processes have left in the spool; to be called at a start.

        Where contents may be of other records than these, maybe put in their place by mistake, all contents stay, and
        a warning is logged.

        Returns:
            How many files were removed.

        Raises:
            NoseprintError: the codes of the spool and the outbox.
        """
        with self._spool.changing():
            kept = self._outbox.mentioned()
            if not self._owns_all():
                _log.warning("the spool holds contents of other records than these: none is swept")
                kept.update(self._spool.names())
            return self._spool.sweep(kept)

    def _owns_all(self) -> bool:
        """Whether every content in the spool is of these records; the spool is marked then.

        One without a mark is of an earlier version of the program: these records' if they mention any of it.
        """
        marked, owner = self._spool.owner(), self._outbox.owner()
        if marked == owner:
            return True
        names = set(self._spool.names())
        mentioned = self._outbox.mentioned() if names else names
        if not names <= mentioned and (marked or not names & mentioned):
            return False
        self._spool.belong_to(owner)
        return True

    def _entry(self, thing: PetObject, put: list[str]) -> NewEntry:
        name = self._spool.put(thing.content)
        put.append(name)
        return NewEntry(
            pet_did=thing.pet_did,
            kind=thing.kind,
            key=thing.key,
            content_type=thing.content_type,
            spool_name=name,
            sha256=hashlib.sha256(thing.content).hexdigest(),
            size=len(thing.content),
            replaces=thing.replaces,
        )

    def _take_back(self, names: Sequence[str]) -> None:
        """Drop contents that nothing else mentions; where that fails too, they wait for the next sweep."""
        with suppress(NoseprintError):
            for name in set(names) - self._outbox.mentioned():
                self._spool.drop(name)
