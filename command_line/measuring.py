"""Commands that measure: how often the model in use errs, and what its cosines mean."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from command_line.context import Context, context_of
from noseprint.bootstrap import known_manifest_file, load_embedder
from noseprint.embedding.embedder import Embedder
from noseprint.errors import ErrorCode, NoseprintError
from noseprint.evaluation.acquisition import LabelledVectors, acquire, label
from noseprint.evaluation.calibration import calibrate
from noseprint.evaluation.comparisons import compare_all
from noseprint.evaluation.det_plot import det_plot
from noseprint.evaluation.identity_folders import read_identity_folder
from noseprint.evaluation.manifest_writer import write_calibration
from noseprint.evaluation.report import Evaluation, as_json, as_rows
from noseprint.evaluation.report import evaluate as measure
from noseprint.matching.similarity import similarity

Pair = tuple[str, str]


def register(app: typer.Typer) -> None:
    """Hang this command on the program."""
    app.command()(evaluate)


def evaluate(
    context: typer.Context,
    folders: Annotated[list[Path], typer.Argument(metavar="FOLDER...", help="Each sub-folder is one identity.")],
    det: Annotated[Path | None, typer.Option(help="Write the DET plot here, as SVG.")] = None,
    calibration: Annotated[
        bool,
        typer.Option("--calibrate", help="Write into the model's manifest what its cosines mean, by these impostors."),
    ] = False,
    may_be_one_dog: Annotated[
        list[str] | None, typer.Option(metavar="NAME,NAME", help="Two identities that are no impostors of each other.")
    ] = None,
) -> None:
    """Measure the model in use on folders of photos, in the manner of ISO/IEC 19795-1."""
    here = context_of(context)
    embedder = load_embedder(here.settings)
    found = _embed_folders(here, embedder, folders)
    doubtful = [_pair(text) for text in may_be_one_dog or []]
    if calibration:
        _calibrate(here, found, doubtful, folders)
        return
    knots = embedder.manifest.calibration
    result = measure(
        found.vectors,
        found.labels,
        lambda cosine: float(similarity(cosine, knots)),
        failures_to_acquire=found.failures,
        may_be_one_dog=doubtful,
    )
    if det:
        _write(det, _plot(embedder, result))
    _show(here, embedder, result)


def _embed_folders(here: Context, embedder: Embedder, folders: list[Path]) -> LabelledVectors:
    photos = [photo for folder in folders for photo in read_identity_folder(folder)]
    steps = here.terminal.progress(
        acquire(photos, embedder), total=len(photos), label=here.terminal.say("사진 계산", "Embedding")
    )
    return label(steps)


def _calibrate(here: Context, found: LabelledVectors, doubtful: list[Pair], folders: list[Path]) -> None:
    manifest_file = known_manifest_file(here.settings)
    impostors = compare_all(found.vectors, found.labels, doubtful).impostor
    knots = calibrate(impostors.scores)
    names = ", ".join(folder.resolve().name for folder in folders)
    source = f"{datetime.now(UTC):%Y-%m-%d}: {len(impostors):,} impostor comparisons in {names}"
    write_calibration(manifest_file, knots, source)
    here.terminal.answer(
        {"manifest": str(manifest_file), "cosine": knots.cosine, "similarity": knots.similarity, "source": source},
        [
            (here.terminal.say("기록한 파일", "Written to"), manifest_file),
            *(
                (f"{alike:.2f}", f"cosine {cosine:.4f}")
                for cosine, alike in zip(knots.cosine, knots.similarity, strict=True)
            ),
        ],
    )


def _show(here: Context, embedder: Embedder, result: Evaluation) -> None:
    data = {"model": embedder.identity.name, "model_sha256": embedder.identity.sha256, **as_json(result)}
    say = here.terminal.say
    heads = [embedder.identity.name, say("값", "value"), say("95 % 구간", "95 % interval")]
    here.terminal.table(data, heads, as_rows(result))


def _plot(embedder: Embedder, result: Evaluation) -> str:
    if result.det is None:
        raise NoseprintError(ErrorCode.INVALID_REQUEST, "no DET curve without genuine and impostor comparisons")
    return det_plot({embedder.identity.name: result.det})


def _pair(text: str) -> Pair:
    one, comma, other = text.partition(",")
    if not comma:
        raise NoseprintError(ErrorCode.INVALID_REQUEST, "--may-be-one-dog takes NAME,NAME")
    return one, other


def _write(file: Path, text: str) -> None:
    try:
        file.write_text(text, "utf-8")
    except OSError as fault:
        raise NoseprintError(ErrorCode.FILE_NOT_READABLE, fault.strerror or "", path=file) from fault
