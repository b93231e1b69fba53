"""A campaign's definition in words, for those who approve it."""

import datetime as dt
from typing import Final

from outreach.campaigns.campaign.criteria import TargetCriteria, parse_criteria
from outreach.campaigns.campaign.definition import parse_retries, parse_windows
from outreach.campaigns.campaign.models import CallCampaign

MAINLAND: Final = "hexagone"
"""The value in forms of the territory that the directory leaves empty."""
TERRITORIES_FR: Final = {
    MAINLAND: "Hexagone, hors Alsace-Moselle", "57": "Moselle", "67": "Bas-Rhin", "68": "Haut-Rhin",
    "971": "Guadeloupe", "972": "Martinique", "973": "Guyane", "974": "La Réunion", "976": "Mayotte",
}  # fmt: skip
_DAYS = ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche")


def definition_fr(campaign: CallCampaign) -> list[tuple[str, list[str]]]:
    """Headings with their sentences."""
    return [
        ("Personnes", criteria_fr(parse_criteria(campaign.criteria))),
        ("Quotas", [f"{fund} : {most} personnes au plus" for fund, most in campaign.quotas.items()] or ["aucun"]),
        ("Plages d’appel, à l’heure de la personne", _windows_fr(campaign)),
        ("Nouveaux essais", _retries_fr(campaign)),
        ("Numéro affiché", [campaign.displayed_number.number_fr]),
        ("Script", [f"{campaign.script.name}, version {campaign.script.version}"]),
    ]


def criteria_fr(criteria: TargetCriteria) -> list[str]:
    """One sentence a criterion; all must hold."""
    ald = " ".join(map(str, criteria.ald_codes))
    ages = {
        (True, True): f"de {criteria.min_age} à {criteria.max_age} ans",
        (True, False): f"{criteria.min_age} ans ou plus",
        (False, True): f"{criteria.max_age} ans ou moins",
    }
    said = [
        "en ALD, quelle qu’elle soit" if criteria.any_ald else "",
        f"en ALD de numéro {ald}" if ald else "",
        f"moins de {criteria.fewer_visits_than} consultations de médecine générale en un an"
        if criteria.fewer_visits_than
        else "",
        "sans médecin traitant" if criteria.without_doctor else "",
        ages.get((criteria.min_age is not None, criteria.max_age is not None), ""),
        f"invitées par la campagne de prévention {criteria.prevention}" if criteria.prevention else "",
        "membres de l’organisme complémentaire de la proposition qui ont accepté ses appels communs"
        if criteria.consented_to
        else "",
        f"caisses {' '.join(criteria.funds)}" if criteria.funds else "toutes les caisses",
        _territories_fr(criteria),
        f"aucun appel abouti depuis {criteria.rest_days} jours",
    ]
    return [sentence for sentence in said if sentence]


def _territories_fr(criteria: TargetCriteria) -> str:
    names = ", ".join(TERRITORIES_FR[code or MAINLAND] for code in criteria.territories)
    return f"vivant ici : {names}" if names else ""


def _windows_fr(campaign: CallCampaign) -> list[str]:
    return [
        f"{_DAYS[window.weekday - 1]}, de {window.opens:%H:%M} à {window.closes:%H:%M}"
        for window in parse_windows(campaign.windows)
    ]


def wait_fr(wait: dt.timedelta) -> str:
    """« 20 minutes », « 3 heures », « 1 jour »: in the largest unit that is whole."""
    for unit, name in ((dt.timedelta(days=1), "jour"), (dt.timedelta(hours=1), "heure")):
        if wait % unit == dt.timedelta():
            number = wait // unit
            return f"{number} {name}{'s' * (number > 1)}"
    return f"{wait // dt.timedelta(minutes=1)} minutes"


def _retries_fr(campaign: CallCampaign) -> list[str]:
    rules = parse_retries(campaign.retry_rules)
    said = [
        f"{disposition.label} : {rule.most} fois au plus, {wait_fr(rule.wait)} après"
        + (", à un autre moment de la journée" if rule.other_slot else "")
        for disposition, rule in rules.items()
    ]
    return [*said, f"{campaign.max_attempts} appels en tout au plus"]
