"""A user of the sandbox partner's pages, with a password and an app of which ``staff_code`` shows the codes.

For development and the demo. Elsewhere somebody is invited, and chooses both themselves.
"""

import json
import os
import secrets
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from django.db import transaction
from django.utils import timezone

from accounts.partners.portal.invitations import SEED_BYTES, invite
from accounts.partners.portal.models import PartnerTotpDevice, PartnerUser

FILE: Final = "portal.json"
LABEL: Final = "bac à sable"
BY: Final = "partner_sandbox"


@dataclass(frozen=True, slots=True)
class Login:
    """What the sign-in page asks for first."""

    identifier: str
    password: str


def open_user(partner_id: int, *, folder: Path) -> Login:
    """The same account as before when there is one, kept in a file that its owner alone reads."""
    file = folder / FILE
    if file.exists():
        kept = Login(**json.loads(file.read_text(encoding="utf-8")))
        if PartnerUser.objects.filter(identifier=kept.identifier, partner=partner_id, removed_at=None).exists():
            return kept
        file.unlink()
    login = _make(partner_id)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as written:
        written.write(f"{json.dumps(asdict(login))}\n")
    return login


@transaction.atomic
def _make(partner_id: int) -> Login:
    member = invite(partner_id, label=LABEL, is_manager=True, by=BY).member
    login = Login(member.identifier, "-".join(secrets.token_hex(2) for _ in range(4)))
    member.user.set_password(login.password)
    member.user.is_active = True
    member.user.save()
    device = PartnerTotpDevice(user=member.user, name="application d’authentification", confirmed=True)
    device.set_seed(os.urandom(SEED_BYTES))
    device.save()
    member.invitation_lookup, member.joined_at = None, timezone.now()
    member.save()
    return login
