"""« Prévention » in Mon espace: what an invitation is about, in plain words. Only to whom it was posted."""

from dataclasses import dataclass
from typing import Final

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.timezone import localdate
from django.views.decorators.http import require_safe

from accounts.identity.models import OpenSession
from accounts.identity.perms import insured_required
from ameli_notify.core.walls import as_insured
from outreach.campaigns.prevention.enums import AgeBand
from outreach.campaigns.prevention.models import PreventionPerson
from reimbursements.explanations.typography import french_date

_MOST: Final = 10
ABOUT: Final = {
    AgeBand.YOUNG: "bien dans son corps et dans sa tête, vaccins, sommeil, sexualité, ce que l’on consomme",
    AgeBand.MIDDLE: "cœur, poids, activité physique, travail, dépistages qui commencent à cet âge",
    AgeBand.SIXTIES: "dépistages, cœur, vue et audition, équilibre de vie au moment de la retraite",
    AgeBand.SEVENTIES: "mémoire, équilibre et chutes, vue et audition, vaccins, rester autonome",
}
"""What a check-up may be about at each age: subjects, nothing about the person."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Invitation:
    on: str
    ages: str
    about: str


@insured_required
@require_safe
def my_prevention(request: HttpRequest, session: OpenSession) -> HttpResponse:
    """The person's own invitations, the latest first."""
    person = session.account.insured
    with as_insured(person.pk):
        rows = PreventionPerson.objects.filter(insured_id=person.pk, invited_at__isnull=False)
        found = list(rows.order_by("-invited_at").values_list("band", "invited_at")[:_MOST])
    invitations = [
        Invitation(on=french_date(localdate(at)), ages=str(AgeBand(band).label), about=ABOUT[AgeBand(band)])
        for band, at in found
    ]
    return render(request, "outreach/prevention/my_prevention.html", {"invitations": invitations})
