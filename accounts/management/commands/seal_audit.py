"""``seal_audit``: seal the access log now, as the job does every minute."""

from typing import Any

from django.core.management.base import BaseCommand

from accounts.access.sealing import seal


class Command(BaseCommand):
    help = "Scelle les accès aux données qui ne le sont pas encore."

    def handle(self, *args: Any, **options: Any) -> None:
        seals = seal()
        for made in seals:
            self.stdout.write(f"Sceau {made.number} : {made.count} accès, {made.head}")
        if not seals:
            self.stdout.write("Rien à sceller.")
