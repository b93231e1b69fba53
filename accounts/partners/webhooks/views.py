"""The resources of the partner API about webhooks. Nothing here speaks of a person: no access is to be logged."""

from collections.abc import Callable, Mapping
from typing import Any, Final, TypeVar
from uuid import UUID

from django.db import transaction
from django.db.models import Model, QuerySet
from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.partners.authentication import PartnerView
from accounts.partners.enums import Scope
from accounts.partners.webhooks import endpoints as services
from accounts.partners.webhooks import serializers
from accounts.partners.webhooks.enums import DisabledReason, EndpointState
from accounts.partners.webhooks.models import WebhookDelivery, WebhookEndpoint
from accounts.partners.webhooks.serializers import delivery_record, webhook_record
from accounts.partners.webhooks.signing import ID_PREFIX
from ameli_notify.core.api.bodies import StrictJsonParser, read_body
from ameli_notify.core.api.cursors import CursorBook
from ameli_notify.core.api.documentation import IDEMPOTENCY_KEY, answers, change_answers, post_answers, removal_answers
from ameli_notify.core.api.idempotency import idempotent
from ameli_notify.core.api.parameters import NoParameters, PageParameters, read_parameters
from ameli_notify.core.api.problems import (
    DELIVERY_NOT_SETTLED,
    NOT_FOUND,
    TOO_MANY_REQUESTS,
    TOO_MANY_WEBHOOKS,
    WEBHOOK_DISABLED,
    ProblemError,
)
from ameli_notify.core.api.views import answer
from ameli_notify.core.limits import RetryAfter, hit

TAG: Final = "Avis"
TESTS_PER_MINUTE: Final = 10
NO_BODY: Final = {"application/json": {"type": "object", "additionalProperties": False, "maxProperties": 0}}
"""As the document tells an empty object."""
_Row = TypeVar("_Row", bound=Model)


class _WebhookResource(PartnerView):
    scope = Scope.WEBHOOKS_MANAGE
    parser_classes = [StrictJsonParser]

    def endpoint(self, webhook_id: UUID, *, is_held: bool = False) -> WebhookEndpoint:
        """One of the partner's own. Raises ProblemError."""
        found = services.one_endpoint(self.caller.partner_id, webhook_id, is_held=is_held)
        if found is None:
            raise ProblemError(NOT_FOUND)
        return found

    def page(
        self, name: str, rows: QuerySet[_Row], record: Callable[[_Row], Mapping[str, object]], **more: object
    ) -> Mapping[str, object]:
        """Newest first, from the cursor on."""
        book = CursorBook(name, reader=self.caller.partner_id, filters={**self.values, **more})
        if "cursor" in self.values:
            rows = rows.filter(pk__lt=book.read(self.values["cursor"])[0])
        found = list(rows.order_by("-pk")[: self.values["limit"] + 1])
        shown = found[: self.values["limit"]]
        following = book.make((shown[-1].pk,)) if len(found) > len(shown) else None
        self.rows_read = len(shown)
        return {"data": [record(row) for row in shown], "next_cursor": following}


class WebhooksView(_WebhookResource):
    http_method_names = ["get", "head", "post"]
    parameters = PageParameters

    @extend_schema(
        operation_id="listWebhooks",
        summary="Lister les adresses d’avis",
        tags=[TAG],
        parameters=[PageParameters],
        responses=answers(serializers.WebhookPageSerializer, is_list=True),
    )
    def get(self, request: Request) -> HttpResponse:
        rows = services.endpoints_of(self.caller.partner_id)
        return answer(request, self.page("webhooks", rows, webhook_record))

    @extend_schema(
        operation_id="createWebhook",
        summary="Ajouter une adresse d’avis",
        description="The answer holds the secret of the signatures, this once (Standard Webhooks, `whsec_…`).",
        tags=[TAG],
        parameters=[IDEMPOTENCY_KEY],
        request=serializers.WebhookRequestSerializer,
        responses=post_answers(serializers.WebhookWithSecretSerializer, more=[TOO_MANY_WEBHOOKS]),
    )
    @idempotent
    def post(self, request: Request) -> HttpResponse:
        values = read_body(request, serializers.WebhookRequestSerializer)
        try:
            made = services.create_endpoint(
                self.caller.partner_id,
                url=values["url"],
                event_types=values["event_types"],
                description=values.get("description", ""),
                by=f"programme {self.caller.client_pk}",
            )
        except services.TooManyEndpointsError:
            raise ProblemError(TOO_MANY_WEBHOOKS) from None
        place = f"{request.path}/{made.endpoint.public_id}"
        return Response(_with_secret(made), status=201, headers={"Location": place})


