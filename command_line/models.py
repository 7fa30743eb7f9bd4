"""Commands about the model in use: what it is, whether it is whole, and fetching another."""

from __future__ import annotations

import typer

from command_line.context import context_of
from noseprint.bootstrap import fetch_model, load_embedder, model_file, require_proven_model

app = typer.Typer(help="The model in use: info, verify, fetch.", no_args_is_help=True)


def register(parent: typer.Typer) -> None:
    """Hang these commands on the program."""
    parent.add_typer(app, name="model")


@app.command()
def info(context: typer.Context) -> None:
    """Say what the model in use eats, gives and means."""
    here = context_of(context)
    manifest = load_embedder(here.settings).manifest
    spec, output = manifest.input, manifest.output
    here.terminal.answer(
        {
            "name": manifest.name,
            "version": manifest.version,
            "file": str(model_file(here.settings)),
            "sha256": manifest.sha256,
            "input_shape": spec.shape,
            "layout": spec.layout,
            "range": spec.range,
            "resampling": spec.resampling,
            "crop": spec.crop,
            "scaled_decoding": spec.scaled_decoding,
            "dimension": output.dimension,
            "calibration": {
                "cosine": manifest.calibration.cosine,
                "similarity": manifest.calibration.similarity,
                "source": manifest.calibration.source,
            },
            "card": manifest.card,
        },
        [
            (here.terminal.say("모델", "Model"), f"{manifest.name} {manifest.version}"),
            ("SHA-256", manifest.sha256),
            (here.terminal.say("입력", "Input"), f"{spec.shape} {spec.layout}, {spec.resampling}, {spec.range}"),
            (here.terminal.say("출력", "Output"), output.dimension),
            (here.terminal.say("보정", "Calibration"), manifest.calibration.source),
            *manifest.card.items(),
        ],
    )


@app.command()
def verify(context: typer.Context) -> None:
    """Prove the model's checksum and that it computes what its manifest says."""
    here = context_of(context)
    require_proven_model(here.settings)
    identity = load_embedder(here.settings).identity
    here.terminal.answer(
        {"ok": True, "name": identity.name, "sha256": identity.sha256},
        [(here.terminal.say("모델 파일에 이상이 없어요", "The model is whole"), f"{identity.name} {identity.sha256}")],
    )


@app.command()
def fetch(context: typer.Context) -> None:
    """Fetch the model that NCP_MODEL_KEY names from the bucket; the old one stays until the new one is proven."""
    here = context_of(context)
    file = fetch_model(here.settings)
    here.terminal.answer(
        {"ok": True, "file": str(file)}, [(here.terminal.say("모델을 받았어요", "Model fetched"), file)]
    )
