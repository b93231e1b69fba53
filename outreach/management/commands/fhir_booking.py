"""``fhir_booking``: try the FHIR server that the settings name: its free slots, a booking, its end."""

import datetime as dt
import uuid
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from ameli_notify.core.outgoing.errors import OutgoingError
from outreach.campaigns.booking.resources import FhirAnswerError
from outreach.campaigns.booking.server import (
    BookingOffError,
    FhirRefusalError,
    SlotTakenError,
    book,
    cancel,
    free_slots,
)
from reimbursements.professionals.numbers import is_rpps


class Command(BaseCommand):
    help = "Essaie le serveur FHIR de rendez-vous nommé par FHIR_BOOKING_URL. Éteint par défaut."

    def add_arguments(self, parser: ArgumentParser) -> None:
        acts = parser.add_subparsers(dest="act", required=True)
        slots = acts.add_parser("libres", help="créneaux libres d’un professionnel")
        slots.add_argument("rpps")
        slots.add_argument("--jours", type=int, default=14)
        booking = acts.add_parser("reserver", help="réserve un créneau ; la même référence ne réserve qu’une fois")
        booking.add_argument("rpps")
        booking.add_argument("slot")
        booking.add_argument("--reference", type=uuid.UUID, default=None)
        acts.add_parser("annuler", help="annule un rendez-vous").add_argument("appointment")

    def handle(self, *args: Any, **options: Any) -> None:
        if "rpps" in options and not is_rpps(options["rpps"]):
            raise CommandError("ce numéro RPPS n’existe pas")
        try:
            self._act(options)
        except BookingOffError:
            raise CommandError("FHIR_BOOKING_URL n’est pas défini : la réservation est éteinte") from None
        except SlotTakenError:
            raise CommandError("ce créneau n’est plus libre") from None
        except (OutgoingError, FhirRefusalError, FhirAnswerError) as error:
            raise CommandError(f"le serveur n’a pas pu répondre : {error}") from None

    def _act(self, options: dict[str, Any]) -> None:
        if options["act"] == "libres":
            now = timezone.now()
            for slot in free_slots(options["rpps"], first=now, last=now + dt.timedelta(days=options["jours"])):
                self.stdout.write(f"{slot.id} {timezone.localtime(slot.starts_at):%d/%m/%Y %H:%M}")
        elif options["act"] == "reserver":
            reference = options["reference"] or uuid.uuid4()
            self.stdout.write(f"référence {reference}")
            self.stdout.write(f"rendez-vous {book(options['slot'], reference=reference, rpps=options['rpps'])}")
        else:
            cancel(options["appointment"])
            self.stdout.write("annulé")
