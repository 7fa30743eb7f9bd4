"""Finds the master keys where they are kept, makes them at the first start, and changes them."""

from __future__ import annotations

import logging
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from platformdirs import user_config_path

from noseprint.disk import PART_PREFIX, Disk, locked
from noseprint.errors import ErrorCode, NoseprintError
from noseprint.logs import facts
from noseprint.vault.key_ring import KeyRing
from noseprint.vault.key_stores import KeyFile, KeysInEnvironment, KeyStore

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from noseprint.settings import Settings

KEY_FILE_NAME: Final = "master.key"

_log = logging.getLogger(__name__)


def default_key_file() -> Path:
    """Where keys are kept without any setting and without a keyring.

    The folder has a name of its own: Windows has one place for configuration and data.
    """
    return user_config_path("noseprint-keys", appauthor=False) / KEY_FILE_NAME


class _Found(NamedTuple):
    store: KeyStore
    ring: KeyRing


class MasterKeys:
    """The master keys of this installation, wherever they are kept.

    Args:
        stores: the places, the one that counts first; all are asked, the first one that can keeps new keys.
        lock: a file beside the keys: two processes that start at once end with one key.
        disk: what makes the folder of the lock.
    """

    def __init__(self, stores: Iterable[KeyStore], lock: Path, disk: Disk | None = None) -> None:
        self._stores = tuple(stores)
        self._lock = lock
        self._disk = disk or Disk()

    @classmethod
    def of(cls, settings: Settings, keyring: KeyStore | None = None, disk: Disk | None = None) -> MasterKeys:
        """The places that the settings name: the environment, else a key file, else the keyring or a default file.

        Args:
            settings: ``master_key``, ``master_key_file`` and ``data_dir``.
            keyring: the operating system's, where there is one.
            disk: what writes key files.

        Raises:
            NoseprintError: SETTINGS_INVALID when the key file would lie in the data folder, beside what it locks.
        """
        file = Path(settings.master_key_file).expanduser() if settings.master_key_file else default_key_file()
        if file.resolve().is_relative_to(settings.data_dir.resolve()):
            problem = f"master_key_file: {file} lies in the data folder; whoever copies the data would have the key"
            raise NoseprintError(ErrorCode.SETTINGS_INVALID, problem=problem)
        key_file = KeyFile(file, disk)
        stores: list[KeyStore] = [key_file]
        if settings.master_key:
            stores = [KeysInEnvironment(settings.master_key)]
        elif keyring and not settings.master_key_file:
            stores = [keyring, key_file]
        return cls(stores, file.with_name(f".{file.name}.lock"), disk)

    def open(self, in_use: Collection[str] = ()) -> KeyRing:
        """The keys; made and kept where there are none yet and nothing was sealed.

        Args:
            in_use: ids of the keys that stored content is sealed under.

        Raises:
            NoseprintError: MASTER_KEY_MISSING when one of these is not there: no new key takes its place.
                SETTINGS_INVALID, FILE_NOT_READABLE, DISK_FULL or FOLDER_NOT_USABLE about a place.
        """
        found = self._found()
        if found is None:
            if in_use:
                raise self._missing(min(in_use))
            found = self._made()
        for key_id in in_use:
            found.ring.key(key_id)
        return found.ring

    def rotate(self) -> KeyRing:
        """Make a new current key; the former ones stay, for what is sealed under them.

        Processes that run already go on with the keys that they have opened, so none should.

        Raises:
            NoseprintError: MASTER_KEY_MISSING without any key, SETTINGS_INVALID when they are kept where the
                program cannot write, and the codes of ``open``.
        """
        with self._alone():
            found = self._found()
            if found is None:
                raise self._missing("—")
            ring = found.ring.rotated()
            if not _kept(found.store, ring):
                problem = f"{found.store.place}: put a new key before the others there; the program cannot"
                raise NoseprintError(ErrorCode.SETTINGS_INVALID, problem=problem)
        _log.info("master key changed", extra=facts(key_id=ring.current.key_id, kept_in=found.store.place))
        return ring

    def place(self) -> str:
        """Where the keys are kept, for people to read; empty before the first start."""
        found = self._found()
        return found.store.place if found else ""

    def _found(self) -> _Found | None:
        for store in self._stores:
            text = store.read()
            if text is not None:
                return _Found(store, KeyRing.parse(text, store.place))
        return None

    def _made(self) -> _Found:
        with self._alone():
            return self._found() or self._kept_somewhere(KeyRing.generate())

    def _kept_somewhere(self, ring: KeyRing) -> _Found:
        store = next((store for store in self._stores if _kept(store, ring)), None)
        if store is None:
            raise self._missing(ring.current.key_id)
        _log.info("master key made", extra=facts(key_id=ring.current.key_id, kept_in=store.place))
        return _Found(store, ring)

    def _missing(self, key_id: str) -> NoseprintError:
        places = ", ".join(store.place for store in self._stores)
        return NoseprintError(ErrorCode.MASTER_KEY_MISSING, f"looked in: {places}", key_id=key_id)

    @contextmanager
    def _alone(self) -> Iterator[None]:
        self._disk.make_folder(self._lock.parent)
        with locked(self._lock):
            # What a killed program did not finish writing holds the keys as they are.
            for unfinished in self._lock.parent.glob(f"{PART_PREFIX}*"):
                self._disk.remove(unfinished)
            yield


def _kept(store: KeyStore, ring: KeyRing) -> bool:
    """Whether the store keeps the ring and gives it back: some keyrings swallow what they are given."""
    if not store.keep(ring.written()):
        return False
    kept = store.read()
    return kept is not None and KeyRing.parse(kept, store.place).key_ids == ring.key_ids
