"""Commands that measure: how often the model in use errs, and what its cosines mean."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import numpy.typing as npt
import typer
from msgspec import to_builtins

from command_line.context import Context, context_of, needs_extra, read_photo
from noseprint.bootstrap import image_limits, known_manifest_file, load_embedder
from noseprint.embedding.embedder import Embedder
from noseprint.embedding.manifest import Calibration
from noseprint.errors import ErrorCode, NoseprintError
from noseprint.evaluation.acquisition import LabelledVectors, acquire, label
from noseprint.evaluation.calibration import calibrate
from noseprint.evaluation.comparisons import PhotoPairs, pair_photos
from noseprint.evaluation.det_plot import det_plot
from noseprint.evaluation.fusion_calibration import calibrate_fusion, drawn_impostors
from noseprint.evaluation.identity_folders import read_identity_folder
from noseprint.evaluation.manifest_writer import write_calibration
from noseprint.evaluation.report import Evaluation, as_json, as_rows, evaluate_comparisons, rate_rows
from noseprint.evaluation.scales import INLIERS, Scale, cosine_scale, fused_scale
from noseprint.matching.fusion import fused_scores

Pair = tuple[str, str]
Results = dict[str, Evaluation]

_KEYPOINTS = "keypoints"


def register(app: typer.Typer) -> None:
    """Hang this command on the program."""
    app.command()(evaluate)


def evaluate(  # noqa: PLR0913 (options of a command)
    context: typer.Context,
    folders: Annotated[list[Path], typer.Argument(metavar="FOLDER...", help="Each sub-folder is one identity.")],
    det: Annotated[Path | None, typer.Option(help="Write the DET plot here, as SVG.")] = None,
    calibration: Annotated[
        bool,
        typer.Option("--calibrate", help="Write into the model's manifest what its cosines mean, by these impostors."),
    ] = False,
    with_keypoints: Annotated[
        bool, typer.Option("--with-keypoints", help="Measure keypoint evidence too, alone and with the model.")
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
    results = _measure(here, embedder, found, pair_photos(found.labels, doubtful), with_keypoints=with_keypoints)
    if det:
        _write(det, _plot(results))
    _show(here, embedder, results)


def _measure(
    here: Context, embedder: Embedder, found: LabelledVectors, pairs: PhotoPairs, *, with_keypoints: bool
) -> Results:
    """The model's figures, and on request those of the keypoints alone and of both together, by their names."""

    def figures(scores: npt.ArrayLike, scale: Scale) -> Evaluation:
        presented = len(found.labels) + found.failures
        comparisons = pairs.scored(scores)
        return evaluate_comparisons(comparisons, scale, photos=presented, failures_to_acquire=found.failures)

    name, manifest = embedder.identity.name, embedder.manifest
    cosines = pairs.cosines(found.vectors)
    results = {name: figures(cosines, cosine_scale(manifest.calibration))}
    if with_keypoints:
        inliers = _inliers(here, found, pairs)
        results[_KEYPOINTS] = figures(inliers, INLIERS)
        if fusion := manifest.keypoints:
            results[f"{name} + {_KEYPOINTS}"] = figures(fused_scores(cosines, inliers, fusion), fused_scale(fusion))
    return results


def _embed_folders(here: Context, embedder: Embedder, folders: list[Path]) -> LabelledVectors:
    photos = [photo for folder in folders for photo in read_identity_folder(folder)]
    steps = here.terminal.progress(
        acquire(photos, embedder), total=len(photos), label=here.terminal.say("사진 계산", "Embedding")
    )
    return label(steps)


def _calibrate(here: Context, found: LabelledVectors, doubtful: list[Pair], folders: list[Path]) -> None:
    manifest_file = known_manifest_file(here.settings)
    impostors = drawn_impostors(pair_photos(found.labels, doubtful))
    cosines = impostors.cosines(found.vectors)
    names = ", ".join(folder.resolve().name for folder in folders)
    source = f"{datetime.now(UTC):%Y-%m-%d}: {len(impostors):,} impostor comparisons in {names}"
    knots = calibrate(cosines)
    keypoints = calibrate_fusion(cosines, _inliers(here, found, impostors), knots, source)
    calibration = Calibration(cosine=knots.score, similarity=knots.similarity, source=source)
    write_calibration(manifest_file, calibration, keypoints)
    fused, with_keypoints = keypoints.calibration, here.terminal.say("특징점과 함께", "with keypoints")
    here.terminal.answer(
        {
            "manifest": str(manifest_file),
            "cosine": knots.score,
            "similarity": knots.similarity,
            "source": source,
            "keypoints": to_builtins(keypoints),
        },
        [
            (here.terminal.say("기록한 파일", "Written to"), manifest_file),
            *(
                (f"{alike:.2f}", f"cosine {cosine:.4f}; {with_keypoints} {score:.4f}")
                for alike, cosine, score in zip(knots.similarity, knots.score, fused.score, strict=True)
            ),
        ],
    )


def _inliers(here: Context, found: LabelledVectors, pairs: PhotoPairs) -> list[int]:
    with needs_extra("server"):
        from noseprint.evaluation.keypoint_scores import inliers_of, keypoints_of  # noqa: PLC0415

    progress, say = here.terminal.progress, here.terminal.say
    photos = (read_photo(path, here.settings) for path in found.paths)
    extracting = keypoints_of(photos, image_limits(here.settings))
    points = list(progress(extracting, total=len(found.paths), label=say("특징점", "Keypoints")))
    return list(progress(inliers_of(pairs, points), total=len(pairs), label=say("특징점 비교", "Matching")))


def _show(here: Context, embedder: Embedder, results: Results) -> None:
    model, *others = results.values()
    data = {"model": embedder.identity.name, "model_sha256": embedder.identity.sha256, **as_json(model)}
    if others:
        data["keypoints"], *fused = map(as_json, others)
        data["fused"] = fused[0] if fused else None
    say = here.terminal.say
    heads = [embedder.identity.name, say("값", "value"), say("95 % 구간", "95 % interval")]
    here.terminal.table(data, heads, _rows(here, results))


def _rows(here: Context, results: Results) -> Iterator[tuple[str, str, str]]:
    """The model's table, then the rates of each other score under its name."""
    (_, model), *others = results.items()
    yield from as_rows(model)
    for name, result in others:
        yield "", "", ""
        yield name, "", ""
        yield from rate_rows(result)
    if len(others) == 1:
        lacking = here.terminal.say(
            "모델의 매니페스트에 특징점 기준이 없어요 (`--calibrate`)",
            "the model's manifest does not say how keypoints are weighed (`--calibrate`)",
        )
        yield "", "", ""
        yield lacking, "", ""


def _plot(results: Results) -> str:
    curves = {name: result.det for name, result in results.items() if result.det is not None}
    if not curves:
        raise NoseprintError(ErrorCode.INVALID_REQUEST, "no DET curve without genuine and impostor comparisons")
    return det_plot(curves)


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
