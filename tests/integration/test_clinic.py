"""The clinic's promises, on a real database file and a real folder of objects."""

from __future__ import annotations

import errno
import io
import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import numpy as np
import pytest
from PIL import Image, ImageEnhance
from sqlalchemy import text

from noseprint.clinic import Clinic, EnrolmentRequest, Rules
from noseprint.embedding.limits import ImageLimits
from noseprint.embedding.manifest import FusedCalibration, KeypointFusion
from noseprint.errors import ErrorCode, NoseprintError
from noseprint.gateway import Gateway
from noseprint.identity.pet_did import DidScheme
from noseprint.matching.fusion import Evidence, Unweighed
from noseprint.records.entities import Consent, ConsentKind, GuardianDetails, PetFacts
from noseprint.records.outbox import Outbox
from noseprint.records.records import Records
from noseprint.sync.dispatch import Dispatch
from noseprint.sync.local_store import LocalStore
from noseprint.sync.pending import PendingStore
from noseprint.sync.pet_objects import PetObjects
from noseprint.sync.spool import Spool
from noseprint.sync.worker import Pace, SyncWorker
from tests.support.nose_embedder import DIMENSION, KnowsDogsByHeart
from tests.support.point_finder import SharesPoints
from tests.support.striking_disk import StrikingDisk
from tests.support.vault import VAULT

if TYPE_CHECKING:
    from noseprint.disk import Disk
    from noseprint.matching.fusion import PointFinder
    from noseprint.sync.object_store import ObjectStore

NOW = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)
GUARDIAN = GuardianDetails("홍길동", "010-1234-5678")
IDENTIFICATION = Consent(ConsentKind.IDENTIFICATION, "v1", NOW)
FUSION = KeypointFusion(
    weight=0.05,
    by_chance=5,
    most_inliers=15,
    calibration=FusedCalibration(score=(-1.0, 0.0, 1.0, 1.5), similarity=(0.0, 0.0, 0.99, 1.0)),
)
Request = Callable[..., EnrolmentRequest]
Photo = Callable[[int, int], bytes]


class BreaksOnDemand(LocalStore):
    """A store that cannot be read at the keys that a test names, and counts how often it is asked."""

    unreadable: str = "\0"
    asked: int = 0

    def get(self, key: str) -> bytes:
        self.asked += 1
        if self.unreadable in key:
            raise NoseprintError(ErrorCode.STORAGE_CONNECTION_ERROR, "no network")
        return super().get(key)


@pytest.fixture
def store(tmp_path: Path) -> BreaksOnDemand:
    return BreaksOnDemand(tmp_path / "objects")


@pytest.fixture
def records(tmp_path: Path) -> Iterator[Records]:
    with Records.open(f"sqlite:///{tmp_path / 'records.db'}", VAULT) as opened:
        yield opened


@pytest.fixture
def embedder(noses: Path) -> KnowsDogsByHeart:
    return KnowsDogsByHeart(noses)


def spool_of(records: Records, disk: Disk | None = None) -> Spool:
    return Spool(Path(str(records.engine.url.database)).with_suffix(".spool"), VAULT, disk)


def outbox_of(records: Records) -> Outbox:
    return Outbox(records.engine, "kiosk")


def clinic_of(
    embedder: KnowsDogsByHeart,
    records: Records,
    store: ObjectStore,
    rules: Rules | None = None,
    finder: PointFinder | None = None,
    disk: Disk | None = None,
) -> Clinic:
    """A clinic with records, an outbox and a spool of its own, over a store that it may share with others."""
    spool, outbox = spool_of(records, disk), outbox_of(records)
    return Clinic(
        embedder,
        records,
        PetObjects(PendingStore(store, outbox, spool), photo_count=records.photo_count),
        Dispatch(spool, outbox),
        rules=rules or Rules(),
        did_scheme=DidScheme(),
        limits=ImageLimits(),
        points=finder,
        clock=lambda: NOW,
    )


def send(records: Records, store: ObjectStore) -> None:
    """Bring everything to the store, and keep no copy of it."""
    outbox, spool = outbox_of(records), spool_of(records)
    pace = Pace(keep=timedelta())
    assert SyncWorker(outbox, spool, store, pace=pace, clock=lambda: NOW).run_once().halted is None
    assert outbox.open_entries() == []
    SyncWorker(outbox, spool, store, pace=pace, clock=lambda: NOW + timedelta(seconds=1)).forget_expired()


