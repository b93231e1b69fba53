"""Users of partners and what they find on their pages."""

import datetime as dt
from typing import Final

from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.partners.enums import PartnerState
from accounts.partners.models import PartnerInsurer
from accounts.partners.portal.invitations import invite
from accounts.partners.portal.models import PartnerUser
from accounts.partners.states import change_state
from accounts.partners.usage_models import PartnerUsage
from accounts.partners.webhooks.announcing import announce_test
from accounts.partners.webhooks.endpoints import create_endpoint
from accounts.partners.webhooks.enums import EventType
from accounts.partners.webhooks.models import WebhookDelivery
from reimbursements.partner_api.exports.models import PartnerExport
from tests.partners.machine import add_key, make_client
from tests.partners.portal_rows import JOIN, SIGN_IN, browser_of, make_user
from tests.partners.rows import make_partner
from tests.staff import PASSWORD

MANAGER: Final = "partner's user who manages the others"
WORKER: Final = "partner's user of another, paused partner"
GIVEN: Final = "partner's user, password given"
INVITED: Final = "partner's user, invitation taken up"

_NEW_PASSWORD: Final = "quatre mots sans rapport"


def partner_people() -> tuple[dict[str, Client], dict[str, str]]:
    """Browsers by who uses them, and the addresses that exist because of them."""
    partner = make_partner("99000031", "Mutuelle des pages")
    manager, colleague = make_user(partner, is_manager=True), make_user(partner, label="sécurité")
    program = make_client(partner)
    program.allowed_networks = ["192.0.2.10/32", "198.51.100.0/24", "2001:db8:85a3:8d3:1319:8a2e:370:7300/120"]
    program.networks_set_at, program.networks_set_by = timezone.now(), manager.identifier
    program.save()
    key = add_key(program)
    _use(partner)
    endpoint = create_endpoint(
        partner.pk, url="https://avis.example.org/assurance-maladie", event_types=EventType.offered(), by="essai"
    ).endpoint
    announce_test(endpoint)
    announce_test(endpoint)
    now = timezone.now()
    PartnerExport.objects.create(
        partner=partner,
        client=program,
        shape="ndjson",
        until_position=9,
        state="cancelled",
        ordered_at=now,
        ended_at=now,
    )
    first = WebhookDelivery.objects.filter(endpoint=endpoint).earliest("pk")
    WebhookDelivery.objects.filter(pk=first.pk).update(
        state="dead", settled_at=now, next_attempt_at=None, attempts=10, tried_at=now, last_error="too-slow"
    )
    addresses = {
        "portal-key-withdraw": reverse("portal-key-withdraw", args=[key.pk]),
        "portal-networks": reverse("portal-networks", args=[program.client_id]),
        "portal-user-remove": reverse("portal-user-remove", args=[colleague.pk]),
        "portal-webhook": reverse("portal-webhook", args=[endpoint.public_id]),
        "portal-webhook-secret": reverse("portal-webhook-secret", args=[endpoint.public_id]),
    }
    return {MANAGER: browser_of(manager), **_others()}, addresses


def _use(partner: PartnerInsurer) -> None:
    today = timezone.localdate()
    PartnerUsage.objects.bulk_create(
        PartnerUsage(
            partner=partner, used_on=today - dt.timedelta(days=ago), requests=40 + 7 * (ago % 5),
            rows=12_000 + 3_100 * (ago % 7), refusals=ago % 3, bytes_sent=4_800_000 + 90_000 * ago, rows_allowed=10**6,
        )
        for ago in range(28)
    )  # fmt: skip


def _others() -> dict[str, Client]:
    paused = make_partner("99000032", "Mutuelle suspendue")
    worker = make_user(paused)
    change_state(paused.pk, state=PartnerState.PAUSED, reason="Vérification demandée.", by="essai")
    waiting = Client()
    waiting.post(SIGN_IN, {"identifier": worker.identifier, "password": PASSWORD})
    return {WORKER: browser_of(worker), GIVEN: waiting, INVITED: _joining(paused)}


def _joining(partner: PartnerInsurer) -> Client:
    invitation, client = invite(partner.pk, label="exploitation", is_manager=False, by="essai"), Client()
    member: PartnerUser = invitation.member
    form = {"identifier": member.identifier, "code": invitation.code}
    client.post(JOIN, form | {"password": _NEW_PASSWORD, "again": _NEW_PASSWORD})
    return client
