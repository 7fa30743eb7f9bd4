"""What the roles are called."""

from __future__ import annotations

from typing import Final

from noseprint.errors import Words
from noseprint.records.staff import Role

ROLES: Final = {
    Role.STAFF: Words("직원", "Staff"),
    Role.ADMIN: Words("관리자", "Admin"),
}
