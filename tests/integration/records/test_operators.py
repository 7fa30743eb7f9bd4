from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import text

from noseprint.errors import ErrorCode, NoseprintError, Words
from noseprint.records import pins
from noseprint.records.database import connect, migrate
from noseprint.records.operators import Operators
from noseprint.records.staff import Role, SignedIn
from noseprint.vault.key_ring import KeyRing
from noseprint.vault.vault import Vault

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy import Engine

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
CHEAP = pins.Cost(4, 8, 1)
RIGHT, OTHER, WRONG = "190377", "3071", "8642"
VAULT = Vault(KeyRing.generate())

Call = Callable[[], object]


class Clock:
    """A clock that stands still until it is set."""

    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def engine(url: str) -> Iterator[Engine]:
    opened = connect(url)
    migrate(opened, VAULT)
    yield opened
    opened.dispose()


@pytest.fixture
def operators(engine: Engine, clock: Clock) -> Operators:
    return Operators(engine, VAULT, clock=clock, cost=CHEAP)


@pytest.fixture
def admin(operators: Operators) -> SignedIn:
    operators.add(None, "김하늘", Role.ADMIN, RIGHT)
    return operators.sign_in("S1", RIGHT)


@pytest.fixture
def staff(operators: Operators, admin: SignedIn) -> SignedIn:
    operators.add(admin, "Park Bada", Role.STAFF, OTHER)
    return operators.sign_in("S2", OTHER)


def refused(call: Call) -> NoseprintError:
    with pytest.raises(NoseprintError) as caught:
        call()
    return caught.value


def fail(operators: Operators, staff_id: str, times: int) -> None:
    for _ in range(times):
        assert refused(lambda: operators.sign_in(staff_id, WRONG)).code is ErrorCode.WRONG_PIN


def events(operators: Operators) -> list[tuple[str, str, str]]:
    entries = operators.trail.entries(operators.engine)
    return [(entry.event_id, entry.operator, entry.subject) for entry in reversed(entries)]


def test_the_first_operator_must_be_an_admin(operators: Operators) -> None:
    assert refused(lambda: operators.add(None, "김하늘", Role.STAFF, RIGHT)).code is ErrorCode.LAST_ADMIN
    first = operators.add(None, " 김하늘 ", Role.ADMIN, RIGHT)
    assert (first.staff_id, first.name, first.role) == ("S1", "김하늘", Role.ADMIN)
    assert operators.all() == [first]
    assert refused(lambda: operators.add(None, "박바다", Role.ADMIN, RIGHT)).code is ErrorCode.NOT_ALLOWED


def test_who_signs_in_is_told_with_role_and_moment(operators: Operators, admin: SignedIn, clock: Clock) -> None:
    assert admin == SignedIn("S1", Role.ADMIN, NOON)
    clock.now += timedelta(hours=1)
    assert operators.sign_in(" s1", RIGHT) == SignedIn("S1", Role.ADMIN, clock.now)


