"""The whole command on a few generated noses: every section, and no figure that is not in the JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PIL import Image

pytest.importorskip("cv2", reason="the report needs OpenCV")

from training.report.__main__ import main
from training.report.figures import decode
from training.report.text import render

if TYPE_CHECKING:
    from pathlib import Path

# Twenty seconds of a processor; a busy machine may take its time.
pytestmark = pytest.mark.timeout(1200)

SECTIONS = (
    "Data",
    "Error rates on the test dogs",
    "What similarity means",
    "Every photograph taken again",
    "Verification against templates",
    "Look-up among 11 dogs",
    "Failure to acquire",
    "Blur, darkness, glare, size, turning, compression",
    "Quality: error versus discard",
    "Speed",
    "What this proves, and what not",
)


@pytest.fixture(scope="module")
def written(noses: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The report on dogs with four, two and one photographs, among six generated ones and one stranger."""
    folder = tmp_path_factory.mktemp("report")
    for dog, count in ((1, 4), (2, 2)):
        for number in range(1, count + 1):
            _copy(noses / f"dog-{dog}" / f"{number:02}.jpg", folder / "noses" / "enrolled" / f"dog-{dog}")
    for dog in (3, 4, 5):
        _copy(noses / f"dog-{dog}" / "01.jpg", folder / "noses" / "singles" / f"dog-{dog}")
    sizes = ["--gallery", "6", "--strangers", "1", "--workers", "1", "--retakes", "4"]
    main([str(folder / "noses"), "--work", str(folder / "work"), "--out", str(folder / "docs"), *sizes])
    return folder / "docs"


def _copy(photo: Path, folder: Path) -> None:
    """Small copies, for the degradations of large photographs take their time."""
    folder.mkdir(parents=True, exist_ok=True)
    with Image.open(photo) as picture:
        picture.resize((160, 160)).save(folder / photo.name, quality=95)


def test_every_section_is_written(written: Path) -> None:
    heads = [line for line in (written / "biometric-report.md").read_text("utf-8").splitlines() if line[:3] == "## "]

    assert heads == [f"## {section}" for section in SECTIONS]


def test_the_text_is_that_of_the_figures_beside_it(written: Path) -> None:
    figures = decode((written / "biometric-report" / "figures.json").read_bytes())

    assert render(figures) == (written / "biometric-report.md").read_text("utf-8")
    assert (figures.photographs.genuine, figures.photographs.impostor) == (7, 8)
    assert (figures.retakes.retakes, figures.retakes.genuine) == (4, 28)
    assert figures.data.enrolled_set is None
    assert figures.look_up.identification[0].rank_1 == 1.0


def test_every_picture_in_the_text_is_there(written: Path) -> None:
    text = (written / "biometric-report.md").read_text("utf-8")
    pictures = {part.split(")")[0] for part in text.split("](")[1:] if part.split(")")[0].endswith(".svg")}

    assert len(pictures) == 4
    for picture in pictures:
        assert (written / picture).read_text("utf-8").startswith("<svg")
