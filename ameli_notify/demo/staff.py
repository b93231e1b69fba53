"""The demo's accounts of the console: one who investigates, one who answers people."""

import json
import secrets
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from accounts.staff.models import User
from accounts.staff.roles import Role
from accounts.staff.services import create_staff, sync_roles

FILE: Final = "staff.json"
"""In the demo's folder, for its owner alone, like everything there."""
INVESTIGATOR: Final = "enquetrice"
ADVISER: Final = "conseillere"


@dataclass(frozen=True, slots=True, kw_only=True)
class Colleagues:
    """Their names in the console, and the password of both, made anew for each demo."""

    investigator: str
    adviser: str
    password: str


def open_accounts() -> Colleagues:
    """Create both; each has the authenticator app of which ``staff_code`` shows the codes."""
    sync_roles()
    password = "-".join(secrets.token_hex(2) for _ in range(4))
    create_staff(INVESTIGATOR, role=Role.INVESTIGATOR, password=password)
    create_staff(ADVISER, role=Role.ADVISER, password=password)
    return Colleagues(investigator=INVESTIGATOR, adviser=ADVISER, password=password)


def investigator() -> User:
    return User.objects.get(username=INVESTIGATOR)


def write_colleagues(colleagues: Colleagues, *, folder: Path) -> None:
    """Leave them for whoever tells how to sign in."""
    (folder / FILE).write_text(f"{json.dumps(asdict(colleagues))}\n", encoding="utf-8")


def read_colleagues(folder: Path) -> Colleagues:
    """What ``write_colleagues`` left."""
    return Colleagues(**json.loads((folder / FILE).read_text(encoding="utf-8")))
