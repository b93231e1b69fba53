"""Making, approving and moving a prevention campaign; the database refuses what these rules forbid."""

import re
from collections.abc import Mapping
from typing import Any, Final

from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.staff.models import User
from outreach.campaigns.prevention.enums import NEXT, AgeBand, PreventionStatus
from outreach.campaigns.prevention.models import (
    LEAST_CONTROL,
    MOST_CONTROL,
    PreventionApproval,
    PreventionCampaign,
)

APPROVALS_NEEDED: Final = 2
_FUND: Final = re.compile(r"\d{2}C\d{6}")


class PreventionError(ValueError):
    """Something that the rules do not allow. The text is French, for whoever tried."""


def create_prevention(definition: Mapping[str, Any], *, by: User) -> PreventionCampaign:
    """A draft. Raises PreventionError."""
    campaign = PreventionCampaign(created_by=by, **definition)
    if not campaign.bands or set(campaign.bands) - set(AgeBand.values):
        raise PreventionError("Choisissez au moins une tranche d’âge.")
    if not all(_FUND.fullmatch(code) for code in campaign.funds):
        raise PreventionError("Une caisse se donne par son code, comme 01C751000.")
    if not LEAST_CONTROL <= campaign.control_share <= MOST_CONTROL:
        raise PreventionError(f"Le groupe témoin va de {LEAST_CONTROL} à {MOST_CONTROL} %.")
    campaign.save()
    return campaign


@transaction.atomic
def approve_prevention(campaign_id: int, *, by: User) -> PreventionApproval:
    """One person's word; the second one's makes it ready. Raises PreventionError."""
    campaign = _locked(campaign_id)
    if campaign.status != PreventionStatus.LISTED:
        raise PreventionError("On approuve une campagne dont la liste est figée.")
    if campaign.approvals.filter(approved_by=by).exists():
        raise PreventionError("Vous avez déjà approuvé cette campagne : une autre personne doit l’approuver aussi.")
    approval = PreventionApproval.objects.create(campaign=campaign, approved_by=by)
    if campaign.approvals.count() >= APPROVALS_NEEDED:
        _step(campaign, PreventionStatus.READY)
    return approval


@transaction.atomic
def move_prevention(campaign_id: int, *, to: PreventionStatus) -> PreventionCampaign:
    """Make the list, launch, close. Raises PreventionError."""
    if to in (PreventionStatus.LISTED, PreventionStatus.READY):
        raise PreventionError("Cet état s’obtient par la mise en liste ou par deux approbations.")
    campaign = _locked(campaign_id)
    if to is PreventionStatus.RUNNING:
        campaign.launched_on = timezone.localdate()
    if to is PreventionStatus.CLOSED:
        campaign.closed_at = timezone.now()
    return _step(campaign, to)


def _step(campaign: PreventionCampaign, to: PreventionStatus) -> PreventionCampaign:
    before = PreventionStatus(campaign.status)
    if to not in NEXT[before]:
        raise PreventionError(f"Une campagne « {before.label} » ne peut pas passer à « {to.label} ».")
    campaign.status = to
    try:
        with transaction.atomic():
            campaign.save(update_fields=["status", "launched_on", "closed_at"])
    except IntegrityError:
        raise PreventionError("Il manque ce que cette étape demande : deux approbations.") from None
    return campaign


def _locked(campaign_id: int) -> PreventionCampaign:
    return PreventionCampaign.objects.select_for_update().get(pk=campaign_id)
