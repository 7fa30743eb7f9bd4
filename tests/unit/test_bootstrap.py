"""Everything is wired in one place, by the settings alone."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from msgspec import structs

from noseprint import bootstrap
from noseprint.bootstrap import finders, stores
from noseprint.disk import exclusive
from noseprint.errors import ErrorCode, NoseprintError
from noseprint.settings import Secret, Settings
from noseprint.sync.dispatch import Dispatch
from noseprint.sync.local_store import LocalStore
from noseprint.sync.outbox import EntryKind
from noseprint.sync.pet_objects import PetObject, photo_key

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

DID = "did:ethr:besu:0x" + "a" * 40


def test_objects_go_to_a_folder_without_the_keys_of_ncp(tmp_path: Path) -> None:
    assert isinstance(bootstrap.open_store(Settings(data_dir=tmp_path)), LocalStore)


def test_objects_go_to_ncp_with_its_keys(tmp_path: Path) -> None:
    store = bootstrap.open_store(Settings(data_dir=tmp_path, ncp_access_key="AKID", ncp_secret_key=Secret("hunter2")))
    assert type(store).__name__ == "S3Store"


def test_records_go_to_sqlite_in_the_data_folder_by_default(tmp_path: Path) -> None:
    with bootstrap.open_records(Settings(data_dir=tmp_path / "what?x=1")):
        pass
    assert (tmp_path / "what?x=1" / "records.db").is_file()


def test_records_go_to_postgresql_when_its_host_is_set(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path, db_host="127.0.0.1", db_port=9, db_password=Secret("p@ss/word"))
    with pytest.raises(NoseprintError) as refused, bootstrap.open_records(settings):
        pass
    assert refused.value.code is ErrorCode.RECORDS_UNAVAILABLE
    assert "p@ss" not in str(refused.value)


def test_the_first_key_lies_apart_from_the_data_and_later_starts_use_it(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path / "data", master_key_file=str(tmp_path / "keys" / "master.key"))
    first, second = (bootstrap.open_vault(settings).keys.key_ids for _ in range(2))
    assert first == second
    assert bootstrap.master_keys(settings).place() == str(tmp_path / "keys" / "master.key")


def test_operators_are_in_the_database_of_the_records(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path)
    with bootstrap.open_records(settings):
        pass
    with bootstrap.open_operators(settings) as operators:
        assert operators.all() == []
    assert [file.name for file in tmp_path.glob("*.db")] == ["records.db"]


def test_the_model_is_the_one_that_is_set_or_the_shipped_one(tmp_path: Path) -> None:
    assert bootstrap.model_file(Settings(model_path="m.onnx")) == Path("m.onnx")
    assert bootstrap.model_file(Settings(data_dir=tmp_path)).name == bootstrap.DEFAULT_MODEL


def test_no_other_model_stands_in_for_one_that_is_to_be_fetched(tmp_path: Path) -> None:
    with pytest.raises(NoseprintError, match="model fetch"):
        bootstrap.model_file(Settings(data_dir=tmp_path, ncp_model_key="models/x.onnx"))


def test_a_model_that_is_to_be_fetched_is_fetched_at_its_first_use(tmp_path: Path) -> None:
    shipped = (bootstrap.known_models() / bootstrap.DEFAULT_MODEL).read_bytes()
    settings = Settings(data_dir=tmp_path, ncp_model_key="models/x.onnx")
    bootstrap.open_store(settings).put("models/x.onnx", shipped, "application/octet-stream")
    assert bootstrap.load_embedder(settings).identity.name == "noseprint-base"
    assert bootstrap.model_file(settings).name == "x.onnx"


def test_a_data_folder_that_cannot_be_made_is_a_coded_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    refused_settings = Settings(data_dir=tmp_path / "file" / "below")
    with pytest.raises(NoseprintError) as refused, bootstrap.open_records(refused_settings):
        pass
    assert refused.value.code is ErrorCode.FOLDER_NOT_USABLE


def test_a_model_without_a_manifest_has_none_to_write_to(tmp_path: Path) -> None:
    bare = tmp_path / "bare.onnx"
    bare.write_bytes(b"anything")
    with pytest.raises(NoseprintError) as refused:
        bootstrap.known_manifest_file(Settings(model_path=str(bare)))
    assert refused.value.code is ErrorCode.MODEL_FILE_INVALID


def test_the_shipped_model_loads_and_its_manifest_is_found() -> None:
    assert bootstrap.load_embedder(Settings()).manifest.output.dimension == 512
    assert bootstrap.known_manifest_file(Settings()).name == "noseprint-base.toml"


def test_a_model_known_by_its_checksum_gets_its_shipped_manifest(shared: Path) -> None:
    settings = Settings(model_path=str(shared / "reference" / "embedder_96x96.onnx"))
    assert bootstrap.known_manifest_file(settings).name == "embedder_96x96.toml"
    assert bootstrap.load_embedder(settings).manifest.input.resampling == "bicubic"


def test_fetching_without_a_key_says_which_setting_is_missing(tmp_path: Path) -> None:
    with pytest.raises(NoseprintError, match="NCP_MODEL_KEY"):
        bootstrap.fetch_model(Settings(data_dir=tmp_path))


def test_the_server_starts_without_the_libraries_that_it_does_not_use() -> None:
    program = "import sys, embedded_server.server; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout.split()
    unwanted = {"sqlalchemy", "alembic", "boto3", "botocore", "typer", "rich", "PySide6", "cv2", "phonenumbers"}
    assert not unwanted & set(loaded)


def test_opencv_is_imported_at_the_first_comparison_of_photos_and_not_before(noses: Path, tmp_path: Path) -> None:
    program = """
