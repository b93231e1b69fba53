"""What the inbox can be narrowed to and put in order by; the values stand in addresses and in saved views."""

from django.db import models


class InboxView(models.TextChoices):
    """Views that everybody has, in the order in which they are offered. Without one: all that is to be dealt with."""

    MINE = "mes-dossiers", "Mes dossiers"
    ANSWERED = "reponses", "Réponses nouvelles"
    OVERDUE = "en-retard", "En retard"
    TO_ASSIGN = "a-attribuer", "À attribuer"
    DUE_SOON = "bientot", "Échéance proche"
    WAITING = "en-attente", "En attente de l’assuré"
    APPROVALS = "accords", "Accords à donner"
    CLOSED = "clos", "Clos"
    ALL = "tous", "Tous, fusionnés compris"


class PrescriptionView(models.TextChoices):
    """Without one: whatever the prescription."""

    SOON = "proche", "Proche ou passée"


class InboxOrder(models.TextChoices):
    """Without one: the most urgent first, by severity, amount and deadline."""

    DEADLINE = "echeance", "Échéance la plus proche"
    AMOUNT = "montant", "Montant le plus élevé"
    OLDEST = "anciennete", "Plus ancien"
