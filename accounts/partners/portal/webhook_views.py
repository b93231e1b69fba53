"""Where the partner is told that there is news, and what became of each notice: to look at, try, and send again."""

from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect

from accounts.partners.portal.forms import FreshCodeForm
from accounts.partners.portal.pages import PortalPage
from accounts.partners.portal.walls import DELIVERY, ENDPOINT, WEBHOOK_COLUMNS
from accounts.partners.webhooks.endpoints import (
    REPLAYABLE,
    NotSentToError,
    StillWaitingError,
    replay,
    rotate_secret,
    send_test,
)
from accounts.partners.webhooks.enums import EndpointState
from accounts.partners.webhooks.models import WebhookDelivery, WebhookEndpoint
from ameli_notify.core.walls import as_partner

LAST_DELIVERIES: Final = 50
DISABLED_FR: Final = "Cette adresse est arrêtée : remettez-la en service par l’API avant de lui envoyer un avis."
WAITING_FR: Final = "Cet avis attend déjà d’être envoyé, ou un plus récent l’a remplacé."


class WebhooksView(PortalPage):
    """All endpoints of the partner."""

    template = "accounts/partners/webhooks.html"

    def context(self) -> Mapping[str, Any]:
        endpoints = WebhookEndpoint.objects.only(*WEBHOOK_COLUMNS[ENDPOINT]).exclude(state=EndpointState.REMOVED)
        return {"endpoints": list(endpoints.order_by("pk"))}


class _EndpointPage(PortalPage):
    """Of one endpoint, which the wall shows; of somebody else's there is nothing."""

    endpoint: WebhookEndpoint

    def setup(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        super().setup(request, *args, **kwargs)
        self.public_id: UUID = kwargs["public_id"]

    def find(self) -> None:
        with as_partner(self.member.partner_id):
            shown = WebhookEndpoint.objects.only(*WEBHOOK_COLUMNS[ENDPOINT]).exclude(state=EndpointState.REMOVED)
            found = shown.filter(public_id=self.public_id).first()
        if found is None:
            raise Http404
        self.endpoint = found

    def whole(self) -> WebhookEndpoint:
        """With what the services need and the partner does not see."""
        return WebhookEndpoint.objects.get(pk=self.endpoint.pk)

    def back(self) -> HttpResponse:
        return redirect("portal-webhook", public_id=self.public_id)


class WebhookView(_EndpointPage):
    """The endpoint and its last deliveries."""

    template = "accounts/partners/webhook.html"

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        self.find()
        return self.page()

    def context(self) -> Mapping[str, Any]:
        rows = WebhookDelivery.objects.only(*WEBHOOK_COLUMNS[DELIVERY]).filter(endpoint_id=self.endpoint.pk)
        deliveries = list(rows.order_by("-pk")[:LAST_DELIVERIES])
        return {"endpoint": self.endpoint, "deliveries": deliveries, "replayable": REPLAYABLE}


class TestWebhookView(_EndpointPage):
    """A button."""

    http_method_names = ["post"]

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        self.find()
        try:
            send_test(self.whole())
        except NotSentToError:
            messages.warning(request, DISABLED_FR)
        else:
            messages.success(request, "Un avis d’essai part dans la minute. Rechargez cette page pour voir la réponse.")
        return self.back()


class ReplayView(_EndpointPage):
    """A button beside a settled delivery."""

    http_method_names = ["post"]

    def post(self, request: HttpRequest, *, message_id: UUID, **kwargs: Any) -> HttpResponse:
        self.find()
        delivery = WebhookDelivery.objects.select_related("endpoint").filter(
            endpoint_id=self.endpoint.pk, message_id=message_id
        ).first()  # fmt: skip
        if delivery is None:
            raise Http404
        try:
            replay(delivery)
        except NotSentToError:
            messages.warning(request, DISABLED_FR)
        except StillWaitingError:
            messages.warning(request, WAITING_FR)
        else:
            messages.success(request, "L’avis est renvoyé, sous le même identifiant de message.")
        return self.back()


class WebhookSecretView(_EndpointPage):
    """Asks first; the new secret is shown once, by the answer itself."""

    template = "accounts/partners/webhook_secret.html"

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        self.find()
        return self.page(form=FreshCodeForm())

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        self.find()
        form = FreshCodeForm(request.POST)
        refused = self.refused_code(form) if form.is_valid() else self.page(form=form)
        if refused is not None:
            return refused
        return self.page(secret=rotate_secret(self.whole()).secret)

    def context(self) -> Mapping[str, Any]:
        return {"endpoint": self.endpoint}
