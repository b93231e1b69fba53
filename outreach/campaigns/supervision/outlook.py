"""The staffing estimate and the forecast of a campaign, and in which words they are shown."""

import datetime as dt
import math
from collections.abc import Sequence
from typing import Final

from django.db.models import Sum
from django.utils import timezone
from django.utils.timezone import localdate

from ameli_notify.core.import_report import counted, french_number
from ameli_notify.core.sql import fetch_value
from outreach.campaigns.campaign.definition import Window, parse_windows
from outreach.campaigns.campaign.enums import CampaignStatus
from outreach.campaigns.campaign.models import CallCampaign
from outreach.campaigns.claiming.enums import Decision
from outreach.campaigns.supervision.estimate import (
    FEWEST_DAYS,
    Forecast,
    Pace,
    Range,
    Staffing,
    assumed_pace,
    forecast,
    hours_of,
    measured_pace,
    open_hours,
    staffing,
)
from outreach.campaigns.supervision.figures import Figures
from outreach.campaigns.supervision.models import CallHour, CampaignDay, CampaignProgress
from outreach.campaigns.targeting.lists import total
from reimbursements.explanations.typography import french_date

MEASURED_DAYS: Final = 90
_PAUSES: Final = """
SELECT coalesce(sum(extract(epoch FROM coalesce(ended_at, now()) - started_at)), 0)::float
FROM outreach_adviserpause WHERE started_at > now() - make_interval(days => %s)
"""


def estimate_fr(campaign: CallCampaign, figures: Figures | None = None) -> list[str]:
    """What is left of a campaign in hours and advisers; before it runs, the whole of it. Empty for a closed one."""
    if campaign.status in (CampaignStatus.DRAFT, CampaignStatus.CLOSED):
        return []
    people = _people(campaign) if figures is None else figures.remaining
    first = max(timezone.localdate(), campaign.starts_on)
    pace, of_whom = _pace(campaign, figures or Figures())
    windows = parse_windows(campaign.windows)
    weeks = ((campaign.ends_on - first).days + 1) / 7
    needed = staffing(people, pace, open_hours=open_hours(windows, first=first, last=campaign.ends_on), weeks=weeks)
    if needed is None:
        return ["Il ne reste aucune heure d’appel avant la fin de la campagne."]
    return [*_pace_fr(pace, of_whom), *_staffing_fr(needed, people=people, last=campaign.ends_on)]


def forecast_fr(campaign: CallCampaign, figures: Figures) -> str:
    """When nobody will be left, with its range; or why that cannot be said."""
    if figures.people and not figures.remaining:
        return "Il ne reste personne à appeler."
    windows, today = parse_windows(campaign.windows), timezone.localdate()
    found = forecast(figures.remaining, _ended_by_day(campaign, today=today), windows=windows, today=today)
    if found is None:
        return f"Date de fin\u00a0: il faut au moins {FEWEST_DAYS} jours d’appels entiers pour la prévoir."
    return _forecast_fr(found, last=campaign.ends_on)


def _people(campaign: CallCampaign) -> int:
    counts = campaign.frozen_counts or campaign.counts
    return total(counts, Decision.TARGET)


def _pace(campaign: CallCampaign, figures: Figures) -> tuple[Pace, str]:
    """This campaign's own, else that of all campaigns lately, else assumptions; and whose it is, in words."""
    pauses = _pause_share()
    own = measured_pace(figures, pauses=pauses)
    if own is not None:
        return own, "mesurés dans cette campagne"
    others = measured_pace(_lately(), pauses=pauses)
    if others is not None:
        return others, f"mesurés dans les campagnes des {MEASURED_DAYS} derniers jours"
    return assumed_pace(max_attempts=campaign.max_attempts), ""


