"""Closed lists of a right of reply."""

from django.db import models


class ReplyAuthor(models.TextChoices):
    """Who wrote a message of a right of reply."""

    PROFESSIONAL = "professional", "le professionnel"
    STAFF = "staff", "l’Assurance Maladie"
