"""The worker that uploads what waits on this machine."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from noseprint.bootstrap.folders import SYNC_LOCK
from noseprint.bootstrap.stores import open_store

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from noseprint.bootstrap.stores import Holdings
    from noseprint.settings import Settings
    from noseprint.sync.drain import Progress
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
    wait_s: float = 0.0,
) -> Iterator[SyncWorker]:
    """The one worker of this data folder, for the length of the block.

    What a process that was killed had claimed is due again, and what it left in the spool is swept.

    Args:
        settings: all of them.
        holdings: what it empties.
        on_progress: see :class:`SyncWorker`.
        deadline_s: seconds that one upload may take.
        wait_s: how long to wait for a worker of another process, in seconds.

    Raises:
        NoseprintError: ALREADY_RUNNING when another process has a worker; FOLDER_NOT_USABLE; the codes of the records.
    """
    from noseprint.disk import locked  # noqa: PLC0415
    from noseprint.sync.dispatch import Dispatch  # noqa: PLC0415
    from noseprint.sync.worker import SyncWorker  # noqa: PLC0415

    with locked(settings.data_dir / SYNC_LOCK, wait_s):
        holdings.outbox.forget_claims()
        Dispatch(holdings.spool, holdings.outbox).sweep()
        store = open_store(settings, deadline_s)
        yield SyncWorker(holdings.outbox, holdings.spool, store, pace=_pace(settings), on_progress=on_progress)


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
