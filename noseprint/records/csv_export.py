"""The records as a table for a spreadsheet: everything that was told about each pet, no vector and no photo."""

from __future__ import annotations

import csv
import hashlib
import io
from typing import TYPE_CHECKING, Final

from noseprint.disk import Disk
from noseprint.errors import Words
from noseprint.records.audit_events import NOBODY, AuditEvent, act

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from pathlib import Path

    from noseprint.errors import Language
    from noseprint.records.entities import Pet
    from noseprint.records.records import Records
    from noseprint.records.staff import SignedIn

_EVERY: Final = 10**9
_BYTE_ORDER_MARK: Final = "\ufeff"  # without it Excel takes the file for the system's code page
# What makes a formula of a cell (OWASP, CSV Injection), in both widths; an apostrophe before it makes it text.
_BEGINS_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\uff1d", "\uff0b", "\uff0d", "\uff20")
_COLUMNS: Final = (
    Words("Pet DID", "Pet DID"),
    Words("이름", "Name"),
    Words("종", "Species"),
    Words("품종", "Breed"),
    Words("나이", "Age"),
    Words("성별", "Sex"),
    Words("중성화", "Neutered"),
    Words("털색", "Colour"),
    Words("몸무게(kg)", "Weight (kg)"),
    Words("특징", "Features"),
    Words("마이크로칩", "Microchip"),
    Words("보호자", "Guardian"),
    Words("전화번호", "Telephone"),
    Words("동의", "Consents"),
    Words("사진 수", "Photos"),
    Words("품질", "Quality"),
    Words("모델", "Model"),
    Words("등록한 직원", "Enrolled by"),
    Words("등록 시각(UTC)", "Enrolled at (UTC)"),
    Words("삭제 시각(UTC)", "Erased at (UTC)"),
    Words("손상", "Damaged"),
)


def export_csv(  # noqa: PLR0913 (each by itself)
    records: Records,
    file: Path,
    now: datetime,
    *,
    by: SignedIn | None = None,
    language: Language = "ko",
    disk: Disk | None = None,
) -> int:
    """Write all pets, the newest first, as CSV that Excel opens: UTF-8 with a mark, a heading, CRLF.

    It is in the audit trail before the file has its name.

    Args:
        records: whose.
        file: an earlier one is replaced; its owner alone can read it.
        now: the present moment.
        by: the admin who does it; None on the command line.
        language: of the heading.
        disk: what writes.

    Returns:
        How many pets are in it; those that are damaged, with the code in the last column, are among them.

    Raises:
        NoseprintError: NOT_ALLOWED before anything is read; DISK_FULL, FOLDER_NOT_USABLE; the codes of ``Records``.
    """
    if by:
        records.require_admin(by)
    pets = records.find_pets(limit=_EVERY)
    content = as_csv(pets, language)
    disk = disk or Disk()
    with disk.writing(file) as stream:
        disk.fill(stream, content)
        staff_id, checksum = by.staff_id if by else NOBODY, hashlib.sha256(content).hexdigest()
        records.note(act(AuditEvent.CSV_EXPORTED, staff_id, checksum, pets=len(pets)), now)
    return len(pets)


def as_csv(pets: Sequence[Pet], language: Language) -> bytes:
    """Pets as CSV; no cell of it is a formula to a spreadsheet."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(getattr(words, language) for words in _COLUMNS)
    writer.writerows(map(_harmless, _cells(pet)) for pet in pets)
    return (_BYTE_ORDER_MARK + text.getvalue()).encode()


def _cells(pet: Pet) -> list[object]:
    facts, guardian = pet.facts, pet.guardian
    return [
        pet.pet_did,
        facts.name,
        facts.species,
        facts.breed,
        facts.age_years,
        facts.sex.value,
        facts.neutered,
        facts.colour,
        facts.weight_kg,
        facts.features,
        facts.microchip,
        guardian.name if guardian else None,
        guardian.phone if guardian else None,
        " ".join(consent.kind.value for consent in pet.consents),
        len(pet.photo_keys),
        round(pet.quality, 1),
        pet.model_name,
        pet.operator,
        pet.created_at.isoformat(sep=" ", timespec="seconds").removesuffix("+00:00"),
        pet.erased_at.isoformat(sep=" ", timespec="seconds").removesuffix("+00:00") if pet.erased_at else None,
        pet.damaged.value if pet.damaged else None,
    ]


def _harmless(cell: object) -> object:
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(_BEGINS_FORMULA) else cell
