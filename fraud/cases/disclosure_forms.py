"""Acts by which something leaves the house: telling a mutual, taking it back, lifting an identity."""

from django import forms
from django.utils import timezone

from accounts.staff.models import User
from fraud.cases.act_forms import ActForm
from fraud.cases.approving import to_act_on
from fraud.cases.disclosure_models import SharedSignal
from fraud.cases.enums import ApprovalSubject, LiftGround
from fraud.cases.lifting import lift
from fraud.cases.models import FraudCase
from fraud.cases.sharing import revoke, share, standing_of


class ShareForm(ActForm):
    title, button = "Ouvrir un signal à une mutuelle", "Ouvrir le signal"
    note = (
        "La mutuelle pourra lire qui a facturé, quelles natures de soins et de quand à quand ; aucun assuré n’est "
        "nommé. Le signal prend fin tout seul, et chaque lecture est enregistrée."
    )
    approval = forms.TypedChoiceField(label="Accord", coerce=int)

    @classmethod
    def is_offered(cls, case: FraudCase, user: User) -> bool:
        return super().is_offered(case, user) and to_act_on(case, ApprovalSubject.SHARE, by=user).exists()

    def prepare(self) -> None:
        agreed = to_act_on(self.case, ApprovalSubject.SHARE, by=self.user)
        self.choose("approval", [(one.pk, f"mutuelle n° {one.partner.code}") for one in agreed if one.partner])

    def perform(self) -> str:
        made = share(self.case.pk, approval_id=self.cleaned_data["approval"], by=self.user)
        return f"Le signal est ouvert jusqu’au {timezone.localtime(made.expires_at):%d/%m/%Y}."


class RevokeForm(ActForm):
    title, button = "Retirer un signal à une mutuelle", "Retirer le signal"
    note = "La mutuelle ne le lit plus dès maintenant ; ce qu’elle a déjà lu, elle l’a lu."
    signal = forms.TypedChoiceField(label="Signal", coerce=int)

    @classmethod
    def is_offered(cls, case: FraudCase, user: User) -> bool:
        return super().is_offered(case, user) and standing_of(case, now=timezone.now()).exists()

    def prepare(self) -> None:
        standing = standing_of(self.case, now=timezone.now()).select_related("partner").order_by("pk")
        self.choose("signal", [(one.pk, f"mutuelle n° {one.partner.code}") for one in standing])

    def perform(self) -> str:
        revoke(self.cleaned_data["signal"], by=self.user)
        return "Le signal est retiré."


class LiftForm(ActForm):
    title, button = "Lever l’identité de l’auteur d’un signalement", "Lever l’identité"
    note = (
        "Vous et la personne qui a donné son accord pourrez lire cette identité pour la transmettre. La personne qui a "
        "signalé l’apprend aussitôt dans son espace, avec le fondement."
    )
    approval = forms.TypedChoiceField(label="Signalement", coerce=int)
    ground = forms.ChoiceField(label="Fondement", choices=LiftGround.choices, widget=forms.RadioSelect)
    reference = forms.CharField(
        label="Référence",
        max_length=40,
        help_text="Numéro de la réquisition ou du courrier, sans nom de personne.",
    )

    @classmethod
    def is_offered(cls, case: FraudCase, user: User) -> bool:
        return super().is_offered(case, user) and to_act_on(case, ApprovalSubject.LIFT_IDENTITY, by=user).exists()

    def prepare(self) -> None:
        agreed = to_act_on(self.case, ApprovalSubject.LIFT_IDENTITY, by=self.user)
        self.choose("approval", [(one.pk, str(one.report.receipt_no)) for one in agreed if one.report])

    def perform(self) -> str:
        data = self.cleaned_data
        ground = LiftGround(data["ground"])
        lift(self.case.pk, approval_id=data["approval"], ground=ground, reference=data["reference"], by=self.user)
        return "L’identité est levée ; la personne en est informée."


def signals_of(case: FraudCase) -> list[SharedSignal]:
    """Every signal of a case, the latest first."""
    return list(case.signals.select_related("partner", "shared_by", "revoked_by").order_by("-pk"))
