"""What each degradation of a photograph costs, and the limits of quality that follow from it.

Run as `python -m training.quality_study SINGLES GENERATED --out OBSERVATIONS.csv`. One photograph of each dog is made
worse in every way and to every degree (`noseprint.evaluation.degrade`) and compared by the model in use with another
photograph of the same dog: the second one of a generated dog, a simulated retake of a single one. The loss is the share
of the matches that are gone. A component of quality is harmless up to where 10 % are lost at FMR 0.1 %, and worthless
from where half are. Mixtures of up to three degradations then give the error-versus-discard curve of the score.

Printed: the losses, the limits as `noseprint.capture.quality` wants them, and the curve. Never give it photographs
that a model is to be judged on.
"""

from __future__ import annotations

import argparse
import csv
import io
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from noseprint.bootstrap import load_embedder
from noseprint.capture.nose import FoundNose, NoseBox
from noseprint.capture.quality import Flaw, Quality, assess
from noseprint.embedding.image import open_photo
from noseprint.embedding.limits import ImageLimits
from noseprint.evaluation.degrade import GRADES, Degradation, degrade, degraded_jpeg
from noseprint.evaluation.discard import area_under, error_versus_discard
from noseprint.evaluation.error_rates import rank, threshold_at_fmr
from noseprint.settings import Settings
from training.retake import rephotograph

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from noseprint.embedding.embedder import Embedder
    from noseprint.evaluation.error_rates import Floats

HARMLESS_LOSS, WORTHLESS_LOSS = 0.10, 0.50
DISCARDS = (0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7)
SHOWN_BY = {
    Flaw.BLURRED: Degradation.BLUR,
    Flaw.SMEARED: Degradation.MOTION,
    Flaw.DARK: Degradation.DARKNESS,
    Flaw.OVEREXPOSED: Degradation.OVEREXPOSURE,
    Flaw.GLARING: Degradation.GLARE,
    Flaw.FLAT: Degradation.VEIL,
    Flaw.SMALL: Degradation.SIZE,
    Flaw.ROLLED: Degradation.ROLL,
    Flaw.TURNED: Degradation.TURN,
    Flaw.MOVING: Degradation.MOTION,
}
"""The degradation that sets each component's limits."""

_LIMITS = ImageLimits()
_PLAIN, _MIXTURE = "plain", "mixture"
_NOT_IN_THE_PICTURE = (Flaw.ROLLED, Flaw.TURNED, Flaw.MOVING)


@dataclass(frozen=True)
class Subject:
    """A dog: the photograph that is made worse, and another one."""

    name: str
    photo: bytes
    other: bytes


@dataclass(frozen=True)
class Observation:
    """One worse photograph, compared with the other one of its dog."""

    subject: str
    degradation: str
    strength: float
    cosine: float
    quality: Quality


def subjects(singles: Path, generated: Path, every: int) -> Iterator[Subject]:
    """Every so many-th of the generated dogs (identity folders of two photographs or more), then the single ones."""
    for folder in sorted(path for path in generated.iterdir() if path.is_dir())[::every]:
        photo, other = sorted(folder.glob("*.jpg"))[:2]
        yield Subject(f"generated/{folder.name}", photo.read_bytes(), other.read_bytes())
    for number, file in enumerate(sorted(singles.glob("*.jpg"))):
        photo = file.read_bytes()
        grey = np.asarray(open_photo(photo, _LIMITS, grey=True))
        retaken = np.asarray(rephotograph(grey, np.random.default_rng([5, number]))).squeeze()
        yield Subject(f"single/{file.stem}", photo, _jpeg(Image.fromarray(retaken)))


def observe(subject: Subject, embedder: Embedder, mixtures: int) -> list[Observation]:
    """The photograph as it is, then worse in every way and to every degree, then worse in several ways at once."""
    other = _unit(embedder, subject.other)
    seed = int.from_bytes(subject.name.encode()[-4:], "big")

    def observation(kind: str, strength: float, photo: bytes, nose: FoundNose) -> Observation:
        cosine = float(_unit(embedder, photo) @ other)
        return Observation(subject.name, kind, strength, cosine, assess(photo, _LIMITS, nose))

    seen = [observation(_PLAIN, 0.0, _jpeg(open_photo(subject.photo, _LIMITS)), _posed({}))]
    for way, grades in GRADES.items():
        for strength in grades.strengths:
            worse = degraded_jpeg(subject.photo, way, strength, limits=_LIMITS, seed=seed)
            seen.append(observation(way, strength, worse, _posed({way: strength})))
    for number in range(mixtures):
        ways = _mixture(np.random.default_rng([seed, number]))
        seen.append(observation(_MIXTURE, number, _mixed(subject.photo, ways, seed + number), _posed(ways)))
    return seen


