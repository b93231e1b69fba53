"""Making, approving and moving a prevention campaign; the database refuses what these rules forbid."""

import re
from collections.abc import Mapping
from typing import Any, Final

from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils import timezone

from accounts.staff.models import User
from outreach.campaigns.drafts import refuse_unseen, take_over
from outreach.campaigns.prevention.enums import NEXT, AgeBand, PreventionEventKind, PreventionStatus
from outreach.campaigns.prevention.models import (
    LEAST_CONTROL,
    MOST_CONTROL,
    PreventionApproval,
    PreventionCampaign,
    PreventionEvent,
)

APPROVALS_NEEDED: Final = 2
_FUND: Final = re.compile(r"\d{2}C\d{6}")


class PreventionError(ValueError):
    """Something that the rules do not allow. The text is French, for whoever tried."""


@transaction.atomic
def create_prevention(definition: Mapping[str, Any], *, by: User) -> PreventionCampaign:
    """A draft. Raises PreventionError."""
    campaign = PreventionCampaign(created_by=by, **definition)
    _check_definition(campaign)
    campaign.save()
    _record(campaign, PreventionEventKind.CREATED, by=by)
    return campaign


@transaction.atomic
def change_prevention(
    campaign_id: int, definition: Mapping[str, Any], *, by: User, seen: int | None = None
) -> PreventionCampaign:
    """Change a draft; the event names what did change. ``seen``: the newest change that its author knows of.

    Raises PreventionError, UnseenChangeError.
    """
    campaign = _locked(campaign_id)
    if refusal := why_not_changed(campaign):
        raise PreventionError(refusal)
    changed = take_over(campaign, definition)
    if not changed:
        return campaign
    refuse_unseen(changes(campaign_id), seen=seen)
    _check_definition(campaign)
    campaign.save(update_fields=changed)
    _record(campaign, PreventionEventKind.CHANGED, by=by, details={"fields": changed})
    return campaign


def changes(campaign_id: int) -> QuerySet[PreventionEvent]:
    """The events of its definition."""
    return PreventionEvent.objects.filter(campaign_id=campaign_id, kind=PreventionEventKind.CHANGED)


def why_not_changed(campaign: PreventionCampaign) -> str:
    """Why the definition cannot be changed now, in French; nothing when it can."""
    match PreventionStatus(campaign.status):
        case PreventionStatus.DRAFT:
            return ""
        case PreventionStatus.LISTING:
            return "La liste de cette campagne se fait : attendez qu’elle soit figée."
        case PreventionStatus.LISTED:
            return "La liste de cette campagne est figée : remettez la campagne en préparation pour la modifier."
        case PreventionStatus.READY | PreventionStatus.RUNNING:
            return (
                "Deux personnes ont approuvé cette campagne : sa définition ne change plus. "
                "Pour inviter autrement, préparez une autre campagne."
            )
        case PreventionStatus.CLOSED:
            return "Cette campagne est close : sa définition ne change plus."


@transaction.atomic
def approve_prevention(campaign_id: int, *, by: User) -> PreventionApproval:
    """One person's word; the second one's makes it ready. Raises PreventionError."""
    campaign = _locked(campaign_id)
    if campaign.status != PreventionStatus.LISTED:
        raise PreventionError("On approuve une campagne dont la liste est figée.")
    if standing_approvals(campaign).filter(approved_by=by).exists():
        raise PreventionError("Vous avez déjà approuvé cette campagne : une autre personne doit l’approuver aussi.")
    approval = PreventionApproval.objects.create(campaign=campaign, approved_by=by)
    _record(campaign, PreventionEventKind.APPROVED, by=by)
    if standing_approvals(campaign).count() >= APPROVALS_NEEDED:
        _step(campaign, PreventionStatus.READY, by=by)
    return approval


@transaction.atomic
def move_prevention(campaign_id: int, *, to: PreventionStatus, by: User | None) -> PreventionCampaign:
    """Make the list, prepare again, launch, close. Raises PreventionError.

    A draft again has no list: the job ``list_prevention`` deletes its people, and approvals no longer stand.
    """
    if to in (PreventionStatus.LISTED, PreventionStatus.READY):
        raise PreventionError("Cet état s’obtient par la mise en liste ou par deux approbations.")
    campaign = _locked(campaign_id)
    if to is PreventionStatus.DRAFT:
        campaign.counts, campaign.listed_up_to = {}, 0
    if to is PreventionStatus.RUNNING:
        campaign.launched_on = timezone.localdate()
    if to is PreventionStatus.CLOSED:
        campaign.closed_at = timezone.now()
    return _step(campaign, to, by=by)


def end_list(campaign: PreventionCampaign) -> None:
    """Everybody is listed: two people may approve it. In the caller's transaction, on a locked campaign."""
    _step(campaign, PreventionStatus.LISTED, by=None)


def standing_approvals(campaign: PreventionCampaign) -> QuerySet[PreventionApproval]:
    """Those that were given for the list at hand, and not withdrawn."""
    return campaign.approvals.filter(withdrawn_at=None)


def _check_definition(campaign: PreventionCampaign) -> None:
    if not campaign.bands or set(campaign.bands) - set(AgeBand.values):
        raise PreventionError("Choisissez au moins une tranche d’âge.")
    if not all(_FUND.fullmatch(code) for code in campaign.funds):
        raise PreventionError("Une caisse se donne par son code, comme 01C751000.")
    if not LEAST_CONTROL <= campaign.control_share <= MOST_CONTROL:
        raise PreventionError(f"Le groupe témoin va de {LEAST_CONTROL} à {MOST_CONTROL} %.")


def _step(campaign: PreventionCampaign, to: PreventionStatus, *, by: User | None) -> PreventionCampaign:
    before = PreventionStatus(campaign.status)
    if to not in NEXT[before]:
        raise PreventionError(f"Une campagne « {before.label} » ne peut pas passer à « {to.label} ».")
    campaign.status = to
    try:
        with transaction.atomic():
            campaign.save(update_fields=["status", "counts", "listed_up_to", "launched_on", "closed_at"])
    except IntegrityError:
        raise PreventionError("Il manque ce que cette étape demande : deux approbations.") from None
    _record(campaign, PreventionEventKind.MOVED, by=by, details={"from": str(before), "to": str(to)})
    return campaign


def _record(
    campaign: PreventionCampaign,
    kind: PreventionEventKind,
    *,
    by: User | None,
    details: Mapping[str, Any] | None = None,
) -> None:
    """One event, in the caller's transaction. Only codes and names of fields."""
    PreventionEvent.objects.create(
        campaign=campaign, kind=kind, actor_id=by.pk if by else None, details=dict(details or {})
    )


def _locked(campaign_id: int) -> PreventionCampaign:
    return PreventionCampaign.objects.select_for_update().get(pk=campaign_id)
