"""The programs of a partner and their public keys: registered and withdrawn by the partner itself."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.contrib import messages
from django.db import IntegrityError, transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone

from accounts.partners.client_models import PartnerClient, PartnerKey
from accounts.partners.portal.forms import FreshCodeForm, KeyForm
from accounts.partners.portal.pages import PortalPage
from ameli_notify.core.walls import as_partner

CLIENT_COLUMNS: Final = (
    "id", "partner_id", "client_id", "name", "scopes", "requests_per_minute", "allowed_networks", "networks_set_at",
    "created_at",
)  # fmt: skip
_KEY_COLUMNS = ("id", "client_id", "kid", "jwk", "added_at", "withdrawn_at")


@dataclass(frozen=True, slots=True)
class Program:
    """A program with its keys, those in use first."""

    client: PartnerClient
    keys: Sequence[PartnerKey]


class KeysView(PortalPage):
    """All programs, and a form to register a key."""

    template = "accounts/partners/keys.html"

    def context(self) -> Mapping[str, Any]:
        programs = self._programs()
        keys = PartnerKey.objects.only(*_KEY_COLUMNS).filter(client__in=[one.pk for one in programs]).order_by("-pk")
        by_program: dict[int, list[PartnerKey]] = {}
        for key in sorted(keys, key=lambda key: key.withdrawn_at is not None):
            by_program.setdefault(key.client_id, []).append(key)
        return {
            "programs": [Program(one, by_program.get(one.pk, [])) for one in programs],
            "form": KeyForm(programs),
        }

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        with as_partner(self.member.partner_id):
            programs = self._programs()
        form = KeyForm(programs, request.POST)
        if not form.is_valid():
            return self.page(form=form)
        refused = self.refused_code(form)
        if refused is not None:
            return refused
        jwk, client = form.cleaned_data["jwk"], form.cleaned_data["client"]
        try:
            with transaction.atomic():
                PartnerKey.objects.create(client=client, kid=jwk["kid"], jwk=jwk, added_by=self.member.identifier)
        except IntegrityError:  # registered by somebody else meanwhile
            form.add_error("text", "Ce programme a déjà une clé de cet identifiant.")
            return self.page(form=form)
        messages.success(request, "La clé est enregistrée. Retirez l’ancienne une fois que vos programmes ont changé.")
        return redirect("portal-keys")

    def _programs(self) -> list[PartnerClient]:
        mine = PartnerClient.objects.only(*CLIENT_COLUMNS).filter(partner_id=self.member.partner_id)
        return list(mine.filter(withdrawn_at=None).order_by("pk"))


class WithdrawKeyView(PortalPage):
    """Asks first: what is withdrawn is withdrawn for good, its tokens with it."""

    template = "accounts/partners/withdraw_key.html"
    key: PartnerKey

    def get(self, request: HttpRequest, *, pk: int, **kwargs: Any) -> HttpResponse:
        self.key = self._key(pk)
        return self.page(form=FreshCodeForm())

    def post(self, request: HttpRequest, *, pk: int, **kwargs: Any) -> HttpResponse:
        self.key, form = self._key(pk), FreshCodeForm(request.POST)
        refused = self.refused_code(form) if form.is_valid() else self.page(form=form)
        if refused is not None:
            return refused
        PartnerKey.objects.filter(pk=self.key.pk, withdrawn_at=None).update(
            withdrawn_at=timezone.now(), withdrawn_by=self.member.identifier
        )
        messages.success(request, "La clé est retirée : ses jetons ne servent plus.")
        return redirect("portal-keys")

    def context(self) -> Mapping[str, Any]:
        return {"key": self.key}

    def _key(self, pk: int) -> PartnerKey:
        with as_partner(self.member.partner_id):
            key = PartnerKey.objects.only(*_KEY_COLUMNS).filter(pk=pk, withdrawn_at=None).first()
        if key is None:
            raise Http404
        return key
