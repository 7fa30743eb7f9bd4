from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest

from noseprint.embedding.model import load_model
from noseprint.errors import ErrorCode, NoseprintError
from noseprint.sync.local_store import LocalStore
from noseprint.sync.model_fetcher import ModelCache
from tests.support import tiny_models

KEY = "models/embedder_model.onnx"
MANIFEST_KEY = "models/embedder_model.toml"
MATCHING = "[input]\nsize = 16\n[output]\ndimension = 8\n"


@pytest.fixture
def store(tmp_path: Path) -> LocalStore:
    return LocalStore(tmp_path / "bucket")


@pytest.fixture
def cache(tmp_path: Path) -> ModelCache:
    (tmp_path / "known").mkdir()
    return ModelCache(tmp_path / "cache", tmp_path / "known")


def a_model(folder: Path, dimension: int = 8) -> Path:
    return tiny_models.linear_model(folder / f"made_{dimension}.onnx", dimension=dimension)


def publish(store: LocalStore, model: Path, manifest: str | None = None) -> str:
    """Put a model into the store, its manifest too where one is given; its checksum."""
    store.put(KEY, model.read_bytes(), "application/octet-stream")
    if manifest is not None:
        store.put(MANIFEST_KEY, manifest.encode(), "application/toml")
    return hashlib.sha256(model.read_bytes()).hexdigest()


def manifest_of(model: Path, text: str = MATCHING, **head: object) -> str:
    return tiny_models.write_manifest(model, text, file=model.with_suffix(".draft"), **head).read_text("utf-8")


def refusal(cache: ModelCache, store: LocalStore, sha256: str = "") -> NoseprintError:
    with pytest.raises(NoseprintError) as caught:
        cache.fetch(store, KEY, sha256)
    return caught.value


def leftovers(cache: ModelCache) -> list[str]:
    return [file.name for file in cache.folder.iterdir() if file.name.startswith(".")]


class TestFetching:
    def test_makes_the_model_the_current_one(self, cache: ModelCache, store: LocalStore, tmp_path: Path) -> None:
        checksum = publish(store, a_model(tmp_path))
        assert cache.current(KEY) is None
        file = cache.fetch(store, KEY, checksum)
        assert cache.current(KEY) == file
        assert hashlib.sha256(file.read_bytes()).hexdigest() == checksum
        assert leftovers(cache) == []

    def test_takes_what_comes_where_no_checksum_is_asked(
        self, cache: ModelCache, store: LocalStore, tmp_path: Path
    ) -> None:
        publish(store, a_model(tmp_path))
        file = cache.fetch(store, KEY)
        assert cache.current(KEY) == file

    def test_brings_the_manifest_beside_it(self, cache: ModelCache, store: LocalStore, tmp_path: Path) -> None:
        model = a_model(tmp_path)
        publish(store, model, manifest_of(model, name="published"))
        assert load_model(cache.fetch(store, KEY)).manifest.name == "published"

    def test_finds_a_known_manifest_where_none_lies_beside(
        self, cache: ModelCache, store: LocalStore, tmp_path: Path
    ) -> None:
        model = a_model(tmp_path)
        tiny_models.write_manifest(model, MATCHING, file=cache.known / "a.toml", name="known")
        publish(store, model)
        assert load_model(cache.fetch(store, KEY), known=cache.known).manifest.name == "known"

    def test_replaces_the_model_before(self, cache: ModelCache, store: LocalStore, tmp_path: Path) -> None:
        publish(store, a_model(tmp_path))
        before = cache.fetch(store, KEY)
        publish(store, a_model(tmp_path, dimension=12))
        after = cache.fetch(store, KEY)
        assert cache.current(KEY) == after != before
        assert load_model(after).manifest.output.dimension == 12

    def test_again_brings_a_new_manifest_for_the_same_model(
        self, cache: ModelCache, store: LocalStore, tmp_path: Path
    ) -> None:
        model = a_model(tmp_path)
        publish(store, model, manifest_of(model, name="first"))
        cache.fetch(store, KEY)
        publish(store, model, manifest_of(model, name="second"))
        assert load_model(cache.fetch(store, KEY)).manifest.name == "second"

    def test_tells_keys_apart_that_end_alike(self, cache: ModelCache, store: LocalStore, tmp_path: Path) -> None:
        store.put("models/v1/m.onnx", a_model(tmp_path).read_bytes(), "application/octet-stream")
        cache.fetch(store, "models/v1/m.onnx")
        assert cache.current("models/v2/m.onnx") is None

    def test_does_not_count_for_another_checksum(self, cache: ModelCache, store: LocalStore, tmp_path: Path) -> None:
        checksum = publish(store, a_model(tmp_path))
        cache.fetch(store, KEY)
        assert cache.current(KEY, checksum) is not None
        assert cache.current(KEY, "0" * 64) is None

    def test_forgets_a_manifest_that_was_taken_off_the_store(
        self, cache: ModelCache, store: LocalStore, tmp_path: Path
    ) -> None:
        model = a_model(tmp_path)
        publish(store, model, manifest_of(model, name="published"))
        cache.fetch(store, KEY)
        store.delete(MANIFEST_KEY)
        assert load_model(cache.fetch(store, KEY)).manifest.name != "published"

    def test_notices_a_model_that_was_damaged_afterwards(
        self, cache: ModelCache, store: LocalStore, tmp_path: Path
    ) -> None:
        publish(store, a_model(tmp_path))
        file = cache.fetch(store, KEY)
        file.write_bytes(file.read_bytes()[:-1] + b"?")
        with pytest.raises(NoseprintError, match="damaged"):
            cache.current(KEY)

    @pytest.mark.skipif(os.name == "nt", reason="open files cannot be replaced there")
    def test_again_never_leaves_the_current_model_half_written(
        self, cache: ModelCache, store: LocalStore, tmp_path: Path
    ) -> None:
        publish(store, a_model(tmp_path))
        file = cache.fetch(store, KEY)
        with file.open("rb") as before:
            cache.fetch(store, KEY)
            assert os.fstat(before.fileno()).st_ino != file.stat().st_ino  # replaced in one step, not written over