def _unit(embedder: Embedder, photo: bytes) -> Floats:
    vector = embedder.embed(photo).astype(np.float64)
    return np.asarray(vector / np.linalg.norm(vector))


def _posed(ways: dict[Degradation, float]) -> FoundNose:
    """A finder that knows the pose: what quality makes of it is studied here, not how well it is found."""
    turn, roll = ways.get(Degradation.TURN, 0.0), ways.get(Degradation.ROLL, 0.0)
    return FoundNose(NoseBox(0.5, 0.5, 1.0, 1.0), 1.0, roll, turn)


def _mixture(rng: np.random.Generator) -> dict[Degradation, float]:
    """One to three ways, each to any degree between the mildest and the strongest, in the order of Degradation."""
    chosen = sorted(rng.choice(len(Degradation), rng.integers(1, 4), replace=False).tolist())
    ways = [list(Degradation)[index] for index in chosen]
    return {way: _any_strength(GRADES[way].strengths, rng) for way in ways}


def _any_strength(strengths: Sequence[float], rng: np.random.Generator) -> float:
    return float(np.interp(rng.uniform(0, len(strengths) - 1), range(len(strengths)), strengths))


def _mixed(photo: bytes, ways: dict[Degradation, float], seed: int) -> bytes:
    picture = open_photo(photo, _LIMITS)
    for way, strength in ways.items():
        picture = degrade(picture, way, strength, seed=seed)
    return _jpeg(picture)


def _jpeg(picture: Image.Image) -> bytes:
    stream = io.BytesIO()
    picture.save(stream, "JPEG", quality=95, subsampling=0)
    return stream.getvalue()


def impostor_threshold(crew: Sequence[Subject], embedder: Embedder, fmr: float) -> float:
    """The cosine at an FMR among the unspoilt photographs of different dogs."""
    units = np.stack([_unit(embedder, photo) for subject in crew for photo in (subject.photo, subject.other)])
    dog = np.repeat(np.arange(len(crew)), 2)
    cosines = (units @ units.T)[np.triu(dog[:, np.newaxis] != dog)]
    return threshold_at_fmr(rank(cosines), fmr)


@dataclass(frozen=True)
class Series:
    """One degradation: its strengths, and for each (the unspoilt photographs first) what came of it."""

    strengths: list[float]
    groups: list[list[Observation]]

    def losses(self, threshold: float) -> Floats:
        """Share of the matches of the unspoilt photographs that are gone, never falling with the strength."""
        matches = [sum(seen.cosine >= threshold for seen in group) for group in self.groups]
        return np.maximum.accumulate(1.0 - np.array(matches) / max(matches[0], 1))

    def values(self, flaw: Flaw) -> Floats:
        """The median of a component at each strength; what no picture shows is the strength itself."""
        if flaw in _NOT_IN_THE_PICTURE:
            return np.array(self.strengths)
        return np.array([np.median([seen.quality.value(flaw) for seen in group]) for group in self.groups])


def series(seen: Sequence[Observation], way: Degradation) -> Series:
    """Sort what was observed of one degradation by its strength."""
    plain = [one for one in seen if one.degradation == _PLAIN]
    strengths = GRADES[way].strengths
    groups = [[one for one in seen if one.degradation == way and one.strength == strength] for strength in strengths]
    return Series([0.0, *strengths], [plain, *groups])


