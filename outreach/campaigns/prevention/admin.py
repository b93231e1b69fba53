"""Prevention campaigns in the console: made, listed, approved by two, launched; and what the invitation did."""

from collections.abc import Callable
from typing import Any, Final

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse

from accounts.staff.models import User
from accounts.staff.perms import signed_in
from ameli_notify.core.import_report import french_number
from outreach.campaigns.act_pages import Act, ActPages, before
from outreach.campaigns.prevention.effect import WITHIN_DAYS, EffectRow, counted_on, effect_rows
from outreach.campaigns.prevention.enums import NEXT, AgeBand, Arm, PreventionStatus
from outreach.campaigns.prevention.forms import PreventionForm
from outreach.campaigns.prevention.models import PreventionCampaign
from outreach.campaigns.prevention.services import PreventionError, approve_prevention, move_prevention

OPENED: Final = "admin:outreach_preventioncampaign_change"
LIST: Final = "admin:outreach_preventioncampaign_changelist"


def _move(to: PreventionStatus) -> Callable[[int, User], object]:
    return lambda pk, by: move_prevention(pk, to=to)


def _before(to: PreventionStatus) -> frozenset[str]:
    return before(to, following=NEXT)


ACTS: Final[dict[str, Act]] = {
    "lister": Act(
        title="Figer la liste", permission="add", states=_before(PreventionStatus.LISTING),
        question="La définition ne pourra plus changer. Chaque personne est tirée au sort dans un groupe. Figer ?",
        done="La mise en liste est lancée : rechargez cette page dans quelques minutes.",
        perform=_move(PreventionStatus.LISTING),
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
class PreventionCampaignAdmin(ActPages):
    """Nobody is named. What is done goes through the acts, each asked first."""

    acts = ACTS
    refusal = PreventionError
    list_display = ("number", "name", "status", "means", "launched_on")
    list_display_links = ("number", "name")
    list_filter = ("status",)
    ordering = ("-pk",)
    sortable_by = ()
    fields = (("status", "launched_on"), "legal_basis", ("means", "control_share"))
    change_form_template = "admin/outreach/campaigns/prevention.html"

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ANN401 (as in Django)
        return bool(request.user.has_perm("outreach.add_preventioncampaign"))

    def page_context(self, request: HttpRequest, obj: PreventionCampaign) -> dict[str, Any]:
        return {
            "acts": self.offered(request, obj),
            "definition": _definition_fr(obj),
            "counts": _counts_fr(obj),
            "approvals": obj.approvals.select_related("approved_by").order_by("pk"),
            "within_days": WITHIN_DAYS,
            "counted_on": counted_on(obj),
            "effect": [_effect_fr(row) for row in effect_rows(obj.effect)] if obj.effect_counted_at else [],
        }

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        if not self.has_add_permission(request):
            raise PermissionDenied
        form = PreventionForm(request.POST if request.method == "POST" else None)
        if request.method == "POST":
            saved = form.try_to_save(by=signed_in(request))
            if saved is not None:
                self.message_user(request, "La campagne est enregistrée, en préparation.", messages.SUCCESS)
                return redirect(OPENED, saved.pk)
        page = {
            "title": "Nouvelle campagne de prévention",
            "subtitle": "Erreur" if form.errors else None,
            "form": form,
            "back": reverse(LIST),
            "opts": self.opts,
        }
        context = self.admin_site.each_context(request) | page
        return TemplateResponse(request, "admin/outreach/campaigns/edit.html", context)


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