class TestFailedFetch:
    @pytest.fixture(autouse=True)
    def _one_is_current(self, cache: ModelCache, store: LocalStore, tmp_path: Path) -> None:
        publish(store, a_model(tmp_path))
        self.before = cache.fetch(store, KEY)
        self.content = self.before.read_bytes()

    def assert_the_old_one_stays(self, cache: ModelCache) -> None:
        assert cache.current(KEY) == self.before
        assert self.before.read_bytes() == self.content
        assert leftovers(cache) == []
        load_model(self.before)

    def test_for_a_wrong_checksum(self, cache: ModelCache, store: LocalStore, tmp_path: Path) -> None:
        publish(store, a_model(tmp_path, dimension=12))
        error = refusal(cache, store, "0" * 64)
        assert error.code is ErrorCode.MODEL_FILE_INVALID
        assert "SHA-256" in str(error)
        self.assert_the_old_one_stays(cache)

    @pytest.mark.parametrize("content", [b"", b"no model", b"\x00" * 5000])
    def test_for_a_broken_model(self, cache: ModelCache, store: LocalStore, content: bytes) -> None:
        store.put(KEY, content, "application/octet-stream")
        assert refusal(cache, store).code is ErrorCode.MODEL_FILE_INVALID
        assert refusal(cache, store, hashlib.sha256(content).hexdigest()).code is ErrorCode.MODEL_FILE_INVALID
        self.assert_the_old_one_stays(cache)

    def test_for_a_model_cut_on_the_way(self, cache: ModelCache, store: LocalStore, tmp_path: Path) -> None:
        store.put(KEY, a_model(tmp_path, dimension=12).read_bytes()[:-200], "application/octet-stream")
        assert refusal(cache, store).code is ErrorCode.MODEL_FILE_INVALID
        self.assert_the_old_one_stays(cache)

    def test_for_a_model_that_cannot_run(self, cache: ModelCache, store: LocalStore, tmp_path: Path) -> None:
        publish(store, tiny_models.constant_model(tmp_path / "dead.onnx", [0.0, 0.0]))
        assert refusal(cache, store).code is ErrorCode.MODEL_FILE_INVALID
        self.assert_the_old_one_stays(cache)

    @pytest.mark.parametrize("text", ["[input]\nsize = 24\n", "[input]\nsice = 16\n", "not toml ="])
    def test_for_a_wrong_manifest(self, cache: ModelCache, store: LocalStore, tmp_path: Path, text: str) -> None:
        model = a_model(tmp_path, dimension=12)
        publish(store, model, manifest_of(model, text))
        assert refusal(cache, store).code is ErrorCode.MODEL_FILE_INVALID
        self.assert_the_old_one_stays(cache)

    def test_for_a_manifest_of_another_model(self, cache: ModelCache, store: LocalStore, tmp_path: Path) -> None:
        model = a_model(tmp_path, dimension=12)
        publish(store, model, manifest_of(model, sha256="0" * 64))
        assert refusal(cache, store).code is ErrorCode.MODEL_FILE_INVALID
        self.assert_the_old_one_stays(cache)

    def test_for_a_missing_model(self, cache: ModelCache, store: LocalStore) -> None:
        store.delete(KEY)
        assert refusal(cache, store).code is ErrorCode.OBJECT_NOT_FOUND
        self.assert_the_old_one_stays(cache)

    @pytest.mark.parametrize("lost", [KEY, MANIFEST_KEY])
    def test_for_a_store_that_cannot_be_reached(self, cache: ModelCache, store: LocalStore, lost: str) -> None:
        class Unreachable(LocalStore):
            def get(self, key: str) -> bytes:
                if key == lost:
                    raise NoseprintError(ErrorCode.STORAGE_CONNECTION_ERROR)
                return super().get(key)

        assert refusal(cache, Unreachable(store._folder)).code is ErrorCode.STORAGE_CONNECTION_ERROR
        self.assert_the_old_one_stays(cache)

    def test_for_a_disk_that_is_full_at_the_last_step(
        self, cache: ModelCache, store: LocalStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        publish(store, a_model(tmp_path, dimension=12))
        writing = Path.write_text

        def full(path: Path, *arguments: object) -> int:
            if path.name == "pointer":
                raise OSError(28, os.strerror(28))
            return writing(path, *arguments)  # type: ignore[arg-type]

        monkeypatch.setattr(Path, "write_text", full)
        assert refusal(cache, store).code is ErrorCode.FOLDER_NOT_USABLE
        self.assert_the_old_one_stays(cache)


class TestPointer:
    @pytest.mark.parametrize("text", ["", "not a checksum", "../../etc", "0" * 64])
    def test_that_points_nowhere_is_no_model(self, cache: ModelCache, text: str) -> None:
        cache.folder.mkdir()
        (cache.folder / "embedder_model.onnx.current").write_text(text, "ascii")
        assert cache.current(KEY) is None

    def test_that_leads_out_of_the_cache_is_not_followed(self, cache: ModelCache, tmp_path: Path) -> None:
        cache.folder.mkdir()
        (tmp_path / "elsewhere").mkdir()
        (tmp_path / "elsewhere" / "embedder_model.onnx").write_bytes(b"x")
        (cache.folder / "embedder_model.onnx.current").write_text("../elsewhere", "ascii")
        assert cache.current(KEY) is None

    def test_that_is_no_text_is_no_model(self, cache: ModelCache) -> None:
        cache.folder.mkdir()
        (cache.folder / "embedder_model.onnx.current").write_bytes(b"\xff\xfe")
        assert cache.current(KEY) is None


def test_a_cache_that_cannot_be_made_is_named(store: LocalStore, tmp_path: Path) -> None:
    publish(store, a_model(tmp_path))
    (tmp_path / "file").write_bytes(b"")
    error = refusal(ModelCache(tmp_path / "file" / "cache", tmp_path / "known"), store)
    assert error.code is ErrorCode.FOLDER_NOT_USABLE
    assert "cache" in error.sentence("en")
