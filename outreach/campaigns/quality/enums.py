"""Closed lists of the quality review."""

from django.db import models


class Mark(models.TextChoices):
    """What a reviewer says of one point of the grid."""

    YES = "yes", "oui"
    NO = "no", "non"
    UNSEEN = "unseen", "ne se voit pas"


class Verdict(models.TextChoices):
    """What a reviewer says of the whole call."""

    GOOD = "good", "bon appel"
    ADVICE = "advice", "des points à améliorer"
    TALK = "talk", "à voir ensemble"