def print_losses(seen: Sequence[Observation], thresholds: dict[float, float]) -> None:
    """Print what every degree of every degradation costs, with the component that is meant to tell."""
    told_by = {way: flaw for flaw, way in reversed(SHOWN_BY.items())}
    print(f"{'degradation':13}{'strength':>9}{'unit':>45}{'lost at FMR 0.1 %':>19}{'1 %':>6}{'score':>7}  component")
    for way, grades in GRADES.items():
        found, flaw = series(seen, way), told_by.get(way)
        strict, mild = (found.losses(thresholds[fmr]) for fmr in (0.001, 0.01))
        for place, strength in enumerate(found.strengths):
            score = np.median([one.quality.score for one in found.groups[place]])
            component = f"{flaw} {found.values(flaw)[place]:.3g}" if flaw else ""
            head = f"{way:13}{strength:9g}{grades.unit:>45}"
            print(f"{head}{strict[place]:19.2f}{mild[place]:6.2f}{score:7.0f}  {component}")


def print_limits(seen: Sequence[Observation], threshold: float) -> None:
    """Print where each component begins to do harm and where it leaves nothing."""
    print("\nlimits of the components (harmless, worthless)")
    for flaw, way in SHOWN_BY.items():
        found = series(seen, way)
        losses, values = found.losses(threshold), found.values(flaw)
        ends = np.interp([HARMLESS_LOSS, WORTHLESS_LOSS], losses, values)
        short = "" if losses[-1] >= WORTHLESS_LOSS else f"  (only {losses[-1]:.2f} lost at the strongest)"
        print(f"{flaw:12} {ends[0]:8.3g} {ends[1]:8.3g}  by {way}{short}")


def print_discard(seen: Sequence[Observation], thresholds: dict[float, float]) -> None:
    """Print FNMR of the mixtures while those of worst score are discarded, and what perfect foresight would leave."""
    mixed = [one for one in seen if one.degradation == _MIXTURE]
    scores = [one.quality.score for one in mixed]
    for fmr, threshold in thresholds.items():
        curve = error_versus_discard([one.cosine for one in mixed], scores, threshold, DISCARDS)
        print(f"\nFNMR at FMR {fmr:.1%} of {len(mixed)} mixtures; area under the curve {area_under(curve):.3f}")
        print(f"{'discarded':>10}{'FNMR':>8}{'best':>8}{'score above':>13}")
        for row in zip(curve.discards, curve.fnmr, curve.best, curve.kept_above, strict=True):
            print("{:10.0%}{:8.3f}{:8.3f}{:13.1f}".format(*row))


def write(file: Path, seen: Sequence[Observation]) -> None:
    """Write every observation as a line of comma-separated values."""
    with file.open("w", newline="", encoding="utf-8") as stream:
        table = csv.writer(stream)
        table.writerow(["subject", "degradation", "strength", "cosine", "score", *Flaw])
        for one in seen:
            values = [f"{one.quality.value(flaw):.5g}" for flaw in Flaw]
            head = [one.subject, one.degradation, one.strength, f"{one.cosine:.5f}", f"{one.quality.score:.2f}"]
            table.writerow([*head, *values])


def main() -> None:
    """Observe, write and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("singles", type=Path, help="one photograph of each dog")
    parser.add_argument("generated", type=Path, help="identity folders of training.make_calibration_noses")
    parser.add_argument("--out", type=Path, required=True, help="every observation, as CSV")
    parser.add_argument("--every", type=int, default=1, help="of the generated dogs, take every so many-th")
    parser.add_argument("--mixtures", type=int, default=4, help="of several degradations, for each dog")
    parser.add_argument("--workers", type=int, default=2)
    arguments = parser.parse_args()
    embedder = load_embedder(Settings())
    crew = list(subjects(arguments.singles, arguments.generated, arguments.every))
    thresholds = {fmr: impostor_threshold(crew, embedder, fmr) for fmr in (0.01, 0.001)}
    with ThreadPoolExecutor(arguments.workers) as workers:
        watch = partial(observe, embedder=embedder, mixtures=arguments.mixtures)
        seen = [one for group in workers.map(watch, crew) for one in group]
    write(arguments.out, seen)
    model = embedder.identity
    print(f"{model.name} {model.sha256[:12]}, {len(crew)} dogs, cosine at FMR 1 % and 0.1 %: {[*thresholds.values()]}")
    print_losses(seen, thresholds)
    print_limits(seen, thresholds[0.001])
    print_discard(seen, thresholds)


if __name__ == "__main__":
    main()
