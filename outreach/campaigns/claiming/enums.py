"""Closed lists of calls and of the advisers who make them."""

from typing import Final

from django.db import models


class TaskStatus(models.TextChoices):
    """``ready → claimed → done``, or ``waiting`` and ``callback`` until their time, ``review`` after a lost call.

    ``abandoned``: called often enough; ``excluded``: not to be called any more, for ``reason``.
    """

    READY = "ready", "à appeler"
    CLAIMED = "claimed", "chez un conseiller"
    WAITING = "waiting", "nouvel essai prévu"
    CALLBACK = "callback", "rappel promis"
    REVIEW = "review", "appel à préciser"
    DONE = "done", "terminé"
    ABANDONED = "abandoned", "non joint"
    EXCLUDED = "excluded", "retiré de la liste"


ENDED: Final = (TaskStatus.DONE, TaskStatus.ABANDONED, TaskStatus.EXCLUDED)
IDLE: Final = (TaskStatus.READY, TaskStatus.WAITING, TaskStatus.CALLBACK)
"""States in which nobody holds the task: it can be taken off the list."""
DATED: Final = (TaskStatus.WAITING, TaskStatus.CALLBACK)


class Decision(models.TextChoices):
    """What becomes of a person who meets the criteria; the first that holds, in the order of ``conditions``."""

    TARGET = "target", "à appeler"
    DECEASED = "deceased", "décédée"
    SAID_DECEASED = "said-deceased", "décès annoncé par un proche"
    PROTECTED = "protected", "coordonnées protégées"
    OPTED_OUT = "opted-out", "ne souhaite pas être appelée"
    NOT_ADULT = "not-adult", "majorité non établie"
    NO_CLOCK = "no-clock", "territoire sans heure connue"
    NO_PHONE = "no-phone", "sans téléphone"
    WRONG_NUMBER = "wrong-number", "numéro signalé faux"
    OTHER_CAMPAIGN = "other-campaign", "dans une autre campagne"
    CALLED_RECENTLY = "called-recently", "jointe récemment"
    OVER_QUOTA = "over-quota", "au-delà du quota de sa caisse"
    SEEN_DOCTOR = "seen-doctor", "a consulté depuis"
    HAS_DOCTOR = "has-doctor", "a un médecin traitant depuis"
    NO_CONSENT = "no-consent", "a retiré son accord aux appels communs"


class ClaimEnding(models.TextChoices):
    """How an adviser's hold on a call ended."""

    SAVED = "saved", "résultat enregistré"
    GIVEN_BACK = "given-back", "rendu sans appeler"
    EXPIRED = "expired", "délai dépassé"
    FREED = "freed", "libéré par la supervision"


LOST: Final = (ClaimEnding.EXPIRED, ClaimEnding.FREED)
"""Endings that the adviser did not choose: whoever showed the number is asked what the call came to."""


class PauseReason(models.TextChoices):
    """Why an adviser takes no call for a while."""

    BREAK = "break", "pause"
    MEAL = "meal", "repas"
    TRAINING = "training", "formation"
    MEETING = "meeting", "réunion"
    SUPPORT = "support", "échange avec la supervision"
    DIFFICULT_CALL = "difficult-call", "après un appel difficile"
