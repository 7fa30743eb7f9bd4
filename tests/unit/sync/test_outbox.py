from __future__ import annotations

import pytest

from noseprint.errors import ErrorCode, NoseprintError
from noseprint.sync.outbox import Entry, EntryKind, EntryState, Handling, claimable, handling, in_stages

HERE, ELSEWHERE = "kiosk-1", "kiosk-2"
KINDS = {"p": EntryKind.PHOTO, "v": EntryKind.VECTOR, "c": EntryKind.VERIFICATION}


def line(text: str) -> list[Entry]:
    """Entries by letters: p(hoto), v(ector), c(hecked); capitals are parked, `'` after one is held elsewhere."""
    entries: list[Entry] = []
    for letter in text:
        if letter == "'":
            entries[-1] = _entry(len(entries), entries[-1].kind, entries[-1].state, ELSEWHERE)
            continue
        state = EntryState.PARKED if letter.isupper() else EntryState.WAITING
        entries.append(_entry(len(entries) + 1, KINDS[letter.lower()], state, HERE))
    return entries


def _entry(number: int, kind: EntryKind, state: EntryState, holder: str) -> Entry:
    return Entry("did", kind, f"key-{number}", "image/jpeg", "name", "ab", 1, id=number, state=state, holder=holder)


@pytest.mark.parametrize(
    ("waiting", "ids"),
    [
        ("ppvv", [1, 2, 3, 4]),
        ("pPvv", [1]),
        ("pPvvc", [1, 5]),
        ("Pc", [2]),
        ("Cpvc", [2, 3, 4]),
        ("V", []),
        ("p'v", []),
        ("p'cv", [2]),
        ("c'pv", [2, 3]),
        ("", []),
    ],
)
def test_a_parked_or_absent_part_holds_back_its_own_enrolment_and_nothing_else(waiting: str, ids: list[int]) -> None:
    assert [entry.id for entry in claimable(line(waiting), HERE)] == ids


@pytest.mark.parametrize(
    ("waiting", "sizes"), [("ppvv", [2, 1, 1]), ("ccc", [3]), ("pcv", [2, 1]), ("vp", [1, 1]), ("", [])]
)
def test_no_vector_shares_a_stage_with_the_photos_before_it(waiting: str, sizes: list[int]) -> None:
    assert [len(stage) for stage in in_stages(line(waiting))] == sizes


def test_no_key_comes_twice_in_a_stage() -> None:
    first, second = (
        _entry(1, EntryKind.PHOTO, EntryState.WAITING, HERE),
        _entry(1, EntryKind.PHOTO, EntryState.WAITING, HERE),
    )
    assert in_stages([first, second]) == [[first], [second]]


@pytest.mark.parametrize(
    ("code", "wanted"),
    [
        (ErrorCode.STORAGE_CONNECTION_ERROR, Handling.RETRY),
        (ErrorCode.OBJECT_CONFLICT, Handling.PARK),
        (ErrorCode.INVALID_REQUEST, Handling.PARK),
        (ErrorCode.SEALED_DAMAGED, Handling.PARK),
        (ErrorCode.LOCAL_COPY_LOST, Handling.PARK),
        (ErrorCode.MASTER_KEY_MISSING, Handling.HALT),
        (ErrorCode.FOLDER_NOT_USABLE, Handling.HALT),
    ],
)
def test_what_no_entry_is_to_blame_for_halts_and_what_no_retry_mends_is_parked(
    code: ErrorCode, wanted: Handling
) -> None:
    assert handling(NoseprintError(code, key="k", key_id="k", path="p")) is wanted


def test_only_what_waits_or_is_parked_is_still_to_be_uploaded() -> None:
    assert [state for state in EntryState if state.is_open] == [EntryState.WAITING, EntryState.PARKED]
