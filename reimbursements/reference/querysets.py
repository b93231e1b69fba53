"""The query language of dated reference data."""

import datetime as dt
from typing import Any, Self

from django.db import models
from django.db.models import Q


class DatedQuerySet(models.QuerySet[Any]):
    def on(self, day: dt.date) -> Self:
        """The rows that hold on a day."""
        return self.filter(Q(valid_to=None) | Q(valid_to__gte=day), valid_from__lte=day)
