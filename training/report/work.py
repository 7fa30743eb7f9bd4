"""A folder of intermediate results: what was computed from the same ingredients is read instead of computed again."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from types import ModuleType

    import numpy.typing as npt

Ingredient = str | bytes


class Work:
    """Where intermediate arrays are kept.

    Args:
        folder: made where it is missing; whatever lies in it may be deleted at any time.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    def remember(
        self, name: str, ingredients: Iterable[Ingredient], compute: Callable[[], npt.NDArray[Any]]
    ) -> npt.NDArray[Any]:
        """The array that was computed from these ingredients before, or what `compute` gives now.

        Args:
            name: of the array, for people who look into the folder.
            ingredients: all that the array depends on: checksums of models, photographs, source files.
            compute: called where nothing is kept yet.
        """
        file = self.folder / f"{name}-{digest(ingredients)[:20]}.npy"
        if not file.exists():
            half_written = file.with_suffix(".half.npy")
            np.save(half_written, compute(), allow_pickle=False)
            half_written.replace(file)
        return np.asarray(np.load(file, allow_pickle=False))


def digest(ingredients: Iterable[Ingredient]) -> str:
    """The SHA-256 of ingredients in their order, as 64 hex digits; where one ends and the next begins counts."""
    total = hashlib.sha256()
    for ingredient in ingredients:
        data = ingredient.encode() if isinstance(ingredient, str) else ingredient
        total.update(len(data).to_bytes(8, "big"))
        total.update(data)
    return total.hexdigest()


def source_of(module: ModuleType) -> bytes:
    """The source of a module, as an ingredient: what it computes is computed again once it has changed."""
    if module.__file__ is None:
        raise ValueError(f"{module.__name__} has no file")
    return Path(module.__file__).read_bytes()
