"""The adapter before a keyring of the test's own: none of this touches the developer's."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from noseprint.settings import Secret

if TYPE_CHECKING:
    from collections.abc import Iterator

keyring = pytest.importorskip("keyring", reason="the library of the operating system's keyring is not installed")


@pytest.fixture(autouse=True)
def pretended(monkeypatch: pytest.MonkeyPatch) -> Iterator[object]:
    from keyring.backend import KeyringBackend  # noqa: PLC0415 (the library may be missing)
    from keyring.core import get_keyring  # noqa: PLC0415

    class Pretended(KeyringBackend):
        priority = 1
        entries: dict[tuple[str, str], str]
        broken: type[Exception] | None = None

        def get_password(self, service: str, username: str) -> str | None:
            self._break()
            return self.entries.get((service, username))

        def set_password(self, service: str, username: str, password: str) -> None:
            self._break()
            self.entries[service, username] = password

        def _break(self) -> None:
            if self.broken:
                raise self.broken("locked")

    backend = Pretended()
    backend.entries = {}
    monkeypatch.setattr("keyring.core._keyring_backend", backend)
    assert get_keyring() is backend
    yield backend
    KeyringBackend._classes.discard(Pretended)


def test_the_keyring_gives_back_what_it_keeps() -> None:
    from noseprint.vault.system_keyring import SystemKeyring  # noqa: PLC0415

    store = SystemKeyring()
    assert store.read() is None
    assert store.keep(Secret("keys"))
    kept = store.read()
    assert kept is not None
    assert kept.reveal() == "keys"


@pytest.mark.parametrize("broken", ["KeyringError", "NoKeyringError", "KeyringLocked", "backend", "OSError"])
def test_a_keyring_that_fails_keeps_nothing(pretended: object, broken: str) -> None:
    from keyring import errors  # noqa: PLC0415

    from noseprint.vault import system_keyring  # noqa: PLC0415

    own = {"backend": system_keyring.BackendError, "OSError": ConnectionRefusedError}
    pretended.broken = own.get(broken) or getattr(errors, broken)  # type: ignore[attr-defined]
    store = system_keyring.SystemKeyring()
    assert store.read() is None
    assert not store.keep(Secret("keys"))
