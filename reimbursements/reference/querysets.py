"""The query language of dated reference data."""

import datetime as dt
from typing import Any, Self

from django.db import models
from django.db.models import Q


class DatedQuerySet(models.QuerySet[Any]):
    def on(self, day: dt.date) -> Self:
        """The rows that hold on a day."""
        return self.filter(Q(valid_to=None) | Q(valid_to__gte=day), valid_from__lte=day)


class DatedManager(models.Manager[Any]):
    """Written out rather than derived from the queryset: the type checker loses a derived one on an abstract model."""

    def get_queryset(self) -> DatedQuerySet:
        return DatedQuerySet(self.model, using=self._db)

    def on(self, day: dt.date) -> DatedQuerySet:
        """The rows that hold on a day."""
        return self.get_queryset().on(day)
