"""Defining a campaign in fields that people fill in; the parts kept as JSON are made of them, and shown from them."""

import re
from typing import Any, Final

from django import forms

from accounts.staff.models import User
from outreach.campaigns.campaign.criteria import MOST_ALD_CODE, parse_criteria
from outreach.campaigns.campaign.definition import DefinitionError, Window, parse_windows
from outreach.campaigns.campaign.enums import CampaignPurpose
from outreach.campaigns.campaign.models import CallCampaign, DisplayedNumber
from outreach.campaigns.campaign.services import CampaignError, change_campaign, create_campaign
from outreach.campaigns.desk.definition_fr import MAINLAND, TERRITORIES_FR
from outreach.campaigns.desk.retry_fields import retries_from, retry_fields, rules_of
from outreach.campaigns.draft_pages import DraftForm
from outreach.campaigns.prevention.enums import Means, PreventionStatus
from outreach.campaigns.prevention.models import PreventionCampaign
from outreach.campaigns.scripts.models import CallScriptVersion
from outreach.campaigns.scripts.publishing import publish_scripts

_DAYS: Final = ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi")
_DAY: Final = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
_LINE: Final = forms.TextInput(attrs={"size": 60})
_SECTIONS: Final = (
    ("La campagne", (
        "name", "purpose", "legal_basis", "starts_on", "ends_on", "script", "displayed_number",
    )),
    ("Qui appeler", (
        "any_ald", "ald_codes", "fewer_visits_than", "without_doctor", "min_age", "max_age", "prevention", "funds",
        "territories", "rest_days", "quotas",
    )),
    ("Quand appeler", ("weekdays", "hours", "max_attempts")),
)  # fmt: skip
_HOURS: Final = re.compile(r"(\d{2}:\d{2}) ?[-–] ?(\d{2}:\d{2})")
_QUOTA: Final = re.compile(r"(\S+)\s*:\s*(\d{1,7})")