def _lately() -> Figures:
    """Calls of all campaigns, and the people whom they ended."""
    since = timezone.now() - dt.timedelta(days=MEASURED_DAYS)
    hours = CallHour.objects.filter(hour_at__gte=since)
    sums = hours.aggregate(
        attempts=Sum("attempts"), reached=Sum("reached"), handling=Sum("handling_seconds"), work=Sum("work_seconds")
    )
    lists = CampaignProgress.objects.filter(
        campaign__in=hours.order_by().values("campaign"), status__in=("done", "abandoned")
    )
    return Figures(
        attempts=sums["attempts"] or 0,
        reached=sums["reached"] or 0,
        handling_seconds=sums["handling"] or 0,
        work_seconds=sums["work"] or 0,
        called=lists.aggregate(all=Sum("people"))["all"] or 0,
    )


def _pause_share() -> float | None:
    """Of the advisers' time of the last days; None while nobody worked."""
    since = timezone.now() - dt.timedelta(days=MEASURED_DAYS)
    work = CallHour.objects.filter(hour_at__gte=since).aggregate(all=Sum("work_seconds"))["all"] or 0
    pauses = float(fetch_value(_PAUSES, [MEASURED_DAYS]))
    return pauses / (work + pauses) if work else None


def _ended_by_day(campaign: CallCampaign, *, today: dt.date) -> list[int]:
    """People whom each whole day of calling before today ended, from the first call on, oldest first.

    Where a day of calling was not counted, the next one's figure would be that of two: it is left out.
    """
    windows = parse_windows(campaign.windows)
    found: list[int] = []
    ended, called, counted_on = 0, 0, localdate(campaign.frozen_at) if campaign.frozen_at else today
    for day in CampaignDay.objects.filter(campaign=campaign, day_on__lt=today).order_by("day_on"):
        has_begun = bool(found) or day.called > called
        if has_begun and hours_of(windows, day.day_on) and not _missed(windows, counted_on, day.day_on):
            found.append(max(0, day.ended - ended))
        ended, called, counted_on = day.ended, day.called, day.day_on
    return found


def _missed(windows: Sequence[Window], first: dt.date, last: dt.date) -> bool:
    """Whether people could be called on a day strictly between the two."""
    days = range(1, (last - first).days)
    return any(hours_of(windows, first + dt.timedelta(days=ahead)) for ahead in days)


def _pace_fr(pace: Pace, of_whom: str) -> list[str]:
    if not pace.attempts:
        return ["Hypothèses, faute d’assez d’appels mesurés : 20 à 40 % d’appels aboutis, 7,5 minutes par entretien."]
    hourly, ended = pace.calls_an_hour.likely, pace.ended_a_call.likely
    said = f"{_one(hourly)} appels par heure de travail, {_one(1 / ended)} appels par personne"
    pauses = f"{round(pace.pauses * 100)} % du temps en pause"
    return [f"Chiffres {of_whom}, sur {counted(pace.attempts, 'appel')} : {said}, {pauses}."]


def _staffing_fr(needed: Staffing, *, people: int, last: dt.date) -> list[str]:
    return [
        f"{counted(people, 'personne')} à terminer d’ici au {french_date(last)}.",
        f"Heures de travail : {_between(needed.hours)}.",
        f"Conseillers en appel en même temps, pendant toutes les plages : {_between(needed.at_once)}.",
        f"Postes à temps plein, pauses comprises, sans congés ni absences : {_between(needed.posts)}.",
    ]


def _forecast_fr(found: Forecast, *, last: dt.date) -> str:
    of_days = f"Au rythme des {found.days_measured} derniers jours d’appels"
    if found.latest is None:
        said = f"{of_days}, fin vers le {french_date(found.likely)}, au plus tôt le {french_date(found.earliest)} ; "
        said += "ces jours sont trop différents pour dire au plus tard."
    else:
        said = f"{of_days}, fin entre le {french_date(found.earliest)} et le {french_date(found.latest)}."
    if found.latest is None or found.latest > last:
        said += f" La campagne s’arrête le {french_date(last)} : des personnes pourraient ne pas être appelées."
    return said


def _between(figure: Range) -> str:
    """« 3, entre 2 et 5 »: rounded up, since nobody is half there."""
    low, likely, high = (french_number(math.ceil(each)) for each in (figure.low, figure.likely, figure.high))
    return likely if low == high else f"{likely}, entre {low} et {high}"


def _one(value: float) -> str:
    return f"{value:.1f}".replace(".", ",")
