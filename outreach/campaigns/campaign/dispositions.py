"""What a call may come to: the codes of call centres, each with what follows from it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from django.db import models


class Disposition(models.TextChoices):
    """Chosen by the adviser at the end of a call; never set by a machine."""

    NO_ANSWER = "no-answer", "Pas de réponse"
    BUSY = "busy", "Ligne occupée"
    VOICEMAIL = "voicemail", "Répondeur"
    WRONG_NUMBER = "wrong-number", "Ce n’est pas son numéro"
    THIRD_PARTY = "third-party", "Quelqu’un d’autre a répondu"
    CALLBACK = "callback", "À rappeler"
    REFUSAL = "refusal", "Ne souhaite pas en parler"
    DO_NOT_CALL = "do-not-call", "Ne plus appeler cette personne"
    ALREADY_FOLLOWED = "already-followed", "Déjà suivie"
    APPOINTMENT_MADE = "appointment-made", "Rendez-vous pris"
    APPOINTMENT_PLANNED = "appointment-planned", "Prendra rendez-vous"
    NO_DOCTOR = "no-doctor", "N’a pas de médecin traitant"
    REFERRED = "referred", "Orientée vers un service"
    LANGUAGE = "language", "Obstacle de langue"
    DECEASED = "deceased", "Décès annoncé par un proche"
    FRAUD_DOUBT = "fraud-doubt", "Doute sur un paiement"


@dataclass(frozen=True, slots=True, kw_only=True)
class Traits:
    """What a disposition means. ``reached``: the person themselves talked. ``tries_again``: a retry rule may apply.

    ``silences``: the person is not called again by any campaign, at once.
    """

    human: bool = False
    reached: bool = False
    success: bool = False
    tries_again: bool = False
    silences: bool = False
    needs_note: bool = False


TRAITS: Final[Mapping[Disposition, Traits]] = {
    Disposition.NO_ANSWER: Traits(tries_again=True),
    Disposition.BUSY: Traits(tries_again=True),
    Disposition.VOICEMAIL: Traits(tries_again=True),
    Disposition.WRONG_NUMBER: Traits(human=True),
    Disposition.THIRD_PARTY: Traits(human=True, tries_again=True),
    Disposition.CALLBACK: Traits(human=True),
    Disposition.REFUSAL: Traits(human=True, reached=True),
    Disposition.DO_NOT_CALL: Traits(human=True, reached=True, silences=True),
    Disposition.ALREADY_FOLLOWED: Traits(human=True, reached=True),
    Disposition.APPOINTMENT_MADE: Traits(human=True, reached=True, success=True),
    Disposition.APPOINTMENT_PLANNED: Traits(human=True, reached=True, success=True),
    Disposition.NO_DOCTOR: Traits(human=True, reached=True),
    Disposition.REFERRED: Traits(human=True, reached=True, success=True, needs_note=True),
    Disposition.LANGUAGE: Traits(human=True, reached=True),
    Disposition.DECEASED: Traits(human=True, silences=True),
    Disposition.FRAUD_DOUBT: Traits(human=True, reached=True, needs_note=True),
}

REACHED: Final = tuple(each for each, traits in TRAITS.items() if traits.reached)
RETRIED: Final = tuple(each for each, traits in TRAITS.items() if traits.tries_again)