class CampaignForm(DraftForm):
    """All that two people will approve."""

    refusals = (DefinitionError, CampaignError)
    name = forms.CharField(label="Nom", max_length=80, widget=_LINE)
    purpose = forms.ChoiceField(label="Finalité", choices=CampaignPurpose.choices)
    legal_basis = forms.CharField(label="Base légale", max_length=200, widget=_LINE)
    starts_on = forms.DateField(label="Premier jour", widget=_DAY)
    ends_on = forms.DateField(label="Dernier jour", widget=_DAY)
    script = forms.ModelChoiceField(label="Script", queryset=CallScriptVersion.objects.none())
    displayed_number = forms.ModelChoiceField(label="Numéro affiché", queryset=DisplayedNumber.objects.none())
    max_attempts = forms.IntegerField(label="Appels au plus par personne", min_value=1, max_value=10, initial=4)
    any_ald = forms.BooleanField(label="Personnes en ALD, quelle qu’elle soit", required=False, label_suffix="")
    ald_codes = forms.CharField(
        label="Ou en ALD de ces numéros", required=False, help_text=f"De 1 à {MOST_ALD_CODE}, séparés par une espace."
    )
    fewer_visits_than = forms.IntegerField(
        label="Moins de … consultations de médecine générale en un an", required=False, min_value=1, max_value=12
    )
    without_doctor = forms.BooleanField(label="Sans médecin traitant", required=False, label_suffix="")
    min_age = forms.IntegerField(label="Âge minimal", required=False, min_value=18, max_value=120)
    max_age = forms.IntegerField(label="Âge maximal", required=False, min_value=18, max_value=120)
    prevention = forms.ModelChoiceField(
        label="Personnes invitées par une campagne de prévention", required=False,
        queryset=PreventionCampaign.objects.none(), empty_label="sans objet",
        help_text="Campagnes en cours qui invitent par appel. Le groupe témoin n’est jamais appelé.",
    )  # fmt: skip
    funds = forms.CharField(
        label="Caisses", required=False, help_text="Codes séparés par une espace ; vide, toutes les caisses."
    )
    territories = forms.MultipleChoiceField(
        label="Territoires", required=False, choices=list(TERRITORIES_FR.items()), widget=forms.CheckboxSelectMultiple,
        help_text="Là où les personnes vivent ; rien de coché, partout.",
    )  # fmt: skip
    rest_days = forms.IntegerField(label="Jours depuis le dernier appel abouti", min_value=0, max_value=730, initial=60)
    weekdays = forms.TypedMultipleChoiceField(
        label="Jours d’appel", coerce=int, choices=list(enumerate(_DAYS, start=1)), initial=[1, 2, 3, 4, 5],
        widget=forms.CheckboxSelectMultiple,
    )  # fmt: skip
    hours = forms.CharField(
        label="Plages d’appel", initial="10:00-13:00 14:00-20:00",
        help_text="Entre 8 h et 20 h, à l’heure de la personne. Jamais un dimanche, ni un jour férié là où elle vit.",
    )  # fmt: skip
    quotas = forms.CharField(
        label="Personnes au plus par caisse", required=False, widget=forms.Textarea(attrs={"rows": 3, "cols": 40}),
        help_text="Une caisse par ligne, comme 01C751000 : 500 ; vide, sans limite.",
    )  # fmt: skip

    def __init__(self, data: Any = None, *, campaign: CallCampaign | None = None, seen: int = 0) -> None:  # noqa: ANN401 (as in Django)
        super().__init__(data, campaign=campaign, seen=seen)
        publish_scripts()
        tried_again = dict(retry_fields(rules_of(campaign.retry_rules if campaign else None)))
        self.fields.update(tried_again)
        self.sections = (*_SECTIONS, ("Quand rappeler qui n’a pas été joint", tuple(tried_again)))
        script: Any = self.fields["script"]
        script.queryset = CallScriptVersion.objects.order_by("name", "-version")
        script.label_from_instance = lambda row: f"{row.name}, version {row.version}"
        prevention: Any = self.fields["prevention"]
        calling = PreventionCampaign.objects.filter(status=PreventionStatus.RUNNING).exclude(means=Means.MESSAGES)
        prevention.queryset = calling.order_by("-pk")
        prevention.label_from_instance = lambda row: row.name
        number: Any = self.fields["displayed_number"]
        number.queryset = DisplayedNumber.objects.order_by("number")
        number.label_from_instance = lambda row: row.number_fr

    def initial_of(self, campaign: CallCampaign) -> dict[str, Any]:
        return _initial(campaign)

    def saved(self, *, by: User) -> CallCampaign:
        definition = self._definition()
        if self.campaign is None:
            return create_campaign(definition, by=by)
        return change_campaign(self.campaign.pk, definition, by=by, seen=self.seen)

    def _definition(self) -> dict[str, Any]:
        data = self.cleaned_data
        plain = ("name", "purpose", "legal_basis", "starts_on", "ends_on", "script", "displayed_number", "max_attempts")
        same = ("any_ald", "fewer_visits_than", "without_doctor", "min_age", "max_age", "rest_days")
        criteria = {name: data[name] for name in same}
        codes = data["ald_codes"].split()
        if not all(code.isdecimal() and len(code) < 4 for code in codes):
            raise DefinitionError("Les numéros d’ALD sont des nombres séparés par une espace.")
        criteria["prevention"] = data["prevention"].pk if data["prevention"] else None
        # Of a joint campaign: asked for by its mutual, and not to be taken away here.
        criteria["consented_to"] = parse_criteria(self.campaign.criteria).consented_to if self.campaign else None
        criteria |= {"ald_codes": [int(code) for code in codes], "funds": data["funds"].split()}
        criteria["territories"] = ["" if code == MAINLAND else code for code in data["territories"]]
        return {
            **{name: data[name] for name in plain},
            "criteria": parse_criteria(criteria).as_json(),
            "windows": [window.as_json() for window in _windows(data["weekdays"], data["hours"])],
            "retry_rules": retries_from(data),
            "quotas": _quotas(data["quotas"]),
        }


def _windows(weekdays: list[int], hours: str) -> tuple[Window, ...]:
    found = _HOURS.findall(hours)
    if not found or _HOURS.sub("", hours).strip(" ,;"):
        raise DefinitionError("Les plages d’appel s’écrivent 10:00-13:00 14:00-20:00.")
    return parse_windows([[day, opens, closes] for day in weekdays for opens, closes in found])


def _quotas(text: str) -> dict[str, int]:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    found = [_QUOTA.fullmatch(line) for line in lines]
    if not all(found):
        raise DefinitionError("Un quota s’écrit 01C751000 : 500, une caisse par ligne.")
    return {match[1]: int(match[2]) for match in found if match}


def _initial(campaign: CallCampaign) -> dict[str, Any]:
    criteria = parse_criteria(campaign.criteria)
    windows = parse_windows(campaign.windows)
    hours = sorted({(window.opens, window.closes) for window in windows})
    return {
        **{name: getattr(campaign, name) for name in ("name", "purpose", "legal_basis", "starts_on", "ends_on")},
        "script": campaign.script_id,
        "displayed_number": campaign.displayed_number_id,
        "max_attempts": campaign.max_attempts,
        **criteria.as_json(),
        "ald_codes": " ".join(map(str, criteria.ald_codes)),
        "funds": " ".join(criteria.funds),
        "territories": [code or MAINLAND for code in criteria.territories],
        "weekdays": sorted({window.weekday for window in windows}),
        "hours": " ".join(f"{opens:%H:%M}-{closes:%H:%M}" for opens, closes in hours),
        "quotas": "\n".join(f"{fund} : {most}" for fund, most in campaign.quotas.items()),
    }
