"""Operators: who may work here, how they sign in with a PIN, and what an admin may do about them.

Every act here is written into the audit trail in the same transaction. Whoever is signed in holds a value, not a
session: what it says is looked up again before an admin's act, for it may have changed since.
"""

from __future__ import annotations

from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Self

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from noseprint.errors import ErrorCode, NoseprintError
from noseprint.records import checks, pins
from noseprint.records.audit import AuditTrail
from noseprint.records.audit_events import NOBODY, AuditEvent, act
from noseprint.records.database import connect, database_errors, migrate, writing
from noseprint.records.lockout import Lockout
from noseprint.records.staff import Operator, Role, SignedIn, folded, in_words, number_of, staff_id_of
from noseprint.records.staff_tables import OperatorRow

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import TracebackType

    from sqlalchemy import Engine

    from noseprint.records.audit_events import Act
    from noseprint.records.database import Address
    from noseprint.vault.vault import Vault


class Operators:
    """The operators in a database; any number of threads and programs may call at the same time.

    Every method raises NoseprintError RECORDS_UNAVAILABLE and RECORDS_DAMAGED as the records do.

    Args:
        engine: where they are, at this program's version.
        vault: what seals their names and keys their PINs' hashes; the same one as ever.
        clock: the moment, with a time zone.
        cost: what a new PIN's hash is to cost.
    """

    def __init__(
        self,
        engine: Engine,
        vault: Vault,
        *,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        cost: pins.Cost = pins.OWASP,
    ) -> None:
        self._engine = engine
        self._writer = writing(engine)
        self._vault = vault
        self._clock = clock
        self._cost = cost
        self.trail = AuditTrail(vault)

    @classmethod
    def open(cls, address: Address, vault: Vault) -> Operators:
        """Open the operators of a database, and bring it to this program's version first.

        Args:
            address: see ``Records.open``.
            vault: see ``Records.open``.

        Raises:
            NoseprintError: the codes of ``Records.open``.
        """
        engine = connect(address)
        with database_errors(), ExitStack() as undo:
            undo.callback(engine.dispose)
            migrate(engine, vault)
            undo.pop_all()
        return cls(engine, vault)

    def close(self) -> None:
        """Let go of the database."""
        self._engine.dispose()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def engine(self) -> Engine:
        """The database, for the trail to be read."""
        return self._engine

    def all(self, *, with_removed: bool = False) -> list[Operator]:
        """Who works here, in the order in which they came; on demand with those who no longer do.

        Raises:
            NoseprintError: MASTER_KEY_MISSING, SEALED_DAMAGED.
        """
        wanted = select(OperatorRow).order_by(OperatorRow.id)
        wanted = wanted if with_removed else wanted.where(OperatorRow.removed_at.is_(None))
        with database_errors(), Session(self._engine) as session:
            return [self._operator(row) for row in session.scalars(wanted)]

    def add(self, by: SignedIn | None, name: str, role: Role, pin: str) -> Operator:
        """Let someone work here.

        Args:
            by: the admin who does it; None for the first operator, who must be an admin.
            name: 1 to 300 characters, unlike the others'.
            role: what they may do.
            pin: 4 to 12 digits.

        Raises:
            NoseprintError: NOT_ALLOWED, LAST_ADMIN for a first operator who is none, WEAK_PIN,
                OPERATOR_NAME_TAKEN with that one's ``staff_id``, INVALID_REQUEST for the name.
        """
        name, digits = checks.label("operator name", name), pins.require_strong(pin)
        fingerprint = self._vault.fingerprint("operator-name", folded(name))
        with self._writing() as session:
            number = 1 + (session.scalar(select(func.max(OperatorRow.id))) or 0)
            if number > 1 or by:
                require_admin(session, by)
            elif role is not Role.ADMIN:
                raise NoseprintError(ErrorCode.LAST_ADMIN)
            _require_free(session, fingerprint)
            now, staff_id = self._clock(), staff_id_of(number)
            row = OperatorRow(
                id=number,
                sealed_name=self._vault.seal(name.encode(), _name_context(number)),
                name_fingerprint=fingerprint,
                role=role,
                pin=pins.keep(digits, self._pin_hash(number), self._cost),
                created_at=now,
            )
            _put_lockout(row, Lockout.none(now))
            session.add(row)
            self._note(session, act(AuditEvent.OPERATOR_ADDED, _actor(by), staff_id, role=role.value))
            session.flush()
            return self._operator(row)

    def sign_in(self, staff_id: str, pin: str) -> SignedIn:
        """Prove by a PIN who one is.

        Takes as long for a staff id that nobody has as for a wrong PIN. The answer comes only after a wrong PIN
        has been counted on the disk, so that no crash gives a free try, and no number of tries at the same moment.

        Raises:
            NoseprintError: WRONG_PIN, also for an unknown staff id; LOCKED_OUT with the ``wait`` in words, after
                which the PIN may be tried: until then right and wrong ones are refused alike.
        """
        number = number_of(staff_id)
        kept = self._kept_pin(number)
        right = pins.matches(pin, kept, self._pin_hash(number))
        with self._writing() as session:
            row = _present(session, number)
            outcome = self._judge(session, row, right=right and row.pin == kept) if row else self._unknown(session)
        if isinstance(outcome, NoseprintError):
            raise outcome
        return outcome

    def sign_out(self, who: SignedIn) -> None:
        """Write down that someone has left."""
        with self._writing() as session:
            self._note(session, act(AuditEvent.SIGNED_OUT, who.staff_id, who.staff_id))

    def set_pin(self, by: SignedIn, staff_id: str, pin: str) -> None:
        """Give someone a new PIN: an admin may do it for all, everyone else for themselves.

        Raises:
            NoseprintError: NOT_ALLOWED, OPERATOR_UNKNOWN, WEAK_PIN.
        """
        number = number_of(staff_id)
        kept = pins.keep(pins.require_strong(pin), self._pin_hash(number), self._cost)
        with self._writing() as session:
            if number != number_of(by.staff_id):
                require_admin(session, by)
            row = _known(session, staff_id)
            row.pin = kept
            _put_lockout(row, Lockout.none(self._clock()))
            self._note(session, act(AuditEvent.PIN_SET, by.staff_id, staff_id_of(row.id)))

    def unlock(self, by: SignedIn, staff_id: str) -> None:
        """Forget someone's wrong PINs.

        Raises:
            NoseprintError: NOT_ALLOWED, OPERATOR_UNKNOWN.
        """
        with self._writing() as session:
            require_admin(session, by)
            row = _known(session, staff_id)
            self._note(
                session, act(AuditEvent.OPERATOR_UNLOCKED, by.staff_id, staff_id_of(row.id), failures=row.failures)
            )
            _put_lockout(row, Lockout.none(self._clock()))

    def change_role(self, by: SignedIn, staff_id: str, role: Role) -> None:
        """Let someone do more or less.

        Raises:
            NoseprintError: NOT_ALLOWED, OPERATOR_UNKNOWN, LAST_ADMIN.
        """
        with self._writing() as session:
            require_admin(session, by)
            row = _known(session, staff_id)
            if role is not Role.ADMIN:
                _require_another_admin(session, row)
            row.role = role
            self._note(session, act(AuditEvent.ROLE_CHANGED, by.staff_id, staff_id_of(row.id), role=role.value))

    def remove(self, by: SignedIn, staff_id: str) -> None:
        """Let someone work here no longer. The name stays sealed, for the trail to be read.

        Raises:
            NoseprintError: NOT_ALLOWED, OPERATOR_UNKNOWN, LAST_ADMIN.
        """
        with self._writing() as session:
            require_admin(session, by)
            row = _known(session, staff_id)
            _require_another_admin(session, row)
            row.removed_at, row.name_fingerprint, row.pin = self._clock(), None, pins.decoy(self._cost)
            self._note(session, act(AuditEvent.OPERATOR_REMOVED, by.staff_id, staff_id_of(row.id)))

    @contextmanager
    def _writing(self) -> Iterator[Session]:
        with database_errors(), Session(self._writer) as session, session.begin():
            # All that is decided here about operators is decided one after the other.
            self.trail.wait_for_turn(session)
            yield session

    def _note(self, session: Session, done: Act) -> None:
        self.trail.append(session, done, self._clock())

    def _judge(self, session: Session, row: OperatorRow, *, right: bool) -> SignedIn | NoseprintError:
        """Write down a try to sign in, and say what comes of it."""
        now, staff_id = self._clock(), staff_id_of(row.id)
        before = Lockout(row.failures, row.waits_from, row.last_seen).seen(now)
        if before.remaining():
            _put_lockout(row, before)
            return NoseprintError(ErrorCode.LOCKED_OUT, wait=in_words(before.remaining()))
        if right:
            _put_lockout(row, Lockout.none(now))
            self._note(session, act(AuditEvent.SIGNED_IN, staff_id, staff_id))
            return SignedIn(staff_id, Role(row.role), now)
        after = before.failed(now)
        _put_lockout(row, after)
        wait_s = int(after.remaining().total_seconds())
        self._note(session, act(AuditEvent.WRONG_PIN, NOBODY, staff_id, failures=after.failures, wait_s=wait_s))
        return NoseprintError(ErrorCode.WRONG_PIN)

    def _unknown(self, session: Session) -> NoseprintError:
        self._note(session, act(AuditEvent.UNKNOWN_OPERATOR))
        return NoseprintError(ErrorCode.WRONG_PIN)

    def _kept_pin(self, number: int) -> str:
        with database_errors(), Session(self._engine) as session:
            row = session.get(OperatorRow, number)
            return row.pin if row else pins.decoy(self._cost)

    def _pin_hash(self, number: int) -> Callable[[str], bytes]:
        # One operator's hash is worth nothing in another one's row.
        return lambda text: self._vault.fingerprint("operator-pin", f"{staff_id_of(number)} {text}")

    def _operator(self, row: OperatorRow) -> Operator:
        return Operator(
            staff_id=staff_id_of(row.id),
            name=self._vault.unseal(row.sealed_name, _name_context(row.id)).decode(),
            role=Role(row.role),
            failures=row.failures,
            created_at=row.created_at,
            removed_at=row.removed_at,
        )


