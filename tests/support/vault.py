"""The one vault of tests that have no reason for another: its key is made anew for every run."""

from __future__ import annotations

from noseprint.vault.key_ring import KeyRing
from noseprint.vault.vault import Vault

VAULT = Vault(KeyRing.generate())
