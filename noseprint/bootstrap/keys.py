"""The master keys and the vault, and the records and operators that are read with them."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from importlib.util import find_spec
from typing import TYPE_CHECKING

from noseprint.bootstrap.folders import SYNC_LOCK, drafts_folder, make_data_folder, spool_folder
from noseprint.errors import ErrorCode, NoseprintError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from noseprint.records.database import Address
    from noseprint.records.operators import Operators
    from noseprint.records.records import Records
    from noseprint.records.rotation import Rotated
    from noseprint.settings import Settings
    from noseprint.vault.master_keys import MasterKeys
    from noseprint.vault.vault import Vault


def master_keys(settings: Settings) -> MasterKeys:
    """The master keys of this installation.

    Raises:
        NoseprintError: SETTINGS_INVALID for a key file in the data folder.
    """
    from noseprint.vault.master_keys import MasterKeys  # noqa: PLC0415

    if sys.platform == "win32" and find_spec("keyring"):
        from noseprint.vault.key_stores import KeysInEntries  # noqa: PLC0415
        from noseprint.vault.system_keyring import PLACE, KeyringEntries  # noqa: PLC0415

        return MasterKeys.of(settings, KeysInEntries(KeyringEntries(), PLACE))
    return MasterKeys.of(settings)


def open_vault(settings: Settings) -> Vault:
    """The vault of this installation; its first key is made where nothing was ever sealed.

    Raises:
        NoseprintError: MASTER_KEY_MISSING when a key is not here under which the records or the spool were sealed;
            the codes of :func:`open_records`.
    """
    from noseprint.records.database import keys_in_use  # noqa: PLC0415
    from noseprint.sync import spool  # noqa: PLC0415
    from noseprint.vault.vault import Vault  # noqa: PLC0415

    in_use = keys_in_use(_records_address(settings)) | spool.keys_in_use(spool_folder(settings))
    return Vault(master_keys(settings).open(in_use))


@contextmanager
def open_records(settings: Settings, vault: Vault | None = None) -> Iterator[Records]:
    """The records until the end of the block: PostgreSQL when its host is set, else SQLite in the data folder.

    As long as they are open, nobody restores a backup or changes keys in this data folder.

    Args:
        settings: all of them.
        vault: one that is open already; opened here when left out.

    Raises:
        NoseprintError: ALREADY_RUNNING while someone restores or changes keys; FOLDER_NOT_USABLE, MASTER_KEY_MISSING,
            RECORDS_UNAVAILABLE, RECORDS_DAMAGED or RECORDS_TOO_NEW; the codes of :class:`MasterKeys` about a place of
            keys.
    """
    from noseprint.disk import shared  # noqa: PLC0415

    make_data_folder(settings)
    with shared(settings.data_dir), _records(settings, vault or open_vault(settings)) as records:
        yield records


@contextmanager
def open_operators(settings: Settings, vault: Vault | None = None) -> Iterator[Operators]:
    """The operators and the audit trail, which are in the records' own database, until the end of the block.

    Raises:
        NoseprintError: the codes of :func:`open_records`.
    """
    from noseprint.disk import shared  # noqa: PLC0415
    from noseprint.records.operators import Operators  # noqa: PLC0415

    make_data_folder(settings)
    with (
        shared(settings.data_dir),
        Operators.open(_records_address(settings), vault or open_vault(settings)) as operators,
    ):
        yield operators


def rotate_keys(settings: Settings) -> Rotated:
    """Put everything that is sealed here under a new master key, see ``rotation``; nothing else may be running.

    Raises:
        NoseprintError: ALREADY_RUNNING, the codes of :func:`open_records` and of ``MasterKeys.rotate``.
    """
    from noseprint.disk import exclusive, locked  # noqa: PLC0415
    from noseprint.records.drafts import Drafts  # noqa: PLC0415
    from noseprint.records.rotation import rotate  # noqa: PLC0415
    from noseprint.sync.spool import Spool  # noqa: PLC0415

    make_data_folder(settings)
    with exclusive(settings.data_dir), locked(settings.data_dir / SYNC_LOCK, wait_s=0.0):
        return rotate(
            master_keys(settings),
            open_vault(settings),
            lambda vault: _records(settings, vault),
            lambda vault: Spool(spool_folder(settings), vault),
            lambda vault: Drafts(drafts_folder(settings), vault),
        )


def _records(settings: Settings, vault: Vault) -> Records:
    """The records, for who holds the data folder already."""
    from noseprint.records.records import Records  # noqa: PLC0415

    return Records.open(_records_address(settings), vault)


def _records_address(settings: Settings) -> Address:
    """The address of the records; the folder and the file that it names are there, closed to others."""
    from noseprint.records.database import postgresql_url, sqlite_url  # noqa: PLC0415

    make_data_folder(settings)
    if not settings.db_host:
        return sqlite_url(_private_file(settings.data_dir / "records.db"))
    user, password = settings.db_username, settings.db_password.reveal()
    return postgresql_url(settings.db_host, settings.db_port, user, password, settings.db_database)


def _private_file(file: Path) -> Path:
    """Make a file that its owner alone can read where it is missing, also in a folder that others can.

    Raises:
        NoseprintError: FOLDER_NOT_USABLE.
    """
    try:
        file.touch(mode=0o600)
    except OSError as fault:
        raise NoseprintError(ErrorCode.FOLDER_NOT_USABLE, fault.strerror or "", path=file.parent) from fault
    return file
