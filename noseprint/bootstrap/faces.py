"""The use cases that every face starts from, and the rules by which they decide."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from noseprint.bootstrap.finders import keypoint_finder, nose_finder
from noseprint.bootstrap.folders import drafts_folder
from noseprint.bootstrap.keys import open_vault
from noseprint.bootstrap.models import image_limits, load_embedder
from noseprint.bootstrap.stores import open_holdings, open_store, pet_objects
from noseprint.gateway import Gateway
from noseprint.matching.similarity import Thresholds

if TYPE_CHECKING:
    from collections.abc import Iterator

    from noseprint.bootstrap.stores import Holdings
    from noseprint.clinic import Clinic
    from noseprint.embedding.embedder import Embedder
    from noseprint.erasing import Eraser
    from noseprint.identity.pet_did import DidScheme
    from noseprint.records.drafts import Drafts
    from noseprint.settings import Settings
    from noseprint.sync.pet_objects import PetObjects


@contextmanager
def open_clinic(settings: Settings, embedder: Embedder | None = None) -> Iterator[Clinic]:
    """A clinic that is closed at the end of the block.

    Args:
        settings: all of them.
        embedder: a model that is loaded already; loaded here when left out.

    Raises:
        NoseprintError: the codes of :func:`load_embedder` and :func:`open_records`.
    """
    with open_holdings(settings) as holdings:
        yield clinic_over(settings, holdings, embedder)


def clinic_over(settings: Settings, holdings: Holdings, embedder: Embedder | None = None) -> Clinic:
    """A clinic over holdings that are open already; takes and raises what :func:`open_clinic` does."""
    from noseprint.clinic import Clinic, Rules  # noqa: PLC0415
    from noseprint.sync.dispatch import Dispatch  # noqa: PLC0415

    return Clinic(
        embedder or load_embedder(settings),
        holdings.records,
        pet_objects(settings, holdings),
        Dispatch(holdings.spool, holdings.outbox),
        rules=Rules(
            settings.minimum_quality, settings.outlier_similarity, thresholds(settings), settings.look_up_margin
        ),
        did_scheme=did_scheme(settings),
        limits=image_limits(settings),
        points=keypoint_finder(settings),
        noses=nose_finder(),
    )


def eraser_over(settings: Settings, holdings: Holdings) -> Eraser:
    """What erases a pet's guardian, facts and photos, over holdings that are open already."""
    from datetime import UTC, datetime  # noqa: PLC0415

    from noseprint.erasing import Eraser  # noqa: PLC0415
    from noseprint.sync.dispatch import Dispatch  # noqa: PLC0415

    dispatch = Dispatch(holdings.spool, holdings.outbox)
    return Eraser(holdings.records, dispatch, open_store(settings), lambda: datetime.now(UTC))


def open_drafts(settings: Settings) -> Drafts:
    """The enrolments under way of every operator, sealed in the data folder.

    Raises:
        NoseprintError: the codes of :func:`open_vault`.
    """
    from noseprint.records.drafts import Drafts  # noqa: PLC0415

    return Drafts(drafts_folder(settings), open_vault(settings))


def gateway_over(settings: Settings, objects: PetObjects, embedder: Embedder) -> Gateway:
    """The use cases behind the gRPC service."""
    return Gateway(embedder, objects, keypoint_finder(settings))


def thresholds(settings: Settings) -> Thresholds:
    """Where verdicts begin."""
    return Thresholds(settings.same_similarity, settings.review_similarity)


def did_scheme(settings: Settings) -> DidScheme:
    """How Pet DIDs are written here."""
    from noseprint.identity.pet_did import DidScheme  # noqa: PLC0415

    return DidScheme(settings.did_form, settings.did_method, settings.did_network)