def kept(records: Records) -> tuple[int, list[str], list[str]]:
    """All that an enrolment adds to: pets, contents, and what waits."""
    waiting = [entry.key for entry in outbox_of(records).open_entries()]
    return records.pet_count(), spool_of(records).names(), waiting


@pytest.fixture
def clinic(embedder: KnowsDogsByHeart, records: Records, store: ObjectStore) -> Clinic:
    return clinic_of(embedder, records, store)


@pytest.fixture
def weighing(embedder: KnowsDogsByHeart, records: Records, store: ObjectStore, photo: Photo) -> Clinic:
    """A clinic that weighs shared points: the photos of dog 1 share many with every other, those of other dogs few."""
    embedder.manifest = msgspec.structs.replace(embedder.manifest, keypoints=FUSION)
    points = {photo(dog, number): 40 if dog == 1 else 3 for dog in (1, 2, 3) for number in (1, 2, 3)}
    return clinic_of(embedder, records, store, finder=SharesPoints(points))


@pytest.fixture
def photo(noses: Path) -> Callable[[int, int], bytes]:
    return lambda dog, number: (noses / f"dog-{dog}" / f"{number:02}.jpg").read_bytes()


@pytest.fixture
def request_for(photo: Callable[[int, int], bytes]) -> Request:
    def build(dog: int, **changes: object) -> EnrolmentRequest:
        given: dict[str, object] = {
            "photos": [photo(dog, number) for number in (1, 2, 3)],
            "minimum_photos": 2,
            "facts": PetFacts(f"dog {dog}"),
            **changes,
        }
        return EnrolmentRequest(**given)  # type: ignore[arg-type]

    return build


def png_of(jpeg: bytes) -> bytes:
    """The same picture as a PNG file."""
    encoded = io.BytesIO()
    Image.open(io.BytesIO(jpeg)).save(encoded, "PNG")
    return encoded.getvalue()


def darkened(jpeg: bytes, share: float) -> bytes:
    """The same picture with that share of its light."""
    encoded = io.BytesIO()
    ImageEnhance.Brightness(Image.open(io.BytesIO(jpeg))).enhance(share).save(encoded, "JPEG")
    return encoded.getvalue()


def between(share: float, one: int, other: int) -> np.ndarray:
    """A vector at this cosine to the axis of one dog, and as far as may be towards another's."""
    vector = np.zeros(DIMENSION, np.float32)
    vector[[one - 1, other - 1]] = share, np.sqrt(1 - share**2)
    return vector


def code_of(act: Callable[[], object]) -> ErrorCode:
    with pytest.raises(NoseprintError) as raised:
        act()
    return raised.value.code


def test_an_enrolled_dog_is_in_the_records_and_waits_for_the_store_in_order(
    clinic: Clinic, request_for: Request, store: LocalStore
) -> None:
    pet = clinic.enrol(request_for(1)).pet
    assert clinic.records.pet(pet.pet_did) == pet
    folder = f"nose-print-photo/{pet.pet_did}"
    expected = [
        f"{folder}/image_1.jpg",
        f"{folder}/image_2.jpg",
        f"{folder}/image_3.jpg",
        f"{folder}/vector.npy",
        f"pet/petDID/{pet.pet_did}.json",
    ]
    assert kept(clinic.records)[2] == expected
    assert list(store.keys("")) == []
    waiting = {key: clinic.objects.load_photo(key) for key in expected}
    send(clinic.records, store)
    assert {key: store.get(key) for key in store.keys("")} == waiting
    assert kept(clinic.records)[1:] == ([], [])


def test_the_pet_did_is_that_of_the_first_stored_photo_alone(
    clinic: Clinic, request_for: Request, embedder: KnowsDogsByHeart
) -> None:
    pet = clinic.enrol(request_for(1)).pet
    first = clinic.objects.load_photo(f"nose-print-photo/{pet.pet_did}/image_1.jpg")
    assert DidScheme().pet_did(embedder.embed(first)) == pet.pet_did