def _name_context(number: int) -> str:
    return f"operator:{staff_id_of(number)}:name"


def _actor(by: SignedIn | None) -> str:
    return by.staff_id if by else NOBODY


def _present(session: Session, number: int) -> OperatorRow | None:
    row = session.get(OperatorRow, number)
    return row if row and row.removed_at is None else None


def _known(session: Session, staff_id: str) -> OperatorRow:
    row = _present(session, number_of(staff_id))
    if row is None:
        raise NoseprintError(ErrorCode.OPERATOR_UNKNOWN, staff_id=staff_id)
    return row


def require_admin(session: Session, by: SignedIn | None) -> None:
    """Let only an admin pass who is one still, whatever was true when they signed in.

    Raises:
        NoseprintError: NOT_ALLOWED.
    """
    row = _present(session, number_of(by.staff_id)) if by else None
    if row is None or row.role != Role.ADMIN:
        raise NoseprintError(ErrorCode.NOT_ALLOWED)


def _require_another_admin(session: Session, row: OperatorRow) -> None:
    others = select(OperatorRow.id).where(OperatorRow.role == Role.ADMIN, OperatorRow.removed_at.is_(None))
    if row.role == Role.ADMIN and session.scalar(others.where(OperatorRow.id != row.id).limit(1)) is None:
        raise NoseprintError(ErrorCode.LAST_ADMIN)


def _require_free(session: Session, fingerprint: bytes) -> None:
    bearer = session.scalar(select(OperatorRow.id).where(OperatorRow.name_fingerprint == fingerprint))
    if bearer:
        raise NoseprintError(ErrorCode.OPERATOR_NAME_TAKEN, staff_id=staff_id_of(bearer))


def _put_lockout(row: OperatorRow, lockout: Lockout) -> None:
    row.failures, row.waits_from, row.last_seen = lockout.failures, lockout.waits_from, lockout.last_seen
