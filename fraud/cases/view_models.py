"""What each member of the staff keeps of their inbox: views under a name."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from fraud.cases.enums import CaseStatus
from fraud.cases.inbox_enums import InboxOrder, InboxView, PrescriptionView
from fraud.intake.enums import Severity


class SavedView(models.Model):
    """A filter and an order of the inbox, under a name of its owner's. Only choices of closed lists, never a search:
    nothing in it can name anybody. An empty choice narrows nothing.
    """

    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="saved_views", verbose_name="propriétaire"
    )
    name = models.CharField("nom", max_length=40)
    view = models.CharField("vue", max_length=12, choices=InboxView, blank=True)
    severity = models.PositiveSmallIntegerField("gravité", choices=Severity, null=True)
    status = models.CharField("état", max_length=15, choices=CaseStatus, blank=True)
    prescription = models.CharField("prescription", max_length=6, choices=PrescriptionView, blank=True)
    order = models.CharField("ordre", max_length=10, choices=InboxOrder, blank=True)
    created_at = models.DateTimeField("enregistrée le", db_default=Now())

    class Meta:
        verbose_name = "vue enregistrée"
        verbose_name_plural = "vues enregistrées"
        constraints = [
            models.UniqueConstraint(fields=["owner", "name"], name="saved_view_name_once"),
            models.CheckConstraint(
                condition=Q(view__in=["", *InboxView.values])
                & Q(status__in=["", *CaseStatus.values])
                & Q(prescription__in=["", *PrescriptionView.values])
                & Q(order__in=["", *InboxOrder.values])
                & (Q(severity=None) | Q(severity__in=Severity.values)),
                name="saved_view_of_closed_lists",
            ),
            models.CheckConstraint(
                condition=~Q(view="") | ~Q(status="") | ~Q(prescription="") | ~Q(order="") | Q(severity__isnull=False),
                name="saved_view_of_something",
            ),
        ]

    def __str__(self) -> str:
        return f"vue enregistrée {self.pk}"
