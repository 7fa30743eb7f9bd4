"""The worker that uploads what waits on this machine."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from noseprint.bootstrap.folders import SYNC_LOCK
from noseprint.bootstrap.stores import open_store, store_identity

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from noseprint.bootstrap.stores import Holdings
    from noseprint.records.outbox_decisions import Decisions
    from noseprint.records.outbox_store import Destination
    from noseprint.settings import Settings
    from noseprint.sync.drain import Progress
    from noseprint.sync.outbox import Moved
    from noseprint.sync.worker import Pace, SyncWorker

UPLOAD_DEADLINE_S = 300.0
"""As long may one upload take when nobody waits for it: a photo of 10 MiB on a line of 40 kB/s."""


@contextmanager
def open_worker(
    settings: Settings,
    holdings: Holdings,
    on_progress: Callable[[Progress], None] = lambda _: None,
    *,
    deadline_s: float = UPLOAD_DEADLINE_S,
) -> Iterator[SyncWorker]:
    """The one worker of this data folder, for the length of the block.

    What a process that was killed had claimed is due again, and what it left in the spool is swept. From now on
    "synced" speaks of the store that is set; where something was synced to another one, no worker is opened.

    Args:
        settings: all of them.
        holdings: what it empties.
        on_progress: see :class:`SyncWorker`.
        deadline_s: seconds that one upload may take.

    Raises:
        NoseprintError: ALREADY_RUNNING when another process has a worker; STORE_CHANGED; FOLDER_NOT_USABLE; the codes
            of the records.
    """
    from noseprint.disk import locked  # noqa: PLC0415
    from noseprint.sync.dispatch import Dispatch  # noqa: PLC0415
    from noseprint.sync.local_store import LocalStore  # noqa: PLC0415
    from noseprint.sync.worker import SyncWorker  # noqa: PLC0415

    with locked(settings.data_dir / SYNC_LOCK, wait_s=0.0):
        store = open_store(settings, deadline_s)
        _destination(holdings).require(store_identity(settings))
        holdings.outbox.forget_claims()
        dispatch = Dispatch(holdings.spool, holdings.outbox)
        dispatch.sweep()
        if isinstance(store, LocalStore):
            store.sweep()
        yield SyncWorker(
            holdings.outbox,
            holdings.spool,
            store,
            pace=_pace(settings),
            on_progress=on_progress,
            sweep=dispatch.sweep,
        )


def change_store(settings: Settings, holdings: Holdings) -> Moved:
    """Let what is saved go to the store that is set now, and what was synced to another one and is still here too.

    Raises:
        NoseprintError: STORAGE_CONNECTION_ERROR when it cannot be used now, SETTINGS_INVALID when it is none;
            ALREADY_RUNNING when another process has a worker; FOLDER_NOT_USABLE; the codes of the records. Nothing is
            changed then.
    """
    from datetime import UTC, datetime  # noqa: PLC0415

    from noseprint.disk import locked  # noqa: PLC0415

    open_store(settings).check()  # a mistyped one is not to become this machine's
    with locked(settings.data_dir / SYNC_LOCK, wait_s=0.0):
        return _destination(holdings).change(store_identity(settings), datetime.now(UTC))


def check_store(settings: Settings, holdings: Holdings) -> None:
    """Return if a worker may send to the store that is set; nothing is changed.

    Raises:
        NoseprintError: STORE_CHANGED; the codes of the records.
    """
    _destination(holdings).check(store_identity(settings))


def open_decisions(holdings: Holdings) -> Decisions:
    """What a person may decide about what waits."""
    from noseprint.records.outbox_decisions import Decisions  # noqa: PLC0415

    return Decisions(holdings.records.engine, holdings.records.trail, holdings.outbox.holder)


def _destination(holdings: Holdings) -> Destination:
    from noseprint.records.outbox_store import Destination  # noqa: PLC0415

    return Destination(holdings.records.engine, holdings.records.trail, holdings.outbox.holder)


def _pace(settings: Settings) -> Pace:
    from datetime import timedelta  # noqa: PLC0415

    from noseprint.sync.backoff import Backoff  # noqa: PLC0415
    from noseprint.sync.worker import Pace  # noqa: PLC0415

    return Pace(
        parallel=settings.sync_parallel,
        bytes_per_s=settings.sync_bytes_per_s,
        keep=timedelta(days=settings.sync_keep_days),
        retries=Backoff(longest=timedelta(seconds=settings.sync_longest_pause_s)),
    )