@pytest.mark.parametrize("staff_id", ["S2", "S0", "", "1", "김하늘", "S1' OR 1=1"])
def test_an_unknown_operator_is_refused_like_a_wrong_pin(
    operators: Operators, admin: SignedIn, staff_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert admin
    costs: list[pins.Cost] = []
    slow = pins._hash

    def counted(pin: str, salt: bytes, cost: pins.Cost, keyed_hash: pins.KeyedHash) -> bytes:
        costs.append(cost)
        return slow(pin, salt, cost, keyed_hash)

    monkeypatch.setattr(pins, "_hash", counted)
    unknown = refused(lambda: operators.sign_in(staff_id, RIGHT))
    wrong = refused(lambda: operators.sign_in("S1", WRONG))
    assert (unknown.code, unknown.facts, unknown.detail) == (wrong.code, wrong.facts, wrong.detail)
    assert costs == [CHEAP, CHEAP]
    assert [event for event, _, _ in events(operators)[-2:]] == ["NA-2009", "NA-2008"]


@pytest.mark.parametrize("pin", ["1234", "0000", "12", "abcd", "1234567890123"])
def test_a_weak_pin_is_refused_and_nothing_is_kept(operators: Operators, admin: SignedIn, pin: str) -> None:
    assert refused(lambda: operators.add(admin, "박바다", Role.STAFF, pin)).code is ErrorCode.WEAK_PIN
    assert refused(lambda: operators.set_pin(admin, "S1", pin)).code is ErrorCode.WEAK_PIN
    assert len(operators.all()) == 1
    assert operators.sign_in("S1", RIGHT)


def test_five_wrong_pins_lock_even_the_right_one_out(operators: Operators, admin: SignedIn, clock: Clock) -> None:
    assert admin
    fail(operators, "S1", 5)
    error = refused(lambda: operators.sign_in("S1", RIGHT))
    assert (error.code, error.facts["wait"]) == (ErrorCode.LOCKED_OUT, Words("30초", "30 s"))
    assert error.retryable
    clock.now += timedelta(seconds=29)
    assert refused(lambda: operators.sign_in("S1", RIGHT)).facts["wait"] == Words("1초", "1 s")
    clock.now += timedelta(seconds=1)
    assert operators.sign_in("S1", RIGHT)
    assert operators.all()[0].failures == 0


def test_the_next_wait_is_longer(operators: Operators, admin: SignedIn, clock: Clock) -> None:
    assert admin
    fail(operators, "S1", 5)
    clock.now += timedelta(seconds=30)
    fail(operators, "S1", 1)
    clock.now += timedelta(seconds=59)
    assert refused(lambda: operators.sign_in("S1", RIGHT)).code is ErrorCode.LOCKED_OUT


def test_a_lock_out_is_still_there_after_a_restart(
    url: str, operators: Operators, admin: SignedIn, clock: Clock
) -> None:
    assert admin
    fail(operators, "S1", 5)
    operators.close()
    clock.now += timedelta(seconds=10)
    again = connect(url)
    error = refused(lambda: Operators(again, VAULT, clock=clock, cost=CHEAP).sign_in("S1", RIGHT))
    again.dispose()
    assert (error.code, error.facts["wait"]) == (ErrorCode.LOCKED_OUT, Words("20초", "20 s"))


GUESS_AND_DIE = """
import os, sys
from noseprint.errors import NoseprintError
from noseprint.records.operators import Operators
from noseprint.settings import Secret
from noseprint.vault.key_ring import KeyRing
from noseprint.vault.vault import Vault

vault = Vault(KeyRing.parse(Secret(os.environ["KEYS"]), "KEYS"))
operators = Operators.open(sys.argv[1], vault)
try:
    operators.sign_in("S1", sys.argv[2])
except NoseprintError as error:
    print(error.code.name, flush=True)
os._exit(9)
"""


def test_a_program_that_dies_right_after_its_answer_has_had_no_free_try(
    url: str, operators: Operators, admin: SignedIn
) -> None:
    assert admin
    environment = os.environ | {"KEYS": VAULT.keys.written().reveal()}
    for _ in range(2):
        command = [sys.executable, "-c", GUESS_AND_DIE, url, WRONG]
        died = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        assert (died.returncode, died.stdout) == (9, "WRONG_PIN\n")
    assert operators.all()[0].failures == 2


def test_setting_the_clock_back_makes_the_wait_begin_anew(operators: Operators, admin: SignedIn, clock: Clock) -> None:
    assert admin
    fail(operators, "S1", 5)
    clock.now = NOON - timedelta(days=400)
    assert refused(lambda: operators.sign_in("S1", RIGHT)).facts["wait"] == Words("30초", "30 s")
    clock.now += timedelta(seconds=29)
    assert refused(lambda: operators.sign_in("S1", RIGHT)).code is ErrorCode.LOCKED_OUT
    clock.now += timedelta(seconds=1)
    assert operators.sign_in("S1", RIGHT)


def test_tries_at_the_same_moment_are_counted_one_by_one(operators: Operators, admin: SignedIn) -> None:
    assert admin
    with ThreadPoolExecutor(8) as threads:
        tries = [threads.submit(operators.sign_in, "S1", WRONG) for _ in range(12)]
        codes = [refused(attempt.result).code for attempt in tries]
    assert codes.count(ErrorCode.WRONG_PIN) == 5
    assert codes.count(ErrorCode.LOCKED_OUT) == 7


def test_an_admin_unlocks(operators: Operators, admin: SignedIn, staff: SignedIn) -> None:
    fail(operators, "S2", 5)
    assert refused(lambda: operators.unlock(staff, "S2")).code is ErrorCode.NOT_ALLOWED
    operators.unlock(admin, "s2")
    assert operators.sign_in("S2", OTHER)
    assert ("NA-2005", "S1", "S2") in events(operators)


def test_a_new_pin_takes_the_place_of_the_old_one(operators: Operators, admin: SignedIn, staff: SignedIn) -> None:
    fail(operators, "S2", 5)
    operators.set_pin(admin, "s2", RIGHT)
    assert operators.sign_in("S2", RIGHT)
    assert refused(lambda: operators.sign_in("S2", OTHER)).code is ErrorCode.WRONG_PIN
    operators.set_pin(staff, "S2", OTHER)
    assert operators.sign_in("S2", OTHER)
    assert refused(lambda: operators.set_pin(staff, "S1", OTHER)).code is ErrorCode.NOT_ALLOWED


def test_a_pin_that_is_changed_while_it_is_tried_no_longer_works(
    operators: Operators, admin: SignedIn, staff: SignedIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = pins.matches

    def matches_and_is_changed(pin: str, kept: str, keyed_hash: pins.KeyedHash) -> bool:
        right = real(pin, kept, keyed_hash)
        operators.set_pin(admin, staff.staff_id, RIGHT)
        return right

    monkeypatch.setattr(pins, "matches", matches_and_is_changed)
    assert refused(lambda: operators.sign_in("S2", OTHER)).code is ErrorCode.WRONG_PIN


def test_the_same_pin_of_two_is_kept_unlike_and_neither_works_in_the_others_row(
    operators: Operators, admin: SignedIn, engine: Engine
) -> None:
    operators.add(admin, "박바다", Role.STAFF, RIGHT)
    with engine.begin() as connection:
        kept = connection.execute(text("SELECT pin FROM operators ORDER BY id")).scalars().all()
        connection.execute(text("UPDATE operators SET pin = :pin WHERE id = 2"), {"pin": kept[0]})
    assert kept[0] != kept[1]
    assert refused(lambda: operators.sign_in("S2", RIGHT)).code is ErrorCode.WRONG_PIN


@pytest.mark.parametrize(
    "act",
    [
        lambda operators, by: operators.add(by, "최강", Role.STAFF, RIGHT),
        lambda operators, by: operators.set_pin(by, "S1", RIGHT),
        lambda operators, by: operators.unlock(by, "S1"),
        lambda operators, by: operators.change_role(by, "S2", Role.ADMIN),
        lambda operators, by: operators.remove(by, "S1"),
    ],
    ids=["add", "set PIN", "unlock", "role", "remove"],
)
def test_staff_may_do_nothing_to_operators(
    operators: Operators, admin: SignedIn, staff: SignedIn, act: Callable[[Operators, SignedIn], object]
) -> None:
    before = operators.all()
    forged = SignedIn(staff.staff_id, Role.ADMIN, staff.since)
    gone = SignedIn("S9", Role.ADMIN, admin.since)
    codes = {refused(partial(act, operators, by)).code for by in (staff, forged, gone)}
    assert codes == {ErrorCode.NOT_ALLOWED}
    assert operators.all() == before


def test_an_admin_who_is_none_any_more_is_refused(operators: Operators, admin: SignedIn, staff: SignedIn) -> None:
    operators.change_role(admin, staff.staff_id, Role.ADMIN)
    other = operators.sign_in("S2", OTHER)
    operators.change_role(other, "S1", Role.STAFF)
    assert refused(lambda: operators.unlock(admin, "S2")).code is ErrorCode.NOT_ALLOWED
    operators.remove(other, "S1")
    assert refused(lambda: operators.set_pin(admin, "S1", RIGHT)).code is ErrorCode.OPERATOR_UNKNOWN
    assert refused(lambda: operators.sign_in("S1", RIGHT)).code is ErrorCode.WRONG_PIN


def test_the_last_admin_stays_one(operators: Operators, admin: SignedIn, staff: SignedIn) -> None:
    assert staff
    assert refused(lambda: operators.remove(admin, "S1")).code is ErrorCode.LAST_ADMIN
    assert refused(lambda: operators.change_role(admin, "S1", Role.STAFF)).code is ErrorCode.LAST_ADMIN
    operators.change_role(admin, "S1", Role.ADMIN)
    operators.remove(admin, "S2")
    assert [operator.staff_id for operator in operators.all()] == ["S1"]


def test_two_admins_who_remove_each_other_at_the_same_moment_leave_one(
    operators: Operators, admin: SignedIn, staff: SignedIn
) -> None:
    operators.change_role(admin, staff.staff_id, Role.ADMIN)
    with ThreadPoolExecutor(2) as threads:
        removals = [threads.submit(operators.remove, admin, "S2"), threads.submit(operators.remove, staff, "S1")]
        faults = [removal.exception() for removal in removals]
    assert faults.count(None) == 1
    assert len(operators.all()) == 1


def test_of_several_first_operators_at_the_same_moment_one_is_taken(operators: Operators) -> None:
    with ThreadPoolExecutor(4) as threads:
        added = [threads.submit(operators.add, None, f"admin {number}", Role.ADMIN, RIGHT) for number in range(4)]
        faults = [one.exception() for one in added]
    assert faults.count(None) == 1
    assert [fault.code for fault in faults if isinstance(fault, NoseprintError)] == [ErrorCode.NOT_ALLOWED] * 3


def test_a_staff_id_never_means_two_people(operators: Operators, admin: SignedIn, staff: SignedIn) -> None:
    operators.remove(admin, staff.staff_id)
    assert operators.add(admin, "Park Bada", Role.STAFF, OTHER).staff_id == "S3"
    everyone = operators.all(with_removed=True)
    assert [(one.staff_id, one.name) for one in everyone] == [
        ("S1", "김하늘"),
        ("S2", "Park Bada"),
        ("S3", "Park Bada"),
    ]
    assert [one.removed_at is None for one in everyone] == [True, False, True]
    assert refused(lambda: operators.unlock(admin, "S2")).code is ErrorCode.OPERATOR_UNKNOWN


def test_two_operators_have_two_names(operators: Operators, admin: SignedIn, staff: SignedIn) -> None:
    error = refused(lambda: operators.add(admin, "park  BADA", Role.STAFF, RIGHT))
    assert (error.code, error.facts) == (ErrorCode.OPERATOR_NAME_TAKEN, {"staff_id": staff.staff_id})


@pytest.mark.parametrize("name", ["", " ", "a\nb", "x" * 301])
def test_a_name_is_one_line_of_a_few_words(operators: Operators, admin: SignedIn, name: str) -> None:
    assert refused(lambda: operators.add(admin, name, Role.STAFF, RIGHT)).code is ErrorCode.INVALID_REQUEST


def test_every_act_is_written_down_and_a_refused_one_is_not(
    operators: Operators, admin: SignedIn, staff: SignedIn
) -> None:
    operators.change_role(admin, "S2", Role.ADMIN)
    operators.change_role(admin, "S2", Role.STAFF)
    operators.set_pin(admin, "S2", RIGHT)
    operators.sign_out(staff)
    refused(lambda: operators.remove(admin, "S1"))
    operators.remove(admin, "S2")
    assert events(operators) == [
        ("NA-2001", "-", "S1"),
        ("NA-2006", "S1", "S1"),
        ("NA-2001", "S1", "S2"),
        ("NA-2006", "S2", "S2"),
        ("NA-2003", "S1", "S2"),
        ("NA-2003", "S1", "S2"),
        ("NA-2004", "S1", "S2"),
        ("NA-2007", "S2", "S2"),
        ("NA-2002", "S1", "S2"),
    ]
    assert operators.trail.verify(operators.engine).seq == 9


def test_neither_names_nor_pins_lie_readable_in_the_file(tmp_path: Path) -> None:
    file = tmp_path / "records.db"
    with Operators.open(f"sqlite:///{file}", VAULT) as operators:
        operators.add(None, "Kim Haneul", Role.ADMIN, "31415926")
        refused(lambda: operators.sign_in("S1", "27182818"))
        content = b"".join(part.read_bytes() for part in tmp_path.iterdir())
    for private in (b"Haneul", b"haneul", b"31415926", b"27182818"):
        assert private not in content


def test_operators_of_another_vault_are_refused(tmp_path: Path) -> None:
    address = f"sqlite:///{tmp_path / 'records.db'}"
    Operators.open(address, VAULT).close()
    assert refused(lambda: Operators.open(address, Vault(KeyRing.generate()))).code is ErrorCode.MASTER_KEY_MISSING
