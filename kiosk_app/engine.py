"""The engine behind the window: everything that is opened once, shared by the screens, and closed at the end."""

from __future__ import annotations

import logging
import threading
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from embedded_server.server import NoseEmbedderServer
from noseprint.bootstrap import (
    clinic_over,
    gateway_over,
    load_embedder,
    open_drafts,
    open_holdings,
    open_operators,
    open_worker,
    pet_objects,
)
from noseprint.errors import NoseprintError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from noseprint.bootstrap import Holdings
    from noseprint.clinic import Clinic
    from noseprint.embedding.embedder import Embedder
    from noseprint.records.drafts import Drafts
    from noseprint.records.operators import Operators
    from noseprint.settings import Settings
    from noseprint.sync.drain import Progress
    from noseprint.sync.worker import SyncWorker

_LOG = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Engine:
    """What the screens work with. All of it may be called from any thread but the window's own.

    Attributes:
        settings: all of them.
        clinic: enrol, verify, look up.
        holdings: records, outbox and spool.
        operators: who may work here.
        drafts: enrolments under way.
        worker: brings what was saved to the storage; None where another program does so.
        server: answers the platform's gateway; None where its address could not be opened.
        server_fault: why.
    """

    settings: Settings
    clinic: Clinic
    holdings: Holdings
    operators: Operators
    drafts: Drafts
    worker: SyncWorker | None
    server: NoseEmbedderServer | None
    server_fault: NoseprintError | None = None

    def wake_worker(self) -> None:
        """Something was saved: the worker may send it now."""
        if self.worker:
            self.worker.wake()


@contextmanager
def open_engine(
    settings: Settings, on_sync: Callable[[Progress], None] = lambda _: None, *, embedder: Embedder | None = None
) -> Iterator[Engine]:
    """Everything, opened in the order in which a person needs it, closed in the other at the end of the block.

    A storage that another program serves and a gateway whose address is taken do not keep the clinic from working.

    Args:
        settings: all of them.
        on_sync: told of the worker's progress, from its threads.
        embedder: a model that is loaded already; loaded here when left out.

    Raises:
        NoseprintError: the codes of :func:`open_holdings` and :func:`load_embedder`.
    """
    with ExitStack() as closing:
        holdings = closing.enter_context(open_holdings(settings))
        operators = closing.enter_context(open_operators(settings))
        embedder = embedder or load_embedder(settings)
        clinic = clinic_over(settings, holdings, embedder)
        drafts = open_drafts(settings)
        drafts.sweep()
        worker = _working(closing, settings, holdings, on_sync)
        server = NoseEmbedderServer(settings, gateway_over(settings, pet_objects(settings, holdings), embedder))
        fault = _listening(closing, server)
        yield Engine(settings, clinic, holdings, operators, drafts, worker, None if fault else server, fault)


def _working(
    closing: ExitStack, settings: Settings, holdings: Holdings, on_sync: Callable[[Progress], None]
) -> SyncWorker | None:
    """The sync worker, watching in a thread of its own until the end."""
    try:
        worker = closing.enter_context(open_worker(settings, holdings, on_sync))
    except NoseprintError as fault:
        _LOG.warning("this window does not sync: %s", fault)
        return None
    thread = threading.Thread(target=worker.watch, name="kiosk-sync")
    thread.start()
    closing.callback(thread.join)
    closing.callback(worker.stop)
    return worker


def _listening(closing: ExitStack, server: NoseEmbedderServer) -> NoseprintError | None:
    """The server listens until the end; why it could not."""
    closing.callback(server.stop)
    try:
        server.start()
    except NoseprintError as fault:
        _LOG.warning("the gateway is not answered: %s", fault)
        return fault
    return None
