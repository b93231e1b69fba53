"""``partner_sandbox``: a partner to try the API with, and what its client needs to begin."""

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any, Final

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.urls import reverse

from accounts.partners.client_models import PartnerClient
from accounts.partners.grant_views import GRANT_PATH
from accounts.partners.portal.sandbox import open_user
from fraud.partner_api.sandbox import open_alert
from reimbursements.partner_api.sandbox import ALGORITHM, open_sandbox

FOLDER: Final = "partner_sandbox"
NOT_UNDER: Final = "ameli_notify.settings.prod"


class Command(BaseCommand):
    help = (
        "Relie un organisme complémentaire d’essai, avec des membres, un programme et une clé (jamais en production)."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="pour un programme")
        parser.add_argument("--base-url", default="http://localhost:8000", help="où le site répond")
        parser.add_argument("--members", type=int, default=200, help="combien de membres donnent leur accord")

    def handle(self, *args: Any, **options: Any) -> None:
        if settings.SETTINGS_MODULE == NOT_UNDER:
            raise CommandError("Le bac à sable donnerait des accords au nom de personnes réelles : pas en production.")
        if options["members"] < 0:
            raise CommandError("--members est un nombre de membres, 0 ou plus.")
        sandbox = open_sandbox(Path(settings.VAR_DIR) / FOLDER, members=options["members"])
        partner_id = PartnerClient.objects.get(client_id=sandbox.client_id).partner_id
        alerts = open_alert(partner_id)
        login = open_user(partner_id, folder=Path(settings.VAR_DIR) / FOLDER)
        base_url = options["base_url"].rstrip("/")
        told = {
            "base_url": base_url,
            "token_endpoint": f"{base_url}{GRANT_PATH}",
            "client_id": sandbox.client_id,
            "key_file": str(sandbox.key_file),
            "kid": sandbox.kid,
            "alg": ALGORITHM,
            "members": sandbox.members,
            "alerts": alerts,
            "portal": f"{base_url}{reverse('portal')}",
            "portal_identifier": login.identifier,
            "portal_password": login.password,
            "portal_code": f"manage.py staff_code {login.identifier}",
        }
        if options["json"]:
            self.stdout.write(json.dumps(told, indent=1))
        else:
            self.stdout.write("\n".join(f"{name}: {value}" for name, value in told.items()))
