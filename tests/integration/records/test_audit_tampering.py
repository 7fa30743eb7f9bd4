"""Someone has the database file, drops its triggers and edits it; whatever they do is found."""

# ruff: noqa: S608 (every name in these statements is written here)

from __future__ import annotations

import hashlib
import hmac
import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from noseprint.errors import ErrorCode, NoseprintError
from noseprint.records.audit import BEGINNING, AuditTrail
from noseprint.records.audit_events import AuditEvent, act
from noseprint.records.database import connect, migrate, writing
from noseprint.vault.key_ring import KeyRing
from noseprint.vault.vault import Vault

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy import Engine

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
ROWS = 12
VAULT = Vault(KeyRing.generate())
COLUMNS = ("seq", "at", "event", "operator", "subject", "details", "previous_hash", "hash")
OF_HEAD = ("id", "seq", "hash", "seal")
GUARDS = ("audit_no_update", "audit_no_delete", "audit_no_replace", "audit_head_no_delete", "audit_head_no_replace")

Change = Callable[[sqlite3.Connection], object]


def append(engine: Engine, trail: AuditTrail, number: int) -> int:
    done = act(AuditEvent.PET_ENROLLED, "S1", f"did:ethr:besu:0x{number:040x}", photos=number, quality=80.5)
    with Session(writing(engine)) as session, session.begin():
        return trail.append(session, done, NOON + timedelta(minutes=number))


@pytest.fixture(scope="session")
def trail() -> AuditTrail:
    return AuditTrail(VAULT)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory, trail: AuditTrail) -> bytes:
    """A database file with a trail of twelve acts whose triggers are dropped, as who tampers would drop them."""
    file = tmp_path_factory.mktemp("whole") / "records.db"
    opened = connect(f"sqlite:///{file}")
    migrate(opened, VAULT)
    for number in range(1, ROWS + 1):
        append(opened, trail, number)
    opened.dispose()
    with closing(sqlite3.connect(file, isolation_level=None)) as connection:
        for guard in GUARDS:
            connection.execute(f"DROP TRIGGER {guard}")
    return file.read_bytes()


@pytest.fixture(scope="module")
def tampered(whole: bytes, tmp_path_factory: pytest.TempPathFactory) -> Callable[[Change], Path]:
    """That file after a change."""
    folder = tmp_path_factory.mktemp("tampered")

    def make(change: Change) -> Path:
        for left in folder.iterdir():
            left.unlink()
        file = folder / "records.db"
        file.write_bytes(whole)
        with closing(sqlite3.connect(file, isolation_level=None)) as connection:
            change(connection)
        return file

    return make


def verify(file: Path, trail: AuditTrail) -> object:
    opened = connect(f"sqlite:///{file}")
    try:
        return trail.verify(opened)
    finally:
        opened.dispose()


def first_bad(file: Path, trail: AuditTrail) -> object:
    with pytest.raises(NoseprintError) as caught:
        verify(file, trail)
    assert caught.value.code is ErrorCode.AUDIT_BROKEN
    return caught.value.facts["seq"]


def test_the_untouched_file_is_whole(tampered: Callable[[Change], Path], trail: AuditTrail) -> None:
    file = tampered(lambda _: None)
    assert verify(file, trail) == verify(file, AuditTrail(VAULT))


values = (
    st.text(st.characters(codec="utf-8"), max_size=70)
    | st.binary(max_size=70)
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False)
)


@given(seq=st.integers(1, ROWS), column=st.sampled_from(COLUMNS), data=st.data())
def test_any_change_of_any_column_of_any_row_is_found(
    tampered: Callable[[Change], Path], trail: AuditTrail, seq: int, column: str, data: st.DataObject
) -> None:
    value = data.draw(st.integers(-(2**63), 2**63 - 1) if column == "seq" else values)
    assert_found(tampered, trail, "audit", column, seq, value)


@given(seq=st.integers(1, ROWS), column=st.sampled_from(COLUMNS), other=st.integers(1, ROWS))
def test_a_value_put_in_another_rows_place_is_found(
    tampered: Callable[[Change], Path], trail: AuditTrail, seq: int, column: str, other: int
) -> None:
    assume(column != "seq")
    assert_found(tampered, trail, "audit", column, seq, ("taken from", other))


@given(seq=st.integers(1, ROWS), column=st.sampled_from(COLUMNS[1:]), data=st.data())
def test_one_letter_changed_is_found(
    tampered: Callable[[Change], Path], trail: AuditTrail, seq: int, column: str, data: st.DataObject
) -> None:
    place = data.draw(st.integers(0, 63))
    letter = data.draw(st.characters(codec="ascii", exclude_characters="\0"))
    assert_found(tampered, trail, "audit", column, seq, ("letter", place, letter))


