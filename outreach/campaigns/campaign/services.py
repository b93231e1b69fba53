"""Making, changing, approving and moving a campaign; the database refuses what these rules forbid."""

from collections.abc import Mapping
from typing import Any, Final

from django.db import IntegrityError, transaction
from django.db.models import F, QuerySet
from django.db.models.functions import Now

from accounts.staff.models import User
from outreach.campaigns.campaign.criteria import parse_criteria
from outreach.campaigns.campaign.definition import (
    DefinitionError,
    check_hours,
    parse_quotas,
    parse_retries,
    parse_windows,
)
from outreach.campaigns.campaign.enums import NEXT, CampaignEventKind, CampaignStatus
from outreach.campaigns.campaign.models import CallCampaign, CampaignApproval, CampaignEvent
from outreach.campaigns.drafts import refuse_unseen, take_over
from outreach.campaigns.scripts.publishing import published

APPROVALS_NEEDED: Final = 2


class CampaignError(ValueError):
    """Something that the rules of a campaign do not allow. The text is French, for whoever tried."""


@transaction.atomic
def create_campaign(definition: Mapping[str, Any], *, by: User) -> CallCampaign:
    """A draft. Raises DefinitionError."""
    campaign = CallCampaign(created_by=by, **definition)
    check_definition(campaign)
    campaign.save()
    record(campaign, CampaignEventKind.CREATED, by=by)
    return campaign


@transaction.atomic
def change_campaign(
    campaign_id: int, definition: Mapping[str, Any], *, by: User, seen: int | None = None
) -> CallCampaign:
    """Change a draft; a count under way no longer counts. The event names what did change.

    ``seen``: the newest change that whoever changes it knows of. Raises CampaignError, DefinitionError,
    UnseenChangeError.
    """
    campaign = locked(campaign_id)
    if refusal := why_not_changed(campaign):
        raise CampaignError(refusal)
    changed = take_over(campaign, definition)
    if not changed:
        return campaign
    refuse_unseen(changes(campaign_id), seen=seen)
    check_definition(campaign)
    campaign.save(update_fields=changed)
    campaign.chunks.all().delete()
    record(campaign, CampaignEventKind.CHANGED, by=by, details={"fields": changed})
    return campaign


def changes(campaign_id: int) -> QuerySet[CampaignEvent]:
    """The events of its definition."""
    return CampaignEvent.objects.filter(campaign_id=campaign_id, kind=CampaignEventKind.CHANGED)


def why_not_changed(campaign: CallCampaign) -> str:
    """Why the definition cannot be changed now, in French; nothing when it can."""
    match CampaignStatus(campaign.status):
        case CampaignStatus.DRAFT:
            return ""
        case CampaignStatus.COUNTED:
            return "Cette campagne n’est plus en préparation : remettez-la en préparation pour la modifier."
        case CampaignStatus.CLOSED:
            return "Cette campagne est close : sa définition ne change plus."
        case _:
            return (
                "Deux personnes ont approuvé cette campagne : sa définition ne change plus. "
                "Pour appeler autrement, préparez une autre campagne."
            )


@transaction.atomic
def approve(campaign_id: int, *, by: User) -> CampaignApproval:
    """One person's word. The second one's makes the campaign ready. Raises CampaignError."""
    campaign = locked(campaign_id)
    if campaign.status != CampaignStatus.COUNTED:
        raise CampaignError("On approuve une campagne comptée, et pas encore approuvée.")
    if standing_approvals(campaign).filter(approved_by=by).exists():
        raise CampaignError("Vous avez déjà approuvé cette campagne : une autre personne doit l’approuver aussi.")
    approval = CampaignApproval.objects.create(campaign=campaign, approved_by=by)
    record(campaign, CampaignEventKind.APPROVED, by=by)
    if standing_approvals(campaign).count() >= APPROVALS_NEEDED:
        step(campaign, to=CampaignStatus.READY, by=by)
    return approval


@transaction.atomic
def move_campaign(campaign_id: int, *, to: CampaignStatus, by: User | None) -> CallCampaign:
    """Draft again, run, pause, close. Counting and approving lead to their states themselves. Raises CampaignError."""
    if to in (CampaignStatus.COUNTED, CampaignStatus.READY):
        raise CampaignError("Cet état s’obtient en comptant ou en approuvant la campagne.")
    campaign = locked(campaign_id)
    if to is CampaignStatus.RUNNING and campaign.frozen_at is None:
        raise CampaignError("La liste des personnes n’est pas encore figée : attendez quelques minutes.")
    return step(campaign, to=to, by=by)


def step(
    campaign: CallCampaign, *, to: CampaignStatus, by: User | None, also: Mapping[str, Any] | None = None
) -> CallCampaign:
    """One step along the table, in the caller's transaction, on a locked campaign, with what is written beside it.

    Raises CampaignError.
    """
    before = CampaignStatus(campaign.status)
    if to not in NEXT[before]:
        raise CampaignError(f"Une campagne {before.label} ne peut pas passer à l’état « {to.label} ».")
    changes: dict[str, Any] = {"status": to, **(also or {})}
    if to is CampaignStatus.DRAFT:
        changes |= {"counted_at": None, "counts": {}}
        campaign.chunks.all().delete()
    if to is CampaignStatus.CLOSED:
        changes["closed_at"] = Now()
    try:
        with transaction.atomic():
            CallCampaign.objects.filter(pk=campaign.pk).update(**changes)
    except IntegrityError:
        raise CampaignError("Il manque ce que cette étape demande : liste figée, ou deux approbations.") from None
    record(campaign, CampaignEventKind.MOVED, by=by, details={"from": str(before), "to": str(to)})
    campaign.refresh_from_db()
    return campaign


def check_definition(campaign: CallCampaign) -> None:
    """Raises DefinitionError for a part that cannot be, or parts that do not go together."""
    parse_criteria(campaign.criteria)
    check_hours(parse_windows(campaign.windows))
    parse_retries(campaign.retry_rules)
    parse_quotas(campaign.quotas)
    if campaign.ends_on < campaign.starts_on:
        raise DefinitionError("La campagne se termine avant de commencer.")
    if not 1 <= campaign.max_attempts <= 10:
        raise DefinitionError("On appelle une personne de une à dix fois au plus.")
    if published(campaign.script_id).purpose != campaign.purpose:
        raise DefinitionError("Ce script a été écrit pour une autre finalité.")
    number = campaign.displayed_number
    if number.valid_from > campaign.starts_on or (number.valid_to is not None and number.valid_to < campaign.ends_on):
        raise DefinitionError("Le numéro affiché n’est pas valable pendant toute la campagne.")


def standing_approvals(campaign: CallCampaign) -> QuerySet[CampaignApproval]:
    """Those that were given for the count at hand, and not withdrawn."""
    return campaign.approvals.filter(withdrawn_at=None, approved_at__gte=F("campaign__counted_at"))


def locked(campaign_id: int) -> CallCampaign:
    """The campaign, for the length of the transaction. Raises DoesNotExist."""
    rows = CallCampaign.objects.select_for_update(of=("self",)).select_related("displayed_number")
    return rows.get(pk=campaign_id)


def record(
    campaign: CallCampaign, kind: CampaignEventKind, *, by: User | None, details: Mapping[str, Any] | None = None
) -> CampaignEvent:
    """One event, in the caller's transaction. Only codes, ids, days and counts."""
    return CampaignEvent.objects.create(
        campaign=campaign, kind=kind, actor_id=by.pk if by else None, details=dict(details or {})
    )
