"""Changing the master key: everything that is sealed on this machine goes under a new one.

Former keys stay in the ring until nobody needs them, and the oldest one for ever (see ``KeyRing``): whatever a run
that was broken off has left under a former key still opens, and the next run goes on where that one ended.
"""

from __future__ import annotations

import logging
from contextlib import closing
from datetime import UTC, datetime
from typing import TYPE_CHECKING, NamedTuple

from noseprint.logs import facts
from noseprint.vault.vault import Vault

if TYPE_CHECKING:
    from collections.abc import Callable

    from noseprint.records.drafts import Drafts
    from noseprint.records.records import Records
    from noseprint.sync.spool import Spool
    from noseprint.vault.master_keys import MasterKeys

_log = logging.getLogger(__name__)


class Rotated(NamedTuple):
    """What a rotation did: the id of the key that seals now, and how many values and files it was put on."""

    key_id: str
    values: int
    files: int


def rotate(
    keys: MasterKeys,
    vault: Vault,
    open_records: Callable[[Vault], Records],
    open_spool: Callable[[Vault], Spool],
    open_drafts: Callable[[Vault], Drafts],
) -> Rotated:
    """Make a new master key, unless an earlier rotation is still to be finished, and put everything under it.

    Args:
        keys: where keys are kept.
        vault: of the present keys.
        open_records: the records with a vault; they are closed again.
        open_spool: the spool with a vault.
        open_drafts: the enrolments under way with a vault.

    Raises:
        NoseprintError: the codes of ``MasterKeys.rotate``, ``Records.rewrap``, ``Spool.rewrap`` and ``Drafts.rewrap``.
    """
    with closing(open_records(vault)) as records:
        unfinished = records.sealing_key_ids() - {vault.keys.current.key_id}
    if not unfinished:
        vault = Vault(keys.rotate())
    with closing(open_records(vault)) as records:
        files = _rewrap_files(open_spool(vault)) + open_drafts(vault).rewrap()
        values = records.rewrap(datetime.now(UTC), files)
    key_id = vault.keys.current.key_id
    _log.info("everything is under the current key", extra=facts(key_id=key_id, values=values, files=files))
    return Rotated(key_id, values, files)


def _rewrap_files(spool: Spool) -> int:
    with spool.changing():
        names = spool.names()
        for name in names:
            spool.rewrap(name)
    return len(names)
