"""How long one waits after wrong PINs: a rule about numbers and moments, which knows no clock of its own.

The wait counts by the machine's clock, which anyone may set back; so the latest moment that was ever seen is
kept beside it, and a clock that is earlier than that makes the whole wait begin anew.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

FREE_FAILURES: Final = 4
FIRST_WAIT: Final = timedelta(seconds=30)
LONGEST_WAIT: Final = timedelta(hours=24)
_DOUBLINGS: Final = 12  # 30 seconds doubled twelve times are more than a day


@dataclass(frozen=True, slots=True)
class Lockout:
    """The wrong PINs that one operator gave in a row.

    Attributes:
        failures: how many.
        waits_from: the moment from which the present wait counts (UTC).
        last_seen: the latest moment at which anyone tried (UTC).
    """

    failures: int
    waits_from: datetime
    last_seen: datetime

    @classmethod
    def none(cls, now: datetime) -> Lockout:
        """No wrong PIN yet."""
        return cls(0, now, now)

    def seen(self, now: datetime) -> Lockout:
        """The same at a later moment; where the clock went back since, the wait counts from now."""
        return replace(self, waits_from=now if now < self.last_seen else self.waits_from, last_seen=now)

    def failed(self, now: datetime) -> Lockout:
        """After one more wrong PIN."""
        return Lockout(self.failures + 1, now, now)

    def remaining(self) -> timedelta:
        """How long is still to wait at the moment last seen; zero when a PIN may be tried."""
        return max(self.waits_from + wait_after(self.failures) - self.last_seen, timedelta())


def wait_after(failures: int) -> timedelta:
    """The wait after so many wrong PINs in a row: none after the first four, then 30 seconds, doubled up to a day.

    All PINs of four digits would take 27 years, and half of them 14 (NIST SP 800-63B, section 5.2.2, allows no more
    than 100 tries in a row at all; here these take 12 weeks).
    """
    beyond = failures - FREE_FAILURES - 1
    return min(FIRST_WAIT * 2 ** min(beyond, _DOUBLINGS), LONGEST_WAIT) if beyond >= 0 else timedelta()
