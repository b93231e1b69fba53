"""Connecting, pausing and resuming partners: by somebody, for a reason that the partner reads."""

import logging
from collections.abc import Sequence
from typing import Final

from django.db import transaction
from django.utils import timezone
from django.utils.formats import date_format

from accounts.partners.enums import PartnerState, StateCause
from accounts.partners.models import PartnerInsurer
from accounts.partners.usage import ANOMALY, allow_again
from accounts.partners.usage_models import PartnerStateChange

logger = logging.getLogger(__name__)

LAST_CHANGES: Final = 10


@transaction.atomic
def change_state(partner_id: int, *, state: PartnerState, reason: str, by: str) -> bool:
    """Put a partner into a state; False, and nothing is written, when it is in it already.

    A pause refuses its tokens at once: each request asks for the state. Who comes back may read as much again today.
    """
    partner = PartnerInsurer.objects.select_for_update().get(pk=partner_id)
    if partner.state == state:
        return False
    if state == PartnerState.ACTIVE:
        allow_again(partner.pk)
    partner.state, partner.state_at, partner.state_by = state, timezone.now(), by
    partner.save(update_fields=["state", "state_at", "state_by"])
    PartnerStateChange.objects.create(
        partner=partner,
        state=state,
        cause=StateCause.DECIDED,
        reason=reason,
        changed_at=partner.state_at,
        changed_by=by,
    )
    logger.info("partner state changed", extra={"partner": partner.pk, "state": str(state)})
    return True


def last_changes(partner_id: int) -> Sequence[PartnerStateChange]:
    """The newest first. Of the columns that a partner may read."""
    shown = ("id", "partner_id", "state", "cause", "reason", "changed_at")
    return list(PartnerStateChange.objects.filter(partner_id=partner_id).only(*shown).order_by("-pk")[:LAST_CHANGES])


def alarms() -> list[str]:
    """A sentence for each partner that stopped by itself and waits for somebody's decision."""
    stopped = PartnerInsurer.objects.filter(state=PartnerState.PAUSED, state_by=ANOMALY).order_by("code")
    return [
        f"L’organisme {partner.code} est suspendu depuis le {_instant_fr(partner)} : "
        "il a lu plus de dix fois son volume habituel."
        for partner in stopped
    ]


def _instant_fr(partner: PartnerInsurer) -> str:
    return date_format(timezone.localtime(partner.state_at), "DATETIME_FORMAT")
