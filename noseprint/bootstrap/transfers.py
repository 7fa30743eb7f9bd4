"""What carries data to other machines and back: exports, data sets for measuring, backups."""

from __future__ import annotations

from typing import TYPE_CHECKING

from noseprint.bootstrap.folders import spool_folder
from noseprint.bootstrap.keys import open_vault
from noseprint.bootstrap.models import image_limits
from noseprint.bootstrap.stores import pet_objects

if TYPE_CHECKING:
    from pathlib import Path

    from noseprint.bootstrap.stores import Holdings
    from noseprint.records.backup import Source
    from noseprint.settings import Settings
    from noseprint.transfer.dataset import DataSet
    from noseprint.transfer.export_archive import Export
    from noseprint.transfer.import_archive import Import


def exporter(settings: Settings, holdings: Holdings) -> Export:
    """What writes everything unsynced into one file.

    Raises:
        NoseprintError: the codes of :func:`open_vault`.
    """
    from noseprint.records.parcels import Parcels  # noqa: PLC0415
    from noseprint.transfer.archive_format import Signer  # noqa: PLC0415
    from noseprint.transfer.export_archive import Export  # noqa: PLC0415

    vault = open_vault(settings)
    parcels = Parcels(holdings.records.engine, vault, holdings.outbox.holder)
    return Export(parcels, holdings.spool, Signer(vault))


def importer(settings: Settings, holdings: Holdings) -> Import:
    """What takes in such a file.

    Raises:
        NoseprintError: the codes of :func:`open_vault`.
    """
    from noseprint.records.parcels import Parcels  # noqa: PLC0415
    from noseprint.sync.dispatch import Dispatch  # noqa: PLC0415
    from noseprint.transfer.import_archive import Import  # noqa: PLC0415

    parcels = Parcels(holdings.records.engine, open_vault(settings), holdings.outbox.holder)
    return Import(parcels, Dispatch(holdings.spool, holdings.outbox))


def data_set(settings: Settings, holdings: Holdings, folder: Path) -> DataSet:
    """A data set for measuring, in a folder.

    Raises:
        NoseprintError: FOLDER_NOT_USABLE; the codes of :func:`open_vault`.
    """
    from noseprint.transfer.dataset import DataSet  # noqa: PLC0415

    return DataSet(folder, pet_objects(settings, holdings), open_vault(settings), image_limits(settings))


def backup_source(settings: Settings, holdings: Holdings) -> Source:
    """What a backup of a SQLite data folder is made of.

    Raises:
        NoseprintError: the codes of :func:`open_vault`.
    """
    from noseprint.records.backup import DATABASE, Source  # noqa: PLC0415

    key_ids = open_vault(settings).keys.key_ids
    return Source(settings.data_dir / DATABASE, spool_folder(settings), holdings.spool.changing, key_ids)
