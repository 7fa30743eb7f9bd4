from __future__ import annotations

import itertools
import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from sqlalchemy import create_engine, make_url
from sqlalchemy.schema import CreateSchema, DropSchema

from noseprint.records.entities import (
    Consent,
    ConsentKind,
    GuardianDetails,
    NewEnrolment,
    PetFacts,
    StoredPhoto,
    Template,
)
from noseprint.records.records import Records
from tests.support.vault import VAULT

if TYPE_CHECKING:
    from pathlib import Path

MakeTemplate = Callable[..., Template]
MakeEnrolment = Callable[..., NewEnrolment]

NOON = datetime(2026, 3, 1, 12, 0, 0, 123456, tzinfo=UTC)


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """An empty database of each kind."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'records.db'}"
        return
    server: str = request.getfixturevalue("postgres")
    schema = f"test_{uuid.uuid4().hex}"
    engine = create_engine(server)
    with engine.begin() as connection:
        connection.execute(CreateSchema(schema))
    options = f"-c search_path={schema} -c lock_timeout=5s"
    yield make_url(server).update_query_dict({"options": options}).render_as_string(hide_password=False)
    with engine.begin() as connection:
        connection.execute(DropSchema(schema, cascade=True))
    engine.dispose()


@pytest.fixture
def file_url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'records.db'}"


@pytest.fixture
def records(url: str) -> Iterator[Records]:
    with Records.open(url, VAULT) as opened:
        yield opened


@pytest.fixture
def make_template() -> MakeTemplate:
    """Templates whose vectors differ by their seed."""

    def make(seed: int = 0, *, model: str = "a", size: int = 512) -> Template:
        vector = np.random.default_rng(seed).standard_normal(size).astype(np.float32)
        return Template(vector, f"model-{model}", model * 64, 0.75)

    return make


@pytest.fixture
def make_enrolment(make_template: MakeTemplate) -> MakeEnrolment:
    """Enrolments of one pet after the other, each a minute later; keywords change what matters to a test."""
    numbers = itertools.count(1)

    def make(microchip: str | None = None, **changes: object) -> NewEnrolment:
        number = next(numbers)
        pet_did = f"did:ethr:besu:0x{number:040x}"
        usual: dict[str, Any] = {
            "pet_did": pet_did,
            "facts": PetFacts("초코", microchip=microchip),
            "guardian": GuardianDetails("김하늘", "010-1234-5678"),
            "consents": (Consent(ConsentKind.IDENTIFICATION, "2026-01", NOON),),
            "photos": (StoredPhoto(f"nose-print-photo/{pet_did}/image_1.jpg", "cd" * 32, 0.9),),
            "template": make_template(number),
            "operator": "이수의",
            "created_at": NOON + timedelta(minutes=number),
        }
        return NewEnrolment(**{**usual, **changes})

    return make
