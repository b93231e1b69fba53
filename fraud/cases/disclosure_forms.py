"""Acts by which something leaves the house: telling a mutual, taking it back, lifting an identity."""

from typing import Any

from django import forms
from django.utils import timezone

from accounts.staff.models import User
from fraud.cases.act_forms import ActForm, ActGroup
from fraud.cases.disclosure_models import IdentityLift
from fraud.cases.enums import ApprovalSubject, DeferralReason, LiftGround
from fraud.cases.lift_telling import defer, tell_now
from fraud.cases.lifting import Deferral, bases_in_force, lift
from fraud.cases.look import CaseLook
from fraud.cases.sharing import revoke, share
from fraud.cases.work_forms import DAY


class ShareForm(ActForm):
    group = ActGroup.DISCLOSE
    title, button = "Ouvrir un signal à une mutuelle", "Ouvrir le signal"
    note = (
        "La mutuelle pourra lire qui a facturé, quelles natures de soins et de quand à quand ; aucun assuré n’est "
        "nommé. Le signal prend fin tout seul, et chaque lecture est enregistrée."
    )
    approval = forms.TypedChoiceField(label="Accord", coerce=int)

    @classmethod
    def is_offered(cls, look: CaseLook) -> bool:
        return super().is_offered(look) and bool(look.agreements(ApprovalSubject.SHARE))

    def prepare(self) -> None:
        agreed = self.look.agreements(ApprovalSubject.SHARE)
        self.choose("approval", [(one.pk, f"mutuelle n° {one.partner.code}") for one in agreed if one.partner])

    def perform(self) -> str:
        made = share(self.case.pk, approval_id=self.cleaned_data["approval"], by=self.user)
        return f"Le signal est ouvert jusqu’au {timezone.localtime(made.expires_at):%d/%m/%Y}."


class RevokeForm(ActForm):
    group = ActGroup.DISCLOSE
    title, button = "Retirer un signal à une mutuelle", "Retirer le signal"
    note = "La mutuelle ne le lit plus dès maintenant ; ce qu’elle a déjà lu, elle l’a lu."
    signal = forms.TypedChoiceField(label="Signal", coerce=int)

    @classmethod
    def is_offered(cls, look: CaseLook) -> bool:
        return super().is_offered(look) and bool(look.standing_signals)

    def prepare(self) -> None:
        standing = self.look.standing_signals
        self.choose("signal", [(one.pk, f"mutuelle n° {one.partner.code}") for one in standing])

    def perform(self) -> str:
        revoke(self.cleaned_data["signal"], by=self.user)
        return "Le signal est retiré."


class LiftForm(ActForm):
    group = ActGroup.DISCLOSE
    title, button = "Lever l’identité de l’auteur d’un signalement", "Lever l’identité"
    note = (
        "Vous et la personne qui a donné son accord pourrez lire cette identité pour la transmettre. La personne qui a "
        "signalé l’apprend aussitôt dans son espace, avec le fondement, sauf si cela gênerait une enquête ou une "
        "procédure : elle l’apprend alors au plus tard au jour que vous fixez."
    )
    approval = forms.TypedChoiceField(label="Signalement", coerce=int)
    ground = forms.ChoiceField(label="Fondement", widget=forms.RadioSelect)
    reference = forms.CharField(
        label="Référence",
        max_length=40,
        help_text="Numéro de la réquisition ou du courrier, sans nom de personne.",
    )
    deferral = forms.ChoiceField(
        label="Informer la personne plus tard, pour ne pas gêner",
        choices=[("", "rien : l’informer tout de suite"), *DeferralReason.choices],
        required=False,
    )
    tell_on = forms.DateField(label="L’informer au plus tard le", widget=DAY, required=False)

    @classmethod
    def is_offered(cls, look: CaseLook) -> bool:
        return super().is_offered(look) and bool(look.agreements(ApprovalSubject.LIFT_IDENTITY))

    def prepare(self) -> None:
        agreed = self.look.agreements(ApprovalSubject.LIFT_IDENTITY)
        self.choose("approval", [(one.pk, str(one.report.receipt_no)) for one in agreed if one.report])
        self.choose(
            "ground", [(str(one), f"{one.label} ({basis.articles})") for one, basis in bases_in_force().items()]
        )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if bool(data.get("deferral")) != bool(data.get("tell_on")):
            self.add_error("tell_on", "Dites à la fois ce que l’information gênerait et jusqu’à quel jour.")
        return data

    def perform(self) -> str:
        data = self.cleaned_data
        ground = LiftGround(data["ground"])
        until = data["tell_on"]
        lift(
            self.case.pk,
            approval_id=data["approval"],
            ground=ground,
            reference=data["reference"],
            deferral=Deferral(reason=DeferralReason(data["deferral"]), until=until) if until else None,
            by=self.user,
        )
        if until:
            return f"L’identité est levée ; la personne en sera informée le {until:%d/%m/%Y} au plus tard."
        return "L’identité est levée ; la personne en est informée."


class TellForm(ActForm):
    group = ActGroup.DISCLOSE
    title, button = "Informer la personne de la levée de son identité", "Informer la personne"
    note = "L’enquête ou la procédure n’en sera plus gênée : la personne lit le message dans son espace."
    lift = forms.TypedChoiceField(label="Levée", coerce=int)

    @classmethod
    def is_offered(cls, look: CaseLook) -> bool:
        return bool(look.untold_lifts)

    def prepare(self) -> None:
        self.choose("lift", [_said_of_lift(one) for one in self.look.untold_lifts])

    def perform(self) -> str:
        tell_now(self.cleaned_data["lift"], by=self.user)
        return "La personne est informée."


class DeferForm(ActForm):
    group = ActGroup.DISCLOSE
    title, button = "Reporter encore l’information d’une personne", "Reporter"
    note = "Seulement tant que l’enquête ou la procédure l’exige ; la protection des données en est avertie."
    lift = forms.TypedChoiceField(label="Levée", coerce=int)
    until = forms.DateField(label="L’informer au plus tard le", widget=DAY)

    @classmethod
    def is_offered(cls, look: CaseLook) -> bool:
        return bool(_own_untold(look))

    @classmethod
    def may(cls, user: User) -> bool:
        return user.has_perm("fraud.work_fraudcase") or user.has_perm("fraud.approve_fraudcase")

    def prepare(self) -> None:
        self.choose("lift", [_said_of_lift(one) for one in _own_untold(self.look)])

    def perform(self) -> str:
        made = defer(self.cleaned_data["lift"], until=self.cleaned_data["until"], by=self.user)
        return f"La personne sera informée le {made.tell_on:%d/%m/%Y} au plus tard."


def _said_of_lift(one: IdentityLift) -> tuple[int, str]:
    return one.pk, f"{one.report.receipt_no}, au plus tard le {one.tell_on:%d/%m/%Y}"


def _own_untold(look: CaseLook) -> list[IdentityLift]:
    return [one for one in look.untold_lifts if one.is_readable_by(look.user.pk)]
