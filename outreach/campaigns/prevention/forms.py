"""Defining a prevention campaign in fields that people fill in."""

from typing import Any

from django import forms

from accounts.staff.models import User
from outreach.campaigns.draft_pages import DraftForm
from outreach.campaigns.prevention.enums import AgeBand, Means
from outreach.campaigns.prevention.models import LEAST_CONTROL, MOST_CONTROL, PreventionCampaign
from outreach.campaigns.prevention.services import PreventionError, change_prevention, create_prevention


class PreventionForm(DraftForm):
    """All that two people will approve, with its list."""

    refusals = (PreventionError,)
    sections = (
        ("La campagne", ("name", "legal_basis")),
        ("Qui est concerné", ("bands", "months_without_visit", "without_doctor", "funds")),
        ("Comment, et avec qui comparer", ("means", "control_share")),
    )
    name = forms.CharField(label="Nom", max_length=80, widget=forms.TextInput(attrs={"size": 60}))
    legal_basis = forms.CharField(label="Base légale", max_length=200, widget=forms.TextInput(attrs={"size": 60}))
    bands = forms.MultipleChoiceField(
        label="Tranches d’âge", choices=AgeBand.choices, widget=forms.CheckboxSelectMultiple
    )
    months_without_visit = forms.IntegerField(
        label="Aucune consultation de médecine générale depuis … mois", required=False, min_value=6, max_value=36
    )
    without_doctor = forms.BooleanField(label="Sans médecin traitant", required=False, label_suffix="")
    funds = forms.CharField(
        label="Caisses", required=False, help_text="Codes séparés par une espace ; vide, toutes les caisses."
    )
    means = forms.ChoiceField(label="Inviter par", choices=Means.choices, widget=forms.RadioSelect)
    control_share = forms.IntegerField(
        label="Groupe témoin, en pourcentage", min_value=LEAST_CONTROL, max_value=MOST_CONTROL, initial=20,
        help_text="Ces personnes, tirées au sort, ne sont pas invitées : on saura ainsi ce que l’invitation a changé.",
    )  # fmt: skip

    def initial_of(self, campaign: PreventionCampaign) -> dict[str, Any]:
        return {**{name: getattr(campaign, name) for name in self.base_fields}, "funds": " ".join(campaign.funds)}

    def saved(self, *, by: User) -> PreventionCampaign:
        definition: dict[str, Any] = {**self.cleaned_data, "funds": self.cleaned_data["funds"].split()}
        if self.campaign is None:
            return create_prevention(definition, by=by)
        return change_prevention(self.campaign.pk, definition, by=by, seen=self.seen)