@given(column=st.sampled_from(OF_HEAD), data=st.data())
def test_any_change_of_the_head_is_found(
    tampered: Callable[[Change], Path], trail: AuditTrail, column: str, data: st.DataObject
) -> None:
    whole_numbers = column in {"id", "seq"}
    value = data.draw(st.integers(-(2**63), 2**63 - 1) if whole_numbers else values)
    assert_found(tampered, trail, "audit_head", column, 1, value)


def assert_found(
    tampered: Callable[[Change], Path], trail: AuditTrail, table: str, column: str, row: int, value: object
) -> None:
    key = "seq" if table == "audit" else "id"
    changed = False

    def change(connection: sqlite3.Connection) -> None:
        nonlocal changed
        (before,) = connection.execute(f"SELECT {column} FROM {table} WHERE {key} = ?", (row,)).fetchone()
        new = value
        if isinstance(value, tuple) and value[0] == "taken from":
            (new,) = connection.execute(f"SELECT {column} FROM {table} WHERE {key} = ?", (value[1],)).fetchone()
        elif isinstance(value, tuple):
            place = value[1] % len(before)
            new = before[:place] + value[2] + before[place + 1 :]
        try:
            connection.execute(f"UPDATE {table} SET {column} = ? WHERE {key} = ?", (new, row))
        except sqlite3.IntegrityError:  # a number that another row has
            return
        changed = connection.execute(f"SELECT {column} FROM {table} WHERE rowid = {row}").fetchone() != (before,)

    file = tampered(change)
    assume(changed)
    bad = first_bad(file, trail)
    if table == "audit" and column != "seq":
        assert bad == row
    else:
        assert isinstance(bad, int)
        assert 1 <= bad <= ROWS


@pytest.mark.parametrize("seq", range(1, ROWS + 1))
def test_a_removed_row_is_found(tampered: Callable[[Change], Path], trail: AuditTrail, seq: int) -> None:
    assert first_bad(tampered(lambda it: it.execute("DELETE FROM audit WHERE seq = ?", (seq,))), trail) == seq


@pytest.mark.parametrize("kept", range(ROWS))
def test_a_missing_end_is_found(tampered: Callable[[Change], Path], trail: AuditTrail, kept: int) -> None:
    assert first_bad(tampered(lambda it: it.execute("DELETE FROM audit WHERE seq > ?", (kept,))), trail) == kept + 1


def test_a_missing_row_is_found_though_the_others_were_numbered_anew(
    tampered: Callable[[Change], Path], trail: AuditTrail
) -> None:
    def change(it: sqlite3.Connection) -> None:
        it.execute("DELETE FROM audit WHERE seq = 5")
        for seq in range(6, ROWS + 1):
            it.execute("UPDATE audit SET seq = ? WHERE seq = ?", (seq - 1, seq))

    assert first_bad(tampered(change), trail) == 5


def copy_row(it: sqlite3.Connection, seq: int, to: int) -> None:
    names = ", ".join(COLUMNS[1:])
    it.execute(f"INSERT INTO audit SELECT ?, {names} FROM audit WHERE seq = ?", (to, seq))


@pytest.mark.parametrize("place", range(1, ROWS + 2))
def test_an_inserted_row_is_found(tampered: Callable[[Change], Path], trail: AuditTrail, place: int) -> None:
    def change(it: sqlite3.Connection) -> None:
        for seq in range(ROWS, place - 1, -1):
            it.execute("UPDATE audit SET seq = ? WHERE seq = ?", (seq + 1, seq))
        copy_row(it, 1 if place > 1 else 3, place)

    assert first_bad(tampered(change), trail) == place


@given(one=st.integers(1, ROWS), other=st.integers(1, ROWS))
def test_rows_in_another_order_are_found(
    tampered: Callable[[Change], Path], trail: AuditTrail, one: int, other: int
) -> None:
    assume(one != other)

    def change(it: sqlite3.Connection) -> None:
        for source, to in ((one, -1), (other, one), (-1, other)):
            it.execute("UPDATE audit SET seq = ? WHERE seq = ?", (to, source))

    assert first_bad(tampered(change), trail) == min(one, other)


def forge(it: sqlite3.Connection, key: bytes | None, since: int, *, head: bool) -> None:
    """Change a row and compute all hashes behind it again, as one could who has the database and not the key."""
    it.execute("UPDATE audit SET operator = 'S2' WHERE seq = ?", (since,))
    rows: list[Any] = it.execute(f"SELECT {', '.join(COLUMNS)} FROM audit ORDER BY seq").fetchall()
    last = rows[since - 2][-1] if since > 1 else BEGINNING
    for row in rows[since - 1 :]:
        last, before = hashed(key, "row", *row[:6], last), last
        it.execute("UPDATE audit SET previous_hash = ?, hash = ? WHERE seq = ?", (before, last, row[0]))
    if head:
        it.execute("UPDATE audit_head SET hash = ?, seal = ?", (last, hashed(key, "head", ROWS, last)))


