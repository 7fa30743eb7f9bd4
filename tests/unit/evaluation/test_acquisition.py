"""Photos that give no vector are counted as failures to acquire; a model that is not there is an error."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from noseprint.embedding.manifest import ModelIdentity, ModelManifest
from noseprint.errors import ErrorCode, NoseprintError
from noseprint.evaluation.acquisition import acquire, label
from noseprint.evaluation.identity_folders import IdentityPhoto

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from noseprint.embedding.model import Vector


class EmbedsByLength:
    """Embeds a photo as the number of its bytes; refuses what begins with a coded refusal."""

    manifest = ModelManifest(schema=1, name="length", version="1", file="none.onnx", sha256="0" * 64)
    identity = ModelIdentity("length", "0" * 64)

    def embed(self, photo: bytes) -> Vector:
        if photo.startswith(b"refuse "):
            raise NoseprintError(ErrorCode[photo.split()[1].decode()])
        return np.array([len(photo), 1.0], np.float32)


@pytest.fixture
def photo(tmp_path: Path) -> Callable[[str, bytes], IdentityPhoto]:
    def write(identity: str, content: bytes) -> IdentityPhoto:
        file = tmp_path / f"{identity}-{len(list(tmp_path.iterdir()))}.jpg"
        file.write_bytes(content)
        return IdentityPhoto(identity, file)

    return write


def test_vectors_keep_the_order_and_the_names_of_their_photos(photo: Callable[[str, bytes], IdentityPhoto]) -> None:
    found = label(acquire([photo("b", b"12"), photo("a", b"1"), photo("b", b"123")], EmbedsByLength()))
    assert found.labels == ["b", "a", "b"]
    assert found.vectors[:, 0].tolist() == [2.0, 1.0, 3.0]
    assert found.failures == 0


def test_broken_and_missing_photos_are_failures_to_acquire(
    photo: Callable[[str, bytes], IdentityPhoto], tmp_path: Path
) -> None:
    gone = IdentityPhoto("c", tmp_path / "gone.jpg")
    acquired = list(acquire([photo("a", b"1"), photo("b", b"refuse INVALID_IMAGE"), gone], EmbedsByLength()))
    assert [item.fault.code if item.fault else None for item in acquired] == [
        None,
        ErrorCode.INVALID_IMAGE,
        ErrorCode.FILE_NOT_READABLE,
    ]
    assert label(acquired).failures == 2


def test_nothing_acquired_at_all_is_an_error(photo: Callable[[str, bytes], IdentityPhoto]) -> None:
    with pytest.raises(NoseprintError) as refused:
        label(acquire([photo("a", b"refuse INVALID_IMAGE")], EmbedsByLength()))
    assert refused.value.code is ErrorCode.INVALID_IMAGE


def test_a_model_that_is_not_there_is_no_failure_to_acquire(photo: Callable[[str, bytes], IdentityPhoto]) -> None:
    with pytest.raises(NoseprintError) as refused:
        list(acquire([photo("a", b"refuse MODEL_NOT_LOADED")], EmbedsByLength()))
    assert refused.value.code is ErrorCode.MODEL_NOT_LOADED
