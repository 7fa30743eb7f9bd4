"""The adapter before a keyring of the test's own: none of this touches the developer's."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from noseprint.settings import Secret

if TYPE_CHECKING:
    from collections.abc import Iterator

pytest.importorskip("keyring", reason="the library of Windows' keyring is installed on Windows alone")
pytest.importorskip("win32ctypes", reason="it stands on Windows' own")


@pytest.fixture(autouse=True)
def pretended(monkeypatch: pytest.MonkeyPatch) -> Iterator[object]:
    from keyring.backend import KeyringBackend  # noqa: PLC0415 (the library may be missing)
    from keyring.core import get_keyring  # noqa: PLC0415
    from keyring.errors import PasswordDeleteError  # noqa: PLC0415

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

        def delete_password(self, service: str, username: str) -> None:
            self._break()
            if self.entries.pop((service, username), None) is None:
                raise PasswordDeleteError

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
    from noseprint.vault.system_keyring import KeyringEntries  # noqa: PLC0415

    entries = KeyringEntries()
    assert entries.read("keys") is None
    assert entries.write("keys", Secret("text"))
    kept = entries.read("keys")
    assert kept is not None
    assert kept.reveal() == "text"
    entries.remove("keys")
    entries.remove("keys")
    assert entries.read("keys") is None


@pytest.mark.parametrize("broken", ["KeyringError", "NoKeyringError", "KeyringLocked", "backend", "OSError"])
def test_a_keyring_that_fails_keeps_nothing(pretended: object, broken: str) -> None:
    from keyring import errors  # noqa: PLC0415

    from noseprint.vault import system_keyring  # noqa: PLC0415

    own = {"backend": system_keyring.BackendError, "OSError": ConnectionRefusedError}
    pretended.broken = own.get(broken) or getattr(errors, broken)  # type: ignore[attr-defined]
    entries = system_keyring.KeyringEntries()
    assert entries.read("keys") is None
    assert not entries.write("keys", Secret("text"))
    entries.remove("keys")