import sys
from pathlib import Path
import embedded_server.server
from noseprint.bootstrap import gateway_over
from noseprint.settings import Settings
photos = [Path(name).read_bytes() for name in sys.argv[2:]]
finder = gateway_over(Settings(data_dir=Path(sys.argv[1])), objects=None, embedder=None).finder
before = "cv2" in sys.modules
inliers = finder.match(*map(finder.extract, photos)).inliers
print(before, "cv2" in sys.modules, inliers > 20)
"""
    photos = [str(noses / "dog-1" / name) for name in ("01.jpg", "02.jpg")]
    arguments = [sys.executable, "-c", program, str(tmp_path), *photos]
    answer = subprocess.run(arguments, capture_output=True, text=True, check=True)
    assert answer.stdout.split() == ["False", "True", "True"]


def test_without_opencv_there_is_no_finder_and_vectors_alone_decide(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(finders, "find_spec", lambda _name: None)
    assert bootstrap.keypoint_finder(Settings()) is None


def test_the_gateway_weighs_shared_points(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path)
    with bootstrap.open_pet_objects(settings) as objects:
        assert bootstrap.gateway_over(settings, objects, bootstrap.load_embedder(settings)).finder is not None


def waiting_photo(settings: Settings) -> PetObject:
    """A photo that waits on this machine, and is in no store."""
    photo = PetObject(DID, EntryKind.PHOTO, photo_key(DID, 1), b"photo", "image/jpeg")
    with bootstrap.open_holdings(settings) as holdings:
        dispatch = Dispatch(holdings.spool, holdings.outbox)
        with dispatch.prepared([photo]) as outgoing:
            holdings.outbox.enqueue(outgoing.entries, datetime.now(UTC))
    return photo


def test_a_server_beside_an_outbox_shows_what_waits_in_it(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path)
    photo = waiting_photo(settings)
    with bootstrap.open_pet_objects(settings) as objects:
        assert objects.load_photo(photo.key) == b"photo"


def test_a_server_that_never_enrolled_opens_no_records(tmp_path: Path) -> None:
    program = """
import sys
from pathlib import Path
from noseprint.bootstrap import open_pet_objects
from noseprint.settings import Settings
with open_pet_objects(Settings(data_dir=Path(sys.argv[1]))):
    print("sqlalchemy" in sys.modules)
