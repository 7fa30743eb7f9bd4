"""Write the demonstration noses: six generated dogs of different families, five photographs of one sitting each.

Run as `python -m training.make_demo_noses assets/noses`.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from training.folders import DEMONSTRATION_SEEDS, Sitting, write_dog
from training.generator import FAMILY_SIZE, Style

_FAMILIES = (0, 3, 4, 5, 8, 16)
"""Chosen by eye for six clearly different noses."""


def main() -> None:
    """Write `dog-1` to `dog-6` under the given folder."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--photos", type=int, default=5)
    parser.add_argument("--size", type=int, default=640, help="side of a photograph in pixels")
    arguments = parser.parse_args()
    sitting = Sitting(arguments.photos, arguments.size, Style.BURST)
    for number, family in enumerate(_FAMILIES, start=1):
        identity = DEMONSTRATION_SEEDS + family * FAMILY_SIZE
        write_dog(arguments.folder / f"dog-{number}", identity, sitting)


if __name__ == "__main__":
    main()
