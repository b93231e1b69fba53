"""What the board prints: figures in words, a drawing with its table, who is at work, silent calls."""

from decimal import Decimal
from typing import Any, Final

from ameli_notify.core.import_report import french_number
from outreach.campaigns.campaign.enums import CampaignStatus
from outreach.campaigns.campaign.models import CallCampaign
from outreach.campaigns.claiming.enums import TaskStatus
from outreach.campaigns.supervision.figures import (
    Figures,
    at_work,
    by_fund,
    by_status,
    counted_at,
    last_hours,
    total_of,
)
from outreach.campaigns.supervision.freeing import stuck_calls
from outreach.campaigns.supervision.outlook import estimate_fr, forecast_fr
from reimbursements.explanations.svg import Bar, bar_chart

REFRESH_SECONDS: Final = 20
SHOWN: Final = (CampaignStatus.RUNNING, CampaignStatus.PAUSED, CampaignStatus.READY, CampaignStatus.CLOSED)
_MOST: Final = 20


def shown_campaigns() -> list[CallCampaign]:
    """Campaigns with a list, those that run first."""
    with_list = CallCampaign.objects.filter(frozen_at__isnull=False).order_by("-pk")[:_MOST]
    return sorted(with_list, key=lambda campaign: (SHOWN.index(CampaignStatus(campaign.status)), -campaign.pk))


def board(campaign: CallCampaign | None) -> dict[str, Any]:
    """Everything that changes while somebody looks."""
    page: dict[str, Any] = {"campaign": campaign, "advisers": at_work(), "stuck": stuck_calls()}
    if campaign is None:
        return page
    funds = by_fund(campaign)
    whole = total_of(funds.values())
    states = by_status(campaign)
    return page | {
        "counted_at": counted_at(campaign),
        "facts": facts_fr(whole),
        "drawing": _drawing(states) if states else None,
        "states": [(str(status.label), french_number(number)) for status, number in states],
        "hours": [
            (hour, french_number(calls), french_number(reached)) for hour, calls, reached in last_hours(campaign)
        ],
        "funds": [(code, _row_fr(figures)) for code, figures in funds.items()],
        "forecast": forecast_fr(campaign, whole),
        "estimate": estimate_fr(campaign, whole),
    }


def facts_fr(figures: Figures) -> list[tuple[str, str]]:
    """The headline figures."""
    ended, people = french_number(figures.ended), french_number(figures.people)
    return [
        ("Avancement", f"{ended} sur {people} ({_share(figures.ended_share)})"),
        ("Restent à appeler", french_number(figures.remaining)),
        ("Appels passés", french_number(figures.attempts)),
        ("Part des appels où la personne a parlé", _share(figures.reach_rate)),
        ("Personnes jointes par heure de travail", _tenth(figures.contacts_an_hour)),
        ("Appel et saisie, en moyenne", _minutes(figures)),
        ("Rappels promis à faire dans l’heure", french_number(figures.due)),
    ]  # fmt: skip


def _row_fr(figures: Figures) -> list[str]:
    return [
        french_number(figures.people),
        _share(figures.ended_share),
        french_number(figures.attempts),
        _share(figures.reach_rate),
        _tenth(figures.contacts_an_hour),
        french_number(figures.due),
    ]


def _drawing(states: list[tuple[TaskStatus, int]]) -> str:
    bars = [
        Bar(key=str(status), label=str(status.label).capitalize(), text=french_number(number), amount=Decimal(number))
        for status, number in states
    ]
    return bar_chart(
        bars,
        title="Personnes de la liste, par état",
        description="Le tableau qui suit donne les mêmes chiffres.",
        element_id="avancement",
    )


def _share(share: float | None) -> str:
    return "–" if share is None else f"{share * 100:.1f}\u00a0%".replace(".", ",")


def _tenth(value: float | None) -> str:
    return "–" if value is None else f"{value:.1f}".replace(".", ",")


def _minutes(figures: Figures) -> str:
    if not figures.attempts:
        return "–"
    minutes, seconds = divmod(round(figures.handling_seconds / figures.attempts), 60)
    return f"{minutes}\u00a0min {seconds:02d}\u00a0s"
