"""Commands about vectors alone: no records, no store."""

from __future__ import annotations

import typer

from command_line.context import Photo, context_of, read_photo
from noseprint.bootstrap import did_scheme, load_embedder, thresholds
from noseprint.matching.similarity import compare as compare_vectors


def register(app: typer.Typer) -> None:
    """Hang these commands on the program."""
    app.command()(extract)
    app.command()(compare)


def extract(context: typer.Context, photo: Photo) -> None:
    """Compute the vector of a photo and the Pet DID that it stands for."""
    here = context_of(context)
    embedder = load_embedder(here.settings)
    vector = embedder.embed(read_photo(photo, here.settings))
    pet_did = did_scheme(here.settings).pet_did(vector)
    here.terminal.answer(
        {
            "vector": [float(value) for value in vector],
            "vector_size": vector.size,
            "pet_did": pet_did,
            "model": embedder.identity.name,
            "model_sha256": embedder.identity.sha256,
        },
        [
            (here.terminal.say("벡터", "Vector"), f"{vector.size} x float32, {vector[:4].round(4).tolist()} …"),
            ("Pet DID", pet_did),
            (here.terminal.say("모델", "Model"), embedder.identity.name),
        ],
    )


def compare(context: typer.Context, photo: Photo, other: Photo) -> None:
    """Compare two photos."""
    here = context_of(context)
    embedder = load_embedder(here.settings)
    vectors = [embedder.embed(read_photo(path, here.settings)) for path in (photo, other)]
    scores = compare_vectors(vectors[0], vectors[1], embedder.manifest.calibration)
    verdict = thresholds(here.settings).verdict(scores.similarity)
    here.terminal.answer(
        {
            "similarity": scores.similarity,
            "cosine_similarity": scores.cosine_similarity,
            "euclidean_distance": scores.euclidean_distance,
            "verdict": verdict,
        },
        [
            (here.terminal.say("판정", "Verdict"), here.terminal.verdict(verdict)),
            (here.terminal.say("유사도", "Similarity"), f"{scores.similarity:.3f}"),
            (here.terminal.say("코사인", "Cosine"), f"{scores.cosine_similarity:.4f}"),
            (here.terminal.say("거리", "Distance"), f"{scores.euclidean_distance:.4f}"),
        ],
    )