"""
    arguments = [sys.executable, "-c", program, str(tmp_path)]
    assert subprocess.run(arguments, capture_output=True, text=True, check=True).stdout.strip() == "False"
    assert not (tmp_path / "records.db").exists()


def test_a_server_that_was_there_first_sees_what_waits_from_then_on(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path)
    with bootstrap.open_pet_objects(settings) as objects:
        with pytest.raises(NoseprintError) as missing:
            objects.load_photo(photo_key(DID, 1))
        assert missing.value.code is ErrorCode.OBJECT_NOT_FOUND
        photo = waiting_photo(settings)
        assert objects.load_photo(photo.key) == b"photo"
        assert objects.load_photos(DID) == [b"photo"]


def test_a_store_is_named_without_secrets_and_alike_however_its_address_is_written(tmp_path: Path) -> None:
    def name(endpoint: str = "https://kr.object.ncloudstorage.com", bucket: str = "clinic", key: str = "AKID") -> str:
        keys = Settings(data_dir=tmp_path, ncp_access_key=key, ncp_secret_key=Secret("hunter2"))
        return stores.store_identity(structs.replace(keys, ncp_endpoint=endpoint, ncp_bucket_name=bucket))

    assert name() == "kr.object.ncloudstorage.com clinic"
    assert name() == name("http://KR.object.ncloudstorage.com/") == name("https://a:b@kr.object.ncloudstorage.com")
    assert name() == name(key="another")
    folders = [stores.store_identity(Settings(data_dir=tmp_path / folder)) for folder in ("a", "a", "b")]
    assert len({name(), name(bucket="another"), name("https://s3.example"), *folders}) == 5
    assert folders[0] == folders[1]
    assert not [folder for folder in folders if str(tmp_path) in folder]


def test_a_worker_sends_nothing_to_another_store_before_a_person_says_so(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path)
    bucket = Settings(data_dir=tmp_path, ncp_access_key="AKID", ncp_secret_key=Secret("hunter2"))
    photo = waiting_photo(settings)
    with bootstrap.open_holdings(settings) as holdings:
        with bootstrap.open_worker(bucket, holdings):
            pass  # nothing is synced yet: any store may be the one
        with bootstrap.open_worker(settings, holdings) as worker:
            assert worker.run_once().synced == 1
        with pytest.raises(NoseprintError) as refused, bootstrap.open_worker(bucket, holdings):
            pass
        assert refused.value.code is ErrorCode.STORE_CHANGED
        new = structs.replace(settings, data_dir=tmp_path / "new")
        assert bootstrap.change_store(new, holdings).due == 1
        with bootstrap.open_worker(new, holdings) as worker:
            assert worker.run_once().synced == 1
    assert bootstrap.open_store(new).get(photo.key) == b"photo"


def test_a_store_that_cannot_be_used_does_not_become_the_machines_own(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path)
    away = structs.replace(
        settings,
        ncp_access_key="AKID",
        ncp_secret_key=Secret("hunter2"),
        ncp_endpoint="http://127.0.0.1:9",
        storage_deadline_s=2.0,
    )
    waiting_photo(settings)
    with bootstrap.open_holdings(settings) as holdings:
        with bootstrap.open_worker(settings, holdings) as worker:
            worker.run_once()
        with pytest.raises(NoseprintError) as refused:
            bootstrap.change_store(away, holdings)
        assert refused.value.code is ErrorCode.STORAGE_CONNECTION_ERROR
        bootstrap.check_store(settings, holdings)
        assert holdings.outbox.counts().waiting == 0


def test_that_photos_are_dropped_is_in_the_audit_trail(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path, sync_keep_days=0)
    waiting_photo(settings)
    with bootstrap.open_holdings(settings) as holdings, bootstrap.open_worker(settings, holdings) as worker:
        worker.forget_expired()
        assert holdings.records.trail.entries(holdings.records.engine) == []
        worker.run_once()
        worker.forget_expired()
        worker.forget_expired()
        (told,) = holdings.records.trail.entries(holdings.records.engine)
    assert (told.event_id, told.details) == ("NA-3008", {"photos": 1})


@pytest.mark.parametrize("opened", [bootstrap.open_records, bootstrap.open_operators, bootstrap.open_holdings])
def test_whoever_has_the_records_open_keeps_a_restore_and_new_keys_away(
    tmp_path: Path, opened: Callable[[Settings], AbstractContextManager[object]]
) -> None:
    settings = Settings(data_dir=tmp_path)
    with opened(settings), opened(settings):
        for alone in (lambda: bootstrap.rotate_keys(settings), lambda: exclusive(tmp_path).__enter__()):
            with pytest.raises(NoseprintError) as refused:
                alone()
            assert refused.value.code is ErrorCode.ALREADY_RUNNING
            assert "kiosk" in refused.value.sentence("en")
    bootstrap.rotate_keys(settings)
    with exclusive(tmp_path), pytest.raises(NoseprintError) as refused, opened(settings):
        pytest.fail("came in while another one was alone")
    assert refused.value.code is ErrorCode.ALREADY_RUNNING


def test_the_local_store_is_swept_when_a_worker_starts(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path)
    unfinished = tmp_path / "objects" / ".noseprint-part-files" / ".noseprint-part-1"
    unfinished.parent.mkdir(parents=True)
    unfinished.write_bytes(b"half a photo")
    with bootstrap.open_holdings(settings) as holdings, bootstrap.open_worker(settings, holdings):
        assert not unfinished.exists()


def test_a_data_folder_has_one_worker(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path)
    with bootstrap.open_holdings(settings) as holdings, bootstrap.open_worker(settings, holdings):
        with pytest.raises(NoseprintError) as refused, bootstrap.open_worker(settings, holdings):
            pass
        assert refused.value.code is ErrorCode.ALREADY_RUNNING


def test_keys_are_not_changed_under_a_worker(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path)
    with bootstrap.open_holdings(settings) as holdings, bootstrap.open_worker(settings, holdings):
        with pytest.raises(NoseprintError) as refused:
            bootstrap.rotate_keys(settings)
        assert refused.value.code is ErrorCode.ALREADY_RUNNING


def test_a_worker_begins_with_what_a_killed_one_had_claimed_and_sweeps_what_it_left(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path)
    photo = waiting_photo(settings)
    with bootstrap.open_holdings(settings) as holdings:
        assert len(holdings.outbox.claim(1, datetime.now(UTC))) == 1
        holdings.spool.put(b"nobody mentions it")
        with bootstrap.open_worker(settings, holdings) as worker:
            assert worker.run_once().synced == 1
        assert len(holdings.spool.names()) == 1
    assert bootstrap.open_store(settings).get(photo.key) == b"photo"


def test_local_copies_are_kept_as_long_as_the_settings_say(tmp_path: Path) -> None:
    for days, left in ((30, 1), (0, 0)):
        settings = Settings(data_dir=tmp_path, sync_keep_days=days)
        waiting_photo(settings)
        with bootstrap.open_holdings(settings) as holdings, bootstrap.open_worker(settings, holdings) as worker:
            worker.run_once()
            worker.forget_expired()
            assert len(holdings.spool.names()) == left


def test_kiosks_on_one_postgresql_have_names_of_their_own_that_stay(tmp_path: Path) -> None:
    first, second = (Settings(data_dir=tmp_path / name, db_host="db") for name in "ab")
    for settings in (first, second):
        settings.data_dir.mkdir()
    assert stores._holder(first) == stores._holder(first) != stores._holder(second)
    assert stores._holder(Settings(data_dir=tmp_path)) == "this machine"


def test_opening_and_listing_a_local_store_writes_nothing_so_that_a_full_disk_has_its_code(tmp_path: Path) -> None:
    store = bootstrap.open_store(Settings(data_dir=tmp_path))
    assert list(store.keys("")) == []
    assert list(tmp_path.iterdir()) == []
