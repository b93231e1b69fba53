"""The inbox narrowed to what is soon prescribed."""

from typing import Any, cast

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone

from fraud.cases.inbox import PRESCRIPTION_VAR
from fraud.cases.inbox_enums import PrescriptionView
from fraud.cases.models import FraudCase
from fraud.cases.prescription import soon_prescribed
from fraud.cases.querysets import CaseQuerySet


class PrescriptionFilter(admin.SimpleListFilter):
    """Cases of which an end comes within the months of alarm, or has passed; see ``prescription``."""

    title = "prescription"
    parameter_name = PRESCRIPTION_VAR

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:  # noqa: ANN401 (Django's)
        return [(str(value), str(label)) for value, label in PrescriptionView.choices]

    def queryset(self, request: HttpRequest, queryset: QuerySet[FraudCase]) -> QuerySet[FraudCase]:
        if self.value() != PrescriptionView.SOON:
            return queryset
        return soon_prescribed(cast("CaseQuerySet", queryset), today=timezone.localdate())
