"""What happens in a right of reply, as the timeline of the case says it."""

from typing import Final

from django.db import models


class ReplyMoment(models.TextChoices):
    """The ``reply`` of an event of kind ``reply``."""

    OPENED = "opened", "ouvert"
    LETTER = "letter", "lettre préparée"
    ENTERED = "entered", "consulté par le professionnel"
    WROTE = "wrote", "le professionnel a écrit"
    ATTACHED = "attached", "le professionnel a joint un document"
    ANSWERED = "answered", "réponse au professionnel"
    READ = "read", "réponse lue par le professionnel"
    CLOSED = "closed", "fermé avant son terme"


BY_PROFESSIONAL: Final = (ReplyMoment.ENTERED, ReplyMoment.WROTE, ReplyMoment.ATTACHED, ReplyMoment.READ)
"""What nobody of the staff did, nor the house by itself."""