class WebhookView(_WebhookResource):
    http_method_names = ["get", "head", "patch", "delete"]

    @extend_schema(
        operation_id="getWebhook",
        summary="Lire une adresse d’avis",
        tags=[TAG],
        responses=answers(serializers.WebhookSerializer, is_one=True),
    )
    def get(self, request: Request, webhook_id: UUID) -> HttpResponse:
        return answer(request, webhook_record(self.endpoint(webhook_id)))

    @extend_schema(
        operation_id="changeWebhook",
        summary="Changer une adresse d’avis, l’arrêter ou la remettre en service",
        description="All that is given, or nothing: what is refused changes nothing.",
        tags=[TAG],
        request=serializers.WebhookChangeSerializer,
        responses=change_answers(serializers.WebhookSerializer, more=[WEBHOOK_DISABLED]),
    )
    def patch(self, request: Request, webhook_id: UUID) -> HttpResponse:
        read_parameters(request, NoParameters)
        values = read_body(request, serializers.WebhookChangeSerializer)
        with transaction.atomic():
            endpoint = self.endpoint(webhook_id, is_held=True)
            wanted = values.get("state", endpoint.state)
            is_enabled = wanted == EndpointState.ACTIVE and endpoint.state == EndpointState.DISABLED
            if is_enabled and endpoint.disabled_reason == DisabledReason.BY_STAFF:
                raise ProblemError(WEBHOOK_DISABLED)
            services.change_endpoint(
                endpoint,
                url=values.get("url"),
                event_types=values.get("event_types"),
                description=values.get("description"),
            )
            if is_enabled:
                services.enable_endpoint(endpoint)
            elif wanted == EndpointState.DISABLED and endpoint.state == EndpointState.ACTIVE:
                services.disable_endpoint(endpoint, DisabledReason.BY_PARTNER)
        return Response(webhook_record(endpoint))

    @extend_schema(
        operation_id="deleteWebhook",
        summary="Retirer une adresse d’avis",
        tags=[TAG],
        responses=removal_answers(),
    )
    def delete(self, request: Request, webhook_id: UUID) -> HttpResponse:
        read_parameters(request, NoParameters)
        services.remove_endpoint(self.endpoint(webhook_id))
        return Response(status=204)


class WebhookTestView(_WebhookResource):
    http_method_names = ["post"]

    @extend_schema(
        operation_id="testWebhook",
        summary="Demander un avis d’essai",
        tags=[TAG],
        parameters=[IDEMPOTENCY_KEY],
        request=NO_BODY,
        responses=post_answers(serializers.DeliverySerializer, status=202, is_one=True, more=[WEBHOOK_DISABLED]),
    )
    @idempotent
    def post(self, request: Request, webhook_id: UUID) -> HttpResponse:
        read_body(request, serializers.NoBodySerializer)
        endpoint = self.endpoint(webhook_id)
        verdict = hit(f"webhook-test|{endpoint.pk}", limit=TESTS_PER_MINUTE, window_seconds=60)
        if isinstance(verdict, RetryAfter):
            raise ProblemError(TOO_MANY_REQUESTS, headers={"Retry-After": str(verdict.seconds)})
        try:
            delivery = services.send_test(endpoint)
        except services.NotSentToError:
            raise ProblemError(WEBHOOK_DISABLED) from None
        return Response(delivery_record(delivery), status=202)


class WebhookSecretView(_WebhookResource):
    http_method_names = ["post"]

    @extend_schema(
        operation_id="rotateWebhookSecret",
        summary="Changer le secret d’une adresse d’avis",
        description="The secret before goes on signing beside the new one for 24 hours; an older one signs no more.",
        tags=[TAG],
        parameters=[IDEMPOTENCY_KEY],
        request=NO_BODY,
        responses=post_answers(serializers.WebhookWithSecretSerializer, status=200, is_one=True),
    )
    @idempotent
    def post(self, request: Request, webhook_id: UUID) -> HttpResponse:
        read_body(request, serializers.NoBodySerializer)
        return Response(_with_secret(services.rotate_secret(self.endpoint(webhook_id))), status=200)


class DeliveriesView(_WebhookResource):
    http_method_names = ["get", "head"]
    parameters = serializers.DeliveriesParameters

    @extend_schema(
        operation_id="listWebhookDeliveries",
        summary="Lister les avis envoyés à une adresse",
        tags=[TAG],
        parameters=[serializers.DeliveriesParameters],
        responses=answers(serializers.DeliveryPageSerializer, is_list=True, is_one=True),
    )
    def get(self, request: Request, webhook_id: UUID) -> HttpResponse:
        rows = services.deliveries_of(self.endpoint(webhook_id))
        if "state" in self.values:
            rows = rows.filter(state=self.values["state"])
        return answer(request, self.page("webhook-deliveries", rows, delivery_record, webhook=webhook_id))


class ReplayView(_WebhookResource):
    http_method_names = ["post"]

    @extend_schema(
        operation_id="replayWebhookDelivery",
        summary="Renvoyer un avis",
        description="Under its own `webhook-id`: a receiver that has seen it may leave it aside.",
        tags=[TAG],
        parameters=[IDEMPOTENCY_KEY],
        request=NO_BODY,
        responses=post_answers(
            serializers.DeliverySerializer, status=202, is_one=True, more=[WEBHOOK_DISABLED, DELIVERY_NOT_SETTLED]
        ),
    )
    @idempotent
    def post(self, request: Request, webhook_id: str, delivery_id: str) -> HttpResponse:
        read_body(request, serializers.NoBodySerializer)
        message = UUID(hex=delivery_id.removeprefix(ID_PREFIX))
        sent = WebhookDelivery.objects.select_related("endpoint")
        delivery = sent.filter(endpoint=self.endpoint(UUID(webhook_id)), message_id=message).first()
        if delivery is None:
            raise ProblemError(NOT_FOUND)
        try:
            services.replay(delivery)
        except services.NotSentToError:
            raise ProblemError(WEBHOOK_DISABLED) from None
        except services.StillWaitingError:
            raise ProblemError(DELIVERY_NOT_SETTLED) from None
        return Response(delivery_record(delivery), status=202)


def _with_secret(made: services.WithSecret) -> dict[str, Any]:
    return {**webhook_record(made.endpoint), "secret": made.secret}
