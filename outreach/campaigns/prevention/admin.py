"""Prevention campaigns in the console: made, listed, approved by two, launched; and what the invitation did."""

from collections.abc import Callable
from typing import Any, Final

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from accounts.staff.models import User
from ameli_notify.core.import_report import french_number
from outreach.campaigns.act_pages import Act, before
from outreach.campaigns.draft_pages import DraftPages, fields_fr, with_who
from outreach.campaigns.prevention.comparing import WITHIN_DAYS
from outreach.campaigns.prevention.effect import EffectRow, counted_on, effect_rows
from outreach.campaigns.prevention.enums import NEXT, AgeBand, Arm, PreventionEventKind, PreventionStatus
from outreach.campaigns.prevention.forms import PreventionForm
from outreach.campaigns.prevention.models import PreventionCampaign, PreventionEvent
from outreach.campaigns.prevention.services import (
    PreventionError,
    approve_prevention,
    changes,
    move_prevention,
    standing_approvals,
    why_not_changed,
)


def _move(to: PreventionStatus) -> Callable[[int, User], object]:
    return lambda pk, by: move_prevention(pk, to=to, by=by)


def _before(to: PreventionStatus) -> frozenset[str]:
    return before(to, following=NEXT)


ACTS: Final[dict[str, Act]] = {
    "lister": Act(
        title="Figer la liste", permission="add", states=_before(PreventionStatus.LISTING),
        question=(
            "Chaque personne est tirée au sort dans un groupe. Pour changer ensuite la définition, il faudra remettre "
            "la campagne en préparation. Figer ?"
        ),
        done="La mise en liste est lancée : rechargez cette page dans quelques minutes.",
        perform=_move(PreventionStatus.LISTING),
    ),
    "preparer": Act(
        title="Remettre en préparation", permission="add", states=_before(PreventionStatus.DRAFT),
        question="La liste et les approbations seront à refaire. Remettre en préparation ?",
        done="La campagne est de nouveau en préparation.", perform=_move(PreventionStatus.DRAFT),
    ),
    "approuver": Act(
        title="Approuver", permission="approve", states=_before(PreventionStatus.READY),
        question=(
            "Vous engagez votre nom pour cette base légale, cette liste et ce groupe témoin. Une autre personne doit "
            "l’approuver aussi. Approuver ?"
        ),
        done="Votre approbation est enregistrée.", perform=lambda pk, by: approve_prevention(pk, by=by),
    ),
    "lancer": Act(
        title="Lancer", permission="run", states=_before(PreventionStatus.RUNNING),
        question="Les invitations partent, et les soixante jours de comparaison commencent aujourd’hui. Lancer ?",
        done="La campagne est lancée.", perform=_move(PreventionStatus.RUNNING),
    ),
    "clore": Act(
        title="Clore", permission="run", states=_before(PreventionStatus.CLOSED),
        question="Plus personne n’est invité. L’effet sera compté tout de même. Clore ?",
        done="La campagne est close.", perform=_move(PreventionStatus.CLOSED),
    ),
}  # fmt: skip


@admin.register(PreventionCampaign)
class PreventionCampaignAdmin(DraftPages):
    """Nobody is named. What is done goes through the acts, each asked first."""

    acts = ACTS
    refusal = PreventionError
    draft_form = PreventionForm
    new_title = "Nouvelle campagne de prévention"
    list_display = ("number", "name", "status", "means", "launched_on")
    list_display_links = ("number", "name")
    list_filter = ("status",)
    ordering = ("-pk",)
    sortable_by = ()
    fields = (("status", "launched_on"), "legal_basis", ("means", "control_share"))
    change_form_template = "admin/outreach/campaigns/prevention.html"

    def changes(self, pk: int) -> QuerySet[PreventionEvent]:
        return changes(pk)

    def why_not_changed(self, obj: PreventionCampaign) -> str:
        return why_not_changed(obj)

    def page_context(self, request: HttpRequest, obj: PreventionCampaign) -> dict[str, Any]:
        return super().page_context(request, obj) | {
            "acts": self.offered(request, obj),
            "definition": _definition_fr(obj),
            "counts": _counts_fr(obj),
            "approvals": standing_approvals(obj).select_related("approved_by").order_by("pk"),
            "within_days": WITHIN_DAYS,
            "counted_on": counted_on(obj),
            "effect": [_effect_fr(row) for row in effect_rows(obj.effect)] if obj.effect_counted_at else [],
            "timeline": with_who(obj.events.order_by("-pk")[:20], said=_said),
        }


def _said(event: PreventionEvent) -> str:
    """« définition modifiée : nom, groupe témoin », « changement d’état : liste figée »."""
    kind = PreventionEventKind(event.kind)
    match kind:
        case PreventionEventKind.CHANGED:
            return f"{kind.label} : {fields_fr(PreventionCampaign, event.details['fields'])}"
        case PreventionEventKind.MOVED:
            return f"{kind.label} : {PreventionStatus(event.details['to']).label}"
        case _:
            return str(kind.label)


def _definition_fr(campaign: PreventionCampaign) -> list[str]:
    months = campaign.months_without_visit
    said = [
        ", ".join(str(AgeBand(band).label) for band in campaign.bands),
        f"aucune consultation de médecine générale depuis {months} mois" if months else "",
        "sans médecin traitant" if campaign.without_doctor else "",
        f"caisses {' '.join(campaign.funds)}" if campaign.funds else "toutes les caisses",
        "accepte l’information de prévention et peut être jointe par ces moyens",
    ]
    return [sentence for sentence in said if sentence]


def _counts_fr(campaign: PreventionCampaign) -> list[tuple[str, list[str]]]:
    """People by age band, in each arm."""
    counts = campaign.counts
    bands = [band for band in AgeBand if any(band in by_band for by_band in counts.values())]
    return [(str(band.label), [french_number(counts.get(arm, {}).get(band, 0)) for arm in Arm]) for band in bands]


def _effect_fr(row: EffectRow | str) -> dict[str, Any]:
    """A row in words; only its label where it is about a few."""
    if isinstance(row, str):
        return {
            "label": row,
            "cells": [],
            "said": "Masqué : trop peu de personnes, ou de quoi retrouver un tel chiffre.",
        }
    cells = [
        f"{french_number(arm.attended)} sur {french_number(arm.people)} ({_percent(arm.rate)}\u00a0%)"
        if arm.people
        else "personne"
        for arm in (row.invited, row.control)
    ]
    if row.difference is None:
        return {"label": row.label, "cells": cells, "said": "Pas encore assez de personnes pour conclure."}
    difference, low, high = row.difference
    points = f"{_signed(difference)} points, entre {_signed(low)} et {_signed(high)}"
    verdict = "différence établie" if row.is_established else "aucune différence établie"
    return {"label": row.label, "cells": cells, "said": f"{points} : {verdict}."}


def _percent(share: float) -> str:
    return f"{share * 100:.1f}".replace(".", ",")


def _signed(share: float) -> str:
    return f"{share * 100:+.1f}".replace(".", ",").replace("-", "\u2212")
