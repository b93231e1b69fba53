"""From which networks a program may call: chosen by the partner itself, with a fresh code."""

import logging
from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone

from accounts.partners.client_models import PartnerClient
from accounts.partners.networks import MOST_NETWORKS
from accounts.partners.portal.forms import NetworksForm
from accounts.partners.portal.key_views import CLIENT_COLUMNS
from accounts.partners.portal.pages import PortalPage
from ameli_notify.core.walls import as_partner

logger = logging.getLogger(__name__)

_HINT_FR: Final = f"Par exemple 192.0.2.10, 198.51.100.0/24 ou 2001:db8:1::/48 ; {MOST_NETWORKS} au plus."


class NetworksView(PortalPage):
    """One program's list, to be changed as a whole."""

    template = "accounts/partners/networks.html"
    program: PartnerClient

    def get(self, request: HttpRequest, *, client_id: UUID, **kwargs: Any) -> HttpResponse:
        self.program = self._program(client_id)
        return self.page(form=NetworksForm(initial={"networks": "\n".join(self.program.allowed_networks)}))

    def post(self, request: HttpRequest, *, client_id: UUID, **kwargs: Any) -> HttpResponse:
        self.program, form = self._program(client_id), NetworksForm(request.POST)
        refused = self.refused_code(form) if form.is_valid() else self.page(form=form)
        if refused is not None:
            return refused
        PartnerClient.objects.filter(pk=self.program.pk, withdrawn_at=None).update(
            allowed_networks=form.cleaned_data["networks"],
            networks_set_at=timezone.now(),
            networks_set_by=self.member.identifier,
        )
        logger.info("partner networks set", extra={"client": self.program.pk})
        messages.success(request, "Les réseaux autorisés sont changés : cela vaut dès la prochaine requête.")
        return redirect("portal-keys")

    def context(self) -> Mapping[str, Any]:
        return {"program": self.program, "networks_hint": _HINT_FR}

    def _program(self, client_id: UUID) -> PartnerClient:
        with as_partner(self.member.partner_id):
            mine = PartnerClient.objects.only(*CLIENT_COLUMNS).filter(partner_id=self.member.partner_id)
            program = mine.filter(client_id=client_id, withdrawn_at=None).first()
        if program is None:
            raise Http404
        return program
