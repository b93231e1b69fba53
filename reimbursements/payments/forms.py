"""The filters of « Mes paiements ». They travel in the address, so their values are opaque."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from django import forms
from django.db.models import Q

from reimbursements.payments.access import Reader
from reimbursements.payments.outline import Condition, Part, is_paid_to, is_paid_to_care_giver
from reimbursements.payments.periods import Period, period_choices, period_of
from reimbursements.payments.querysets import Beneficiary, paid_to_care_givers, paid_to_reader
from reimbursements.payments.tokens import beneficiary_mark

TO_YOU: Final = "moi"
TO_CARE_GIVERS: Final = "soignants"
TO_OTHERS: Final = "autres"
_IN_ADDRESS: Final = {"period": "dates", "beneficiary": "beneficiaire", "payee": "paye_a"}
_CHILD: Final = 3


class PaymentFilterForm(forms.Form):
    """GET form: an empty one shows everything."""

    period = forms.ChoiceField(label="Période", required=False)
    beneficiary = forms.ChoiceField(label="Bénéficiaire", required=False)
    payee = forms.ChoiceField(
        label="Payé à",
        required=False,
        choices=[
            ("", "Tous les destinataires"),
            (TO_YOU, "Moi"),
            (TO_CARE_GIVERS, "Un professionnel ou un établissement de santé"),
            (TO_OTHERS, "Un autre destinataire (employeur, mutuelle…)"),
        ],
    )

    def __init__(self, data: Mapping[str, str], *, who: Reader, beneficiaries: Sequence[Beneficiary]) -> None:
        super().__init__(data)
        self._who = who
        self._marked = {beneficiary_mark(one.person_id, reader_id=who.person_id): one for one in beneficiaries}
        labels = [(mark, beneficiary_label(one, who=who)) for mark, one in self._marked.items()]
        choices = {"period": period_choices(who.today), "beneficiary": [("", "Tous les bénéficiaires"), *labels]}
        for name, field in self.fields.items():
            select: Any = field  # django-stubs knows it as a plain field
            select.choices = choices.get(name, select.choices)
            select.error_messages["invalid_choice"] = f"{field.label} : choisissez une valeur de la liste."

    def add_prefix(self, field_name: str) -> str:
        """The name of a field in the address."""
        return _IN_ADDRESS.get(field_name, field_name)  # also asked for the ids of fields

    @property
    def days(self) -> Period:
        """Of a valid form."""
        return period_of(self.cleaned_data["period"], today=self._who.today)

    @property
    def condition(self) -> Q:
        """On the lines, beside the period. Of a valid form."""
        condition = Q()
        mark, payee = self.cleaned_data["beneficiary"], self.cleaned_data["payee"]
        if mark:
            condition &= Q(beneficiary_id=self._marked[mark].person_id)
        if payee == TO_YOU:
            condition &= paid_to_reader(self._who)
        elif payee == TO_CARE_GIVERS:
            condition &= paid_to_care_givers()
        elif payee == TO_OTHERS:
            condition &= ~paid_to_reader(self._who) & ~paid_to_care_givers()
        return condition

    @property
    def is_filtering(self) -> bool:
        return any(self.cleaned_data.values())

    def among(self, parts: Iterable[Part]) -> list[Part]:
        """The parts of the period that meet the condition. Of a valid form."""
        days, mark, payee = self.days, self.cleaned_data["beneficiary"], self.cleaned_data["payee"]
        person_id = self._marked[mark].person_id if mark else None
        meets = self._payee_conditions[payee]
        return [
            part
            for part in parts
            if days.first <= part.payment_date <= days.last
            and (person_id is None or part.beneficiary_id == person_id)
            and meets(part)
        ]

    @property
    def _payee_conditions(self) -> dict[str, Condition]:
        to_reader = is_paid_to(self._who)
        return {
            "": lambda part: True,
            TO_YOU: to_reader,
            TO_CARE_GIVERS: is_paid_to_care_giver,
            TO_OTHERS: lambda part: not to_reader(part) and not is_paid_to_care_giver(part),
        }

    @property
    def chosen(self) -> dict[str, str]:
        """What was chosen, for the addresses of other pages of the same list. Of a valid form."""
        return {self.add_prefix(name): value for name, value in self.cleaned_data.items() if value}


def beneficiary_label(one: Beneficiary, *, who: Reader) -> str:
    """« Vous », a first name, or who they are to the reader when the directory does not name them."""
    if one.person_id == who.person_id:
        return "Vous"
    return one.first_name or ("Votre enfant" if one.quality == _CHILD else "Votre proche")
