"""Who works on a partner's pages: everybody sees the list, whoever manages invites and removes."""

from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect

from accounts.partners.portal import invitations
from accounts.partners.portal.forms import MANAGER, FreshCodeForm, InviteForm
from accounts.partners.portal.models import PartnerUser
from accounts.partners.portal.pages import PortalPage
from accounts.partners.portal.walls import COLUMNS, USER
from ameli_notify.core.walls import as_partner


class UsersView(PortalPage):
    """The list, and a form to invite a colleague. The invitation is shown once, by the answer to the form itself."""

    template = "accounts/partners/users.html"

    def context(self) -> Mapping[str, Any]:
        users = PartnerUser.objects.only(*COLUMNS[USER]).filter(removed_at=None).order_by("identifier")
        return {"users": list(users), "form": InviteForm()}

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        if not self.member.is_manager:
            raise PermissionDenied
        form = InviteForm(request.POST)
        refused = self.refused_code(form) if form.is_valid() else self.page(form=form)
        if refused is not None:
            return refused
        try:
            invitation = invitations.invite(
                self.member.partner_id,
                label=form.cleaned_data["label"],
                is_manager=form.cleaned_data["role"] == MANAGER,
                by=self.member.identifier,
            )
        except invitations.TooManyUsersError:
            form.add_error(None, f"Un organisme a {invitations.MOST_USERS} utilisateurs au plus.")
            return self.page(form=form)
        return self.page(invitation=invitation)


class RemoveUserView(PortalPage):
    """Asks first."""

    template = "accounts/partners/remove_user.html"
    user: PartnerUser

    def get(self, request: HttpRequest, *, pk: int, **kwargs: Any) -> HttpResponse:
        self.user = self._user(pk)
        return self.page(form=FreshCodeForm())

    def post(self, request: HttpRequest, *, pk: int, **kwargs: Any) -> HttpResponse:
        self.user, form = self._user(pk), FreshCodeForm(request.POST)
        refused = self.refused_code(form) if form.is_valid() else self.page(form=form)
        if refused is not None:
            return refused
        invitations.remove(pk, partner_id=self.member.partner_id, by=self.member.identifier)
        messages.success(request, f"Le compte {self.user.identifier} est fermé.")
        return redirect("portal-users")

    def context(self) -> Mapping[str, Any]:
        return {"removed": self.user}

    def _user(self, pk: int) -> PartnerUser:
        """A colleague: nobody closes the account that they are in."""
        if not self.member.is_manager:
            raise PermissionDenied
        with as_partner(self.member.partner_id):
            user = PartnerUser.objects.only(*COLUMNS[USER]).filter(pk=pk, removed_at=None).first()
        if user is None or user.pk == self.member.pk:
            raise Http404
        return user