def hashed(key: bytes | None, *parts: object) -> str:
    contents = [str(part).encode() for part in parts]
    message = b"".join(len(content).to_bytes(4, "big") + content for content in contents)
    digest = hmac.digest(key, message, hashlib.sha256) if key else hashlib.sha256(message).digest()
    return digest.hex()


@pytest.mark.parametrize("since", [1, 7, ROWS])
@pytest.mark.parametrize("key", [None, bytes(32), Vault(KeyRing.generate()).fingerprint("audit", "chain")])
def test_who_has_not_the_key_cannot_compute_the_chain_again(
    tampered: Callable[[Change], Path], trail: AuditTrail, since: int, key: bytes | None
) -> None:
    assert first_bad(tampered(lambda it: forge(it, key, since, head=True)), trail) == since


def test_the_chain_is_hashed_as_it_is_documented(tampered: Callable[[Change], Path], trail: AuditTrail) -> None:
    """So it is no weakness of the forger above that its hashes are refused: with the key they would pass."""
    key = VAULT.fingerprint("audit", "chain")
    assert verify(tampered(lambda it: forge(it, key, 7, head=True)), trail)
    assert first_bad(tampered(lambda it: forge(it, key, 7, head=False)), trail) == ROWS


@pytest.fixture(scope="module")
def other_history(tmp_path_factory: pytest.TempPathFactory, trail: AuditTrail) -> Path:
    """What the same clinic with the same key might have done instead, as after a backup was put back."""
    file = tmp_path_factory.mktemp("other") / "records.db"
    opened = connect(f"sqlite:///{file}")
    migrate(opened, VAULT)
    for number in range(ROWS):
        append(opened, trail, number + 100)
    opened.dispose()
    return file


@pytest.mark.parametrize("seq", [1, 7, ROWS])
@pytest.mark.parametrize("comparison", ["=", ">="])
def test_genuine_rows_of_another_history_are_found(
    tampered: Callable[[Change], Path], trail: AuditTrail, other_history: Path, seq: int, comparison: str
) -> None:
    def change(it: sqlite3.Connection) -> None:
        it.execute("ATTACH ? AS other", (str(other_history),))
        it.execute(f"REPLACE INTO main.audit SELECT * FROM other.audit WHERE seq {comparison} ?", (seq,))
        it.execute("REPLACE INTO main.audit_head SELECT * FROM other.audit_head")

    file = tampered(change)
    if (seq, comparison) == (1, ">="):
        assert verify(file, trail)  # the whole of another history: what no chain can show
    else:
        assert first_bad(file, trail) == (2 if seq == 1 else seq)


def test_another_key_finds_nothing_right(tampered: Callable[[Change], Path]) -> None:
    assert first_bad(tampered(lambda _: None), AuditTrail(Vault(KeyRing.generate()))) == 1


def cut(it: sqlite3.Connection) -> None:
    it.execute("DELETE FROM audit WHERE seq > 8")


def cut_with_its_head(it: sqlite3.Connection) -> None:
    cut(it)
    it.execute("UPDATE audit_head SET seq = 8, hash = (SELECT hash FROM audit WHERE seq = 8)")


def add_at_the_end(it: sqlite3.Connection) -> None:
    copy_row(it, 1, ROWS + 1)


def remove_the_head(it: sqlite3.Connection) -> None:
    it.execute("DELETE FROM audit_head")


def reset_the_head(it: sqlite3.Connection) -> None:
    it.execute("UPDATE audit_head SET seq = 0, hash = ?, seal = ''", (BEGINNING,))


def change_the_last(it: sqlite3.Connection) -> None:
    it.execute("UPDATE audit SET hash = ? WHERE seq = ?", ("0" * 64, ROWS))


@pytest.mark.parametrize(
    "change", [cut, cut_with_its_head, add_at_the_end, remove_the_head, reset_the_head, change_the_last]
)
def test_a_broken_trail_takes_further_acts_and_stays_broken(
    tampered: Callable[[Change], Path], trail: AuditTrail, change: Change
) -> None:
    file = tampered(change)
    first_bad(file, trail)
    opened = connect(f"sqlite:///{file}")
    numbers = [append(opened, trail, number) for number in range(1, 15)]
    opened.dispose()
    assert numbers == list(range(numbers[0], numbers[0] + 14))
    first_bad(file, trail)


@pytest.mark.parametrize(
    ("column", "value"), [("at", "yesterday"), ("at", "2026-03-01"), ("details", "[]"), ("details", "{")]
)
def test_a_row_that_cannot_be_read_is_named(
    tampered: Callable[[Change], Path], trail: AuditTrail, column: str, value: str
) -> None:
    file = tampered(lambda it: it.execute(f"UPDATE audit SET {column} = ? WHERE seq = 3", (value,)))
    opened = connect(f"sqlite:///{file}")
    with pytest.raises(NoseprintError) as caught:
        trail.entries(opened)
    opened.dispose()
    assert (caught.value.code, caught.value.facts["seq"]) == (ErrorCode.AUDIT_BROKEN, 3)
