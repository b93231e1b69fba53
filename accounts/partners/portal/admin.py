"""Users of partners in the console: invited, invited again, removed. A code is shown by the answer itself, once."""

from typing import Any, Final

from django import forms
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse

from accounts.partners.portal import invitations
from accounts.partners.portal.invitations import Invitation
from accounts.partners.portal.models import PartnerUser
from accounts.staff.perms import signed_in
from ameli_notify.core.admin import ConsoleModelAdmin, SearchShape, exact

KEEP: Final = "keep"
AGAIN: Final = "again"
REMOVE: Final = "remove"


class InviteForm(forms.ModelForm[PartnerUser]):
    class Meta:
        model = PartnerUser
        fields = ("partner", "label", "is_manager")
        help_texts = {"label": "Une fonction plutôt qu’un nom, par exemple « exploitation »."}

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        partner = data.get("partner")
        here = PartnerUser.objects.filter(partner=partner, removed_at=None).count() if partner else 0
        if here >= invitations.MOST_USERS:
            self.add_error("partner", f"Cet organisme a déjà {invitations.MOST_USERS} utilisateurs.")
        return data


class UserChangeForm(forms.ModelForm[PartnerUser]):
    act = forms.ChoiceField(
        label="Compte",
        choices=[
            (KEEP, "le laisser tel quel"),
            (AGAIN, "inviter de nouveau : mot de passe ou téléphone perdu"),
            (REMOVE, "le retirer, pour de bon"),
        ],
        initial=KEEP,
        widget=forms.RadioSelect,
    )

    class Meta:
        model = PartnerUser
        fields = ("label", "is_manager")


@admin.register(PartnerUser)
class PartnerUserAdmin(ConsoleModelAdmin):
    list_display = ("identifier", "partner", "label", "is_manager", "joined_at", "removed_at")
    list_select_related = ("partner",)
    change_select_related = ("partner",)
    ordering = ("-pk",)
    sortable_by = ()
    search_shapes = (SearchShape("identifiant", r"[0-9A-Za-z]{1,10}-[0-9]{2,6}", exact("identifier")),)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ANN401 (as in Django)
        return (obj is None or obj.removed_at is None) and super().has_change_permission(request, obj)

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:  # noqa: ANN401
        return super().get_form(request, obj, change, form=InviteForm if obj is None else UserChangeForm, **kwargs)

    def get_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:  # noqa: ANN401 (as in Django)
        if obj is None:
            return ("partner", "label", "is_manager")
        asked = ("act",) if self.has_change_permission(request, obj) else ("removed_at", "removed_by")
        seen = ("invited_at", "invited_by", "invitation_until", "joined_at", "last_sign_in_at")
        return ("identifier", "partner", "label", "is_manager", *seen, *asked)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:  # noqa: ANN401
        if obj is None:
            return ()
        seen = ("invited_at", "invited_by", "invitation_until", "joined_at", "last_sign_in_at")
        return ("identifier", "partner", *seen)

    def save_model(self, request: HttpRequest, obj: PartnerUser, form: forms.ModelForm[Any], change: bool) -> None:
        by, act = signed_in(request).username, form.cleaned_data.get("act", KEEP)
        if not change:
            made = invitations.invite(obj.partner_id, label=obj.label, is_manager=obj.is_manager, by=by)
            obj.__dict__.update(made.member.__dict__)
            self._keep(request, made)
            return
        obj.save(update_fields=["label", "is_manager"])
        if act == AGAIN:
            self._keep(request, invitations.invite_again(obj.pk, by=by))
        elif act == REMOVE:
            invitations.remove(obj.pk, partner_id=obj.partner_id, by=by)

    def response_add(
        self, request: HttpRequest, obj: PartnerUser, post_url_continue: str | None = None
    ) -> HttpResponse:
        return self._told(request, obj) or super().response_add(request, obj, post_url_continue)

    def response_change(self, request: HttpRequest, obj: PartnerUser) -> HttpResponse:
        return self._told(request, obj) or super().response_change(request, obj)

    def _keep(self, request: HttpRequest, invitation: Invitation) -> None:
        """For the length of the request: a message of Django's would lie in a cookie."""
        request.partner_invitation = invitation  # type: ignore[attr-defined] # read by _told

    def _told(self, request: HttpRequest, obj: PartnerUser) -> HttpResponse | None:
        invitation: Invitation | None = getattr(request, "partner_invitation", None)
        if invitation is None:
            return None
        page = {"title": "Invitation", "invitation": invitation, "opts": self.opts, "original": obj}
        return TemplateResponse(
            request, "admin/accounts/partneruser/invitation.html", self.admin_site.each_context(request) | page
        )