def test_the_best_photos_come_first(clinic: Clinic, request_for: Request) -> None:
    samples = clinic.enrol(request_for(2)).aggregate.samples
    assert [sample.quality for sample in samples] == sorted((sample.quality for sample in samples), reverse=True)


def test_a_png_is_stored_and_embedded_as_the_jpeg_it_becomes(
    clinic: Clinic, embedder: KnowsDogsByHeart, photo: Photo
) -> None:
    seen: list[bytes] = []
    embedder.embed = lambda jpeg: seen.append(jpeg) or np.eye(8, dtype=np.float32)[len(seen) // 9]  # type: ignore[method-assign]
    png = png_of(photo(1, 1))
    pet = clinic.enrol(EnrolmentRequest([png, photo(1, 2)], 2, PetFacts("png"))).pet
    stored = clinic.objects.load_photos(pet.pet_did)
    assert all(jpeg.startswith(b"\xff\xd8\xff") for jpeg in stored)
    assert set(stored) == set(seen)


def test_the_same_dog_is_not_enrolled_twice(clinic: Clinic, request_for: Request, photo: Photo) -> None:
    first = clinic.enrol(request_for(1)).pet
    again = request_for(1, photos=[photo(1, 4), photo(1, 5)])
    with pytest.raises(NoseprintError) as refused:
        clinic.enrol(again)
    assert refused.value.code is ErrorCode.ALREADY_ENROLLED
    assert [item.pet_did for item in refused.value.facts["duplicates"]] == [first.pet_did]
    assert len(clinic.records.find_pets()) == 1


def test_staff_may_allow_a_duplicate_and_see_of_whom(clinic: Clinic, request_for: Request, photo: Photo) -> None:
    first = clinic.enrol(request_for(1)).pet
    second = clinic.enrol(request_for(1, photos=[photo(1, 4), photo(1, 5)], allow_duplicate=True))
    assert [item.pet_did for item in second.duplicates] == [first.pet_did]
    assert len(clinic.records.find_pets()) == 2


def test_the_very_same_photos_cannot_replace_an_enrolment(clinic: Clinic, request_for: Request) -> None:
    clinic.enrol(request_for(1))
    before = kept(clinic.records)
    refused = code_of(lambda: clinic.enrol(request_for(1, allow_duplicate=True)))
    assert refused is ErrorCode.PET_DID_TAKEN
    assert kept(clinic.records) == before


def test_worthless_photos_do_not_count(
    clinic: Clinic, embedder: KnowsDogsByHeart, request_for: Request, photo: Photo
) -> None:
    black = darkened(photo(1, 2), 0.02)
    embedder.learn(black, embedder.embed(photo(1, 2)))
    assert code_of(lambda: clinic.enrol(request_for(1, photos=[photo(1, 1), black]))) is ErrorCode.TOO_FEW_PHOTOS


def test_photos_of_two_dogs_are_no_enrolment(clinic: Clinic, request_for: Request, photo: Photo) -> None:
    mixed = request_for(1, photos=[photo(1, 1), photo(2, 1)])
    assert code_of(lambda: clinic.enrol(mixed)) is ErrorCode.PHOTOS_DISAGREE


def test_a_strange_photo_is_left_out_of_the_template(clinic: Clinic, request_for: Request, photo: Photo) -> None:
    enrolment = clinic.enrol(request_for(1, photos=[photo(1, 1), photo(1, 2), photo(1, 3), photo(4, 1)]))
    assert [sample.photo for sample in enrolment.aggregate.outliers] == [photo(4, 1)]
    assert len(enrolment.pet.photo_keys) == 3


def test_a_broken_photo_is_named_by_its_number(clinic: Clinic, request_for: Request, photo: Photo) -> None:
    with pytest.raises(NoseprintError, match="photo 2") as refused:
        clinic.enrol(request_for(1, photos=[photo(1, 1), photo(1, 2)[:5000]]))
    assert refused.value.code is ErrorCode.INVALID_IMAGE


def test_a_clinic_without_network_serves_its_own_dogs_and_asks_no_store(
    weighing: Clinic, request_for: Request, photo: Photo, store: BreaksOnDemand
) -> None:
    store.unreadable = ""
    pet_did = weighing.enrol(request_for(1)).pet.pet_did
    assert isinstance(weighing.verify(pet_did, photo(1, 4), "s").evidence, Evidence)
    assert weighing.look_up(photo(1, 5)).candidates[0].inliers == 40
    assert code_of(lambda: weighing.enrol(request_for(1))) is ErrorCode.ALREADY_ENROLLED
    assert Gateway(weighing.embedder, weighing.objects).compare_with_stored_image(
        f"nose-print-photo/{pet_did}/image_1.jpg", pet_did
    )
    assert store.asked == 0


def test_nothing_of_an_enrolment_stays_when_the_records_refuse_it(
    clinic: Clinic, request_for: Request, monkeypatch: pytest.MonkeyPatch
) -> None:
    clinic.enrol(request_for(1))
    before = kept(clinic.records)
    monkeypatch.setattr(clinic.records, "require_new", lambda _: None)  # as if another kiosk came in between
    assert code_of(lambda: clinic.enrol(request_for(1, allow_duplicate=True))) is ErrorCode.PET_DID_TAKEN
    assert kept(clinic.records) == before


def test_what_records_that_are_away_leave_is_swept_at_the_next_start(
    clinic: Clinic, request_for: Request, monkeypatch: pytest.MonkeyPatch
) -> None:
    clinic.enrol(request_for(2))
    before = kept(clinic.records)

    def away(*_: object, **__: object) -> None:
        raise NoseprintError(ErrorCode.RECORDS_UNAVAILABLE, "maybe kept, maybe not")

    monkeypatch.setattr(clinic.records, "enrol", away)
    assert code_of(lambda: clinic.enrol(request_for(1))) is ErrorCode.RECORDS_UNAVAILABLE
    assert len(kept(clinic.records)[1]) > len(before[1])
    assert Dispatch(spool_of(clinic.records), outbox_of(clinic.records)).sweep() == 5
    assert kept(clinic.records) == before


@pytest.mark.parametrize("writes", range(5))
def test_nothing_of_an_enrolment_stays_when_the_disk_is_full(
    embedder: KnowsDogsByHeart, records: Records, store: LocalStore, request_for: Request, writes: int
) -> None:
    written: list[str] = []

    def full(point: str) -> None:
        written.extend([point] if point == "within fill" else [])
        if point == "within fill" and len(written) > writes:
            raise OSError(errno.ENOSPC, "no space left")

    cramped = clinic_of(embedder, records, store, disk=StrikingDisk(full))
    assert code_of(lambda: cramped.enrol(request_for(1))) is ErrorCode.DISK_FULL
    assert kept(records) == (0, [], [])
    again = clinic_of(embedder, records, store).enrol(request_for(1)).pet
    assert records.pet(again.pet_did) == again


def test_no_verification_is_kept_without_its_photo(
    clinic: Clinic, embedder: KnowsDogsByHeart, store: LocalStore, request_for: Request, photo: Photo
) -> None:
    pet_did = clinic.enrol(request_for(1)).pet.pet_did
    before = kept(clinic.records)

    def full(_: str) -> None:
        raise OSError(errno.ENOSPC, "no space left")

    cramped = clinic_of(embedder, clinic.records, store, disk=StrikingDisk(full))
    assert code_of(lambda: cramped.verify(pet_did, photo(1, 4), "s")) is ErrorCode.DISK_FULL
    assert kept(clinic.records) == before
    assert clinic.records.verifications(pet_did) == []


def test_a_microchip_of_another_pet_is_refused_before_anything_is_written(clinic: Clinic, request_for: Request) -> None:
    chip = "410123456789012"
    first = clinic.enrol(request_for(1, facts=PetFacts("a", microchip=chip))).pet
    before = kept(clinic.records)
    with pytest.raises(NoseprintError) as refused:
        clinic.enrol(request_for(2, facts=PetFacts("b", microchip=chip)))
    assert refused.value.code is ErrorCode.MICROCHIP_TAKEN
    assert refused.value.facts["pet_did"] == first.pet_did
    assert kept(clinic.records) == before


def test_a_guardian_is_kept_with_consent_and_only_then(clinic: Clinic, request_for: Request) -> None:
    without = clinic.enrol(request_for(1, guardian=GUARDIAN)).pet
    with_consent = clinic.enrol(request_for(2, guardian=GUARDIAN, consents=(IDENTIFICATION,))).pet
    assert without.guardian is None
    assert with_consent.guardian == GuardianDetails("홍길동", "+821012345678")


def test_a_new_photo_of_the_dog_is_the_same_dog(clinic: Clinic, request_for: Request, photo: Photo) -> None:
    pet_did = clinic.enrol(request_for(1)).pet.pet_did
    result = clinic.verify(pet_did, photo(1, 4), "김수의")
    assert result.verdict == "same"
    assert clinic.objects.load_photo(result.image_key) == photo(1, 4)
    assert kept(clinic.records)[2][-1] == result.image_key
    (record,) = clinic.records.verifications(pet_did)
    assert (record.operator, record.verdict, record.similarity) == ("김수의", "same", result.comparison.similarity)


def test_another_dog_is_different(clinic: Clinic, request_for: Request, photo: Photo) -> None:
    pet_did = clinic.enrol(request_for(1)).pet.pet_did
    assert clinic.verify(pet_did, photo(2, 1), "staff").verdict == "different"


def test_a_dog_of_another_clinic_is_verified_from_the_store(
    embedder: KnowsDogsByHeart, store: LocalStore, request_for: Request, photo: Photo, tmp_path: Path, records: Records
) -> None:
    with Records.open(f"sqlite:///{tmp_path / 'elsewhere.db'}", VAULT) as elsewhere:
        pet_did = clinic_of(embedder, elsewhere, store).enrol(request_for(1)).pet.pet_did
        send(elsewhere, store)
    here = clinic_of(embedder, records, store)
    assert here.verify(pet_did, photo(1, 4), "staff").verdict == "same"
    assert len(records.verifications(pet_did)) == 1


def test_an_unknown_pet_has_no_vector(clinic: Clinic, photo: Photo) -> None:
    assert code_of(lambda: clinic.verify("did:ethr:besu:0x" + "a" * 40, photo(1, 1), "s")) is ErrorCode.VECTOR_NOT_FOUND
    assert code_of(lambda: clinic.verify("../etc", photo(1, 1), "s")) is ErrorCode.INVALID_REQUEST


def test_no_verdict_is_given_on_a_worthless_photo(clinic: Clinic, request_for: Request, photo: Photo) -> None:
    pet_did = clinic.enrol(request_for(1)).pet.pet_did
    black = darkened(photo(1, 4), 0.02)
    assert code_of(lambda: clinic.verify(pet_did, black, "staff")) is ErrorCode.TOO_FEW_PHOTOS
    assert code_of(lambda: clinic.look_up(black)) is ErrorCode.TOO_FEW_PHOTOS
    assert clinic.records.verifications(pet_did) == []


def test_a_found_dog_is_named_among_many(clinic: Clinic, request_for: Request, photo: Photo) -> None:
    dids = [clinic.enrol(request_for(dog)).pet.pet_did for dog in (1, 2, 3)]
    found = clinic.look_up(photo(2, 5), top=2)
    assert found.pet_did == dids[1]
    assert next(item.pet_did for item in found.candidates) == dids[1]
    assert len(found.candidates) == 2


def test_a_stranger_is_unknown_and_so_is_everyone_in_an_empty_gallery(
    clinic: Clinic, request_for: Request, photo: Photo
) -> None:
    assert clinic.look_up(photo(1, 1)).pet_did is None
    clinic.enrol(request_for(1))
    stranger = clinic.look_up(photo(5, 1))
    assert stranger.pet_did is None
    assert stranger.candidates[0].verdict == "different"


def test_two_dogs_too_alike_to_tell_apart_are_unknown(
    embedder: KnowsDogsByHeart, records: Records, store: ObjectStore, request_for: Request, photo: Photo
) -> None:
    clinic = clinic_of(embedder, records, store, Rules(look_up_margin=0.5))
    clinic.enrol(request_for(1))
    clinic.enrol(request_for(1, photos=[photo(1, 4), photo(1, 5)], allow_duplicate=True))
    assert clinic.look_up(photo(1, 1)).pet_did is None


def test_pets_enrolled_at_another_kiosk_are_found_at_once(
    clinic: Clinic, embedder: KnowsDogsByHeart, records: Records, store: ObjectStore, request_for: Request, photo: Photo
) -> None:
    clinic.look_up(photo(1, 1))
    pet_did = clinic_of(embedder, records, store).enrol(request_for(1)).pet.pet_did
    assert clinic.look_up(photo(1, 4)).pet_did == pet_did


def test_after_a_change_of_model_nothing_matches_until_reembedding(
    clinic: Clinic, records: Records, store: LocalStore, noses: Path, request_for: Request, photo: Photo
) -> None:
    pet_did = clinic.enrol(request_for(1)).pet.pet_did
    send(records, store)
    newer = clinic_of(KnowsDogsByHeart(noses, "newer"), records, store)
    assert code_of(lambda: newer.verify(pet_did, photo(1, 4), "s")) is ErrorCode.VECTOR_DIMENSION_MISMATCH
    assert newer.look_up(photo(1, 4)).candidates == ()
    assert [(outcome.pet_did, outcome.fault) for outcome in newer.reembed()] == [(pet_did, None)]
    assert newer.verify(pet_did, photo(1, 4), "s").verdict == "same"
    assert newer.objects.load_vector(pet_did).model == newer.embedder.identity
    send(records, store)
    assert json.loads(store.get(f"pet/petDID/{pet_did}.json"))["modelName"] == "newer"
    assert list(newer.reembed()) == []


def test_reembedding_goes_on_past_a_pet_whose_photos_are_gone(
    clinic: Clinic, records: Records, store: LocalStore, noses: Path, request_for: Request
) -> None:
    lost, found = (clinic.enrol(request_for(dog)).pet.pet_did for dog in (1, 2))
    send(records, store)
    for key in list(store.keys(f"nose-print-photo/{lost}/")):
        store.delete(key)
    outcomes = {item.pet_did: item.fault for item in clinic_of(KnowsDogsByHeart(noses, "b"), records, store).reembed()}
    assert outcomes[found] is None
    assert outcomes[lost] is not None
    assert outcomes[lost].code is ErrorCode.TOO_FEW_PHOTOS


class TestEvidence:
    """Shared points decide between review and same, wherever a photo meets an enrolment."""

    @staticmethod
    def doubtful(embedder: KnowsDogsByHeart, photo: bytes) -> bytes:
        """A photo that the vectors alone place between dogs 1 and 2, nearer to dog 2."""
        embedder.learn(photo, between(0.65, 1, 2))
        return photo

    def test_raises_a_verdict_and_is_kept_with_it(
        self, store: LocalStore, weighing: Clinic, embedder: KnowsDogsByHeart, request_for: Request, photo: Photo
    ) -> None:
        pet_did = weighing.enrol(request_for(1)).pet.pet_did
        probe = self.doubtful(embedder, photo(1, 5))
        assert clinic_of(embedder, weighing.records, store).verify(pet_did, probe, "s").verdict != "same"
        result = weighing.verify(pet_did, probe, "s")
        assert result.verdict == "same"
        assert isinstance(result.evidence, Evidence)
        assert (result.evidence.inliers, result.evidence.photo) == (40, 1)
        assert result.comparison.similarity == result.evidence.similarity
        assert [kept.inliers for kept in weighing.records.verifications(pet_did)] == [40, None]

    def test_for_nothing_lowers_no_verdict(self, weighing: Clinic, request_for: Request, photo: Photo) -> None:
        pet_did = weighing.enrol(request_for(2)).pet.pet_did
        result = weighing.verify(pet_did, photo(2, 4), "s")
        assert isinstance(result.evidence, Evidence)
        assert (result.evidence.inliers, result.verdict) == (3, "same")

    def test_is_said_to_be_missing_where_no_enrolment_photo_is_stored(
        self, weighing: Clinic, request_for: Request, photo: Photo, store: LocalStore
    ) -> None:
        pet = weighing.enrol(request_for(1)).pet
        send(weighing.records, store)
        for key in pet.photo_keys:
            store.delete(key)
        result = weighing.verify(pet.pet_did, photo(1, 4), "s")
        assert (result.evidence, result.verdict) == (Unweighed.NO_PHOTO, "same")

    @pytest.mark.provokes_warnings
    def test_is_said_to_be_missing_where_the_enrolment_photos_cannot_be_fetched(
        self, weighing: Clinic, request_for: Request, photo: Photo, store: BreaksOnDemand
    ) -> None:
        pet_did = weighing.enrol(request_for(1)).pet.pet_did
        send(weighing.records, store)
        store.unreadable = "image_"
        result = weighing.verify(pet_did, photo(1, 4), "s")
        assert (result.evidence, result.verdict) == (Unweighed.STORE_UNREACHABLE, "same")
        assert [kept.inliers for kept in weighing.records.verifications(pet_did)] == [None]

    def test_ranks_the_candidates_of_a_look_up_again(
        self, store: LocalStore, weighing: Clinic, embedder: KnowsDogsByHeart, request_for: Request, photo: Photo
    ) -> None:
        first, second, third = (weighing.enrol(request_for(dog)).pet.pet_did for dog in (1, 2, 3))
        probe = self.doubtful(embedder, photo(1, 5))
        alone = clinic_of(embedder, weighing.records, store).look_up(probe)
        assert [item.pet_did for item in alone.candidates[:2]] == [second, first]
        assert alone.pet_did is None
        found = weighing.look_up(probe, top=3)
        assert [(item.pet_did, item.inliers) for item in found.candidates] == [(first, 40), (second, 3), (third, 3)]
        assert found.pet_did == first

    def test_names_no_dog_that_does_not_lead_by_the_margin(
        self, store: LocalStore, embedder: KnowsDogsByHeart, weighing: Clinic, request_for: Request, photo: Photo
    ) -> None:
        weighing.enrol(request_for(1))
        weighing.enrol(request_for(2))
        strict = clinic_of(embedder, weighing.records, store, Rules(look_up_margin=0.5), weighing._points)
        assert strict.look_up(self.doubtful(embedder, photo(1, 5))).pet_did is None

    def test_finds_a_dog_that_is_enrolled_again(
        self, weighing: Clinic, embedder: KnowsDogsByHeart, request_for: Request, photo: Photo
    ) -> None:
        first = weighing.enrol(request_for(1)).pet.pet_did
        again = [self.doubtful(embedder, photo(1, number)) for number in (4, 5)]
        with pytest.raises(NoseprintError) as refused:
            weighing.enrol(request_for(1, photos=again))
        assert refused.value.code is ErrorCode.ALREADY_ENROLLED
        assert [(item.pet_did, item.inliers) for item in refused.value.facts["duplicates"]] == [(first, 40)]


@pytest.mark.provokes_warnings
def test_a_damaged_template_is_not_searched_and_keeps_nobody_from_the_others(
    clinic: Clinic, records: Records, request_for: Request, photo: Photo
) -> None:
    first, second = (clinic.enrol(request_for(dog)).pet for dog in (1, 2))
    with records._writer.begin() as connection:
        damage = text("UPDATE templates SET sealed_vector = :sealed WHERE pet_id = 1")
        connection.execute(damage, {"sealed": bytes(300)})
    third = clinic.enrol(request_for(3))
    assert third.not_searched == 1
    found = clinic.look_up(photo(2, 1))
    assert (found.pet_did, found.not_searched) == (second.pet_did, 1)
    assert clinic.look_up(photo(1, 1)).pet_did is None
    (outcome,) = clinic.reembed()
    assert (outcome.pet_did, outcome.fault) == (first.pet_did, None)
    again = clinic.look_up(photo(1, 1))
    assert (again.pet_did, again.not_searched) == (first.pet_did, 0)


def test_nothing_is_signed_over_a_guardian_who_cannot_be_read(
    clinic: Clinic, records: Records, request_for: Request, photo: Photo
) -> None:
    pet = clinic.enrol(request_for(1, guardian=GUARDIAN, consents=(IDENTIFICATION,))).pet
    result = clinic.verify(pet.pet_did, photo(1, 2), "이수의")
    with records._writer.begin() as connection:
        connection.execute(text("UPDATE guardians SET sealed = :sealed"), {"sealed": bytes(300)})
    assert code_of(lambda: clinic.attest(result)) is ErrorCode.SEALED_DAMAGED
