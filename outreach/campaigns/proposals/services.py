"""Proposing calls to members, and deciding on it: two people accept, one refuses."""

import datetime as dt
from collections.abc import Mapping
from typing import Any, Final

from django.db import transaction
from django.db.models import Q
from django.db.models.functions import Now

from accounts.staff.models import User
from outreach.campaigns.campaign.criteria import TargetCriteria
from outreach.campaigns.campaign.definition import DefinitionError
from outreach.campaigns.campaign.enums import CampaignPurpose
from outreach.campaigns.campaign.models import CallCampaign, DisplayedNumber
from outreach.campaigns.campaign.services import APPROVALS_NEEDED, CampaignError, create_campaign
from outreach.campaigns.proposals.enums import PURPOSES, ProposalPurpose, ProposalStatus, RefusalReason
from outreach.campaigns.proposals.models import CampaignProposal, ProposalApproval
from outreach.campaigns.scripts.models import CallScriptVersion
from outreach.campaigns.scripts.publishing import publish_scripts, published

LEGAL_BASIS_FR: Final = "Consentement de la personne aux appels organisés avec l’organisme complémentaire {code}"


def propose(partner_id: int, values: Mapping[str, Any]) -> CampaignProposal:
    """Keep what a mutual asks for, in the caller's transaction. ``values``: as the serializer read them."""
    proposal = CampaignProposal.objects.create(partner_id=partner_id, **values)
    proposal.refresh_from_db()
    return proposal


@transaction.atomic
def approve_proposal(proposal_id: int, *, by: User) -> CampaignProposal:
    """One person's word; the second one's makes a draft, which is prepared, counted and approved like any other.

    Raises CampaignError.
    """
    proposal = _locked(proposal_id)
    if proposal.approvals.filter(approved_by=by).exists():
        raise CampaignError("Vous avez déjà donné votre accord : une autre personne doit le donner aussi.")
    ProposalApproval.objects.create(proposal=proposal, approved_by=by)
    if proposal.approvals.count() >= APPROVALS_NEEDED:
        _decide(proposal, status=ProposalStatus.ACCEPTED, by=by, campaign=_draft(proposal, by=by))
    return proposal


@transaction.atomic
def refuse_proposal(proposal_id: int, *, reason: RefusalReason, by: User) -> CampaignProposal:
    """The mutual reads the reason. Raises CampaignError."""
    proposal = _locked(proposal_id)
    _decide(proposal, status=ProposalStatus.REFUSED, by=by, refusal=reason)
    return proposal


def _locked(proposal_id: int) -> CampaignProposal:
    rows = CampaignProposal.objects.select_for_update(of=("self",)).select_related("partner")
    proposal = rows.get(pk=proposal_id)
    if proposal.status != ProposalStatus.PROPOSED:
        raise CampaignError("Cette proposition est déjà décidée.")
    return proposal


def _decide(proposal: CampaignProposal, *, status: ProposalStatus, by: User, **more: Any) -> None:
    CampaignProposal.objects.filter(pk=proposal.pk).update(status=status, decided_at=Now(), decided_by=by, **more)
    proposal.refresh_from_db()


def _draft(proposal: CampaignProposal, *, by: User) -> CallCampaign:
    purpose = PURPOSES[ProposalPurpose(proposal.purpose)]
    criteria = TargetCriteria(
        min_age=proposal.min_age,
        max_age=proposal.max_age,
        without_doctor=purpose is CampaignPurpose.TREATING_DOCTOR,
        consented_to=proposal.partner_id,
    )
    try:
        return create_campaign(
            {
                "name": proposal.name,
                "purpose": purpose,
                "legal_basis": LEGAL_BASIS_FR.format(code=proposal.partner.code),
                "starts_on": proposal.starts_on,
                "ends_on": proposal.ends_on,
                "script": _script(purpose),
                "displayed_number": _number(proposal.starts_on, proposal.ends_on),
                "criteria": criteria.as_json(),
            },
            by=by,
        )
    except DefinitionError as error:
        raise CampaignError(str(error)) from None


def _script(purpose: CampaignPurpose) -> CallScriptVersion:
    """The latest version of a script of this purpose. Raises CampaignError."""
    fit = [version for version in publish_scripts() if published(version.pk).purpose == purpose]
    if not fit:
        raise CampaignError("Aucun script n’est en service pour cette finalité : publiez-en un d’abord.")
    return max(fit, key=lambda version: (version.version, version.pk))


def _number(first: dt.date, last: dt.date) -> DisplayedNumber:
    """A number that holds for the whole period. Raises CampaignError."""
    holding = DisplayedNumber.objects.filter(Q(valid_to=None) | Q(valid_to__gte=last), valid_from__lte=first)
    number: DisplayedNumber | None = holding.order_by("-valid_from", "pk").first()
    if number is None:
        raise CampaignError("Aucun numéro affiché n’est valable pendant toute cette période.")
    return number
