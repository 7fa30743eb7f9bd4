"""Objects in a store as if they had been synced long ago."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from noseprint.sync.object_store import ObjectStore
    from noseprint.sync.pet_objects import PetObject


def store_all(store: ObjectStore, objects: Iterable[PetObject]) -> None:
    """Put every object where it belongs."""
    for thing in objects:
        store.put(thing.key, thing.content, thing.content_type)
