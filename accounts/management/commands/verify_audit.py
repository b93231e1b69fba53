"""``verify_audit``: is the access log what was sealed, and are the records that it witnesses what they were?

Exit status 1 when a row or a seal was touched. What else is compared with the log is said by AUDIT_WITNESSES, because
it is on floors above this one: each gives a sentence for a record that does not agree with its fingerprint.
"""

import re
import sys
from argparse import ArgumentParser, ArgumentTypeError
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from django.utils.module_loading import import_string

from accounts.access.models import AccessSeal
from accounts.access.verification import FLAWS_FR, Flaw, Head, verify

_HEAD = re.compile(r"(?P<number>[1-9]\d{0,17}):(?P<hash>[0-9a-f]{64})", re.ASCII)


class Command(BaseCommand):
    help = "Vérifie la chaîne de sceaux du journal des accès, et ce dont il garde l’empreinte."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--head", type=_head, metavar="NUMBER:HASH", help="a seal noted elsewhere, that must still be there"
        )

    def handle(self, *args: Any, head: Head | None, **options: Any) -> None:
        flaws = [_told(flaw) for flaw in verify(head)]
        for witness in settings.AUDIT_WITNESSES:
            flaws += import_string(witness)()
        for flaw in flaws:
            self.stdout.write(flaw)
        if flaws:
            sys.exit(1)
        last = AccessSeal.objects.order_by("-number").first()
        if last is None:
            self.stdout.write("Aucun sceau : rien n’a encore été scellé.")
        else:
            self.stdout.write(f"La chaîne est intacte. Dernier sceau : {last.head}")


def _head(text: str) -> Head:
    found = _HEAD.fullmatch(text)
    if found is None:
        raise ArgumentTypeError("a head is written NUMBER:HASH, as seal_audit and the log show it")
    return Head(int(found["number"]), bytes.fromhex(found["hash"]))


def _told(flaw: Flaw) -> str:
    lines = f", lignes {flaw.from_id} à {flaw.to_id}" if flaw.to_id else ""
    return f"Sceau {flaw.seal}{lines} : {FLAWS_FR[flaw.kind]}."
